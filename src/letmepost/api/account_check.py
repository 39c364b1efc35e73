"""A look at an account at its platform."""

from letmepost.accounts.check import check_account
from letmepost.accounts.queries import usable_account
from letmepost.api import account_check_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.tenancy.keys import Scope

checks = Operations("Accounts")


@checks.read(
    "/v1/accounts/{id}/check",
    "checkAccount",
    "Look an account over at its platform",
    scope=Scope.ACCOUNTS_READ,
    answer=account_check_answers.AccountCheck,
    errors=(409, 502, 503),
)
async def look_account_over(call: Call) -> Reply:
    """Ask the platform whose the token is, what it may do and what is left of its quotas.

    Only calls that change nothing are made. `ok` is false when a finding names a problem.
    """
    account_id: str = call.request.path_params["id"]
    account = await call.state.database.read(
        lambda connection: usable_account(connection, call.caller, account_id)
    )
    return Reply(200, (await check_account(call.state.renewals, account)).to_json())
