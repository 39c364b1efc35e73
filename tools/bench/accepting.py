"""Accepting scheduled posts, beside a bare application that inserts one row a request."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.figures import Figure
from bench.setting import Setting, request

CLIENTS = 32
LOAD_SECONDS = 3.0
# Each text once in a run, so that none is a duplicate of another.
TEXTS = 20_000


def accepting(setting: Setting) -> Iterator[Figure]:
    """Scheduled posts a second from clients that each wait for their answer."""
    title = "Accept scheduled posts from 32 clients, SQLite"
    yield accept(setting, Figure("accept", title, "/s", 3.5, "more"))


def accept(setting: Setting, figure: Figure) -> Figure:
    """The figure with its rounds, on the database of the setting."""
    account = setting.accounts[0]
    due = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    with setting.floor() as floor, setting.product() as product:
        for number in range(setting.rounds):
            setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
            texts = [f"Scheduled post {number} {each}." for each in range(TEXTS)]
            ours = [
                request(
                    "/v1/posts",
                    {
                        "targets": [{"accountId": account["id"]}],
                        "text": text,
                        "scheduledAt": due,
                    },
                    setting.key,
                )
                for text in texts
            ]
            bare = [
                request("/v1/rows", {"targets": [], "text": text}, setting.key) for text in texts
            ]
            pair = [
                setting.load(
                    server.port, requests, expect=expect, connections=CLIENTS, seconds=LOAD_SECONDS
                ).per_second
                for server, requests, expect in ((floor, bare, {200}), (product, ours, {202}))
            ]
            figure.pairs.append((pair[0], pair[1]))
    return figure
