"""What a caller may say beyond text and media when a post goes to Bluesky."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft
from letmepost.content.whole_number import WHOLE


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class BlueskyCard(_Wire):
    """A link card written by the caller, in place of one read from the linked page."""

    uri: Annotated[str, Field(max_length=8000)] = Field(
        description="The page that the card leads to."
    )
    title: Annotated[str, Field(max_length=3000)] = Field(
        default="", description="The title of the card."
    )
    description: Annotated[str, Field(max_length=10_000)] = Field(
        default="", description="What the card says of the page."
    )


class BlueskyCaption(_Wire):
    """Subtitles of a video, as WebVTT text."""

    lang: Annotated[str, Field(max_length=64)] = Field(
        examples=["en"], description="The language of the subtitles, as in BCP 47."
    )
    content: Annotated[str, Field(max_length=100_000)] = Field(
        examples=["WEBVTT\n\n00:00.000 --> 00:02.000\nHello"],
        description="The subtitles as WebVTT.",
    )


class BlueskyFacet(_Wire):
    """A link, mention or tag at a place that the caller chose, in UTF-8 bytes."""

    byte_start: Annotated[int, WHOLE] = Field(description="Where it begins, in UTF-8 bytes from 0.")
    byte_end: Annotated[int, WHOLE] = Field(description="Where it ends; this byte is not of it.")
    link: Annotated[str, Field(max_length=8000)] | None = Field(
        default=None, description="The address that it leads to."
    )
    mention: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None, description="The handle or the DID of who is mentioned."
    )
    tag: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="The tag, without the number sign."
    )


class BlueskyOptions(_Wire):
    """Bluesky: reply, quote, languages, tags, labels, link card, captions and facets."""

    platform: Literal["bluesky"] = Field(description="Whose options these are.")
    reply_to_uri: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None, description="The AT URI of the post that is answered."
    )
    reply_to_cid: Annotated[str, Field(max_length=255)] | None = Field(
        default=None, description="The CID of the post that is answered."
    )
    reply_root_uri: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None,
        description="The AT URI of the first post of the thread; the one answered, unless given.",
    )
    reply_root_cid: Annotated[str, Field(max_length=255)] | None = Field(
        default=None, description="The CID of the first post of the thread."
    )
    quote_uri: Annotated[str, Field(max_length=2048)] | None = Field(
        default=None, description="The AT URI of the post that is quoted."
    )
    quote_cid: Annotated[str, Field(max_length=255)] | None = Field(
        default=None, description="The CID of the post that is quoted."
    )
    langs: Annotated[tuple[str, ...], Field(max_length=100)] = Field(
        default=(), examples=[["en"]], description="The languages of the text, as in BCP 47."
    )
    tags: Annotated[tuple[str, ...], Field(max_length=100)] = Field(
        default=(), description="Tags that do not stand in the text, without the number sign."
    )
    labels: tuple[Literal["porn", "sexual", "nudity", "graphic-media"], ...] = Field(
        default=(), description="Warnings that the content is marked with."
    )
    card: BlueskyCard | None = Field(
        default=None,
        description="A link card in place of the one that is read from the linked page.",
    )
    captions: Annotated[tuple[BlueskyCaption, ...], Field(max_length=100)] = Field(
        default=(), description="Subtitles of the video, one a language."
    )
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
