"""The MCP server of a client's machine: tools over stdin and stdout, the API over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from mcp.server.stdio import stdio_server
from pydantic import ValidationError
from yarl import URL

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.ids import new_id
from letmepost.mcp.serving import Context, Visit, make_server
from letmepost.tenancy.rest import Rest, RestAnswer, RestRequest, parsed

# A post waits for its platforms, and a video for its processing.
TIMEOUT_SECONDS = 300.0
# The body of an error, with links into the docs at an address.
DescribeAt = Callable[[LetmepostError | ValidationError, str, str], Mapping[str, Any]]


def over_http(session: aiohttp.ClientSession, url: str, key: str) -> Rest:
    """Calls of a server with a key."""

    async def call(request: RestRequest) -> RestAnswer:
        query = f"?{urlencode(request.query)}" if request.query else ""
        # As it is written: rewritten, an address may be another one.
        address = URL(f"{url}{request.path}{query}", encoded=True)
        try:
            async with session.request(
                request.method,
                address,
                data=request.content or None,
                headers={**request.headers, "authorization": f"Bearer {key}"},
            ) as answer:
                return parsed(answer.status, answer.content_type, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            repeat = request.idempotency_key
            raise LetmepostError(
                code=ErrorCode.INTERNAL_ERROR,
                message=f"The letmepost server at {url} does not answer: {error}",
                remediation=f"Repeat the call with the idempotencyKey {repeat}: nothing is done "
                "twice then."
                if repeat
                else "Repeat the call when the server runs again.",
            ) from error

    return call


async def serve_stdio(url: str, key: str, describe: DescribeAt) -> None:
    """Answer until stdin ends. Raises `LetmepostError` where the server does not answer at all."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        rest = over_http(session, url, key)
        document = await _document(rest, "/openapi.json")
        docs_url = (await _document(rest, "/"))["documentation"]

        def visit(_context: Context) -> Visit:
            return Visit(rest, new_id("mcp"), None, {})

        def told(error: LetmepostError | ValidationError, request_id: str) -> Mapping[str, Any]:
            return describe(error, docs_url, request_id)

        server = make_server(document, docs_url, visit, told)
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())


async def _document(rest: Rest, path: str) -> Mapping[str, Any]:
    answer = await rest(RestRequest(path=path))
    if answer.failed or not isinstance(answer.document, dict):
        raise LetmepostError(
            code=ErrorCode.INTERNAL_ERROR,
            message=f"What answers is no letmepost server: {path} gave HTTP {answer.status}.",
        )
    return answer.document
