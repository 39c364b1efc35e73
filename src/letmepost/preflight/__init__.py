"""Rules, violations and the runner that checks a draft before anything is sent."""

import importlib
from collections.abc import Mapping
from typing import Any


def validate(post: Mapping[str, Any]) -> dict[str, Any]:
    """Check a post without a server; the post is the body of `POST /v1/posts`.

    Every target names its platform. Gives `{valid, targets}`: violations, warnings, rules,
    lengths and fixes of each. Raises `ValueError` for a body of another shape.
    """
    # The platforms, whose rules these are, stand above this package.
    offline = importlib.import_module("letmepost.posts.offline")
    checked: dict[str, Any] = offline.validate(post)
    return checked
