"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.bluesky import record
from letmepost.platforms.bluesky.options import BlueskyOptions, chosen_options
from letmepost.platforms.bluesky.xrpc import method_url

_UNKNOWN_SERVER = "https://the-account-s-server"
_POST = "(the post)"
_UPLOADED = "(the uploaded file)"
_CHOSEN = "(chosen before the first try)"


def _file(item: DraftMedia, name: str) -> dict[str, Any]:
    facts = item.facts
    shown: dict[str, Any] = {name: _UPLOADED}
    if facts is not None and facts.width_px and facts.height_px:
        shown["aspectRatio"] = {"width": facts.width_px, "height": facts.height_px}
    return shown


def _images(draft: Draft, *, gallery: bool) -> dict[str, Any]:
    items = [{**_file(item, "image"), "alt": item.alt_text or ""} for item in draft.media]
    if gallery:
        typed = [{"$type": "app.bsky.embed.gallery#image", **item} for item in items]
        return {"$type": "app.bsky.embed.gallery", "items": typed}
    return {"$type": "app.bsky.embed.images", "images": items}


def _video(item: DraftMedia, chosen: BlueskyOptions | None) -> dict[str, Any]:
    embed = {"$type": "app.bsky.embed.video", **_file(item, "video")}
    if item.alt_text:
        embed["alt"] = item.alt_text
    if chosen and chosen.captions:
        embed["captions"] = [{"lang": each.lang, "file": _UPLOADED} for each in chosen.captions]
    return embed


def _embed(draft: Draft) -> dict[str, Any] | None:
    chosen = chosen_options(draft)
    media: dict[str, Any] | None = None
    if draft.videos:
        media = _video(draft.videos[0], chosen)
    elif draft.media:
        media = _images(draft, gallery=bool(chosen and chosen.gallery))
    elif chosen and chosen.card:
        external = chosen.card.model_dump(by_alias=True)
        media = {"$type": "app.bsky.embed.external", "external": external}
    if chosen is None or not chosen.quote_uri:
        return media
    quoted = {"uri": chosen.quote_uri, "cid": chosen.quote_cid}
    quote = {"$type": "app.bsky.embed.record", "record": quoted}
    if media is None:
        return quote
    return {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media}


def _reply(chosen: BlueskyOptions | None) -> dict[str, Any] | None:
    if chosen is None or not chosen.reply_to_uri:
        return None
    parent = {"uri": chosen.reply_to_uri, "cid": chosen.reply_to_cid}
    if chosen.reply_root_uri:
        root = {"uri": chosen.reply_root_uri, "cid": chosen.reply_root_cid}
        return {"parent": parent, "root": root}
    return {"parent": parent, "root": "(read from the parent)"}


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of `com.atproto.repo.createRecord` for a draft."""
    chosen = chosen_options(draft)
    found = record.found_in(draft)
    reply = _reply(chosen)
    handles = {each.value: f"(the DID of {each.value})" for each in found or ()}
    facets = (
        record.placed_facets(chosen, handles)
        if chosen and found is None
        else record.facets(draft.text, found or [], handles)
    )
    documents = [
        record.record(draft, created_at=_CHOSEN, facets=facets, embed=_embed(draft), reply=reply)
    ]
    if draft.first_comment is not None:
        comment = Draft(text=draft.first_comment)
        answered = {"parent": _POST, "root": reply["root"] if reply else _POST}
        documents.append(
            record.record(
                comment,
                created_at=_CHOSEN,
                facets=record.facets(comment.text, record.found_in(comment) or [], {}),
                embed=None,
                reply=answered,
            )
        )
    server = account_details.get("pdsUrl", _UNKNOWN_SERVER)
    repo = account_details.get("did", "(the account's DID)")
    return [
        {
            "method": "POST",
            "url": method_url(server, "com.atproto.repo.createRecord"),
            "json": record.write(repo, _CHOSEN, document),
        }
        for document in documents
    ]
