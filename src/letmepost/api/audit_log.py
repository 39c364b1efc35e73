"""Read the audit log."""

from collections.abc import Mapping
from typing import Any

from letmepost.api import audit_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.api.parameters import AUDIT_FILTERS, PAGE
from letmepost.api.reading import cursor, limit, moment, one_of, page, row_place
from letmepost.kit.clock import wire_time
from letmepost.tenancy.audit import AuditAction, AuditFilters, list_entries
from letmepost.tenancy.keys import Scope

audit_log = Operations("Audit log")


def _entry_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "action": row["action"],
        "actor": {"kind": row["actor_kind"], "id": row["actor_id"]},
        "profileId": row["profile_id"],
        "targetId": row["target_id"],
        "details": row["details"],
        "requestId": row["request_id"],
        "address": row["address"],
        "createdAt": wire_time(row["created_at"]),
    }


@audit_log.read(
    "/v1/audit-log",
    "listAuditLog",
    "List who changed what",
    scope=Scope.AUDIT_READ,
    answer=audit_answers.AuditPage,
    query=(*AUDIT_FILTERS, *PAGE),
)
async def list_audit_log(call: Call) -> Reply:
    """Every change of keys, accounts, webhook endpoints, profiles and members, newest first.

    An entry is written in the transaction of its change: what is not here did not happen. A key
    that is pinned to a profile sees what concerns that profile.
    """
    query = call.request.query_params
    most, after = limit(query), cursor(query)
    filters = AuditFilters(
        profile_id=query.get("profileId"),
        actions=one_of(query, "action", [each.value for each in AuditAction]),
        actor_id=query.get("actorId"),
        target_id=query.get("targetId"),
        created_after=moment(query, "after"),
        created_before=moment(query, "before"),
    )
    rows = await call.state.database.read(
        lambda connection: list_entries(
            connection, call.caller, filters, limit=most + 1, after=after
        )
    )
    return Reply(200, page(rows, most, row_place, _entry_json))
