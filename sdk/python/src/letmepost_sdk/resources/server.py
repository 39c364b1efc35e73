"""The server itself: whether it is there, and whether it can do its work."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.operation import DriverT, Operation, Resource
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import Health, Readiness


class Server(Resource[DriverT]):
    """How the server is. No key is looked at."""

    @Operation
    def health(self, **options: Unpack[CallOptions]) -> Exchange[Health]:
        """Whether the process answers; nothing else is asked."""
        return self._call("GET", "/health", given=options)

    @Operation
    def ready(self, **options: Unpack[CallOptions]) -> Exchange[Readiness]:
        """Whether database and storage answer. Raises `LetmepostError` where one does not."""
        return self._call("GET", "/ready", given=options)
