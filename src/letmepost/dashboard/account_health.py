"""How the access to all accounts stands, in one read however many they are."""

from collections.abc import Iterable, Mapping
from typing import Any

from letmepost.accounts.health import health
from letmepost.accounts.queries import Account, can_use, visible
from letmepost.dashboard.visit import Visit
from letmepost.platforms import platforms


async def health_by_account(visit: Visit) -> Mapping[str, Mapping[str, Any]]:
    """What the API says of each account's health that the member may see, by its id."""
    caller, now = visit.member.caller, visit.dashboard.clock.now()
    found = await visit.dashboard.database.read(
        lambda connection: visible(connection, caller.organization_id, now)
    )
    return health_of(visit, found)


def health_of(visit: Visit, found: Iterable[Account]) -> Mapping[str, Mapping[str, Any]]:
    """The same of accounts that were read already."""
    caller, now = visit.member.caller, visit.dashboard.clock.now()
    return {
        each.id: health(each, platforms()[each.platform], now)
        for each in found
        if each.platform in platforms() and can_use(caller, each)
    }
