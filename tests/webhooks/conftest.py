"""What the tests of webhooks share."""

import pytest

from letmepost.kit.logs import configure_logs


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")
