"""Slow an account down before its platform refuses it."""

from datetime import datetime

from sqlalchemy import Connection, or_, update

from letmepost.accounts.tables import accounts


def slow_down(connection: Connection, account_id: str, until: datetime) -> None:
    """Let an account send no more posts until then; a later end that is set already stays."""
    sooner = or_(accounts.c.slow_until.is_(None), accounts.c.slow_until < until)
    connection.execute(
        update(accounts).where(accounts.c.id == account_id, sooner).values(slow_until=until)
    )
