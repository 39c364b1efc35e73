"""Listing the tools of the MCP server, beside a read of the API by the same server."""

from collections.abc import Iterator

from bench.figures import Figure, server_rate
from bench.setting import Setting, request

MILLISECONDS = 1000.0


def listing_tools(setting: Setting) -> Iterator[Figure]:
    """Time of the server's core for a list of all tools, and for a read of one account.

    The list is several hundred times as long; a client asks for it at the start of each visit.
    """
    title = "List the MCP tools, beside a read of one account"
    figure = Figure("mcp-tools", title, "ms", 2.0, "less")
    account = setting.accounts[0]["id"]
    read = [request(f"/v1/accounts/{account}", {}, setting.key, method="GET")]
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    tools = [request("/mcp", listing, setting.key)]
    with setting.product() as product:
        for number in range(setting.rounds):
            setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
            pair = [
                MILLISECONDS / server_rate(setting, product, requests, {200})
                for requests in (read, tools)
            ]
            figure.pairs.append((pair[0], pair[1]))
    yield figure
