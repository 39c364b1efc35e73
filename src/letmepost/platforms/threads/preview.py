"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.threads.settings import VERSION, ThreadsSettings
from letmepost.platforms.threads.steps import child_fields, post_fields, steps

_HOST = f"{ThreadsSettings.model_fields['api_url'].default}/{VERSION}"
_CONTAINER = "(the id of the container)"
_BEFORE = "(the post before)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG001 - the protocol's
    """For each post of the draft the containers, then the call that publishes."""
    calls = []
    for number, step in enumerate(steps(draft)):
        urls = [_address(each) for each in step.media]
        children = []
        if step.kind == "CAROUSEL":
            for media, url in zip(step.media, urls, strict=True):
                calls.append(_call("threads", child_fields(media, url)))
                children.append(_CONTAINER)
        answers = _BEFORE if number else None
        calls.append(_call("threads", post_fields(step, answers, urls=urls, children=children)))
        calls.append(_call("threads_publish", {"creation_id": _CONTAINER}))
    return calls


def _call(edge: str, form: Mapping[str, str]) -> dict[str, Any]:
    return {"method": "POST", "url": f"{_HOST}/me/{edge}", "form": dict(form)}


def _address(media: DraftMedia) -> str:
    return f"(where Threads can fetch the {media.kind})"
