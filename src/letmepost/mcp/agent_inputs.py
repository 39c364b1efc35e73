"""What the tools that are made for agents take: flat, with every field explained."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from letmepost.platforms import platforms

_VIDEO: Final = re.compile(r"\.(mp4|m4v|mov|webm)($|[?#])", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"\.(pdf|pptx?|docx?)($|[?#])", re.IGNORECASE)


class AgentInput(BaseModel):
    """camelCase names, and nothing that is not known."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_alias=True)


class PostInput(AgentInput):
    """What is said, and where."""

    text: Annotated[str, Field(description="The text of the post, the same for every account.")]
    accounts: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=25,
            description="Where it goes: ids of accounts (acc_...) from list_accounts, or, where "
            f"a platform has one account, its name: {', '.join(platforms())}.",
        ),
    ]
    media: Annotated[
        list[str],
        Field(
            default_factory=list,
            max_length=100,
            description="Files to attach, in order: public http(s) addresses, or ids (med_...) "
            "from upload_media_from_url.",
        ),
    ]
    alt_text: Annotated[
        list[str],
        Field(
            default_factory=list,
            description="What each file shows, in the order of media, for people who do not see "
            "it. Always give it with images.",
        ),
    ]
    media_kind: Annotated[
        Literal["image", "video", "document"] | None,
        Field(
            description="What the files are, if not images. Told by the ending of an address "
            "where it has one, so needed for ids of videos and documents.",
        ),
    ] = None
    first_comment: Annotated[
        str | None,
        Field(description="A comment to make under the post at once, where the platform can."),
    ] = None
    profile_id: Annotated[
        str | None, Field(description="Only accounts of this profile; seldom needed.")
    ] = None

    @model_validator(mode="after")
    def _no_text_without_file(self) -> Self:
        if len(self.alt_text) > len(self.media):
            raise ValueError("altText has more entries than media has files")
        return self

    def body(self) -> dict[str, Any]:
        """The same as the body of `POST /v1/posts`."""
        targets = [
            {"accountId": each} if each.startswith("acc_") else {"platform": each.lower()}
            for each in self.accounts
        ]
        body: dict[str, Any] = {"targets": targets, "text": self.text}
        if self.media:
            body["media"] = [self._file(number) for number in range(len(self.media))]
        if self.first_comment is not None:
            body["firstComment"] = {"text": self.first_comment}
        if self.profile_id is not None:
            body["profileId"] = self.profile_id
        return body

    def _file(self, number: int) -> dict[str, str]:
        named = self.media[number]
        source = "mediaId" if named.startswith("med_") else "url"
        told = self.alt_text[number] if number < len(self.alt_text) else ""
        alt_text = {"altText": told} if told else {}
        return {"kind": self.media_kind or _kind(named), source: named, **alt_text}


class PublishInput(PostInput):
    """A post that goes out at once."""

    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            description="Give the same key when you repeat this very call because its answer was "
            "lost: then nothing is published twice.",
        ),
    ] = None


_WHEN: Final = (
    "When it goes out: ISO 8601 with an offset or Z, such as 2027-01-31T09:00:00+01:00, and in "
    "the future; or next-slot, for the next free queue slot of the account's profile."
)


class ScheduleInput(PublishInput):
    """A post that goes out at a time."""

    scheduled_at: Annotated[str, Field(description=_WHEN)]

    def body(self) -> dict[str, Any]:
        """As that of any post, with its time."""
        return {**super().body(), "scheduledAt": self.scheduled_at}


class DraftInput(PublishInput):
    """A post that is kept."""

    def body(self) -> dict[str, Any]:
        """As that of any post, to be kept."""
        return {**super().body(), "status": "draft"}


class ValidateInput(PostInput):
    """A post that is looked over."""

    scheduled_at: Annotated[str | None, Field(description=f"{_WHEN} Without it: now.")] = None

    def body(self) -> dict[str, Any]:
        """As that of any post, with its time if it has one."""
        at = {} if self.scheduled_at is None else {"scheduledAt": self.scheduled_at}
        return {**super().body(), **at}


class ListAccountsInput(AgentInput):
    """Which accounts."""

    profile_id: Annotated[str | None, Field(description="Only accounts of this profile.")] = None


class StatusInput(AgentInput):
    """Which post."""

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_-]+$",
            description="The postId (post_...) of one account, or the id of the whole (batch_...), "
            "from publish_post or schedule_post.",
        ),
    ]


class UploadInput(AgentInput):
    """Which file."""

    url: Annotated[str, Field(description="A public http(s) address of the file itself.")]
    profile_id: Annotated[
        str | None, Field(description="The profile of the accounts that it is for.")
    ] = None


def _kind(named: str) -> str:
    if _VIDEO.search(named):
        return "video"
    return "document" if _DOCUMENT.search(named) else "image"
