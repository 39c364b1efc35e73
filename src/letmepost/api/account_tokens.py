"""The tokens of accounts: how they stand, and renewing one now."""

from letmepost.accounts.health import health
from letmepost.accounts.queries import Account, usable_account
from letmepost.api import account_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.platforms import platforms
from letmepost.preflight.connect_rules import TOKEN_NOT_RENEWABLE
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.keys import Scope

tokens = Operations("Accounts")


@tokens.read(
    "/v1/accounts/{id}/health",
    "getAccountHealth",
    "Read how an account's access stands",
    scope=Scope.ACCOUNTS_READ,
    answer=account_answers.AccountHealth,
)
async def get_account_health(call: Call) -> Reply:
    """Its scopes and those that are missing, when its token ends, and who can prolong it."""
    return _shown(call, await _fresh(call))


@tokens.write(
    "POST",
    "/v1/accounts/{id}/refresh",
    "refreshAccount",
    "Renew an account's token now",
    scope=Scope.ACCOUNTS_WRITE,
    answer=account_answers.AccountHealth,
    errors=(502, 503),
)
async def refresh_account(call: Call, _body: None) -> Reply:
    """Ask the platform for a new token; not needed, as tokens are renewed by themselves.

    An account whose access was taken away is tried once more.
    """
    account = await _fresh(call)
    platform = platforms()[account.platform]
    if not account.renewable:
        raise refuse(TOKEN_NOT_RENEWABLE, platform=platform.title)
    if not account.sandbox:
        renewals = call.state.renewals
        stored = await renewals.stored(account)
        upstream = renewals.connecting.upstream(platform)
        await renewals.instead_of(stored.envelope, account, platform, upstream, by=call.actor)
        call.state.directory.forget(call.caller.organization_id)
    return _shown(call, await _fresh(call))


async def _fresh(call: Call) -> Account:
    """The account as its row says at this moment; raise where the key may not use it."""
    account_id: str = call.request.path_params["id"]
    return await call.state.database.read(
        lambda connection: usable_account(connection, call.caller, account_id)
    )


def _shown(call: Call, account: Account) -> Reply:
    now = call.state.clock.now()
    document = health(account, platforms()[account.platform], now)
    # Who follows the address connects, so it is for keys that may do that.
    may_connect = Scope.ACCOUNTS_WRITE in call.caller.scopes
    document["reconnectUrl"] = call.state.links.reconnecting(account, now) if may_connect else None
    return Reply(200, document)
