"""The arrivals: requests that come at a rate, whether or not the ones before are answered.

A process of its own, so that it takes no time from what it measures. A request is timed from the
moment at which it was due: where the server is late, waiting for it counts.
"""

import argparse
import asyncio
import base64
import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from bench.load import HEAD_END, LENGTH, STATUS
from letmepost.kit.http_server import run_until_done

# Stands in a request for its number, so that no two are the same.
NUMBER = b"@@@@@@@@"
CONNECTIONS_MAX = 2000
# A server hangs up on who says nothing for 5 seconds.
REST_SECONDS = 3.0
# Whoever is not answered so long after the last arrival is taken to hang.
PATIENCE_SECONDS = 30.0
UNANSWERED = 0
EXAMPLE_BYTES = 2000


@dataclass
class Arrival:
    """A request: which one, and when it was due."""

    kind: int
    content: bytes
    due_at: float


@dataclass
class Tally:
    """What was answered: kind, when it was due, milliseconds, status, and whether it says when."""

    began_at: float
    answers: list[tuple[int, float, float, int, bool]] = field(default_factory=list)
    examples: dict[int, str] = field(default_factory=dict)

    def add(self, arrival: Arrival, status: int, head: bytes = b"", example: bytes = b"") -> None:
        """Count an answer, or that there was none."""
        took = time.perf_counter() - arrival.due_at
        due = arrival.due_at - self.began_at
        says_when = b"\r\nretry-after:" in head.lower()
        self.answers.append((arrival.kind, round(due, 4), round(1000 * took, 3), status, says_when))
        if status >= 300 or status == UNANSWERED:  # noqa: PLR2004 - HTTP's own classes
            self.examples.setdefault(status, example[:EXAMPLE_BYTES].decode("utf-8", "replace"))


class Connection(asyncio.Protocol):
    """One connection, which carries one request at a time."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._answer = b""
        self._needed = 0
        self.arrival: Arrival | None = None
        self.rests_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way there."""
        # uvloop's transports are not registered as the class that they implement.
        self._transport = cast("asyncio.Transport", transport)

    def send(self, arrival: Arrival) -> None:
        """Send a request."""
        self.arrival = arrival
        self._transport.write(arrival.content)

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Collect an answer; once it is whole, count it."""
        self._answer += data
        if not self._needed:
            head_size = self._answer.find(HEAD_END)
            if head_size < 0:
                return
            at = self._answer.lower().index(LENGTH) + len(LENGTH)
            length = int(self._answer[at : self._answer.index(b"\r", at)])
            self._needed = head_size + len(HEAD_END) + length
        if len(self._answer) < self._needed or self.arrival is None:
            return
        answer, arrival = self._answer, self.arrival
        self._answer, self._needed, self.arrival = b"", 0, None
        head = answer[: answer.find(HEAD_END) + 2]
        self._crowd.tally.add(arrival, int(answer[STATUS]), head, answer)
        self._crowd.free(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Count a request that will have no answer."""
        arrival, self.arrival = self.arrival, None
        self._crowd.lost(self, arrival)


class Crowd:
    """All connections to one server, and the requests that wait for one."""

    def __init__(self, port: int, tally: Tally) -> None:
        self.tally = tally
        self._port = port
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[Arrival] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def arrive(self, arrival: Arrival) -> None:
        """Send a request on a free connection, or on a new one."""
        now = time.perf_counter()
        while self._idle:
            connection = self._idle.pop()
            if now - connection.rests_since < REST_SECONDS:
                connection.send(arrival)
                return
            connection.close()
        self._waiting.append(arrival)
        if len(self._open) + self._opening < CONNECTIONS_MAX:
            self._opening += 1
            task = asyncio.create_task(self._connect())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(self), "127.0.0.1", self._port
            )
        except OSError as error:
            if self._waiting:
                self.tally.add(self._waiting.popleft(), UNANSWERED, example=str(error).encode())
            return
        finally:
            self._opening -= 1
        self._open.add(connection)
        self.free(connection)

    def free(self, connection: Connection) -> None:
        """Take the next request that waits, or rest."""
        if self._waiting:
            connection.send(self._waiting.popleft())
        else:
            connection.rests_since = time.perf_counter()
            self._idle.append(connection)

    def lost(self, connection: Connection, arrival: Arrival | None) -> None:
        """A connection has ended, perhaps before its answer."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if arrival is not None:
            self.tally.add(arrival, UNANSWERED, example=b"the connection ended")

    def is_busy(self) -> bool:
        """Whether any request is not answered yet."""
        return bool(self._waiting or self._opening or any(each.arrival for each in self._open))

    def give_up(self) -> None:
        """Count whoever was not answered in time, and hang up."""
        for arrival in self._waiting:
            self.tally.add(arrival, UNANSWERED, example=b"never sent")
        self._waiting.clear()
        for connection in list(self._open):
            connection.close()


async def drive(
    port: int,
    requests: Sequence[tuple[int, bytes]],
    phases: Sequence[tuple[float, float]],
    *,
    first: int,
    seed: int,
) -> Tally:
    """Let requests arrive at random moments at the rate of each phase: (a second, seconds).

    `requests` take turns, each as often as it stands there, in an order of chance. `first` numbers
    the first request.
    """
    chance = random.Random(seed)  # noqa: S311 - a seed makes a run repeatable
    tally = Tally(time.perf_counter())
    crowd = Crowd(port, tally)
    due, number = tally.began_at, first
    ends_at = due
    for rate, seconds in phases:
        ends_at += seconds
        due = max(due, ends_at - seconds)
        while True:
            due += chance.expovariate(rate)
            if due >= ends_at:
                break
            wait = due - time.perf_counter()
            # Where the clock is behind, others get their turn all the same.
            await asyncio.sleep(max(0.0, wait))
            kind, content = chance.choice(requests)
            sent = content.replace(NUMBER, b"%08d" % (number % 100_000_000))
            crowd.arrive(Arrival(kind, sent, due))
            number += 1
    gives_up_at = time.perf_counter() + PATIENCE_SECONDS
    while crowd.is_busy() and time.perf_counter() < gives_up_at:  # noqa: ASYNC110 - it counts down
        await asyncio.sleep(0.01)
    crowd.give_up()
    await asyncio.sleep(0)
    return tally


def main() -> None:
    """Drive one server on loopback, and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=Path, help="JSON: a list of kind and base64")
    parser.add_argument("phases", type=json.loads, help="JSON: a list of rate and seconds")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    requests = [
        (kind, base64.b64decode(content))
        for kind, content in json.loads(chosen.requests.read_text())
    ]
    tally = run_until_done(
        drive(chosen.port, requests, chosen.phases, first=chosen.first, seed=chosen.seed)
    )
    print(json.dumps({"answers": tally.answers, "examples": tally.examples}))


if __name__ == "__main__":
    main()
