"""What an account lets one choose from, as its platform declares it: boards, for one."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.visit import CallFailedError, Visit
from letmepost.platform_kit.account_operation import AccountOperation
from letmepost.platforms import platforms


def lists_of(platform_name: str) -> list[AccountOperation]:
    """The calls of a platform that read something of an account."""
    platform = platforms().get(platform_name)
    declared = platform.account_operations if platform else ()
    return [each for each in declared if each.method == "GET"]


def heading(operation: AccountOperation) -> str:
    """What such a call lists: the last part of its address, in words."""
    return operation.segment.replace("-", " ").capitalize()


async def show(visit: Visit) -> Response:
    """The page of one such call, which asks the platform."""
    account = await visit.get(f"/v1/accounts/{visit.part('id')}")
    wanted = visit.request.path_params["segment"]
    operation = next((one for one in lists_of(account["platform"]) if one.segment == wanted), None)
    if operation is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="This account has no such list.")
    told: dict[str, Any] = {}
    try:
        path = f"/v1/accounts/{quote(account['id'], safe='')}/{account['platform']}/{wanted}"
        told = await visit.get(path)
    except CallFailedError as failure:
        visit.refused(failure)
    rows = next((each for each in told.values() if isinstance(each, list)), [])
    return await visit.page(
        "account_list.html",
        account=account,
        heading=heading(operation),
        answered=bool(told),
        rows=rows,
        columns=list(dict.fromkeys(name for each in rows for name in each)),
        facts=[
            (name, value)
            for name, value in told.items()
            if value is not None and not isinstance(value, list | dict)
        ],
    )
