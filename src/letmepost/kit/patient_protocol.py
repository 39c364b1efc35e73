"""HTTP/1.1 as uvicorn speaks it, with an end to its patience for clients that send too slowly."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# A request's headers are short; who takes longer holds a connection open for nothing.
HEADER_SECONDS: Final = 15.0
# What a body must bring in each such time, so that a byte now and then is not enough.
BODY_SECONDS: Final = 30.0
BODY_BYTES_MIN: Final = 1024


class PatientProtocol(HttpToolsProtocol):
    """Closes a connection whose client has begun a request and does not go on with it.

    A server that has stopped reading, because it has enough to do with what it got, waits as long
    as it likes.
    """

    header_seconds = HEADER_SECONDS
    body_seconds = BODY_SECONDS
    _patience: asyncio.TimerHandle | None = None
    _received_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect(self.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._be_patient()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes; the first bytes after a rest begin another request."""
        self._received_bytes += len(data)
        if self._patience is None and not self._is_answering():
            self._expect(self.header_seconds)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Expect the body at a pace."""
        super().on_headers_complete()
        self._expect(self.body_seconds)

    def on_message_complete(self) -> None:
        """The request is whole: what is slow now is the server."""
        super().on_message_complete()
        self._be_patient()

    def _is_answering(self) -> bool:
        # None before the first request, whatever its type says.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _expect(self, seconds: float) -> None:
        self._be_patient()
        self._received_bytes = 0
        self._patience = self.loop.call_later(seconds, self._lose_patience)

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self.transport.is_closing():
            return
        in_body = self._is_answering()
        waits_for_us = self.flow.read_paused
        if in_body and (waits_for_us or self._received_bytes >= BODY_BYTES_MIN):
            self._expect(self.body_seconds)
            return
        self.transport.abort()
