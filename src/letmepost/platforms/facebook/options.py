"""What a caller may say beyond text and media when a post goes to a Facebook Page."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft

PostType = Literal["photo", "video", "reel", "story"]


class FacebookOptions(BaseModel):
    """Facebook: a link to share, and what the post is to be."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )

    platform: Literal["facebook"] = Field(description="Whose options these are.")
    link: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="The page that is shared."
    )
    post_type: PostType | None = Field(
        default=None,
        description="Absent: images make a photo post, and a video makes a video post.",
    )


def chosen_options(draft: Draft) -> FacebookOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, FacebookOptions) else None


def example_options(**fields: object) -> FacebookOptions:
    """Options for the example of a rule."""
    return FacebookOptions.model_construct(platform="facebook", **fields)  # type: ignore[arg-type]
