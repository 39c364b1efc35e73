"""Media: files to attach to posts."""

from __future__ import annotations

import mimetypes

from typing_extensions import Unpack

from letmepost_sdk.contents import FileInput, multipart, read_file
from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import ProfileFilter, ProfilePageFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import BeginUpload, Deleted, FetchMedia, MediaPage, Upload
from letmepost_sdk.types import Media as MediaFile

ANY_TYPE = "application/octet-stream"


class Media(Resource[DriverT]):
    """Stored files. The server reads what a file is from its bytes."""

    @Operation
    def upload(
        self, file: FileInput, *, filename: str | None = None, **given: Unpack[ProfileFilter]
    ) -> Exchange[MediaFile]:
        """Upload a file: bytes, a path, or a file open for reading bytes. It is streamed.

        A file that cannot be rewound is sent once only, whatever `retries` says.
        """
        name, contents = read_file(file, filename)
        content_type = mimetypes.guess_type(name)[0] or ANY_TYPE
        return self._call(
            "POST", "/v1/media", given=given, contents=multipart(name, content_type, contents)
        )

    @Operation
    def fetch(self, body: FetchMedia, **options: Unpack[CallOptions]) -> Exchange[MediaFile]:
        """Let the server fetch a file from a public address."""
        return self._call("POST", "/v1/media/fetch", given=options, body=body)

    @Operation
    def upload_direct(
        self, file: FileInput, *, filename: str | None = None, **given: Unpack[ProfileFilter]
    ) -> Exchange[MediaFile]:
        """Upload a large file straight to the server's storage, past the API."""
        name, contents = read_file(file, filename)
        if contents.size_bytes is None:
            raise ValueError("A direct upload needs to know the size of the file first.")
        asked: BeginUpload = {"sizeBytes": contents.size_bytes, "filename": name}
        if content_type := mimetypes.guess_type(name)[0]:
            asked["contentType"] = content_type
        options = dict(given)
        if profile_id := options.pop("profile_id", None):
            asked["profileId"] = str(profile_id)
        begun: Upload = yield from self._call(
            "POST", "/v1/media/uploads", given=options, body=asked
        )
        yield from self._put(begun["url"], begun["headers"], contents)
        options.pop("idempotency_key", None)
        completed: MediaFile = yield from self._call(
            "POST", "/v1/media/uploads/{id}/complete", begun["id"], given=options
        )
        return completed

    @Operation
    def begin_upload(self, body: BeginUpload, **options: Unpack[CallOptions]) -> Exchange[Upload]:
        """An address to which somebody else can PUT the bytes of one file, without a key."""
        return self._call("POST", "/v1/media/uploads", given=options, body=body)

    @Operation
    def complete_upload(
        self, upload_id: str, **options: Unpack[CallOptions]
    ) -> Exchange[MediaFile]:
        """Make a file of the bytes that were sent."""
        return self._call("POST", "/v1/media/uploads/{id}/complete", upload_id, given=options)

    @Operation
    def list(self, **filters: Unpack[ProfilePageFilters]) -> Exchange[MediaPage]:
        """One page of uploaded files, newest first."""
        return self._call("GET", "/v1/media", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[ProfilePageFilters]) -> Walk[MediaFile]:
        """Every uploaded file, newest first; `limit` is the size of a page."""
        return self._walk("/v1/media", given=filters)

    @Operation
    def delete(self, media_id: str, **options: Unpack[CallOptions]) -> Exchange[Deleted]:
        """Delete a file for good."""
        return self._call("DELETE", "/v1/media/{id}", media_id, given=options)
