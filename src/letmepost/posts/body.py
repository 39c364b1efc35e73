"""The bodies that ask for a post: the shape with targets, and the older one with one account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Union

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.alias_generators import to_camel
from pydantic_core import core_schema, from_json
from typing_extensions import TypeAliasType

from letmepost.content.draft import MediaKind
from letmepost.content.text import normalize_newlines
from letmepost.kit.json_bytes import to_json
from letmepost.platforms import platforms

TEXT_MAX_CHARACTERS = 100_000
URL_MAX_CHARACTERS = 8192

Text = Annotated[str, Field(max_length=TEXT_MAX_CHARACTERS), AfterValidator(normalize_newlines)]


# One that is not known is refused by a rule, which says what it must be.
PlatformName = Annotated[str, Field(max_length=40, json_schema_extra={"enum": [*platforms()]})]


NextSlot = Literal["next-slot"]
NEXT_SLOT: Final[NextSlot] = "next-slot"


class _TimeOrNextSlot:
    """Reads a time, or the word that asks for the next slot: a wrong time has one error, not two.

    https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
    """

    def __get_pydantic_core_schema__(
        self,
        _source: Any,  # noqa: ANN401 - pydantic's signature
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        time = handler.generate_schema(AwareDatetime)
        return core_schema.nullable_schema(
            core_schema.tagged_union_schema(
                {"tag:slot": core_schema.literal_schema([NEXT_SLOT]), "tag:time": time},
                lambda given: "tag:slot" if given == NEXT_SLOT else "tag:time",
            )
        )

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "const": NEXT_SLOT},
                {"type": "null"},
            ]
        }


# When a post goes out: at a time, or in the next free queue slot of its profile.
When = Annotated[datetime | NextSlot | None, _TimeOrNextSlot()]


class Wire(BaseModel):
    """camelCase names, and nothing that is not known."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, serialize_by_alias=True
    )


class MediaBody(Wire):
    """One attached file, by exactly one of three sources."""

    kind: MediaKind
    alt_text: Text | None = None
    media_id: Annotated[str, Field(max_length=64)] | None = None
    url: Annotated[str, Field(min_length=1, max_length=URL_MAX_CHARACTERS)] | None = None
    bytes_base64: str | None = None


class FirstCommentBody(Wire):
    """A comment that is made under the post as soon as it is there."""

    text: Text


class AccountBody(Wire):
    """The one account of the older shape."""

    platform: PlatformName
    id: Annotated[str, Field(max_length=64)]


def _options_type() -> Any:  # noqa: ANN401 - a type made at run time
    """The options of every platform, told apart by `platform`."""
    models = tuple(platform.options for platform in platforms().values())
    if len(models) == 1:
        return models[0]
    return Annotated[Union[models], Field(discriminator="platform")]  # noqa: UP007 - made of a tuple


# A type with a name: clients get one for it, wherever it is used.
Options: Any = TypeAliasType("PostOptions", _options_type())


class ContentBody(Wire):
    """What is said, and when: the post's own, or one target's in its place."""

    text: Text | None = None
    media: Annotated[list[MediaBody], Field(max_length=100)] | None = None
    first_comment: FirstCommentBody | None = None
    scheduled_at: When = None


class TargetBody(ContentBody):
    """One account to publish on; what it gives replaces the post's own text, media and comment."""

    account_id: Annotated[str, Field(max_length=64)] | None = None
    platform: PlatformName | None = None
    options: Options | None = None


class _PostBody(ContentBody):
    """What both shapes of a post have."""

    # `draft` keeps the post until it is published by a call of its own.
    status: Literal["draft"] | None = None
    publish_now: bool | None = None
    profile_id: Annotated[str, Field(max_length=64)] | None = None
    on_duplicate: Literal["warn", "refuse"] = "warn"
    fit: Literal["off", "auto"] = "off"


class PostBody(_PostBody):
    """A post for one or more targets."""

    targets: Annotated[list[TargetBody], Field(max_length=1000)] = Field(default_factory=list)


class AccountPostBody(_PostBody):
    """A post for one account, in the older shape."""

    account: AccountBody
    options: Options | None = None


def with_options(raw: bytes) -> bytes:
    """A body of the older shape with its options under `options`.

    Older clients name a field after the platform: `"pinterest": {"boardId": ...}`.
    """
    try:
        body = from_json(raw)
    except ValueError:
        return raw
    if not isinstance(body, dict) or not isinstance(body.get("account"), dict):
        return raw
    platform = body["account"].get("platform")
    given = body.get(platform) if isinstance(platform, str) else None
    if not isinstance(given, dict) or "options" in body or platform not in platforms():
        return raw
    rest = {name: value for name, value in body.items() if name != platform}
    return to_json({**rest, "options": {"platform": platform, **given}})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in either shape, as one thing. Fields of targets replace those of the post.

    `saved` says that it is kept and not sent, with the status `draft`.
    """

    shape: Literal["targets", "account"]
    targets: list[TargetBody]
    text: str | None
    media: list[MediaBody] | None
    first_comment: FirstCommentBody | None
    publish_now: bool
    scheduled_at: datetime | NextSlot | None
    profile_id: str | None
    on_duplicate: Literal["warn", "refuse"]
    fit: Literal["off", "auto"] = "off"
    saved: bool = False


def asked_of(body: PostBody | AccountPostBody) -> Asked:
    """The same request whatever its shape."""
    if isinstance(body, PostBody):
        shape: Literal["targets", "account"] = "targets"
        targets = body.targets
    else:
        shape = "account"
        targets = [
            TargetBody.model_construct(
                account_id=body.account.id, platform=body.account.platform, options=body.options
            )
        ]
    return Asked(
        shape=shape,
        targets=targets,
        text=body.text,
        media=body.media,
        first_comment=body.first_comment,
        publish_now=bool(body.publish_now),
        scheduled_at=body.scheduled_at,
        profile_id=body.profile_id,
        on_duplicate=body.on_duplicate,
        fit=body.fit,
        saved=body.status == "draft",
    )
