"""What a caller may say beyond text and media when a post goes to LinkedIn."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft
from letmepost.content.web_address import ADDRESS_CHARACTERS_MAX, is_web_address


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("must be a web address that begins with http:// or https://")
    return value


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, validate_by_alias=True
    )


class LinkedInArticle(_Wire):
    """A link with its card. LinkedIn reads nothing from the linked page of a post by API."""

    url: Annotated[str, Field(max_length=ADDRESS_CHARACTERS_MAX), AfterValidator(_web_address)]
    title: Annotated[str, Field(min_length=1, max_length=400)]
    description: Annotated[str, Field(max_length=4000)] | None = None
    thumbnail_media_id: Annotated[str, Field(max_length=64)] | None = None


class LinkedInOptions(_Wire):
    """LinkedIn: who may see the post, its author, an article, and the title of a document."""

    platform: Literal["linkedin"]
    # Not a Literal: a wrong value is a rule of the catalogue, with a page of its own.
    visibility: Annotated[str, Field(max_length=64)] | None = None
    author_urn: Annotated[str, Field(max_length=200)] | None = None
    article: LinkedInArticle | None = None
    document_title: Annotated[str, Field(max_length=400)] | None = None


def chosen_options(draft: Draft) -> LinkedInOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, LinkedInOptions) else None


def example_options(**fields: object) -> LinkedInOptions:
    """Options for the example of a rule."""
    return LinkedInOptions.model_construct(platform="linkedin", **fields)  # type: ignore[arg-type]
