"""Connect accounts: begin, complete, and take browsers back from consent pages."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from letmepost.accounts.connect import connect_by_form, form_descriptor, platform_named
from letmepost.accounts.keep import Owner, owner_for
from letmepost.api import account_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations, address_of
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.preflight.connect_rules import CONNECT_FIELD
from letmepost.tenancy.audit import Actor, ActorKind
from letmepost.tenancy.keys import Scope

connections = Operations("Accounts")

_SENT_ON = {
    # The address that the browser comes from holds a code; it must not reach whoever comes next.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class StartConnect(BaseModel):
    """Where the account will belong, and where its owner's browser goes afterwards."""

    model_config = ConfigDict(extra="forbid")

    profileId: str | None = Field(None, max_length=64)  # noqa: N815 - the wire's name
    returnTo: str | None = Field(None, max_length=2048)  # noqa: N815 - the wire's name


class CompleteConnect(BaseModel):
    """The fields of the descriptor, by name; after a consent, `code` and `state`."""

    model_config = ConfigDict(extra="allow")

    profileId: str | None = Field(None, max_length=64)  # noqa: N815 - the wire's name


async def _owner(call: Call, profile_id: str | None) -> Owner:
    return await call.state.database.read(
        lambda connection: owner_for(connection, call.caller, profile_id)
    )


@connections.write(
    "POST",
    "/v1/accounts/connect/{platform}",
    "startConnect",
    "Begin to connect an account",
    scope=Scope.ACCOUNTS_WRITE,
    body=StartConnect,
    body_optional=True,
    answer=account_answers.ConnectStart,
)
async def start_connect(call: Call, body: StartConnect | None) -> Reply:
    """What must be filled in or opened to connect an account of a platform."""
    asked = body or StartConnect(profileId=None, returnTo=None)
    platform = platform_named(call.request.path_params["platform"])
    connector = platform.connect
    if connector.kind == "oauth":
        owner = await _owner(call, asked.profileId)
        descriptor = await call.state.consents.begin(
            owner, platform, connector, asked.returnTo, call.state.clock.now()
        )
    else:
        descriptor = form_descriptor(connector)
    return Reply(200, {"platform": platform.name, "state": "live", "descriptor": descriptor})


@connections.write(
    "POST",
    "/v1/accounts/connect/{platform}/complete",
    "completeConnect",
    "Connect an account",
    scope=Scope.ACCOUNTS_WRITE,
    body=CompleteConnect,
    status=201,
    answer=account_answers.ConnectedAccount,
    also={200: account_answers.ConnectedAccount},
    errors=(502, 503),
)
async def complete_connect(call: Call, body: CompleteConnect) -> Reply:
    """Log in at the platform and keep the account: 201 for a new one, 200 for a known one.

    A consent may give several accounts: the answer is the first, and `accounts` lists them all.
    """
    platform = platform_named(call.request.path_params["platform"])
    connector = platform.connect
    given = _texts(body)
    now = call.state.clock.now()
    if connector.kind == "oauth":
        kept = await call.state.consents.complete(
            call.caller, platform, connector, given, now=now, by=call.actor
        )
        shown = [each.account.to_json() for each in kept]
        document = {**shown[0], "accounts": shown}
    else:
        owner = await _owner(call, body.profileId)
        only = await connect_by_form(
            call.state.connecting, owner, platform, connector, given, now=now, by=call.actor
        )
        kept, document = [only], only.account.to_json()
    call.state.directory.forget(call.caller.organization_id)
    return Reply(201 if any(each.is_new for each in kept) else 200, document)


def _texts(body: CompleteConnect) -> dict[str, Any]:
    """The fields that were given; raise for one that is no text."""
    given: dict[str, Any] = body.model_extra or {}
    for name, value in given.items():
        if not isinstance(value, str):
            raise LetmepostError(
                code=ErrorCode.VALIDATION_FAILED,
                message=f"{name[:80]}: must be a text.",
                rule=CONNECT_FIELD.id,
                remediation=CONNECT_FIELD.remediation,
            )
    return given


async def return_from_consent(request: Request) -> Response:
    """Complete the connection that a browser returns from, and send the browser on.

    Needs no API key: the state is the proof.
    """
    if request.method != "GET":
        # A program that looks an address over before its owner opens it must not use it up.
        return Response(headers=_SENT_ON)
    state: State = request.app.state.letmepost
    by = Actor(
        kind=ActorKind.VISITOR,
        request_id=request.scope["state"]["request_id"],
        address=address_of(request),
    )
    address = await state.consent_return.take(
        request.path_params["platform"], dict(request.query_params), by
    )
    return RedirectResponse(address, status_code=302, headers=_SENT_ON)
