"""Publications in brief: what a page shows of each where it shows many.

Of a publication there is far more than a line of a list has room for, and to read and decode all
of it for two hundred of them takes longer than to show them.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, select

from letmepost.accounts.tables import accounts
from letmepost.posts.tables import publications, time_of_post

# No line shows more of a text.
TEXT_MAX_CHARACTERS: Final = 200

_rows = publications.c

BRIEF: Final = select(
    _rows.id,
    _rows.platform,
    _rows.state,
    func.substr(_rows.text, 1, TEXT_MAX_CHARACTERS).label("text"),
    time_of_post.label("at"),
    func.coalesce(func.nullif(accounts.c.display_name, ""), accounts.c.platform_account_id).label(
        "account_name"
    ),
).join(accounts, accounts.c.id == _rows.account_id)
_BY_ID: Final = BRIEF.where(_rows.id.in_(bindparam("ids", expanding=True)))


def in_brief(connection: Connection, ids: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """These publications, by id; whoever names them has seen to it that they may be seen."""
    return {row.id: row for row in connection.execute(_BY_ID, {"ids": ids}).all()}
