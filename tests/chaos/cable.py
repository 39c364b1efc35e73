"""A network cable on loopback: it can be slow, go dead without a word, or be pulled out.

Network namespaces would need rights that a test run does not have. What a program sees is the
same: bytes that come late, bytes that never come, connections that end, and none that are made.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

PIECE_BYTES = 65_536


@dataclass
class Cable:
    """Leads from `port` to another port; `state` and `delay_seconds` may change at any time.

    `dead` swallows what is sent, as a cut line does; nobody is told. `out` ends what is connected
    and refuses the rest.
    """

    to_port: int
    port: int = 0
    delay_seconds: float = 0.0
    state: Literal["whole", "dead", "out"] = "whole"
    connections: int = 0
    _connected: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def pull_out(self) -> None:
        """End every connection, and refuse new ones."""
        self.state = "out"
        self._end_all()

    def go_dead(self) -> None:
        """Swallow everything from now on."""
        self.state = "dead"

    def mend(self) -> None:
        """Lead again. What went dead stays dead: its bytes are lost, so its peers must hang up."""
        if self.state == "dead":
            self._end_all()
        self.state = "whole"

    async def next_connection(self) -> None:
        """Wait until somebody connects anew."""
        self._connected.clear()
        await self._connected.wait()

    def _end_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lead one connection to its end."""
        self.connections += 1
        self._connected.set()
        if self.state == "out":
            writer.transport.abort()
            return
        self._writers.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self.to_port)
            self._writers.add(there)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._lead(reader, there))
                group.create_task(self._lead(back, writer))
        except OSError:
            pass
        finally:
            for each in (writer, there):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                if self.state == "dead":
                    continue
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def cable(to_port: int) -> AsyncIterator[Cable]:
    """A cable to a port of this machine."""
    made = Cable(to_port)
    # Whoever is led when the block ends is hung up on.
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.pull_out()
        server.close()
        await server.wait_closed()
