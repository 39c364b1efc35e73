"""Make, list and revoke API keys; make, list, rename and delete profiles."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from letmepost.api import answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.api.parameters import PAGE
from letmepost.api.reading import cursor, limit, page, row_place
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.preflight.refuse import found, refuse_all
from letmepost.preflight.resource_rules import API_KEY_SCOPE
from letmepost.tenancy import profiles as profile_use
from letmepost.tenancy.audit import AuditAction, record, record_key
from letmepost.tenancy.keys import (
    DEFAULT_SCOPES,
    LIVE,
    TEST,
    Prefix,
    Scope,
    hidden_profile,
    list_keys,
    mint,
    revoke,
)

keys = Operations("API keys")
profiles = Operations("Profiles")

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
DEFAULT_SCOPES_NOTICE = (
    "No scopes were asked for, so this key holds every scope of the key that made it but "
    "keys:write and audit:read. Name scopes to make a narrower key."
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_alias=True)


class MintKey(_Body):
    """A key to make, with scopes of the key that makes it: no key gives what it lacks.

    Without `scopes`, or with none in them, it holds all of those but keys:write and audit:read.
    Without `prefix` it is of the kind of the key that makes it.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    prefix: Prefix | None = None
    scopes: list[Scope] | None = None
    profile_id: Annotated[str, Field(max_length=64)] | None = None


class CreateProfile(_Body):
    """A profile to make. Without `slug` it is made from the name."""

    name: Name
    slug: Slug | None = None


class ChangeProfile(_Body):
    """What to change; at least one field."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    # None is a field that is left out; it cannot be given.
    name: Name = Field(default=None)  # type: ignore[assignment]
    slug: Slug = Field(default=None)  # type: ignore[assignment]

    @model_validator(mode="after")
    def _some_field(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give name or slug")
        return self


def _key_json(row: Mapping[str, Any]) -> dict[str, Any]:
    used, revoked = row["last_used_at"], row["revoked_at"]
    return {
        "id": row["id"],
        "name": row["name"],
        "prefix": row["prefix"],
        "last4": row["last4"],
        "scopes": row["scopes"],
        "profileId": row["profile_id"],
        "createdAt": wire_time(row["created_at"]),
        "lastUsedAt": wire_time(used) if used else None,
        "revokedAt": wire_time(revoked) if revoked else None,
    }


@keys.write(
    "POST",
    "/v1/api-keys",
    "mintKey",
    "Make an API key",
    scope=Scope.KEYS_WRITE,
    body=MintKey,
    status=201,
    answer=answers.MintedKey,
)
async def mint_key(call: Call, body: MintKey) -> Reply:
    """The key is in this answer and nowhere else: only its hash is kept."""
    caller = call.caller
    # A pinned key makes keys of its own profile only.
    profile_id = body.profile_id or caller.profile_id
    if profile_id is not None and not caller.sees(profile_id):
        raise hidden_profile()
    prefix = body.prefix or (TEST if caller.sandbox else LIVE)
    if caller.sandbox and prefix != TEST:
        # What cannot reach a platform must not make what can.
        raise LetmepostError(
            code=ErrorCode.UNAUTHORIZED,
            message="A test key makes test keys only.",
            remediation="Make live keys with a live key.",
        )
    scopes = _given(call, body.scopes)
    now = call.state.clock.now()

    def make(connection: Connection) -> tuple[dict[str, Any], str]:
        row, key = mint(
            connection,
            organization_id=caller.organization_id,
            name=body.name,
            prefix=prefix,
            scopes=scopes,
            profile_id=profile_id,
            now=now,
        )
        record_key(connection, call.actor, row, now)
        return row, key

    row, key = await call.state.database.write(make)
    shown = {**_key_json(row), "key": key}
    if not body.scopes:
        shown["notice"] = DEFAULT_SCOPES_NOTICE
    return Reply(201, shown)


def _given(call: Call, asked: Sequence[Scope] | None) -> Sequence[Scope]:
    """The scopes of a key to make; raise with those that the caller lacks and so cannot give."""
    # One that holds no usual scope has none to give unnamed, and a key without any is no use.
    scopes = asked or call.caller.default_scopes() or DEFAULT_SCOPES
    if lacking := call.caller.lacking(scopes):
        missing = found(API_KEY_SCOPE, "scopes", actual=" or ".join(lacking))
        raise refuse_all([missing], call.state.settings.docs)
    return scopes


@keys.read(
    "/v1/api-keys",
    "listKeys",
    "List API keys, newest first",
    scope=Scope.KEYS_WRITE,
    answer=answers.KeyPage,
    query=PAGE,
)
async def list_api_keys(call: Call) -> Reply:
    """Keys with their last four characters, revoked ones included."""
    most, after = limit(call.request.query_params), cursor(call.request.query_params)
    rows = await call.state.database.read(
        lambda connection: list_keys(connection, call.caller, limit=most + 1, after=after)
    )
    return Reply(200, page([row._asdict() for row in rows], most, row_place, _key_json))


@keys.write(
    "DELETE",
    "/v1/api-keys/{id}",
    "revokeKey",
    "Revoke an API key",
    scope=Scope.KEYS_WRITE,
    answer=answers.RevokedKey,
)
async def revoke_key(call: Call, _body: None) -> Reply:
    """The key stops working within a second, in every process."""
    key_id = call.request.path_params["id"]
    now = call.state.clock.now()

    def end(connection: Connection) -> None:
        profile_id = revoke(connection, call.caller, key_id, now)
        record(
            connection,
            call.actor,
            AuditAction.KEY_REVOKED,
            organization_id=call.caller.organization_id,
            profile_id=profile_id,
            target_id=key_id,
            now=now,
        )

    await call.state.database.write(end)
    call.state.keys.forget()
    return Reply(200, {"id": key_id, "revokedAt": wire_time(now)})


def _profile_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "createdAt": wire_time(row["created_at"]),
        "updatedAt": wire_time(row["updated_at"]),
    }


@profiles.write(
    "POST",
    "/v1/profiles",
    "createProfile",
    "Make a profile",
    scope=Scope.PROFILES_WRITE,
    body=CreateProfile,
    status=201,
    answer=answers.Profile,
    # A key that is pinned to a profile sees no other.
    errors=(404,),
)
async def create_profile(call: Call, body: CreateProfile) -> Reply:
    """Group accounts and files, for a customer or a brand."""
    now = call.state.clock.now()
    row = await call.state.database.write(
        lambda connection: profile_use.create(
            connection, call.caller, name=body.name, slug=body.slug, by=call.actor, now=now
        )
    )
    return Reply(201, _profile_json(row))


@profiles.read(
    "/v1/profiles",
    "listProfiles",
    "List profiles",
    scope=None,
    answer=answers.ProfileList,
)
async def list_profiles(call: Call) -> Reply:
    """The profiles that the key may see, oldest first."""
    rows = await call.state.database.read(
        lambda connection: profile_use.list_profiles(connection, call.caller)
    )
    return Reply(200, {"data": [_profile_json(row._asdict()) for row in rows]})


@profiles.read(
    "/v1/profiles/{id}", "getProfile", "Read a profile", scope=None, answer=answers.Profile
)
async def get_profile(call: Call) -> Reply:
    """One profile."""
    profile_id = call.request.path_params["id"]
    row = await call.state.database.read(
        lambda connection: profile_use.get(connection, call.caller, profile_id)
    )
    return Reply(200, _profile_json(row._asdict()))


@profiles.write(
    "PATCH",
    "/v1/profiles/{id}",
    "changeProfile",
    "Rename a profile",
    scope=Scope.PROFILES_WRITE,
    body=ChangeProfile,
    answer=answers.Profile,
)
async def change_profile(call: Call, body: ChangeProfile) -> Reply:
    """Change its name, its slug, or both."""
    profile_id = call.request.path_params["id"]
    now = call.state.clock.now()
    row = await call.state.database.write(
        lambda connection: profile_use.change(
            connection,
            call.caller,
            profile_id,
            name=body.name,
            slug=body.slug,
            by=call.actor,
            now=now,
        )
    )
    return Reply(200, _profile_json(row._asdict()))


@profiles.write(
    "DELETE",
    "/v1/profiles/{id}",
    "deleteProfile",
    "Delete an empty profile",
    scope=Scope.PROFILES_WRITE,
    answer=answers.Deleted,
)
async def delete_profile(call: Call, _body: None) -> Reply:
    """Refused with 409 while accounts, files or keys belong to it."""
    profile_id, now = call.request.path_params["id"], call.state.clock.now()
    await call.state.database.write(
        lambda connection: profile_use.remove(
            connection, call.caller, profile_id, by=call.actor, now=now
        )
    )
    return Reply(200, {"id": profile_id, "deleted": True})
