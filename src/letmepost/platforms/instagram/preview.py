"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platforms.instagram.fields import child_fields, post_fields
from letmepost.platforms.instagram.options import chosen_options, surface
from letmepost.platforms.instagram.settings import VERSION, InstagramSettings

_CONTAINER = "(the id of the container)"
_ACCOUNT = "(the account's id)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers, the call that publishes, and the first comment."""
    by_page = account_details.get("login") == "page"
    host = InstagramSettings.model_fields["page_api_url" if by_page else "api_url"].default
    base = f"{host}/{VERSION}"
    account = f"{base}/{account_details.get('accountId', _ACCOUNT)}"
    where = surface(draft)
    urls = [
        None if by_page and each.kind == "video" else f"(where Instagram can fetch the {each.kind})"
        for each in draft.media
    ]
    children = []
    calls = []
    if where == "carousel":
        for place, url in enumerate(urls):
            calls.append(_call(f"{account}/media", child_fields(draft, place, url)))
            children.append(_CONTAINER)
    chosen = chosen_options(draft)
    fields = post_fields(
        draft, url=urls[0], cover=chosen.cover_url if chosen else None, children=children
    )
    calls.append(_call(f"{account}/media", fields))
    calls.append(_call(f"{account}/media_publish", {"creation_id": _CONTAINER}))
    if draft.first_comment is not None and where != "story":
        calls.append(
            _call(f"{base}/(the id of the post)/comments", {"message": draft.first_comment})
        )
    return calls


def _call(url: str, form: Mapping[str, str]) -> dict[str, Any]:
    return {"method": "POST", "url": url, "form": dict(form)}
