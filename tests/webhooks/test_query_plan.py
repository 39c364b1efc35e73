"""What is pending at an endpoint is found by the index of it, however much was delivered there."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from letmepost.kit.database import Database
from letmepost.tenancy.tables import organizations
from letmepost.webhooks.deliver import _DUE, _NEXT_DUE
from letmepost.webhooks.tables import events, webhook_deliveries, webhook_endpoints

AT = datetime(2026, 1, 1, tzinfo=UTC)
DELIVERED = 5_000
INDEX = "ix_webhook_deliveries_due"
STATEMENTS = {"what is due": _DUE, "when the next is due": _NEXT_DUE}


@pytest.fixture
async def delivered(database: Database) -> Database:
    """A database in which an endpoint has got very much, and nothing is pending."""

    def write(connection: Connection) -> None:
        connection.execute(insert(organizations), {"id": "org_1", "name": "One", "created_at": AT})
        connection.execute(
            insert(events),
            {
                "id": "evt_1",
                "organization_id": "org_1",
                "type": "media.deleted",
                "sequence": 1,
                "data": {},
                "created_at": AT,
            },
        )
        connection.execute(
            insert(webhook_endpoints),
            {
                "id": "wh_1",
                "organization_id": "org_1",
                "url": "https://consumer.example",
                "events": [],
                "secret": "sealed",
                "created_at": AT,
                "updated_at": AT,
            },
        )
        rows = [
            {
                "id": f"whd_{number}",
                "endpoint_id": "wh_1",
                "event_id": "evt_1",
                "reason": "event",
                "status": "delivered",
                "attempts": 1,
                "created_at": AT,
            }
            for number in range(DELIVERED)
        ]
        connection.execute(insert(webhook_deliveries), rows)
        connection.execute(text("ANALYZE"))

    await database.write(write)
    return database


def _plan(connection: Connection, statement: Any) -> str:
    """How the database looks when it does not know yet which values it is asked for."""
    compiled = str(statement.compile(dialect=connection.dialect))
    if connection.dialect.name == "sqlite":
        # Without values, as a plan is kept for them all.
        parameters = (None,) * compiled.count("?")
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", parameters)
        return "\n".join(row.detail for row in found)
    limit = {"param_1": 400} if "LIMIT" in compiled else {}
    values = {"endpoint_id": "'wh_1'", "at": "0", **limit}
    order = statement.compile(dialect=connection.dialect).positiontup or []
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    connection.exec_driver_sql(f"PREPARE look AS {compiled}")
    given = ", ".join(str(values[name]) for name in order)
    plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE look({given})").scalar_one()
    connection.exec_driver_sql("DEALLOCATE look")
    return json.dumps(plan)


async def test_what_is_pending_is_found_without_reading_what_was_delivered(
    delivered: Database,
) -> None:
    for name, statement in STATEMENTS.items():
        plan = await delivered.write(partial(_plan, statement=statement))
        assert INDEX in plan, (name, plan)
