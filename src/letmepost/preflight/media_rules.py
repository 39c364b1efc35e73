"""Rules of files that are stored: files in use, direct uploads, parts of files, mended images."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 24)
_RANGES = (("https://www.rfc-editor.org/rfc/rfc9110#name-range-requests", _CHECKED),)

UPLOAD_MINUTES = Limit(60, "minutes", OURS[0][0], _CHECKED)

MEDIA_IN_USE = declared(
    "media.in_use",
    field="id",
    message="The file is attached to posts that have not ended: {actual}.",
    remediation="Cancel these posts or wait until they have ended, then delete the file.",
    why="A post that waits for its time needs its files then. A delete and a new post race for "
    "the file, and exactly one of them wins.",
    sources=OURS,
)
RETRY_MEDIA_MISSING = declared(
    "post.retry.media_missing",
    field="media",
    message="A file of this post is deleted: {actual}.",
    remediation="Upload the file again and make a new post with it.",
    why="A file may be deleted once its posts have ended, and a retry would need it again.",
    sources=OURS,
)
MEDIA_RANGE = declared(
    "media.range",
    field="Range",
    message="The range {actual} begins beyond the end of the file, which has {limit} bytes.",
    remediation="Ask for a range within the file, or leave the header out.",
    why="Players and platforms fetch large files in parts. One range a request is answered; "
    "several at once are answered with the whole file, as HTTP allows.",
    sources=_RANGES,
)
UPLOAD_UNSIGNED = declared(
    "media.upload.signature",
    field="signature",
    code=ErrorCode.UNAUTHORIZED,
    message="This address was not made by this server, or was changed.",
    remediation="Send the bytes to the url that POST /v1/media/uploads gave, unchanged.",
    why="The address stands in for a key: whoever has it may send these bytes and nothing else.",
    sources=OURS,
)
UPLOAD_EXPIRED = declared(
    "media.upload.expired",
    field="expiresAt",
    limit=UPLOAD_MINUTES,
    message="The upload ended at {actual}; there are {limit} minutes to send and complete it.",
    remediation="Begin a new upload with POST /v1/media/uploads.",
    why="An address that never expires is a key that cannot be revoked.",
)
UPLOAD_USED = declared(
    "media.upload.used",
    field="url",
    message="The bytes of this upload have come already.",
    remediation="Complete the upload, or begin a new one for other bytes.",
    why="An address takes one file, so nobody can exchange it after it was sent.",
    sources=OURS,
)
UPLOAD_MISSING = declared(
    "media.upload.missing",
    field="url",
    message="No bytes have come for this upload.",
    remediation="PUT the file to the url of the upload first, and wait for its answer.",
    why="Completing reads the bytes, so they must be there.",
    sources=OURS,
)
UPLOAD_SIZE = declared(
    "media.upload.size",
    field="sizeBytes",
    message="The file has {actual} bytes, and sizeBytes said {named}.",
    remediation="Begin a new upload with the size that the file has.",
    why="A file of another size than announced was cut or exchanged on its way.",
    sources=OURS,
)
UPLOAD_COMPLETED = declared(
    "media.upload.completed",
    field="id",
    message="This upload is completed: it became {actual}.",
    remediation="Use this media id. With an Idempotency-Key a repeated call is answered the same.",
    why="One upload gives one file.",
    sources=OURS,
)
MEDIA_REFITTED = declared(
    "media.refitted",
    severity="warning",
    field="media",
    message="The image was made to fit: {actual}.",
    remediation='Nothing. Send the post with fit: "off" to have such an image refused instead.',
    why='With fit: "auto" an image that is too large, or of a type that the platform does not '
    "take, is encoded anew or scaled, in this order and as little as possible. Its ratio is kept, "
    "its metadata is left out, animations and texts are never touched, and other platforms get "
    "the original.",
    sources=OURS,
)

MEDIA_RULES: tuple[Rule, ...] = (
    MEDIA_IN_USE,
    RETRY_MEDIA_MISSING,
    MEDIA_RANGE,
    UPLOAD_UNSIGNED,
    UPLOAD_EXPIRED,
    UPLOAD_USED,
    UPLOAD_MISSING,
    UPLOAD_SIZE,
    UPLOAD_COMPLETED,
    MEDIA_REFITTED,
)
