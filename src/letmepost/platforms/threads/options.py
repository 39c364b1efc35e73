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

    text: Annotated[str, Field(max_length=100_000)] = Field(
        description="What the further post says."
    )


class ThreadsTextAttachment(_Wire):
    """A long text that readers open from the post."""

    text: Annotated[str, Field(max_length=100_000)] = Field(description="The long text.")
    link: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="A page that the long text leads to."
    )


class ThreadsOptions(_Wire):
    """Threads: reply, quote, who may reply, topic, link, poll, long text, further posts."""

    platform: Literal["threads"] = Field(description="Whose options these are.")
    reply_to_id: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of the post that is answered."
    )
    quote_post_id: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of the post that is quoted."
    )
    reply_control: ReplyControl | None = Field(default=None, description="Who may answer.")
    topic_tag: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="The topic of the post."
    )
    link_attachment: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="A page that is shown as a card."
    )
    poll: Annotated[tuple[str, ...], Field(min_length=2, max_length=4)] | None = Field(
        default=None, examples=[["Yes", "No"]], description="The answers of a poll."
    )
    text_attachment: ThreadsTextAttachment | None = Field(
        default=None, description="A long text that readers open."
    )
    thread: Annotated[tuple[ThreadsThreadPost, ...], Field(max_length=100)] = Field(
        default=(), description="The posts after this one, in order."
    )


def chosen_options(draft: Draft) -> ThreadsOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, ThreadsOptions) else None


def example_options(**fields: object) -> ThreadsOptions:
    """Options for the example of a rule."""
    return ThreadsOptions.model_construct(platform="threads", **fields)  # type: ignore[arg-type]
