"""What a guide may name: numbers, limits and links of the registry, and answers really made."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from letmepost.content.draft import Draft
from letmepost.docs.error_pages import refusal
from letmepost.docs.examples import json_text, shortened
from letmepost.docs.markdown import limit_words, number_words, rule_link
from letmepost.docs.operation_pages import scopes_table
from letmepost.docs.request_samples import Request, programs
from letmepost.docs.rule_pages import limits_table
from letmepost.docs.site import Site
from letmepost.preflight.rule import Rule
from letmepost.tenancy.audit import AuditAction


def guide_context(site: Site) -> Mapping[str, Any]:
    """The names that the Markdown of a guide may use."""
    return {
        "site": site,
        "server": site.server_url,
        "docs": site.docs_url,
        "facts": site.facts,
        "actions": list(AuditAction),
        "platforms": list(site.platforms.values()),
        "rule": _by_id(site, rule_link),
        "limit": _by_id(site, limit_words),
        "number": _by_id(site, number_words),
        "value": _by_id(site, lambda rule: rule.limit.value if rule.limit else None),
        "limits_table": partial(limits_table, site),
        "scopes_table": partial(scopes_table, site),
        "four_programs": _four_programs,
        "refused_post": partial(_refused_post, site),
    }


def _by_id(site: Site, words: Callable[[Rule], Any]) -> Callable[[str], Any]:
    def of(rule_id: str) -> Any:  # noqa: ANN401 - words, or the number of a rule
        return words(site.catalogue[rule_id])

    return of


def _four_programs(
    snippet: str,
    method: str,
    path: str,
    json: Any = None,  # noqa: ANN401 - any JSON
    idempotency_key: str | None = None,
) -> str:
    """A request in every language, each program marked as a snippet that a test runs."""
    request = Request(method=method, path=path, json=json, idempotency_key=idempotency_key)
    return "\n\n".join(
        f"<!-- snippet: {snippet} -->\n```{each.language}\n{each.code}\n```"
        for each in programs(request)
    )


def _refused_post(site: Site, platform: str, text: str, first_comment: str) -> str:
    draft = Draft(text=text, first_comment=first_comment)
    return json_text(shortened(refusal(site, draft, platform)))
