"""What the endpoint is told, and what it costs a server that nobody speaks MCP with."""

import subprocess
import sys

from letmepost.mcp.endpoint import McpSetting


def test_the_public_name_and_that_of_the_socket_are_good() -> None:
    setting = McpSetting(
        public_url="https://posts.example:8443",
        host="10.0.0.7",
        docs_url="",
        metadata_url="",
        body_max_bytes=1,
    )
    assert {"posts.example:*", "10.0.0.7", "localhost:*", "[::1]"} <= set(setting.hosts)
    assert "https://posts.example:8443" in setting.origins
    assert "https://posts.example" not in setting.origins


def test_the_sdk_is_not_loaded_before_the_first_request() -> None:
    program = (
        "import sys, letmepost.cli, letmepost.server\n"
        "sys.exit(any(name in sys.modules for name in ('mcp', 'mcp_types', 'httpx2')))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
