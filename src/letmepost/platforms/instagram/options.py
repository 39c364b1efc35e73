"""What a caller may say beyond text and media when a post goes to Instagram."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft
from letmepost.content.whole_number import WHOLE

MediaType = Literal["post", "carousel", "reel", "story"]
Surface = Literal["image", "carousel", "reel", "story"]


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class InstagramUserTag(_Wire):
    """A person in one of the files. Places are parts of the width and the height, 0 to 1."""

    username: Annotated[str, Field(max_length=100)] = Field(
        examples=["studio.example"], description="The name of who is tagged."
    )
    x: float | None = Field(
        default=None, examples=[0.5], description="How far from the left, as a part of the width."
    )
    y: float | None = Field(
        default=None, examples=[0.5], description="How far from the top, as a part of the height."
    )
    media: Annotated[int, Field(ge=0, le=1000), WHOLE] = Field(
        default=0, description="Which entry of media, counted from 0."
    )


class InstagramProductTag(_Wire):
    """A product of the account's shop in one of the files."""

    product_id: Annotated[str, Field(max_length=64)] = Field(
        examples=["4711"], description="The id of the product in the shop."
    )
    x: float | None = Field(
        default=None, examples=[0.5], description="How far from the left, as a part of the width."
    )
    y: float | None = Field(
        default=None, examples=[0.5], description="How far from the top, as a part of the height."
    )
    media: Annotated[int, Field(ge=0, le=1000), WHOLE] = Field(
        default=0, description="Which entry of media, counted from 0."
    )


class InstagramOptions(_Wire):
    """Instagram: where the post appears, who and what is in it, cover and place."""

    cover_fields: ClassVar[Mapping[str, str]] = {"cover_url": "url"}

    platform: Literal["instagram"] = Field(description="Whose options these are.")
    media_type: MediaType | None = Field(
        default=None,
        description="Absent or `post`: one image is an image post, one video a reel, and several "
        "files a carousel.",
    )
    collaborators: Annotated[tuple[str, ...], Field(max_length=100)] = Field(
        default=(), description="The names of accounts that are invited to share the post."
    )
    user_tags: Annotated[tuple[InstagramUserTag, ...], Field(max_length=1000)] = Field(
        default=(), description="People in the files."
    )
    product_tags: Annotated[tuple[InstagramProductTag, ...], Field(max_length=1000)] = Field(
        default=(), description="Products in the files."
    )
    location_id: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of the Facebook Page of a place."
    )
    cover_url: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="The address of an image that is the cover of a reel."
    )
    thumb_offset_ms: Annotated[int, Field(ge=0), WHOLE] | None = Field(
        default=None, description="The millisecond of the reel whose picture is its cover."
    )
    share_to_feed: bool | None = Field(
        default=None, description="Whether a reel is shown in the feed too."
    )


def chosen_options(draft: Draft) -> InstagramOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, InstagramOptions) else None


def surface(draft: Draft) -> Surface:
    """Where the post will appear; what was not said follows from the files."""
    chosen = chosen_options(draft)
    asked = chosen.media_type if chosen else None
    if asked is not None and asked != "post":
        return asked
    if len(draft.media) > 1:
        return "carousel"
    return "reel" if draft.videos else "image"


def example_options(**fields: object) -> InstagramOptions:
    """Options for the example of a rule."""
    return InstagramOptions.model_construct(platform="instagram", **fields)  # type: ignore[arg-type]
