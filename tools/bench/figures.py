"""The figures: how each is measured, and the goal that it has."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from bench.processes import Process, call, free_port, running
from bench.setting import PASSWORD, Setting, request

CONNECTIONS = 12
LOAD_SECONDS = 1.2
LATENCY_SECONDS = 1.5
AT_REST_AFTER_SECONDS = 3.0
# Texts take turns, so that nothing is gained by remembering the last one.
TEXTS = 64
TEXT = (
    "Number {number} of the texts that are too long: it goes on about the weather, the harbour and "
    "the ships that came in this morning, each with its cargo, its crew and a story to tell, and "
    "because no story of a sailor was ever short, it takes more characters than a reader of short "
    "posts has patience for, and more than the platform will ever let it have."
)


@dataclass
class Figure:
    """One figure: pairs of floor and product, one of each round, and the goal of their ratio."""

    name: str
    title: str
    unit: Literal["/s", "ms", "MB", ""]
    goal: float
    better: Literal["more", "less"]
    pairs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def floor(self) -> float:
        """The floor's median."""
        return median(floor for floor, _ in self.pairs)

    @property
    def product(self) -> float:
        """The product's median."""
        return median(product for _, product in self.pairs)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: what disturbs one round disturbs both of its halves."""
        return median(product / floor for floor, product in self.pairs)

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.ratio >= self.goal if self.better == "more" else self.ratio <= self.goal


@dataclass(frozen=True)
class Measurement:
    """What is measured together, and the names of the figures that come of it."""

    names: tuple[str, ...]
    measure: Callable[[Setting], Iterator[Figure]]


def server_rate(
    setting: Setting, server: Process, requests: Sequence[bytes], expect: Collection[int]
) -> float:
    """How many requests a server answers in a second of its own time."""
    before = server.cpu_seconds()
    loaded = setting.load(
        server.port, requests, expect=expect, connections=CONNECTIONS, seconds=LOAD_SECONDS
    )
    return loaded.answered / (server.cpu_seconds() - before)


def refusing(setting: Setting) -> Iterator[Figure]:
    """Requests that a server answers in a second of its core: posts that preflight refuses.

    One core and a client that never lets it rest: where nobody else uses the core, these are the
    requests a second. Counted in the server's own time, a neighbour takes nothing from them.
    """
    figure = Figure("refuse", "Refuse a post on 8 accounts before sending", "/s", 1.0, "more")
    targets = [{"accountId": account["id"]} for account in setting.accounts]
    requests = [
        request("/v1/posts", {"targets": targets, "text": TEXT.format(number=number)}, setting.key)
        for number in range(TEXTS)
    ]

    with setting.floor() as floor, setting.product() as product:
        for number in range(setting.rounds):
            setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
            pair = [
                server_rate(setting, server, requests, expect)
                for server, expect in ((floor, {200}), (product, {400}))
            ]
            figure.pairs.append((pair[0], pair[1]))
    yield figure


def publishing(setting: Setting) -> Iterator[Figure]:
    """The latency of an immediate post, and that of the platform when it is called directly."""
    figure = Figure("publish", "Publish a text at once, platform at 50 ms", "ms", 1.3, "less")
    account = setting.accounts[0]
    session = call(
        setting.simulator,
        "POST",
        "/bluesky/xrpc/com.atproto.server.createSession",
        {"identifier": account["displayName"], "password": PASSWORD},
    )
    record = {
        "$type": "app.bsky.feed.post",
        "text": "Said at once.",
        "createdAt": "2026-11-24T09:00:00.000Z",
        "langs": ["en"],
    }
    body = {"repo": session["did"], "collection": "app.bsky.feed.post", "record": record}
    direct = request("/bluesky/xrpc/com.atproto.repo.createRecord", body, session["accessJwt"])
    post = {"targets": [{"accountId": account["id"]}], "text": record["text"]}
    through_us = request("/v1/posts", post, setting.key)
    with setting.product() as product:
        for number in range(setting.rounds):
            setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
            bare, ours = (
                1000
                * setting.load(
                    port, [wanted], expect={200}, connections=1, seconds=LATENCY_SECONDS
                ).median_seconds
                for port, wanted in ((setting.simulator, direct), (product.port, through_us))
            )
            figure.pairs.append((bare, ours))
    yield figure


def starting(setting: Setting) -> Iterator[Figure]:
    """Seconds from start to the first 200, and memory some seconds later, asked for nothing."""
    start = Figure("start", "Start to first 200 of /health, migrated", "ms", 2.0, "less")
    memory = Figure("memory", "Memory at rest, with the worker", "MB", 2.0, "less")
    for number in range(setting.rounds):
        setting.say(f"Start and memory, round {number + 1} of {setting.rounds}")
        seen = []
        for server in (setting.floor, setting.product):
            with server() as process:
                time.sleep(setting.seconds(AT_REST_AFTER_SECONDS))
                seen.append((1000 * process.answered_after, process.resident_bytes() / 1e6))
        start.pairs.append((seen[0][0], seen[1][0]))
        memory.pairs.append((seen[0][1], seen[1][1]))
    yield start
    yield memory


def load_ceiling(setting: Setting) -> float:
    """Requests a second that the load itself can make, against a server that only echoes."""
    port = free_port()
    with running(["-m", "bench.echo", str(port)], port=port, on=setting.cores.server) as _:
        requests = [request("/", {"x": "x" * 700}, setting.key)]
        return setting.load(
            port, requests, expect={200}, connections=CONNECTIONS, seconds=LOAD_SECONDS
        ).per_second
