"""The audit log: who changed what, for owners."""

from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from letmepost.dashboard.visit import Visit
from letmepost.tenancy.audit import AuditAction

_PAGE: Final = "50"


async def show(visit: Visit) -> Response:
    """The page; the address narrows it to one kind of change."""
    given = {name: visit.query[name] for name in ("action", "cursor") if visit.query.get(name)}
    query = [*visit.of_profile, *given.items(), ("limit", _PAGE)]
    found = await visit.get("/v1/audit-log", query)
    older, chosen = found["nextCursor"], given.get("action", "")
    kept = {"action": chosen} if chosen else {}
    return await visit.page(
        "audit_log.html",
        entries=found["data"],
        actions=list(AuditAction),
        chosen=chosen,
        older=f"?{urlencode({**kept, 'cursor': older})}" if older else None,
    )
