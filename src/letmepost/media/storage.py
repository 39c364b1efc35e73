"""Where media files lie: a local folder, memory, or an S3 bucket, behind one set of calls."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

# Parts of 8 MiB keep within S3's 10,000 parts up to 80 GB, and four at a time within 32 MiB.
PART_SIZE_BYTES: Final = 8 * 1024 * 1024
PARTS_AT_A_TIME: Final = 4
READ_SIZE_BYTES: Final = 1024 * 1024
# A request lasts as long as its body is read, and a slow client may read a whole video from it.
REQUEST_TIMEOUT: Final = timedelta(minutes=15)

# Variable to option; of two for one option the later one wins.
AWS_VARIABLES: Final[Mapping[str, str]] = {
    "AWS_DEFAULT_REGION": "region",
    "AWS_REGION": "region",
    "AWS_ENDPOINT_URL": "endpoint",
    "AWS_ENDPOINT_URL_S3": "endpoint",
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
    "AWS_ROLE_ARN": "role_arn",
    "AWS_ROLE_SESSION_NAME": "role_session_name",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "web_identity_token_file",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "container_credentials_relative_uri",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "container_credentials_full_uri",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "container_authorization_token_file",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "virtual_hosted_style_request",
}

EXTENSIONS: Final[Mapping[str, str]] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/3gpp": "3gp",
    "video/x-flv": "flv",
    "video/mpeg": "mpg",
    "video/mp2t": "ts",
    "video/x-ms-asf": "wmv",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "application/pdf": "pdf",
}


class StorageSettingError(ValueError):
    """The storage address is not one of `file:///...`, `memory:///` or `s3://bucket/prefix`."""


class ObjectMissingError(LookupError):
    """No object lies under this key."""


class ObjectTooLargeError(ValueError):
    """The object is larger than the caller wants to hold in memory."""


class Storage:
    """Media files by key; `open_storage` makes one. Errors of the store itself pass through."""

    def __init__(
        self, store: LocalStore | MemoryStore | S3Store, *, keeps_content_type: bool
    ) -> None:
        self._store = store
        self._keeps_content_type = keeps_content_type

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Copy the file at `path` to `key`, whole or not at all, a few megabytes at a time."""
        await obstore.put_async(
            self._store,
            key,
            path,
            attributes={"Content-Type": content_type} if self._keeps_content_type else None,
            chunk_size=PART_SIZE_BYTES,
            max_concurrency=PARTS_AT_A_TIME,
        )

    async def stream(
        self, key: str, start: int | None = None, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but not including `end`, in pieces of about a megabyte.

        Raises `ObjectMissingError` before the first piece.
        """
        begin = start or 0
        if end is not None and end <= begin:
            return
        options: obstore.GetOptions = {}
        if end is not None:
            options = {"range": (begin, end)}
        elif begin:
            options = {"range": {"offset": begin}}
        try:
            found = await obstore.get_async(self._store, key, options=options)
        except (NotFoundError, FileNotFoundError):
            raise ObjectMissingError(key) from None
        async for piece in found.stream(min_chunk_size=READ_SIZE_BYTES):
            yield piece

    async def read(self, key: str, max_bytes: int) -> bytes:
        """The whole object; raise `ObjectTooLargeError` when it is longer than `max_bytes`."""
        try:
            found = await obstore.get_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            raise ObjectMissingError(key) from None
        if found.meta["size"] > max_bytes:
            raise ObjectTooLargeError(f"{key} has {found.meta['size']} bytes of {max_bytes}")
        return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error, so a delete can be repeated."""
        try:
            await obstore.delete_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return

    async def keys(self, prefix: str | None = None) -> AsyncIterator[str]:
        """The key of every object, or of each below a prefix that ends with a slash."""
        async for found in obstore.list(self._store, prefix):
            for each in found:
                yield each["path"]

    async def size_bytes(self, key: str) -> int:
        """How long the object is; raise `ObjectMissingError`."""
        try:
            found = await obstore.head_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            raise ObjectMissingError(key) from None
        return found["size"]

    async def put_address(self, key: str, valid_for: timedelta) -> str | None:
        """An address at which anybody may PUT this object; None where the store has none."""
        if not isinstance(self._store, S3Store):
            return None
        return await obstore.sign_async(self._store, "PUT", key, valid_for)

    async def get_address(self, key: str, valid_for: timedelta) -> str | None:
        """An address at which anybody may GET this object; None where the store has none."""
        if not isinstance(self._store, S3Store):
            return None
        return await obstore.sign_async(self._store, "GET", key, valid_for)

    async def exists(self, key: str) -> bool:
        """Whether an object lies under this key."""
        try:
            await obstore.head_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return False
        return True


def open_storage(url: str, environment: Mapping[str, str]) -> Storage:
    """Open what the setting `STORAGE_URL` names; raise `StorageSettingError` with a sentence.

    For S3 the usual `AWS_...` variables are taken from `environment`, and `AWS_ENDPOINT_URL` for
    a server that speaks S3. A missing local folder is made.
    """
    address = urlsplit(url)
    if address.scheme == "memory":
        return Storage(MemoryStore(), keeps_content_type=True)
    if address.scheme == "file":
        if address.netloc not in ("", "localhost") or not address.path.strip("/"):
            raise StorageSettingError(f"{url!r} needs an absolute path, as in file:///srv/media.")
        folder = Path(url2pathname(address.path))
        return Storage(LocalStore(folder, mkdir=True), keeps_content_type=False)
    if address.scheme == "s3":
        if not address.netloc:
            raise StorageSettingError(f"{url!r} needs a bucket, as in s3://bucket/prefix.")
        return Storage(_s3(address.netloc, address.path, environment), keeps_content_type=True)
    raise StorageSettingError(f"{url!r} is none of file:///..., memory:/// and s3://bucket/prefix.")


def storage_key(organization_id: str, media_id: str, content_type: str) -> str:
    """The key of a media file; its extension follows the sniffed type, never the file name."""
    return f"media/{organization_id}/{media_id}.{EXTENSIONS.get(content_type, 'bin')}"


def _s3(bucket: str, prefix: str, environment: Mapping[str, str]) -> S3Store:
    given = {
        option: environment[name]
        for name, option in AWS_VARIABLES.items()
        if environment.get(name, "") != ""
    }
    return S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        config=cast(
            "obstore.store.S3Config",
            # The call that deletes many at once is missing on some servers that speak S3.
            {"region": "us-east-1", "disable_bulk_delete": True} | given,
        ),
        client_options={
            "allow_http": given.get("endpoint", "").startswith("http://"),
            "timeout": REQUEST_TIMEOUT,
        },
    )
