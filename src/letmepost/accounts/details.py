"""What is known of an account beside its credentials, changed by its user."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from letmepost.accounts.tables import accounts


def change_details(
    connection: Connection, account_id: str, changed: Mapping[str, Any], now: datetime
) -> None:
    """Put these details in place of those of the same names; the others stay."""
    this = accounts.c.id == account_id
    details = connection.execute(
        select(accounts.c.details).where(this).with_for_update()
    ).scalar_one()
    connection.execute(
        update(accounts).where(this).values(details={**details, **changed}, updated_at=now)
    )
