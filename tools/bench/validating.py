"""Validating: the engine alone, on one core, and the endpoint beside the floor."""

import time
from collections.abc import Iterator

from bench.figures import TEXT, TEXTS, Figure, server_rate
from bench.setting import Setting, request
from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.posts.offline import rules_of
from letmepost.preflight.run import check

# What the engine has to do a second on one core; it stands in the column of the floor.
ENGINE_PER_SECOND = 2000.0
ENGINE_SECONDS = 1.0
SHORT_TEXTS = 2000
# Of the texts that are refused elsewhere, as much as goes out: most drafts need no fix.
FITTING = 280


def validating_engine(setting: Setting) -> Iterator[Figure]:
    """How often in a second of its core the engine checks a text for every platform.

    Counted in the process's own time, a neighbour on the core takes nothing from it.
    """
    rules = {name: rules_of(name) for name in platforms()}
    title = f"Check a text for all {len(rules)} platforms, engine alone"
    figure = Figure("validate-engine", title, "/s", 1.0, "more")
    drafts = [Draft(text=f"Text {number}, with #ships at a.com.") for number in range(SHORT_TEXTS)]
    for number in range(setting.rounds):
        setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
        done = 0
        began = time.process_time()
        while (took := time.process_time() - began) < setting.seconds(ENGINE_SECONDS):
            for each in rules.values():
                check(each, drafts[done % SHORT_TEXTS])
            done += 1
        figure.pairs.append((ENGINE_PER_SECOND, done / took))
    yield figure


def validating(setting: Setting) -> Iterator[Figure]:
    """Requests to validate that a server answers in a second of its core, and with fixes to find.

    Where the text is too long, every account is offered a shorter text and a thread.
    """
    accounts = [{"accountId": account["id"]} for account in setting.accounts]
    everywhere = [*accounts[:1], *({"platform": name} for name in platforms())]
    cases = (
        ("validate", "Validate a post that fits, on 8 accounts", accounts, FITTING),
        ("validate-fixes", "Validate a text too long, on 8 accounts", accounts, None),
        ("validate-platforms", "Validate a post on every platform", everywhere, FITTING),
    )
    with setting.floor() as floor, setting.product() as product:
        for name, title, targets, characters in cases:
            figure = Figure(name, title, "/s", 0.8, "more")
            bodies = [
                {"targets": targets, "text": TEXT.format(number=number)[:characters]}
                for number in range(TEXTS)
            ]
            bare = [request("/v1/posts", body, setting.key) for body in bodies]
            ours = [request("/v1/posts/validate", body, setting.key) for body in bodies]
            for number in range(setting.rounds):
                setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
                pair = [
                    server_rate(setting, server, requests, {200})
                    for server, requests in ((floor, bare), (product, ours))
                ]
                figure.pairs.append((pair[0], pair[1]))
            yield figure
