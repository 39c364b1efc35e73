"""Upload files, fetch them, list them, and delete them."""

from typing import Annotated

import structlog
from pydantic import Field
from starlette.responses import Response

from letmepost.api import answers
from letmepost.api.call import Call, Reply
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.operation import Body, Content, Operations
from letmepost.api.parameters import IDEMPOTENCY_KEY, PAGE, PROFILE
from letmepost.api.reading import cursor, limit, page, row_place
from letmepost.media.library import StoredMedia, list_media
from letmepost.media.removal import remove_objects
from letmepost.posts.body import URL_MAX_CHARACTERS, Wire
from letmepost.posts.media_use import delete_media
from letmepost.tenancy.keys import Scope, hidden_profile
from letmepost.tenancy.profiles import profile_for

log = structlog.get_logger()
media = Operations("Media")

UPLOAD_BODY = Content(
    ("multipart/form-data",),
    {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
    },
)


@media.custom(
    "POST",
    "/v1/media",
    "uploadMedia",
    "Upload a file",
    scope=Scope.MEDIA_WRITE,
    answers={201: answers.Media},
    body=Body(UPLOAD_BODY),
    query=(PROFILE,),
    headers=(IDEMPOTENCY_KEY,),
)
async def upload_media(call: Call) -> Response:
    """Stream one part named `file` to storage. Its type is read from its bytes."""
    state, caller = call.state, call.caller
    asked_profile = call.request.query_params.get("profileId")
    profile_id = await state.database.read(
        lambda connection: profile_for(connection, caller, asked_profile)
    )
    with state.uploads_at_once.one(caller.key_id):
        return await _upload(call, asked_profile, profile_id)


async def _upload(call: Call, asked_profile: str | None, profile_id: str) -> Response:
    state, caller = call.state, call.caller
    received = await state.library.receive(
        call.request.headers.get("content-type"), call.request.stream()
    )

    async def store() -> Reply:
        incoming = await state.library.read_facts(received)
        stored = await state.library.keep(
            incoming,
            organization_id=caller.organization_id,
            profile_id=profile_id,
            source="upload",
            now=state.clock.now(),
        )
        return Reply(201, stored.to_json(state.settings.public_url))

    try:
        # The profile stands in the address, and is a part of what was asked for.
        asked = fingerprint(f"{asked_profile} {received.fingerprint}".encode())
        return await once(call, asked, store)
    finally:
        received.path.unlink(missing_ok=True)


class FetchMedia(Wire):
    """A file that lies at an address. Its type is read from its bytes."""

    url: Annotated[str, Field(min_length=1, max_length=URL_MAX_CHARACTERS)]
    profile_id: Annotated[str, Field(max_length=64)] | None = None


@media.write(
    "POST",
    "/v1/media/fetch",
    "fetchMedia",
    "Upload a file from an address",
    scope=Scope.MEDIA_WRITE,
    body=FetchMedia,
    errors=(503,),
    status=201,
    answer=answers.Media,
)
async def fetch_media(call: Call, body: FetchMedia) -> Reply:
    """Fetch a file from a public address and store it, as if it had been uploaded."""
    state, caller = call.state, call.caller
    profile_id = await state.database.read(
        lambda connection: profile_for(connection, caller, body.profile_id)
    )
    with state.uploads_at_once.one(caller.key_id):
        stored = await _fetch(call, body.url, profile_id)
    return Reply(201, stored.to_json(state.settings.public_url))


async def _fetch(call: Call, url: str, profile_id: str) -> StoredMedia:
    state, caller = call.state, call.caller
    incoming = await state.library.fetch(url)
    try:
        return await state.library.keep(
            incoming,
            organization_id=caller.organization_id,
            profile_id=profile_id,
            source="upload",
            now=state.clock.now(),
        )
    finally:
        incoming.discard()


@media.read(
    "/v1/media",
    "listMedia",
    "List uploaded files, newest first",
    scope=Scope.MEDIA_READ,
    answer=answers.MediaPage,
    query=(PROFILE, *PAGE),
)
async def list_uploads(call: Call) -> Reply:
    """The files that were uploaded; not those that a post brought with it."""
    query = call.request.query_params
    profile_id = query.get("profileId")
    if profile_id is not None and not call.caller.sees(profile_id):
        raise hidden_profile()
    most, after = limit(query), cursor(query)
    rows = await call.state.database.read(
        lambda connection: list_media(
            connection, call.caller, profile_id=profile_id, limit=most + 1, after=after
        )
    )
    public_url = call.state.settings.public_url
    return Reply(200, page(rows, most, row_place, lambda stored: stored.to_json(public_url)))


@media.write(
    "DELETE",
    "/v1/media/{id}",
    "deleteMedia",
    "Delete a file",
    scope=Scope.MEDIA_WRITE,
    answer=answers.Deleted,
)
async def delete_file(call: Call, _body: None) -> Reply:
    """Delete a file for good, unless a post that has not ended needs it."""
    media_id, state = call.request.path_params["id"], call.state
    now = state.clock.now()
    await state.database.write(
        lambda connection: delete_media(connection, call.caller, media_id, call.request_id, now)
    )
    try:
        await remove_objects(state.database, state.library.storage, media_id)
    except Exception:
        # The file is deleted whatever its storage says now; the sweep will ask again.
        log.exception("media.object_not_removed", media_id=media_id)
    return Reply(200, {"id": media_id, "deleted": True})
