"""The body of a post as a bare application would declare it.

The same fields as `letmepost.posts.body.PostBody`, declared anew: to import that one would load the
platforms into the floor too, and make its memory and its start look like ours. A test holds the
two alike.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(max_length=100_000)]
Name = Annotated[str, Field(max_length=64)]


class Wire(BaseModel):
    """camelCase names, and nothing that is not known."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, serialize_by_alias=True
    )


class MediaBody(Wire):
    """One attached file."""

    kind: Literal["image", "video", "document"]
    alt_text: Text | None = None
    media_id: Name | None = None
    url: Annotated[str, Field(min_length=1, max_length=8192)] | None = None
    bytes_base64: str | None = None


class FirstCommentBody(Wire):
    """A comment under the post."""

    text: Text


class TargetBody(Wire):
    """One account to publish on."""

    account_id: Name | None = None
    platform: Annotated[str, Field(max_length=40)] | None = None
    text: Text | None = None
    media: Annotated[list[MediaBody], Field(max_length=100)] | None = None
    first_comment: FirstCommentBody | None = None
    options: dict[str, object] | None = None
    scheduled_at: AwareDatetime | Literal["next-slot"] | None = None


class PostBody(Wire):
    """A post for one or more targets."""

    targets: Annotated[list[TargetBody], Field(max_length=1000)] = Field(default_factory=list)
    text: Text | None = None
    media: Annotated[list[MediaBody], Field(max_length=100)] | None = None
    first_comment: FirstCommentBody | None = None
    publish_now: bool | None = None
    scheduled_at: AwareDatetime | Literal["next-slot"] | None = None
    profile_id: Name | None = None
    on_duplicate: Literal["warn", "refuse"] = "warn"
    fit: Literal["off", "auto"] = "off"
    status: Literal["draft"] | None = None
