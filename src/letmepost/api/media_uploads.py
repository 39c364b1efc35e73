"""Upload files straight to storage: ask for an address, PUT the bytes to it, complete."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from letmepost.api import answers, media_answers
from letmepost.api.call import Call, Reply
from letmepost.api.errors import error_response
from letmepost.api.operation import Body, Content, Operations
from letmepost.api.parameters import EXPIRES, SIGNATURE
from letmepost.api.state import State
from letmepost.content.errors import LetmepostError
from letmepost.content.whole_number import WHOLE
from letmepost.posts.body import Wire
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.profiles import profile_for

uploads = Operations("Media")


class BeginUpload(Wire):
    """A file that is to come. Its type is read from its bytes, whatever is said here."""

    size_bytes: Annotated[int, Field(gt=0), WHOLE]
    content_type: (
        Annotated[str, Field(max_length=255, pattern=r"^[\w.+-]+/[\w.+-]+(;[ -~]*)?$")] | None
    ) = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    profile_id: Annotated[str, Field(max_length=64)] | None = None


@uploads.write(
    "POST",
    "/v1/media/uploads",
    "beginUpload",
    "Begin a direct upload",
    scope=Scope.MEDIA_WRITE,
    body=BeginUpload,
    status=201,
    answer=media_answers.Upload,
)
async def begin_upload(call: Call, body: BeginUpload) -> Reply:
    """Give an address to which the bytes of one file can be PUT, without a key."""
    state = call.state
    profile_id = await state.database.read(
        lambda connection: profile_for(connection, call.caller, body.profile_id)
    )
    begun = await state.direct_uploads.begin(
        call.caller,
        profile_id,
        size_bytes=body.size_bytes,
        declared_type=body.content_type,
        now=state.clock.now(),
    )
    return Reply(201, begun.to_json())


@uploads.write(
    "POST",
    "/v1/media/uploads/{id}/complete",
    "completeUpload",
    "Complete a direct upload",
    scope=Scope.MEDIA_WRITE,
    status=201,
    answer=answers.Media,
)
async def complete_upload(call: Call, _body: None) -> Reply:
    """Read the bytes that were sent, and make a file of them as an upload would."""
    state = call.state
    stored = await state.direct_uploads.complete(
        call.caller, call.request.path_params["id"], state.clock.now()
    )
    return Reply(201, stored.to_json(state.settings.public_url))


@uploads.public(
    "/v1/media/uploads/{id}/content",
    "putUploadContent",
    "Send the bytes of a direct upload",
    method="PUT",
    answers={200: None},
    body=Body(Content(("*/*",), {"type": "string", "format": "binary"})),
    query=(
        replace(EXPIRES, required=True),
        replace(SIGNATURE, required=True),
    ),
    errors=(403, 409),
)
async def put_content(request: Request) -> Response:
    """PUT the bytes to the `url` that `beginUpload` gave; its signature is all that is needed.

    Servers that keep files in a bucket give an address of that bucket in place of this one.
    """
    state: State = request.app.state.letmepost
    declared = request.headers.get("content-length", "")
    try:
        await state.direct_uploads.receive(
            request.path_params["id"],
            request.query_params.get("expires", ""),
            request.query_params.get("signature", ""),
            request.stream(),
            declared_bytes=int(declared) if declared.isdecimal() else None,
            now=state.clock.now(),
        )
    except LetmepostError as error:
        return error_response(error, state.settings.docs, request.scope["state"]["request_id"])
    except ClientDisconnect:
        # Nobody reads this answer.
        return Response(status_code=400)
    return Response()
