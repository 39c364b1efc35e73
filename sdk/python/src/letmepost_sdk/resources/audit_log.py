"""The audit log: who changed what, when and from where."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import AuditFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk
from letmepost_sdk.types import AuditEntry, AuditPage


class AuditLog(Resource[DriverT]):
    """Who changed what; the key needs the scope `audit:read`."""

    @Operation
    def list(self, **filters: Unpack[AuditFilters]) -> Exchange[AuditPage]:
        """One page of entries, newest first."""
        return self._call("GET", "/v1/audit-log", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[AuditFilters]) -> Walk[AuditEntry]:
        """Every entry, newest first; `limit` is the size of a page."""
        return self._walk("/v1/audit-log", given=filters)
