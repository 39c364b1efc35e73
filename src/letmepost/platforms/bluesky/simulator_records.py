"""The simulated repository: blobs go in, and records are made, read, changed and deleted."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.bluesky.simulator_accounts import Account, Accounts, Blob, Record
from letmepost.platforms.bluesky.simulator_cid import blob_cid, record_cid
from letmepost.platforms.bluesky.simulator_lexicon import (
    COLLECTIONS,
    DID,
    HANDLE,
    NSID,
    RECORD_KEY,
    TID,
    is_blob,
)
from letmepost.platforms.bluesky.simulator_xrpc import (
    JsonObject,
    XrpcError,
    invalid,
    read_input,
    required_param,
    required_text,
    shown,
)

BLOB_LIMIT_BYTES: Final = 5 * 1024 * 1024
"""What a PDS accepts unless its owner says otherwise."""

_TID_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
_WRITES_AT_MOST: Final = 200
_PAGE_AT_MOST: Final = 100


class Repositories:
    """The `com.atproto.repo.*` methods over the accounts of one world."""

    def __init__(self, accounts: Accounts, clock: Clock, faults: Faults) -> None:
        self._accounts = accounts
        self._clock = clock
        self._faults = faults
        self._last_tid = 0
        self.blob_limit_bytes = BLOB_LIMIT_BYTES

    async def upload_blob(self, request: Request) -> Response:
        """Store bytes; their type is what they look like, else what the caller says."""
        account = self._accounts.authenticated(request)
        declared = request.headers.get("content-type")
        if not declared:
            raise invalid("Request encoding (Content-Type) required but not provided")
        content = await body_within(request, self.blob_limit_bytes)
        mime_type = sniffed(content) or declared
        blob = Blob(blob_cid(hashlib.sha256(content).digest()), mime_type, len(content), content)
        account.blobs.setdefault(blob.cid, blob)
        return JSONResponse({"blob": blob.described()})

    async def get_blob(self, request: Request) -> Response:
        """Hand stored bytes out."""
        account = self._accounts.find(required_param(request, "did"))
        blob = account.blobs.get(required_param(request, "cid")) if account else None
        if blob is None or blob.content is None:
            raise XrpcError("BlobNotFound", "Blob not found")
        return Response(blob.content, media_type=blob.mime_type)

    async def create_record(self, request: Request) -> Response:
        """Make a record; a key that is taken is a bare 500, as on the real PDS."""
        account = self._accounts.authenticated(request)
        body = await read_input(request)
        _own(account, body)
        collection, rkey = self._place(body)
        value, status = _checked(body, "record", collection, rkey, "$.record")
        if (collection, rkey) in account.records:
            raise _taken()
        _keep_blobs(account, value)
        record = account.records[collection, rkey] = Record(record_cid(value), value)
        return self._written(account, collection, rkey, record, status)

    async def put_record(self, request: Request) -> Response:
        """Make or replace a record; the same body again changes nothing and has no commit."""
        account = self._accounts.authenticated(request)
        body = await read_input(request)
        _own(account, body)
        required_text(body, "rkey")
        collection, rkey = self._place(body)
        value, status = _checked(body, "record", collection, rkey, "$.record")
        current = account.records.get((collection, rkey))
        _check_swap(body, current)
        record = Record(record_cid(value), value)
        if current == record:
            uri = _uri(account, collection, rkey)
            return JSONResponse({"uri": uri, "cid": record.cid, **status})
        _keep_blobs(account, value)
        account.records[collection, rkey] = record
        _drop_blobs(account)
        return self._written(account, collection, rkey, record, status)

    async def delete_record(self, request: Request) -> Response:
        """Delete a record; one that is not there is a success too."""
        account = self._accounts.authenticated(request)
        body = await read_input(request)
        _own(account, body)
        required_text(body, "collection", "rkey")
        collection, rkey = self._place(body)
        current = account.records.get((collection, rkey))
        if current is None:
            return JSONResponse({})
        _check_swap(body, current)
        del account.records[collection, rkey]
        _drop_blobs(account)
        return JSONResponse({"commit": self._commit(account)})

    async def apply_writes(self, request: Request) -> Response:
        """Do several writes, or none of them."""
        account = self._accounts.authenticated(request)
        body = await read_input(request)
        _own(account, body)
        writes = body.get("writes")
        if not isinstance(writes, list):
            raise invalid('Missing required key "writes" at $')
        if len(writes) > _WRITES_AT_MOST:
            raise invalid(f"Too many writes. Max: {_WRITES_AT_MOST}")
        records_before = dict(account.records)
        try:
            results = [
                self._apply(account, body.get("validate"), write, f"$.writes[{index}]")
                for index, write in enumerate(writes)
            ]
        except XrpcError:
            account.records = records_before
            raise
        _drop_blobs(account)
        return JSONResponse({"commit": self._commit(account), "results": results})

    def _apply(self, account: Account, validate: object, write: Any, at: str) -> JsonObject:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(write, dict) or not isinstance(write.get("$type"), str):
            kind = 'an object which includes the "$type" property'
            raise invalid(f"Expected {kind} value type (got {shown(write)}) at {at}")
        action = write["$type"].removeprefix("com.atproto.repo.applyWrites#")
        collection, rkey = self._place(write)
        place = collection, rkey
        result = {"$type": f"com.atproto.repo.applyWrites#{action}Result"}
        if action == "delete":
            account.records.pop(place, None)
            return result
        if action not in ("create", "update"):
            raise invalid(f"Action not supported: {shown(write)}")
        checked = {**write, "validate": validate}
        value, status = _checked(checked, "value", collection, rkey, f"{at}.record")
        if (action == "create") is (place in account.records):
            raise _taken()
        _keep_blobs(account, value)
        record = account.records[place] = Record(record_cid(value), value)
        return {**result, "uri": _uri(account, collection, rkey), "cid": record.cid, **status}

    async def get_record(self, request: Request) -> Response:
        """Read one record; no token is needed."""
        repo, collection, rkey = (
            required_param(request, name) for name in ("repo", "collection", "rkey")
        )
        account = self._accounts.find(repo)
        if account is None:
            raise invalid("Could not locate record")
        record = account.records.get((collection, rkey))
        wanted_cid = request.query_params.get("cid")
        hidden = self._faults.take(_address(request), "hide_history")
        if record is None or hidden or wanted_cid not in (None, record.cid):
            uri = _uri(account, collection, rkey)
            raise XrpcError("RecordNotFound", f"Could not locate record: {uri}")
        return JSONResponse(_described(account, collection, rkey, record))

    async def list_records(self, request: Request) -> Response:
        """List a collection, the newest key first; no token is needed."""
        account = self._accounts.find(required_param(request, "repo"))
        collection = required_param(request, "collection")
        if account is None:
            raise invalid(f"Could not find repo: {request.query_params['repo']}")
        limit = request.query_params.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= _PAGE_AT_MOST:
            raise invalid(f"limit must be from 1 to {_PAGE_AT_MOST}")
        if self._faults.take(_address(request), "hide_history"):
            return JSONResponse({"records": []})
        oldest_first = request.query_params.get("reverse") == "true"
        cursor = request.query_params.get("cursor")
        keys = sorted(
            (rkey for found, rkey in account.records if found == collection),
            reverse=not oldest_first,
        )
        if cursor is not None:
            keys = [key for key in keys if (key > cursor if oldest_first else key < cursor)]
        page = keys[: int(limit)]
        records = [
            _described(account, collection, rkey, account.records[collection, rkey])
            for rkey in page
        ]
        more = {"cursor": page[-1]} if page else {}
        return JSONResponse({"records": records, **more})

    def _place(self, body: JsonObject) -> tuple[str, str]:
        (collection,) = required_text(body, "collection")
        if not NSID.fullmatch(collection):
            raise invalid(f"Invalid NSID (got {shown(collection)}) at $.collection")
        rkey = body.get("rkey")
        if rkey is None:
            return collection, self._tid()
        if not isinstance(rkey, str) or not RECORD_KEY.fullmatch(rkey):
            raise invalid(f"Invalid record key (got {shown(rkey)}) at $.rkey")
        return collection, rkey

    def _tid(self) -> str:
        """Make a key that sorts after every one made before."""
        microseconds = int(self._clock.now().timestamp() * 1_000_000)
        self._last_tid = max(self._last_tid + 1, microseconds)
        number, digits = self._last_tid << 10, ""
        for _ in range(13):
            number, digit = divmod(number, len(_TID_ALPHABET))
            digits = _TID_ALPHABET[digit] + digits
        return digits

    def _written(
        self, account: Account, collection: str, rkey: str, record: Record, status: JsonObject
    ) -> Response:
        return JSONResponse(
            {
                "uri": _uri(account, collection, rkey),
                "cid": record.cid,
                "commit": self._commit(account),
                **status,
            }
        )

    def _commit(self, account: Account) -> JsonObject:
        rev = self._tid()
        return {"cid": record_cid({"did": account.did, "rev": rev}), "rev": rev}


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


async def body_within(request: Request, limit_bytes: int) -> bytes:
    """Read a raw body, or refuse it as soon as it is known to be over a limit."""
    too_large = XrpcError("PayloadTooLarge", "request entity too large", 413)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise too_large
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit_bytes:
            raise too_large
    return bytes(content)


def sniffed(content: bytes) -> str | None:
    """Tell a medium's type by its first bytes, None if they say nothing."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
    }
    for start, mime_type in starts.items():
        if content.startswith(start):
            return mime_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return "video/quicktime" if content[8:10] == b"qt" else "video/mp4"
    return None


def blobs_in(value: object) -> Iterator[JsonObject]:
    """Find every blob reference in a record."""
    if isinstance(value, dict):
        if is_blob(value):
            yield value
        for item in value.values():
            yield from blobs_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from blobs_in(item)


def _own(account: Account, body: JsonObject) -> None:
    (repo,) = required_text(body, "repo")
    if not DID.fullmatch(repo) and not HANDLE.fullmatch(repo):
        raise invalid(f"Invalid AT identifier (got {shown(repo)}) at $.repo")
    if repo != account.did and repo.lower() != account.handle:
        raise XrpcError("AccountNotFound", "Account not found", 403)
    if account.status == "deactivated":
        raise XrpcError("AccountDeactivated", "Account is deactivated", 401)


def _checked(
    body: JsonObject, name: str, collection: str, rkey: str, at: str
) -> tuple[JsonObject, JsonObject]:
    """Check a record and tell its value and what the answer says of the check."""
    if name not in body:
        raise invalid(f'Missing required key "{name}" at $')
    value = body[name]
    if not isinstance(value, dict):
        raise invalid(f"Expected object value type (got {shown(value)}) at {at}")
    value = {**value, "$type": value.get("$type", collection)}
    if value["$type"] != collection:
        raise invalid(f"Invalid $type: expected {collection}, got {value['$type']}")
    validate = body.get("validate")
    if validate is False:
        return value, {}
    check = COLLECTIONS.get(collection)
    if check is None:
        if validate is True:
            raise invalid(f"Unknown lexicon type: {collection}")
        return value, {"validationStatus": "unknown"}
    if not TID.fullmatch(rkey):
        reason = f"Invalid TID string (got {shown(rkey)}) at $"
        raise invalid(f"Invalid record key for {collection}: {reason}")
    try:
        check(value, at)
    except XrpcError as error:
        raise invalid(f"Invalid {collection} record: {error.message}") from None
    return value, {"validationStatus": "valid"}


def _keep_blobs(account: Account, value: JsonObject) -> None:
    for reference in blobs_in(value):
        cid = reference["ref"]["$link"]
        blob = account.blobs.get(cid)
        if blob is None:
            raise XrpcError("BlobNotFound", f"Could not find blob: {cid}")
        if blob.temporary:
            # Only the first record that names a blob is compared with what was stored.
            _compare(blob, reference)
        blob.temporary = False


def _compare(blob: Blob, reference: JsonObject) -> None:
    for stored, told, error, what in (
        (blob.mime_type, reference["mimeType"], "InvalidMimeType", "Mimetype"),
        (blob.size_bytes, reference["size"], "InvalidSize", "Size"),
    ):
        if stored != told:
            reason = f"Expected: {stored}, Got: {told}"
            raise XrpcError(error, f"Referenced {what} does not match stored blob. {reason}")


def _drop_blobs(account: Account) -> None:
    """Forget the blobs that no record names any more."""
    named = {
        reference["ref"]["$link"]
        for record in account.records.values()
        for reference in blobs_in(record.value)
    }
    for cid in [cid for cid, blob in account.blobs.items() if not blob.temporary]:
        if cid not in named:
            del account.blobs[cid]


def _check_swap(body: JsonObject, current: Record | None) -> None:
    if "swapRecord" in body and body["swapRecord"] != (current.cid if current else None):
        raise XrpcError("InvalidSwap", f"Record was at {current.cid if current else 'null'}")


def _taken() -> XrpcError:
    return XrpcError("InternalServerError", "Internal Server Error", 500)


def _uri(account: Account, collection: str, rkey: str) -> str:
    return f"at://{account.did}/{collection}/{rkey}"


def _described(account: Account, collection: str, rkey: str, record: Record) -> JsonObject:
    return {"uri": _uri(account, collection, rkey), "cid": record.cid, "value": record.value}
