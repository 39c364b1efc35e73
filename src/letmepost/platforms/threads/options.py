"""What a caller may say beyond text and media when a post goes to Threads."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft

ReplyControl = Literal[
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
]


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class ThreadsThreadPost(_Wire):
    """A further post of a thread; it answers the one before it."""

    text: Annotated[str, Field(max_length=100_000)]


class ThreadsTextAttachment(_Wire):
    """A long text that readers open from the post."""

    text: Annotated[str, Field(max_length=100_000)]
    link: Annotated[str, Field(max_length=8000)] | None = None


class ThreadsOptions(_Wire):
    """Threads: reply, quote, who may reply, topic, link, poll, long text, further posts."""

    platform: Literal["threads"]
    reply_to_id: Annotated[str, Field(max_length=64)] | None = None
    quote_post_id: Annotated[str, Field(max_length=64)] | None = None
    reply_control: ReplyControl | None = None
    topic_tag: Annotated[str, Field(max_length=1000)] | None = None
    link_attachment: Annotated[str, Field(max_length=8000)] | None = None
    poll: Annotated[tuple[str, ...], Field(min_length=2, max_length=4)] | None = None
    text_attachment: ThreadsTextAttachment | None = None
    thread: Annotated[tuple[ThreadsThreadPost, ...], Field(max_length=100)] = ()


def chosen_options(draft: Draft) -> ThreadsOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, ThreadsOptions) else None


def example_options(**fields: object) -> ThreadsOptions:
    """Options for the example of a rule."""
    return ThreadsOptions.model_construct(platform="threads", **fields)  # type: ignore[arg-type]
