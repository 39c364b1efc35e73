"""What a caller may say beyond text and media when a post goes to Pinterest."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft
from letmepost.content.web_address import ADDRESS_CHARACTERS_MAX, WEB_ADDRESS, is_web_address


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("must be a web address that begins with http:// or https://")
    return value


WebAddress = Annotated[
    str,
    Field(max_length=ADDRESS_CHARACTERS_MAX, json_schema_extra=WEB_ADDRESS),
    AfterValidator(_web_address),
]


class PinterestOptions(BaseModel):
    """Pinterest: board and section, where the pin leads, its title, and the cover of a video."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )

    cover_fields: ClassVar[Mapping[str, str]] = {
        "cover_image_url": "url",
        "cover_media_id": "media_id",
    }
    link_fields: ClassVar[Mapping[str, str]] = {
        "destination_url": "pinterest.destination_url.reachable",
    }

    platform: Literal["pinterest"] = Field(description="Whose options these are.")
    board_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None,
        examples=["549755885175"],
        description="The board that the pin goes to; the default one, unless given.",
    )
    board_section_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="A section of the board."
    )
    destination_url: WebAddress | None = Field(default=None, description="Where the pin leads.")
    title: Annotated[str, Field(max_length=10_000)] | None = Field(
        default=None, description="The title of the pin."
    )
    cover_image_url: WebAddress | None = Field(
        default=None, description="The address of an image that is the cover of a video."
    )
    cover_media_id: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of an uploaded image that is the cover of a video."
    )
    cover_key_frame_seconds: Annotated[float, Field(ge=0, le=86_400)] | None = Field(
        default=None, description="The second of the video whose picture is the cover."
    )


def chosen_options(draft: Draft) -> PinterestOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, PinterestOptions) else None


def example_options(**fields: object) -> PinterestOptions:
    """Options for the example of a rule: a pin for a board, and what is given."""
    return PinterestOptions.model_construct(
        **{"platform": "pinterest", "board_id": "549755885175", **fields}  # type: ignore[arg-type]
    )
