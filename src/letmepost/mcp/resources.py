"""What an agent can read: the pages of the docs, and the catalogue of rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from letmepost.tenancy.rest import JSON_TYPE, Rest, RestRequest

MARKDOWN_TYPE: Final = "text/markdown"
SCHEME: Final = "letmepost://"
_RULES: Final = f"{SCHEME}rules"
# The lines of /llms.txt, by which the server lists its own pages.
_SECTION: Final = re.compile(r"## (?P<section>.+)")
_PAGE: Final = re.compile(r"- \[(?P<title>.+)\]\((?P<address>\S+)\.md\): (?P<description>.+)")
# Hundreds of pages, each found by what an error names.
_BY_NAME: Final = frozenset({"Preflight rules", "Errors", "Events"})
# Each operation is a tool.
_OPERATIONS: Final = "api-reference/"


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource, or a kind of them where the address holds a `{name}`."""

    address: str
    title: str
    description: str
    type: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a resource holds."""

    type: str
    text: str


KINDS: Final = (
    Listed(
        f"{SCHEME}rules/{{id}}",
        "A rule",
        "One documented limit, by the id that violations name: number, unit, sources, remedy.",
        JSON_TYPE,
    ),
    Listed(
        f"{SCHEME}docs/{{+path}}",
        "A page of the docs",
        "As on the web, in Markdown: `guides/webhooks`, `errors/rate_limited`, or `platforms/` "
        "and the name of one.",
        MARKDOWN_TYPE,
    ),
)


async def list_resources(rest: Rest) -> list[Listed]:
    """The rules as a whole, and the pages that a person would find in the navigation."""
    index = (await rest(RestRequest(path="/llms.txt"))).document
    rules = Listed(_RULES, "Rules", "Every documented limit that posts are checked for.", JSON_TYPE)
    return [rules, *_pages(index)]


def _pages(index: str) -> Iterator[Listed]:
    front = None
    section = ""
    for line in index.splitlines():
        if heading := _SECTION.fullmatch(line):
            section = heading["section"]
        elif page := _PAGE.fullmatch(line):
            # The front page comes first, and its address tells where the others begin.
            front = front or page["address"].removesuffix("index")
            path = page["address"].removeprefix(front)
            if section not in _BY_NAME and not path.startswith(_OPERATIONS):
                yield Listed(
                    f"{SCHEME}docs/{path}", page["title"], page["description"], MARKDOWN_TYPE
                )


async def read_resource(rest: Rest, address: str) -> Content | None:
    """What an address of ours holds; None where there is nothing."""
    kind, _, name = address.removeprefix(SCHEME).partition("/")
    name = quote(name.strip("/"), safe="/")
    if address == _RULES:
        path, found_type = "/v1/rules", JSON_TYPE
    elif address.startswith(SCHEME) and kind == "rules" and name and "/" not in name:
        path, found_type = f"/v1/rules/{name}", JSON_TYPE
    elif address.startswith(SCHEME) and kind == "docs" and name:
        path, found_type = f"/docs/{name}.md", MARKDOWN_TYPE
    else:
        return None
    answer = await rest(RestRequest(path=path))
    return None if answer.failed else Content(found_type, answer.text)
