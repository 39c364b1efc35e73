"""Rules of files that are stored: files in use, direct uploads, parts of files, mended images."""

from datetime import date

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

MEDIA_RULES: tuple[Rule, ...] = (
    MEDIA_IN_USE,
    RETRY_MEDIA_MISSING,
    MEDIA_RANGE,
)
