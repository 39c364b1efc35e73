"""Calls that exist for the accounts of one platform, as the platforms declare them."""

from pydantic import BaseModel
from sqlalchemy import Connection

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.details import change_details
from letmepost.accounts.queries import Account
from letmepost.api.accounts import usable_account
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.platform_kit.account_operation import AccountAnswer, AccountOperation
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import PLATFORM_MISMATCH
from letmepost.tenancy.audit import AuditAction
from letmepost.tenancy.keys import Scope

account_operations = Operations("Accounts")


def _declare(platform: Platform, operation: AccountOperation) -> None:
    path = f"/v1/accounts/{{id}}/{platform.name}/{operation.segment}"

    async def answer(call: Call, body: BaseModel | None = None) -> Reply:
        return await _answer(call, platform, operation, body)

    if operation.method == "GET":
        account_operations.read(
            path,
            operation.name,
            operation.summary,
            scope=Scope.ACCOUNTS_READ,
            answer=operation.answer,
            errors=(502, 503),
        )(answer)
        return
    account_operations.write(
        operation.method,
        path,
        operation.name,
        operation.summary,
        scope=Scope.ACCOUNTS_WRITE,
        body=operation.body,
        status=operation.status,
        answer=operation.answer,
        # What is there already is no new thing.
        also={200: operation.answer},
        errors=(502, 503),
    )(answer)


async def _answer(
    call: Call, platform: Platform, operation: AccountOperation, body: BaseModel | None
) -> Reply:
    account = await usable_account(call)
    if account.platform != platform.name:
        named = platforms().get(account.platform)
        title = named.title if named else account.platform
        raise refuse(PLATFORM_MISMATCH, actual=title, named=platform.title)
    if call.caller.sandbox:
        answered = operation.rehearse(account.id, account.details, body)
    else:
        answered = await operation.run(await call.state.account_tasks.open(account), body)
    # A test key that looks at a real account leaves no trace on it.
    if answered.details and account.sandbox == call.caller.sandbox:
        await _keep(call, account, answered)
    return Reply(answered.status, answered.document)


async def _keep(call: Call, account: Account, answered: AccountAnswer) -> None:
    now = call.state.clock.now()

    def keep(connection: Connection) -> None:
        change_details(connection, account.id, answered.details, now)
        fields = {"fields": sorted(answered.details)}
        record_account(connection, call.actor, AuditAction.ACCOUNT_CHANGED, account, now, fields)

    await call.state.database.write(keep)
    call.state.directory.forget(call.caller.organization_id)


for _platform in platforms().values():
    for _operation in _platform.account_operations:
        _declare(_platform, _operation)
