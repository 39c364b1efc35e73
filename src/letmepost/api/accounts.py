"""List connected accounts, pause them, disconnect them."""

from letmepost.accounts.queries import Account, unknown_account
from letmepost.accounts.revoking import revoke
from letmepost.api import answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.api.parameters import PROFILE
from letmepost.posts.disconnect import disconnect
from letmepost.posts.pause import pause, resume
from letmepost.tenancy.keys import Scope

accounts = Operations("Accounts")


@accounts.read(
    "/v1/accounts",
    "listAccounts",
    "List connected accounts",
    scope=Scope.ACCOUNTS_READ,
    answer=answers.AccountList,
    query=(PROFILE,),
)
async def list_accounts(call: Call) -> Reply:
    """The accounts that the key may use, oldest first."""
    profile_id = call.request.query_params.get("profileId")
    usable = await call.state.directory.usable(call.caller)
    shown = [each.to_json() for each in usable if profile_id in (None, each.profile_id)]
    return Reply(200, {"data": shown})


@accounts.read(
    "/v1/accounts/{id}",
    "getAccount",
    "Read a connected account",
    scope=Scope.ACCOUNTS_READ,
    answer=answers.Account,
)
async def get_account(call: Call) -> Reply:
    """One account, without its credentials."""
    return Reply(200, (await usable_account(call)).to_json())


async def usable_account(call: Call) -> Account:
    """The account of the address; raise `not_found` where the key may not use it."""
    account_id = call.request.path_params["id"]
    usable = await call.state.directory.usable(call.caller)
    found = next((each for each in usable if each.id == account_id), None)
    if found is None:
        raise unknown_account(account_id)
    return found


async def _reread(call: Call) -> Reply:
    call.state.directory.forget(call.caller.organization_id)
    return Reply(200, (await usable_account(call)).to_json())


@accounts.write(
    "DELETE",
    "/v1/accounts/{id}",
    "disconnectAccount",
    "Disconnect an account",
    scope=Scope.ACCOUNTS_WRITE,
    answer=answers.Disconnected,
)
async def disconnect_account(call: Call, _body: None) -> Reply:
    """Cancel its queued posts, wipe its tokens, keep its history.

    Then its platform is asked to take the access back, where it has a call for that and nobody else
    here lives by the same consent. `revocation` says what came of it; the account is disconnected
    whatever that is.
    """
    account_id = call.request.path_params["id"]
    now = call.state.clock.now()
    gone = await call.state.database.write(
        lambda connection: disconnect(connection, call.caller, account_id, call.actor, now)
    )
    call.state.directory.forget(call.caller.organization_id)
    [revoked] = await revoke(call.state.connecting, [gone.left])
    return Reply(
        200,
        {
            "id": account_id,
            "deleted": True,
            "canceledPosts": gone.canceled_posts,
            "revocation": revoked.to_json(),
        },
    )


@accounts.write(
    "POST",
    "/v1/accounts/{id}/pause",
    "pauseAccount",
    "Send nothing new on an account",
    scope=Scope.ACCOUNTS_WRITE,
    answer=answers.Account,
)
async def pause_account(call: Call, _body: None) -> Reply:
    """Posts of the account are kept until it is resumed; what is on its way ends as it ends."""
    account = await usable_account(call)
    now = call.state.clock.now()
    await call.state.database.write(
        lambda connection: pause(
            connection, call.caller.organization_id, account.id, call.actor, now
        )
    )
    return await _reread(call)


@accounts.write(
    "POST",
    "/v1/accounts/{id}/resume",
    "resumeAccount",
    "Send on a paused account again",
    scope=Scope.ACCOUNTS_WRITE,
    answer=answers.Account,
)
async def resume_account(call: Call, _body: None) -> Reply:
    """Posts that were due meanwhile go out now; of a slowed account, at its `slowUntil`.

    Resuming does not end that wait: the platform has asked for it.
    """
    account = await usable_account(call)
    now = call.state.clock.now()
    await call.state.database.write(
        lambda connection: resume(
            connection, call.caller.organization_id, account.id, call.actor, now
        )
    )
    call.state.runner.wake()
    return await _reread(call)
