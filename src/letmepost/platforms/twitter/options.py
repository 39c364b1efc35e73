"""What a caller may say beyond text and media when a post goes to X."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft

_Id = Annotated[str, Field(max_length=64)]


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class TwitterThreadPost(_Wire):
    """One further post of a thread, published as a reply to the one before it."""

    text: Annotated[str, Field(max_length=100_000)] = Field(
        default="", description="What the further post says."
    )
    media_ids: Annotated[tuple[_Id, ...], Field(max_length=20)] = Field(
        default=(), description="The ids of uploaded files of the further post."
    )


class TwitterOptions(_Wire):
    """X: reply, quote, who may reply, tagged people, and the rest of a thread."""

    platform: Literal["twitter"] = Field(description="Whose options these are.")
    reply_to_tweet_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="The id of the post that is answered."
    )
    quote_tweet_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="The id of the post that is quoted."
    )
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = (
        Field(default=None, description="Who may answer; everybody, unless given.")
    )
    tagged_user_ids: Annotated[tuple[_Id, ...], Field(max_length=100)] = Field(
        default=(), description="The ids of people who are tagged in the images."
    )
    thread: Annotated[tuple[TwitterThreadPost, ...], Field(max_length=100)] = Field(
        default=(), description="The posts after this one, in order."
    )


def chosen_options(draft: Draft) -> TwitterOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, TwitterOptions) else None


def example_options(**fields: object) -> TwitterOptions:
    """Options for the example of a rule."""
    return TwitterOptions.model_construct(platform="twitter", **fields)  # type: ignore[arg-type]


def every_text(draft: Draft) -> list[tuple[str, str]]:
    """The text of the post and of each further post of its thread, with where each was given."""
    chosen = chosen_options(draft)
    further = chosen.thread if chosen else ()
    return [
        ("text", draft.text),
        *((f"options.thread[{number}].text", each.text) for number, each in enumerate(further)),
    ]
