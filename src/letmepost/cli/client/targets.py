"""Whom a post is for: the words of `--to`, as the server knows them."""

from typing import Any

from letmepost.cli.client.session import Session
from letmepost.cli.client.stop import Stop

ACCOUNT_PREFIX = "acc_"


def targets_of(session: Session, words: list[str]) -> list[dict[str, Any]]:
    """The targets of a request; raise `Stop` where nobody or nobody known is named."""
    named = [part.strip() for word in words for part in word.split(",") if part.strip()]
    if not named:
        raise Stop(
            "The post has no target.",
            "Name platforms or accounts: --to with names after it, separated by commas.",
        )
    platforms = [each for each in named if not each.startswith(ACCOUNT_PREFIX)]
    known = _platforms_of(session) if platforms else []
    return [
        {"accountId": each}
        if each.startswith(ACCOUNT_PREFIX)
        else {"platform": platform_named(each, known)}
        for each in dict.fromkeys(named)
    ]


def platform_of(session: Session, word: str) -> str:
    """The name of a platform that the server has; raise `Stop` for any other."""
    return platform_named(word, _platforms_of(session))


def platform_named(word: str, known: list[str]) -> str:
    """The name behind a word: a name, or what a platform is called besides; raise `Stop`."""
    lowered = word.lower()
    if lowered in known:
        return lowered
    # Only here, as every platform is loaded for it.
    from letmepost.platforms import platforms  # noqa: PLC0415 - 1.3 s, seldom needed

    for name, platform in platforms().items():
        if lowered in platform.aliases and name in known:
            return name
    raise Stop(
        f"The server knows no platform {word}.",
        f"It knows {', '.join(known)}; accounts begin with {ACCOUNT_PREFIX}.",
    )


def _platforms_of(session: Session) -> list[str]:
    shown = session.call("GET", "/v1/platform-versions", authorized=False).document
    return [each["platform"] for each in shown["data"]]
