"""The SDK's server over our tools, resources and prompts, whatever it is connected by."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from letmepost.content.errors import LetmepostError
from letmepost.mcp.agent_tools import agent_tools
from letmepost.mcp.operation_tools import operation_tools
from letmepost.mcp.prompts import PROMPTS
from letmepost.mcp.resources import KINDS, Content, list_resources, read_resource
from letmepost.mcp.tool import Tool
from letmepost.preflight.oauth_rules import OAUTH_INSUFFICIENT_SCOPE
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.grants import GrantScope
from letmepost.tenancy.rest import Rest, RestAnswer

INSTRUCTIONS: Final = (
    "letmepost publishes to social accounts and tells the truth about what happened. Begin with "
    "list_accounts. Check with validate_post, publish with publish_post or schedule_post, keep "
    "with draft_post what a person has to see first, and ask get_post_status what became of a "
    "post. An error lists every violation with its remedy: apply "
    "it and call again; explain_error tells more of a rule or a code. The tools whose names begin "
    "with a method and v1 are the operations of the API one by one, for everything else."
)
# The body of an error, and of a mistake in arguments: how the API shows them is handed in.
Describe = Callable[[LetmepostError | ValidationError, str], Mapping[str, Any]]
Context = ServerRequestContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of an agent: how it calls the API, and what its token allows.

    `scopes` is None for an API key, whose scopes the API knows. `notes` go back to whoever
    carries the answer.
    """

    rest: Rest
    request_id: str
    scopes: frozenset[str] | None
    notes: MutableMapping[str, Any]

    def need(self, scope: GrantScope) -> None:
        """Raise the rule `oauth.insufficient_scope` unless the token allows it."""
        if self.scopes is not None and not self.scopes & {scope, GrantScope.PUBLISH}:
            self.notes["insufficient_scope"] = scope.value
            raise refuse(OAUTH_INSUFFICIENT_SCOPE, actual=scope.value)


@dataclass(frozen=True)
class Serving:
    """The handlers of every request."""

    tools: Mapping[str, Tool]
    listed: types.ListToolsResult
    visit: Callable[[Context], Visit]
    describe: Describe

    async def list_tools(self, _context: Context, _params: object) -> types.ListToolsResult:
        """Every tool. What a token does not allow is listed too: it can be asked for."""
        return self.listed

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """The answer of the API as the result of a tool."""
        tool = self.tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name[:80]}.")
        visit = self.visit(context)
        try:
            visit.need(tool.scope)
            answer = await tool.run(visit.rest, params.arguments or {})
        except (LetmepostError, ValidationError) as error:
            answer = RestAnswer(400, self.describe(error, visit.request_id))
        return types.CallToolResult(
            content=[types.TextContent(text=answer.text)],
            structured_content=answer.document,
            is_error=answer.failed,
        )

    async def list_resources(self, context: Context, _params: object) -> types.ListResourcesResult:
        """The catalogue and the pages."""
        found = await list_resources(self.visit(context).rest)
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    name=each.address.partition("://")[2],
                    uri=each.address,
                    title=each.title,
                    description=each.description,
                    mime_type=each.type,
                )
                for each in found
            ]
        )

    async def list_templates(
        self, _context: Context, _params: object
    ) -> types.ListResourceTemplatesResult:
        """What is found by a name."""
        return types.ListResourceTemplatesResult(
            resource_templates=[
                types.ResourceTemplate(
                    name=each.title,
                    uri_template=each.address,
                    description=each.description,
                    mime_type=each.type,
                )
                for each in KINDS
            ]
        )

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """One page or rule."""
        found: Content | None = await read_resource(self.visit(context).rest, params.uri)
        if found is None:
            raise MCPError(types.INVALID_PARAMS, f"There is nothing at {params.uri[:200]}.")
        return types.ReadResourceResult(
            contents=[
                types.TextResourceContents(uri=params.uri, mime_type=found.type, text=found.text)
            ]
        )

    async def list_prompts(self, _context: Context, _params: object) -> types.ListPromptsResult:
        """The tasks."""
        return types.ListPromptsResult(
            prompts=[
                types.Prompt(
                    name=prompt.name,
                    title=prompt.title,
                    description=prompt.description,
                    arguments=[
                        types.PromptArgument(
                            name=each.name, description=each.description, required=each.required
                        )
                        for each in prompt.arguments
                    ],
                )
                for prompt in PROMPTS
            ]
        )

    async def get_prompt(
        self, _context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """One task, with its gaps filled."""
        prompt = next((each for each in PROMPTS if each.name == params.name), None)
        if prompt is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no prompt {params.name[:80]}.")
        try:
            words = prompt.filled(params.arguments or {})
        except KeyError as missing:
            raise MCPError(types.INVALID_PARAMS, f"{missing.args[0]} is missing.") from None
        message = types.PromptMessage(role="user", content=types.TextContent(text=words))
        return types.GetPromptResult(description=prompt.description, messages=[message])


def make_server(
    document: Mapping[str, Any],
    docs_url: str,
    visit: Callable[[Context], Visit],
    describe: Describe,
) -> Server[Any]:
    """A server of the API that an OpenAPI document describes."""
    tools = [*agent_tools(document), *operation_tools(document)]
    serving = Serving(
        {each.name: each for each in tools},
        types.ListToolsResult(tools=_wire(tools)),
        visit,
        describe,
    )
    return Server(
        "letmepost",
        title="letmepost",
        version=version("letmepost"),
        instructions=INSTRUCTIONS,
        website_url=f"{docs_url}/mcp",
        get_tool_input_schema=lambda name: (
            serving.tools[name].input_schema if name in serving.tools else None
        ),
        on_list_tools=serving.list_tools,
        on_call_tool=serving.call_tool,
        on_list_resources=serving.list_resources,
        on_list_resource_templates=serving.list_templates,
        on_read_resource=serving.read_resource,
        on_list_prompts=serving.list_prompts,
        on_get_prompt=serving.get_prompt,
    )


def _wire(tools: Sequence[Tool]) -> list[types.Tool]:
    return [
        types.Tool(
            name=each.name,
            title=each.title,
            description=each.description,
            input_schema=dict(each.input_schema),
            output_schema=dict(each.output_schema),
            annotations=types.ToolAnnotations(
                title=each.title,
                read_only_hint=each.read_only,
                destructive_hint=each.destructive,
                idempotent_hint=each.idempotent,
                open_world_hint=each.open_world,
            ),
        )
        for each in tools
    ]
