"""What the endpoint is told, and what it costs a server that nobody speaks MCP with."""

import subprocess
import sys

from letmepost.kit.client_address import ClientAddress
from letmepost.mcp.endpoint import McpSetting


def setting(public_url: str, host: str = "127.0.0.1") -> McpSetting:
    return McpSetting(
        public_url=public_url,
        host=host,
        docs_url="",
        metadata_url="",
        client_address=ClientAddress(),
        body_max_bytes=1,
    )


def test_the_public_name_and_that_of_the_socket_are_good() -> None:
    told = setting("https://posts.example:8443", "10.0.0.7")
    assert {"posts.example:*", "10.0.0.7", "localhost:*", "[::1]"} <= set(told.hosts)
    assert "https://posts.example:8443" in told.origins
    assert "https://posts.example" not in told.origins
    assert "[2001:db8::1]:*" in setting("http://[2001:db8::1]:8000", "::").hosts


def test_the_public_origin_is_written_as_browsers_do() -> None:
    assert "https://posts.example" in setting("https://Posts.Example:443/below").origins


def test_the_sdk_is_not_loaded_before_the_first_request() -> None:
    program = (
        "import sys, letmepost.cli, letmepost.server\n"
        "sys.exit(any(name in sys.modules for name in ('mcp', 'mcp_types', 'httpx2')))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
