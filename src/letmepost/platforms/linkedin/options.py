"""What a caller may say beyond text and media when a post goes to LinkedIn."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.draft import Draft
from letmepost.content.web_address import ADDRESS_CHARACTERS_MAX, WEB_ADDRESS, is_web_address


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

    url: Annotated[
        str,
        Field(max_length=ADDRESS_CHARACTERS_MAX, json_schema_extra=WEB_ADDRESS),
        AfterValidator(_web_address),
    ] = Field(description="The page that the card leads to.")
    title: Annotated[str, Field(min_length=1, max_length=400)] = Field(
        examples=["We are open on Sunday"], description="The title of the card."
    )
    description: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="What the card says of the page."
    )
    thumbnail_media_id: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The id of an uploaded image for the card."
    )


class LinkedInOptions(_Wire):
    """LinkedIn: who may see the post, its author, an article, and the title of a document."""

    platform: Literal["linkedin"] = Field(description="Whose options these are.")
    # Not a Literal: a wrong value is a rule of the catalogue, with a page of its own.
    visibility: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="Who may see the post: PUBLIC or CONNECTIONS."
    )
    author_urn: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="The URN of who publishes; the account itself, unless given."
    )
    article: LinkedInArticle | None = Field(default=None, description="A link with its card.")
    document_title: Annotated[str, Field(max_length=400)] | None = Field(
        default=None, description="The title of an attached document."
    )


def chosen_options(draft: Draft) -> LinkedInOptions | None:
    """The draft's options, where it has any."""
    return draft.options if isinstance(draft.options, LinkedInOptions) else None


def example_options(**fields: object) -> LinkedInOptions:
    """Options for the example of a rule."""
    return LinkedInOptions.model_construct(platform="linkedin", **fields)  # type: ignore[arg-type]
