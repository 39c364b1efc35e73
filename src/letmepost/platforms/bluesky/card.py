"""A link card, read from the linked page; whatever goes wrong, the post goes out without it."""

from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import regex

from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream
from letmepost.platform_kit.outcome import Warned
from letmepost.platforms.bluesky.limits import THUMB_BYTES
from letmepost.platforms.bluesky.rules import EXTERNAL_THUMB
from letmepost.platforms.bluesky.xrpc import AccountClient

PAGE_DEADLINE_SECONDS = 5.0
MAX_REDIRECTS = 5
TITLE_CHARACTERS = 300
DESCRIPTION_CHARACTERS = 1000
PAGE_CHARACTERS = 512 * 1024
TAGS = 300
_TAG_START = regex.compile(r"<(title|meta)\b", regex.IGNORECASE)
_TITLE = regex.compile(r"<title\b[^>]{0,1000}+>([^<]{1,3000}+)", regex.IGNORECASE)
_META = regex.compile(
    r"""<meta\b(?:[^>"']|"[^"]{0,4000}+"|'[^']{0,4000}+'){0,2000}+>""", regex.IGNORECASE
)
_ATTRIBUTE = regex.compile(r"""([\w:-]{1,40})\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_IMAGE_SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
}


def _head(page: str) -> dict[str, str]:
    """The title and the Open Graph properties of a page, the first of each.

    Every pattern stops after a fixed length: a page may be written to keep a parser busy, and
    the standard library's takes the square of its length.
    """
    found: dict[str, str] = {}
    page = page[:PAGE_CHARACTERS]
    for start in islice(_TAG_START.finditer(page), TAGS):
        if start.group(1).lower() == "title":
            if (title := _TITLE.match(page, start.start())) and title.group(1).strip():
                found.setdefault("title", unescape(title.group(1).strip()))
            continue
        if (tag := _META.match(page, start.start())) is None:
            continue
        values = {
            each.group(1).lower(): unescape(next(filter(None, each.groups()[1:]), ""))
            for each in _ATTRIBUTE.finditer(tag.group())
        }
        name = (values.get("property") or values.get("name") or "").lower()
        if name in ("og:title", "og:description", "og:image", "description"):
            found.setdefault(name, values.get("content", "").strip())
    return found


async def _get(upstream: Upstream, url: str) -> tuple[Answer, str] | None:
    for _ in range(MAX_REDIRECTS + 1):
        try:
            answer = await upstream.request(
                "GET",
                url,
                headers={"Accept": "text/html,image/*;q=0.9,*/*;q=0.5"},
                deadline_seconds=PAGE_DEADLINE_SECONDS,
            )
        except NoAnswerError:
            return None
        target = answer.headers.get("Location")
        if answer.status not in (301, 302, 303, 307, 308) or not target:
            return (answer, url) if answer.ok else None
        url = urljoin(url, target)
        if not url.startswith(("http://", "https://")):
            return None
    return None


async def _thumb(
    upstream: Upstream, client: AccountClient, url: str
) -> tuple[dict[str, Any] | None, list[Warned]]:
    fetched = await _get(upstream, url)
    if fetched is None:
        return None, []
    body = fetched[0].body
    if len(body) > THUMB_BYTES.value:
        message = EXTERNAL_THUMB.message.format(limit=THUMB_BYTES.value)
        return None, [Warned(code=EXTERNAL_THUMB.id, message=message)]
    content_type = next(
        (kind for start, kind in _IMAGE_SIGNATURES.items() if body.startswith(start)), None
    )
    if content_type is None and body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        content_type = "image/webp"
    if content_type is None:
        return None, []
    answer = await client.upload(
        "com.atproto.repo.uploadBlob", body, content_type, deadline_seconds=PAGE_DEADLINE_SECONDS
    )
    blob = answer.document.get("blob") if isinstance(answer.document, dict) else None
    return (blob if answer.ok and isinstance(blob, dict) else None), []


async def read_card(
    upstream: Upstream, client: AccountClient, uri: str
) -> tuple[dict[str, Any] | None, list[Warned]]:
    """The embed for a link, or None where its page says nothing of itself; and warnings."""
    fetched = await _get(upstream, uri)
    if fetched is None:
        return None, []
    answer, final_url = fetched
    if "html" not in answer.headers.get("Content-Type", "html").lower():
        return None, []
    head = _head(answer.body.decode("utf-8", "replace"))
    title = head.get("og:title") or head.get("title")
    if not title:
        return None, []
    description = head.get("og:description") or head.get("description") or ""
    external: dict[str, Any] = {
        "uri": uri,
        "title": title[:TITLE_CHARACTERS],
        "description": description[:DESCRIPTION_CHARACTERS],
    }
    warnings: list[Warned] = []
    if picture := head.get("og:image"):
        try:
            thumb, warnings = await _thumb(upstream, client, urljoin(final_url, picture))
        except NoAnswerError:
            thumb = None
        if thumb:
            external["thumb"] = thumb
    return {"$type": "app.bsky.embed.external", "external": external}, warnings
