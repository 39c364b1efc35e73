"""Links that let somebody without a key connect accounts."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from letmepost.accounts.keep import owner_for
from letmepost.accounts.links import LIVES, LIVES_LEAST, LIVES_MOST
from letmepost.api import account_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.content.whole_number import WHOLE
from letmepost.kit.clock import wire_time
from letmepost.posts.body import PlatformName
from letmepost.tenancy.keys import Scope

links = Operations("Accounts")

_PLATFORMS_MOST = 50
_SECONDS = Field(
    ge=LIVES_LEAST.total_seconds(),
    le=LIVES_MOST.total_seconds(),
    description="How long the link works, in seconds.",
)


class MakeConnectLink(BaseModel):
    """Which platforms may be connected, for which profile, and how long."""

    model_config = ConfigDict(extra="forbid")

    profileId: str | None = Field(None, max_length=64)  # noqa: N815 - the wire's name
    platforms: list[PlatformName] | None = Field(None, min_length=1, max_length=_PLATFORMS_MOST)
    returnTo: str | None = Field(None, max_length=2048)  # noqa: N815 - the wire's name
    expiresInSeconds: Annotated[int, _SECONDS, WHOLE] = int(LIVES.total_seconds())  # noqa: N815 - as above


@links.write(
    "POST",
    "/v1/connect-links",
    "makeConnectLink",
    "Make a link by which somebody connects an account",
    scope=Scope.ACCOUNTS_WRITE,
    body=MakeConnectLink,
    body_optional=True,
    status=201,
    answer=account_answers.ConnectLink,
)
async def make_connect_link(call: Call, body: MakeConnectLink | None) -> Reply:
    """A page for an account's owner, who needs no key and no login here.

    It works for every platform that it allows, as often as is needed, until it expires.
    """
    asked = body or MakeConnectLink(profileId=None, platforms=None, returnTo=None)
    owner = await call.state.database.read(
        lambda connection: owner_for(connection, call.caller, asked.profileId)
    )
    url, link = await call.state.links.make(
        owner,
        asked.platforms,
        asked.returnTo,
        timedelta(seconds=asked.expiresInSeconds),
        by=call.actor,
        now=call.state.clock.now(),
    )
    return Reply(
        201,
        {
            "url": url,
            "profileId": link.owner.profile_id,
            "platforms": list(link.platforms),
            "returnTo": link.return_to,
            "expiresAt": wire_time(link.expires_at),
        },
    )
