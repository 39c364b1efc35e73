"""Tools that are made for agents: few, flat, and told in the words of the task."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from letmepost.content.errors import ERROR_PAGES, ErrorCode, LetmepostError
from letmepost.kit.ids import new_id
from letmepost.mcp.schema import Components
from letmepost.mcp.tool import Arguments, Tool
from letmepost.tenancy.rest import Rest, RestAnswer, RestRequest

_VIDEO: Final = re.compile(r"\.(mp4|m4v|mov|webm)($|[?#])", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"\.(pdf|pptx?|docx?)($|[?#])", re.IGNORECASE)
_FILLED: Final = re.compile(r"{(\w+)}")
_NOT_FOUND: Final = 404


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_alias=True)


class PostInput(_Input):
    """What is said, and where."""

    text: Annotated[str, Field(description="The text of the post, the same for every account.")]
    accounts: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=25,
            description="Where it goes: ids of accounts (acc_...) from list_accounts, or names of "
            "platforms such as bluesky where one account is connected.",
        ),
    ]
    media: Annotated[
        list[str],
        Field(
            default_factory=list,
            max_length=100,
            description="Files to attach, in order: public http(s) addresses, or ids (med_...) "
            "from upload_media_from_url.",
        ),
    ]
    alt_text: Annotated[
        list[str],
        Field(
            default_factory=list,
            description="What each file shows, in the order of media, for people who do not see "
            "it. Always give it with images.",
        ),
    ]
    media_kind: Annotated[
        Literal["image", "video", "document"] | None,
        Field(
            description="What the files are, if not images. Told by the ending of an address "
            "where it has one, so needed for ids of videos and documents.",
        ),
    ] = None
    first_comment: Annotated[
        str | None,
        Field(description="A comment to make under the post at once, where the platform can."),
    ] = None
    profile_id: Annotated[
        str | None, Field(description="Only accounts of this profile; seldom needed.")
    ] = None

    @model_validator(mode="after")
    def _no_text_without_file(self) -> Self:
        if len(self.alt_text) > len(self.media):
            raise ValueError("altText has more entries than media has files")
        return self

    def body(self) -> dict[str, Any]:
        """The same as the body of `POST /v1/posts`."""
        targets = [
            {"accountId": each} if each.startswith("acc_") else {"platform": each.lower()}
            for each in self.accounts
        ]
        body: dict[str, Any] = {"targets": targets, "text": self.text}
        if self.media:
            body["media"] = [self._file(number) for number in range(len(self.media))]
        if self.first_comment is not None:
            body["firstComment"] = {"text": self.first_comment}
        if self.profile_id is not None:
            body["profileId"] = self.profile_id
        return body

    def _file(self, number: int) -> dict[str, str]:
        named = self.media[number]
        source = "mediaId" if named.startswith("med_") else "url"
        told = self.alt_text[number] if number < len(self.alt_text) else ""
        alt_text = {"altText": told} if told else {}
        return {"kind": self.media_kind or _kind(named), source: named, **alt_text}


class PublishInput(PostInput):
    """A post that goes out at once."""

    idempotency_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            description="Give the same key when you repeat this very call because its answer was "
            "lost: then nothing is published twice.",
        ),
    ] = None


_WHEN: Final = (
    "When it goes out: ISO 8601 with an offset or Z, such as 2027-01-31T09:00:00+01:00, and in "
    "the future."
)


class ScheduleInput(PublishInput):
    """A post that goes out at a time."""

    scheduled_at: Annotated[str, Field(description=_WHEN)]

    def body(self) -> dict[str, Any]:
        """As that of any post, with its time."""
        return {**super().body(), "scheduledAt": self.scheduled_at}


class ValidateInput(PostInput):
    """A post that is looked over."""

    scheduled_at: Annotated[str | None, Field(description=f"{_WHEN} Without it: now.")] = None

    def body(self) -> dict[str, Any]:
        """As that of any post, with its time if it has one."""
        at = {} if self.scheduled_at is None else {"scheduledAt": self.scheduled_at}
        return {**super().body(), **at}


class ListAccountsInput(_Input):
    """Which accounts."""

    profile_id: Annotated[str | None, Field(description="Only accounts of this profile.")] = None


class StatusInput(_Input):
    """Which post."""

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_-]+$",
            description="The postId (post_...) of one account, or the id of the whole (batch_...), "
            "from publish_post or schedule_post.",
        ),
    ]


class UploadInput(_Input):
    """Which file."""

    url: Annotated[str, Field(description="A public http(s) address of the file itself.")]
    profile_id: Annotated[
        str | None, Field(description="The profile of the accounts that it is for.")
    ] = None


class ExplainInput(_Input):
    """What is to be explained; exactly one."""

    rule: Annotated[
        str | None,
        Field(description="The rule of a violation, such as bluesky.text.max_graphemes."),
    ] = None
    code: Annotated[
        str | None, Field(description="The code of an error, such as platform_unavailable.")
    ] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.rule is None) == (self.code is None):
            raise ValueError("give rule or code")
        return self


class Explanation(BaseModel):
    """What a rule or a code means and what to do."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    rule: str | None = None
    code: str | None = None
    meaning: str
    remedy: str
    docs_url: str
    platform: str | None = None
    field: str | None = None
    limit: Any = None
    unit: str | None = None
    retryable: bool | None = None


def _kind(named: str) -> str:
    if _VIDEO.search(named):
        return "video"
    return "document" if _DOCUMENT.search(named) else "image"


@dataclass(frozen=True)
class _AgentTool:
    """One tool: what it takes, which answers of the API it gives, and what it does."""

    name: str
    title: str
    description: str
    takes: type[_Input]
    answers: tuple[str, ...]
    run: Callable[[Rest, Any], Awaitable[RestAnswer]]
    read_only: bool = False
    idempotent: bool = False
    open_world: bool = False
    own_answer: Mapping[str, Any] | None = field(default=None)

    def made(self, components: Components) -> Tool:
        """The tool, its schemas those of a document."""
        run, takes = self.run, self.takes

        async def call(rest: Rest, arguments: Arguments) -> RestAnswer:
            # A `ValidationError` names every argument that is wrong.
            return await run(rest, takes.model_validate(dict(arguments)))

        schemas: list[Mapping[str, Any]] = [
            {"$ref": f"#/components/schemas/{each}"} for each in self.answers
        ]
        if self.own_answer is not None:
            schemas.append(self.own_answer)
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=components.alone(takes.model_json_schema()),
            output_schema=components.answer(*schemas),
            read_only=self.read_only,
            destructive=False,
            idempotent=self.idempotent or self.read_only,
            open_world=self.open_world,
            run=call,
        )


async def _create(rest: Rest, given: PublishInput) -> RestAnswer:
    return await rest(
        RestRequest(
            method="POST",
            path="/v1/posts",
            body=given.body(),
            idempotency_key=given.idempotency_key or new_id("mcp"),
        )
    )


async def _validate(rest: Rest, given: ValidateInput) -> RestAnswer:
    return await rest(RestRequest(method="POST", path="/v1/posts/validate", body=given.body()))


async def _list_accounts(rest: Rest, given: ListAccountsInput) -> RestAnswer:
    query = [("profileId", given.profile_id)] if given.profile_id is not None else []
    return await rest(RestRequest(path="/v1/accounts", query=query))


async def _status(rest: Rest, given: StatusInput) -> RestAnswer:
    kind = "batches" if given.id.startswith("batch_") else "posts"
    return await rest(RestRequest(path=f"/v1/{kind}/{given.id}"))


async def _upload(rest: Rest, given: UploadInput) -> RestAnswer:
    profile = {} if given.profile_id is None else {"profileId": given.profile_id}
    return await rest(
        RestRequest(
            method="POST",
            path="/v1/media/fetch",
            body={"url": given.url, **profile},
            idempotency_key=new_id("mcp"),
        )
    )


async def _explain(rest: Rest, given: ExplainInput) -> RestAnswer:
    asked = str(given.rule if given.rule is not None else given.code)
    if asked in {each.value for each in ErrorCode}:
        page = ERROR_PAGES[ErrorCode(asked)]
        docs_url = (await rest(RestRequest(path="/"))).document["documentation"]
        return _explained(
            Explanation(
                code=asked,
                meaning=page.meaning,
                remedy=page.remediation,
                docs_url=f"{docs_url}/errors/{asked}",
                retryable=page.retryable,
            )
        )
    answer = await rest(RestRequest(path=f"/v1/rules/{_segment(asked)}"))
    if not answer.failed:
        rule = answer.document
        return _explained(
            Explanation(
                rule=asked,
                code=rule["code"],
                meaning=f"{_filled(rule['message'], rule)} {rule['why']}",
                remedy=_filled(rule["remediation"], rule),
                docs_url=rule["ruleUrl"],
                platform=rule["platform"],
                field=rule["field"],
                limit=rule["limit"],
                unit=rule["unit"],
            )
        )
    if answer.status != _NOT_FOUND:
        return answer
    return await _explain_field(rest, asked)


async def _explain_field(rest: Rest, asked: str) -> RestAnswer:
    """The page of a field: what a request of the wrong shape names in place of a rule."""
    page = _segment(asked.replace(".", "-").lower())
    found = await rest(RestRequest(path=f"/docs/preflight/{page}.md"))
    if found.failed:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND,
            message=f"There is neither a rule nor a code nor a field called {asked[:80]}.",
            remediation="Give the rule or the code exactly as the error names it.",
        )
    docs_url = (await rest(RestRequest(path="/"))).document["documentation"]
    return _explained(
        Explanation(
            rule=asked,
            meaning=found.document,
            remedy="Correct the field, then send the request again.",
            docs_url=f"{docs_url}/preflight/{page}",
        )
    )


def _explained(explanation: Explanation) -> RestAnswer:
    return RestAnswer(200, explanation.model_dump(by_alias=True, exclude_none=True))


def _filled(words: str, rule: Mapping[str, Any]) -> str:
    """A message of the catalogue, in which what a post would say is left open."""
    limit = rule["limit"]
    told = ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)
    return _FILLED.sub(lambda found: told if found[1] == "limit" else "...", words)


def _segment(word: str) -> str:
    """A rule's id as a part of an address; what can be in none leads to nothing."""
    return re.sub(r"[^\w.-]", "-", word, flags=re.ASCII)[:200] or "-"


_TOOLS: Final = (
    _AgentTool(
        "publish_post",
        "Publish a post now",
        "Publish one text, with files if you like, on one or more connected accounts at once. "
        "Everything is checked first: if anything is against a documented limit of a platform, "
        "nothing is sent anywhere and the error lists each violation with its remedy. Otherwise "
        "read `status`, and of each entry of `results` its `status`, its `uri` or its `error`: "
        "some accounts may succeed while others fail. This is public and real; when unsure of the "
        "limits, call validate_post first. Use post_v1_posts for what differs between accounts "
        "or for options of one platform.",
        PublishInput,
        ("Batch",),
        _create,
        open_world=True,
    ),
    _AgentTool(
        "schedule_post",
        "Schedule a post",
        "As publish_post, for a time in the future. It is checked now, kept, and published by the "
        "server at that time; ask get_post_status then. To change or cancel it, use "
        "patch_v1_posts_by_id or delete_v1_posts_by_id.",
        ScheduleInput,
        ("Batch",),
        _create,
        open_world=True,
    ),
    _AgentTool(
        "validate_post",
        "Check a post without sending it",
        "Check a post against every limit of its accounts; nothing is sent or stored. `valid` "
        "says whether it would go out. Each target lists its violations with their remedies, and "
        "`fixes`: texts or files that would pass, ready to use. An account may be named by its "
        "platform alone, even if none is connected.",
        ValidateInput,
        ("Validation",),
        _validate,
        read_only=True,
        open_world=True,
    ),
    _AgentTool(
        "list_accounts",
        "List connected accounts",
        "The accounts that can be posted to: their ids, platforms and names. Call this before "
        "you publish, and name accounts by these ids.",
        ListAccountsInput,
        ("AccountList",),
        _list_accounts,
        read_only=True,
    ),
    _AgentTool(
        "explain_error",
        "Explain an error",
        "What a rule or an error code means, why it is so, what to do about it, and where to "
        "read more. Give `rule` where the error names one, else `code`.",
        ExplainInput,
        (),
        _explain,
        read_only=True,
        own_answer=Explanation.model_json_schema(),
    ),
    _AgentTool(
        "get_post_status",
        "Ask what became of a post",
        "Whether a post is out, with its address, its error if it has one, and each attempt. "
        "`unknown` means that the platform gave no answer and the server is finding out: wait, "
        "and never publish it again meanwhile.",
        StatusInput,
        ("PostWithAttempts", "Batch"),
        _status,
        read_only=True,
    ),
    _AgentTool(
        "upload_media_from_url",
        "Upload a file from an address",
        "Fetch an image, a video or a document from a public address and keep it, for posts that "
        "go out later or to several accounts. Give the `id` that comes back (med_...) in `media`, "
        "with mediaKind for what is no image. The same file is kept once.",
        UploadInput,
        ("Media",),
        _upload,
        idempotent=True,
        open_world=True,
    ),
)


def agent_tools(document: Mapping[str, Any]) -> list[Tool]:
    """The tools, their answers declared as in the document of the API."""
    components = Components(document["components"]["schemas"])
    return [each.made(components) for each in _TOOLS]
