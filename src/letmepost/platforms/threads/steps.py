"""The posts that a draft becomes, in order, and the fields of the containers for each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.threads.options import ThreadsOptions, chosen_options

_OPTION_NAMES: Final = ("option_a", "option_b", "option_c", "option_d")


@dataclass(frozen=True, slots=True)
class Step:
    """One post. The first alone has files, and what the options say of it."""

    text: str
    media: Sequence[DraftMedia] = ()
    options: ThreadsOptions | None = None
    is_comment: bool = False

    @property
    def kind(self) -> str:
        """Its `media_type` as it is made."""
        if len(self.media) > 1:
            return "CAROUSEL"
        if self.media:
            return "VIDEO" if self.media[0].kind == "video" else "IMAGE"
        return "TEXT"

    @property
    def read_kind(self) -> str:
        """Its `media_type` as it is read."""
        return {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}.get(self.kind, self.kind)


def steps(draft: Draft) -> list[Step]:
    """Every post of a draft; each answers the one before it."""
    chosen = chosen_options(draft)
    further = [Step(each.text) for each in (chosen.thread if chosen else ())]
    comment = [] if draft.first_comment is None else [Step(draft.first_comment, is_comment=True)]
    return [Step(draft.text, draft.media, chosen), *further, *comment]


def child_fields(media: DraftMedia, url: str) -> dict[str, str]:
    """The container of one item of a carousel."""
    kind = "VIDEO" if media.kind == "video" else "IMAGE"
    return {"is_carousel_item": "true", **_file_fields(media, kind, url)}


def post_fields(
    step: Step, answers: str | None, *, urls: Sequence[str], children: Sequence[str]
) -> dict[str, str]:
    """The container of a step; `answers` is the post before it in the thread."""
    fields = {"media_type": step.kind}
    if step.kind == "CAROUSEL":
        fields["children"] = ",".join(children)
    elif step.media:
        fields |= _file_fields(step.media[0], step.kind, urls[0])
    if step.text:
        fields["text"] = step.text
    if step.options is not None:
        fields |= _chosen_fields(step.options)
    if answers is not None:
        fields["reply_to_id"] = answers
    return fields


def _file_fields(media: DraftMedia, kind: str, url: str) -> dict[str, str]:
    fields = {"media_type": kind, f"{kind.lower()}_url": url}
    return fields | ({"alt_text": media.alt_text} if media.alt_text else {})


def _chosen_fields(chosen: ThreadsOptions) -> dict[str, str]:
    fields = {
        "reply_to_id": chosen.reply_to_id,
        "quote_post_id": chosen.quote_post_id,
        "reply_control": chosen.reply_control,
        "topic_tag": chosen.topic_tag,
        "link_attachment": chosen.link_attachment,
    }
    if chosen.poll is not None:
        fields["poll_attachment"] = json.dumps(
            dict(zip(_OPTION_NAMES, chosen.poll, strict=False)), ensure_ascii=False
        )
    if (attached := chosen.text_attachment) is not None:
        written = {"plaintext": attached.text}
        if attached.link is not None:
            written["link_attachment_url"] = attached.link
        fields["text_attachment"] = json.dumps(written, ensure_ascii=False)
    return {name: value for name, value in fields.items() if value is not None}
