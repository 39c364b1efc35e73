"""The signing secret of an endpoint."""

import base64
from collections.abc import Callable
from typing import Final

PREFIX: Final = "whsec_"
# 40 characters of base64 without padding.
RANDOM_BYTES: Final = 30


def draw_secret(random_bytes: Callable[[int], bytes]) -> str:
    """A new secret; `random_bytes` gives as many as it is asked for.

    Drawn again until it holds neither `+` nor `/`, since libraries of Standard Webhooks decode
    base64 in one alphabet or in the other.
    """
    while True:
        drawn = base64.b64encode(random_bytes(RANDOM_BYTES)).decode()
        if drawn.isalnum():
            return PREFIX + drawn
