"""Tools that are made for agents: few, flat, and told in the words of the task."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from letmepost.kit.ids import new_id
from letmepost.mcp.agent_inputs import (
    AgentInput,
    DraftInput,
    ListAccountsInput,
    PublishInput,
    ScheduleInput,
    StatusInput,
    UploadInput,
    ValidateInput,
)
from letmepost.mcp.explain import ExplainInput, Explanation, explain
from letmepost.mcp.schema import Components
from letmepost.mcp.tool import Arguments, Tool
from letmepost.tenancy.rest import Rest, RestAnswer, RestRequest


@dataclass(frozen=True)
class _AgentTool:
    """One tool: what it takes, which answers of the API it gives, and what it does."""

    name: str
    title: str
    description: str
    takes: type[AgentInput]
    answers: tuple[str, ...]
    run: Callable[[Rest, Any], Awaitable[RestAnswer]]
    read_only: bool = False
    idempotent: bool = False
    open_world: bool = False
    own_answer: Mapping[str, Any] | None = None

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
            input_schema=components.alone(_without_null(takes.model_json_schema())),
            output_schema=components.answer(*schemas),
            read_only=self.read_only,
            destructive=False,
            idempotent=self.idempotent or self.read_only,
            open_world=self.open_world,
            run=call,
        )


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in which what may be left out is left out, and never null."""
    properties = {}
    for name, declared in schema["properties"].items():
        field = {word: value for word, value in declared.items() if word != "default"}
        given = [each for each in field.pop("anyOf", ()) if each.get("type") != "null"]
        properties[name] = {**(given[0] if given else {}), **field}
    return {**schema, "properties": properties}


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
        "draft_post",
        "Keep a post as a draft",
        "As publish_post, and nothing goes out: the post is kept for a person to look at and "
        "publish, even where it breaks a limit. Each entry of `results` lists its `violations`. "
        "Use this where nobody has said that the post may be published. To publish it, use "
        "post_v1_batches_by_id_publish with the `id` of the answer.",
        DraftInput,
        ("Batch",),
        _create,
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
        explain,
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
