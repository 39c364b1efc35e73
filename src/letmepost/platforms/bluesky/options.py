"""What a caller may say beyond text and media when a post goes to Bluesky."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class BlueskyCard(_Wire):
    """A link card written by the caller, in place of one read from the linked page."""

    uri: Annotated[str, Field(max_length=8000)]
    title: Annotated[str, Field(max_length=3000)] = ""
    description: Annotated[str, Field(max_length=10_000)] = ""


class BlueskyCaption(_Wire):
    """Subtitles of a video, as WebVTT text."""

    lang: Annotated[str, Field(max_length=64)]
    content: Annotated[str, Field(max_length=100_000)]


class BlueskyFacet(_Wire):
    """A link, mention or tag at a place that the caller chose, in UTF-8 bytes."""

    byte_start: int
    byte_end: int
    link: Annotated[str, Field(max_length=8000)] | None = None
    mention: Annotated[str, Field(max_length=2048)] | None = None
    tag: Annotated[str, Field(max_length=2000)] | None = None


class BlueskyOptions(_Wire):
    """Bluesky: reply, quote, languages, tags, labels, link card, captions and facets."""

    platform: Literal["bluesky"]
    reply_to_uri: Annotated[str, Field(max_length=2048)] | None = None
    reply_to_cid: Annotated[str, Field(max_length=255)] | None = None
    reply_root_uri: Annotated[str, Field(max_length=2048)] | None = None
    reply_root_cid: Annotated[str, Field(max_length=255)] | None = None
    quote_uri: Annotated[str, Field(max_length=2048)] | None = None
    quote_cid: Annotated[str, Field(max_length=255)] | None = None
    langs: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    tags: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    labels: tuple[Literal["porn", "sexual", "nudity", "graphic-media"], ...] = ()
    card: BlueskyCard | None = None
    captions: Annotated[tuple[BlueskyCaption, ...], Field(max_length=100)] = ()
    facets: Annotated[tuple[BlueskyFacet, ...], Field(max_length=300)] | None = Field(
        default=None,
        description="Given: nothing is detected in the text. Absent: links, "
        "mentions and tags are found in the text.",
    )
    gallery: bool = Field(
        default=False, description="Publish images as a gallery, which holds up to 20."
    )


def chosen_options(draft: Draft) -> BlueskyOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, BlueskyOptions) else None


def example_options(**fields: object) -> BlueskyOptions:
    """Options for the example of a rule."""
    return BlueskyOptions.model_construct(platform="bluesky", **fields)  # type: ignore[arg-type]
