"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.bluesky import record
from letmepost.platforms.bluesky.options import chosen_options
from letmepost.platforms.bluesky.xrpc import method_url

_UNKNOWN_SERVER = "https://the-account-s-server"
_CHOSEN = "(chosen before the first try)"


def _file(item: DraftMedia) -> dict[str, Any]:
    facts = item.facts
    shown: dict[str, Any] = {"alt": item.alt_text or "", "file": "(the uploaded file)"}
    if facts is not None and facts.width_px and facts.height_px:
        shown["aspectRatio"] = {"width": facts.width_px, "height": facts.height_px}
    return shown


def _embed(draft: Draft) -> dict[str, Any] | None:
    chosen = chosen_options(draft)
    media: dict[str, Any] | None = None
    if draft.videos:
        media = {"$type": "app.bsky.embed.video", **_file(draft.videos[0])}
    elif draft.media:
        kind = "gallery" if chosen and chosen.gallery else "images"
        items = [_file(item) for item in draft.media]
        media = {"$type": f"app.bsky.embed.{kind}", "images": items}
    elif chosen and chosen.card:
        external = chosen.card.model_dump(by_alias=True)
        media = {"$type": "app.bsky.embed.external", "external": external}
    if chosen is None or not chosen.quote_uri:
        return media
    quote = {"uri": chosen.quote_uri, "cid": chosen.quote_cid}
    return {"$type": "app.bsky.embed.record", "record": quote, "media": media}


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of `com.atproto.repo.createRecord` for a draft."""
    chosen = chosen_options(draft)
    found = record.found_in(draft)
    reply = None
    if chosen and chosen.reply_to_uri:
        parent = {"uri": chosen.reply_to_uri, "cid": chosen.reply_to_cid}
        reply = {"parent": parent, "root": "(read from the parent)"}
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
        answered = {"parent": "(the post)", "root": "(the post)"}
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
