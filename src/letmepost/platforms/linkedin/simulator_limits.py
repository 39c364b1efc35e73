"""The simulated daily limits, which no header tells.

Source: https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits.
"""

from typing import Any


def throttled(scope: str) -> dict[str, Any]:
    """The body of a 429; `scope` is `MEMBER` or `APPLICATION`, whose day it is that is full."""
    return {
        "serviceErrorCode": 101,
        "message": f"Resource level throttle {scope} DAY limit for calls to this resource is "
        "reached.",
        "status": 429,
    }
