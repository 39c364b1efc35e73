"""The embed of a post: images, gallery, video, link card or quote."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import TryLater, Warned
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.bluesky.card import read_card
from letmepost.platforms.bluesky.errors import refusal, unavailable
from letmepost.platforms.bluesky.facets import Found
from letmepost.platforms.bluesky.options import BlueskyOptions
from letmepost.platforms.bluesky.video import ready_blob
from letmepost.platforms.bluesky.xrpc import AccountClient, RefusedError

IMAGE_DEADLINE_SECONDS = 60.0
CAPTION_TYPE = "text/vtt"


async def _blob(
    task: PublishTask, client: AccountClient, body: bytes, content_type: str
) -> dict[str, Any]:
    answer = await client.upload(
        "com.atproto.repo.uploadBlob", body, content_type, deadline_seconds=IMAGE_DEADLINE_SECONDS
    )
    if not answer.ok:
        raise RefusedError(refusal(answer, task.now))
    blob = answer.document.get("blob") if isinstance(answer.document, dict) else None
    if not isinstance(blob, dict):
        raise RefusedError(TryLater(error=unavailable("the upload's answer is not readable")))
    return blob


def _aspect_ratio(facts: MediaFacts | None) -> dict[str, Any]:
    if facts is None or not facts.width_px or not facts.height_px:
        return {}
    return {"aspectRatio": {"width": facts.width_px, "height": facts.height_px}}


async def _images(task: PublishTask, client: AccountClient, *, gallery: bool) -> dict[str, Any]:
    items = []
    for item, source in zip(task.draft.media, task.media, strict=True):
        blob = await _blob(task, client, await source.read(), source.facts.content_type)
        items.append({"image": blob, "alt": item.alt_text or "", **_aspect_ratio(source.facts)})
    if gallery:
        typed = [{"$type": "app.bsky.embed.gallery#image", **item} for item in items]
        return {"$type": "app.bsky.embed.gallery", "items": typed}
    return {"$type": "app.bsky.embed.images", "images": items}


async def _video(
    task: PublishTask, client: AccountClient, item: DraftMedia, chosen: BlueskyOptions | None
) -> dict[str, Any]:
    embed: dict[str, Any] = {
        "$type": "app.bsky.embed.video",
        "video": await ready_blob(task, client),
        **_aspect_ratio(task.media[0].facts),
    }
    if item.alt_text:
        embed["alt"] = item.alt_text
    if chosen and chosen.captions:
        embed["captions"] = [
            {
                "lang": caption.lang,
                "file": await _blob(task, client, caption.content.encode(), CAPTION_TYPE),
            }
            for caption in chosen.captions
        ]
    return embed


async def _card(
    task: PublishTask,
    client: AccountClient,
    chosen: BlueskyOptions | None,
    found: list[Found],
) -> tuple[dict[str, Any] | None, list[Warned]]:
    if chosen and chosen.card:
        written = {
            "uri": chosen.card.uri,
            "title": chosen.card.title,
            "description": chosen.card.description,
        }
        return {"$type": "app.bsky.embed.external", "external": written}, []
    links = [each for each in found if each.kind == "link"]
    if len(links) != 1 or (chosen and chosen.quote_uri):
        return None, []
    try:
        return await read_card(task.upstream, client, links[0].value)
    except (NoAnswerError, ValueError):
        # The card is a courtesy: a page that breaks our reading never stops the post.
        return None, []


async def embed(
    task: PublishTask, client: AccountClient, found: list[Found]
) -> tuple[Mapping[str, Any] | None, list[Warned]]:
    """The embed that the draft asks for, uploads made; and what its author should know."""
    chosen = task.draft.options if isinstance(task.draft.options, BlueskyOptions) else None
    warnings: list[Warned] = []
    media: dict[str, Any] | None = None
    if task.draft.videos:
        media = await _video(task, client, task.draft.videos[0], chosen)
    elif task.draft.media:
        media = await _images(task, client, gallery=bool(chosen and chosen.gallery))
    else:
        media, warnings = await _card(task, client, chosen, found)
    if chosen is None or not chosen.quote_uri:
        return media, warnings
    quote = {"uri": chosen.quote_uri, "cid": chosen.quote_cid}
    if media is None:
        return {"$type": "app.bsky.embed.record", "record": quote}, warnings
    return {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": quote},
        "media": media,
    }, warnings
