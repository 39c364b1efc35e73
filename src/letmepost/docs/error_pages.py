"""The page of one error code, and the index of all codes."""

from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, ErrorPage
from letmepost.docs.examples import json_text, refused_draft, run_example, shortened
from letmepost.docs.markdown import fill, rule_link
from letmepost.docs.rule_pages import rule_sentence
from letmepost.docs.site import Site
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import check, in_reporting_order

_REQUEST_ID = "req_0002SkJ4mVb1cFv3dQxW7T"

# What a request met, for the examples; a message is made up where no rule words it.
_EXAMPLES: dict[ErrorCode, dict[str, Any]] = {
    ErrorCode.VALIDATION_FAILED: {
        "message": "targets: this field is required.",
        "rule": "targets.required",
    },
    ErrorCode.PLATFORM_AUTH_FAILED: {
        "message": "Bluesky refused the stored credentials: Invalid identifier or password",
        "platform": "bluesky",
        "platformResponse": {
            "error": "AuthenticationRequired",
            "message": "Invalid identifier or password",
        },
    },
    ErrorCode.PLATFORM_REJECTED: {
        "message": "Bluesky refused the post: Could not find blob",
        "platform": "bluesky",
        "platformResponse": {"error": "BlobNotFound", "message": "Could not find blob"},
    },
    ErrorCode.PLATFORM_UNAVAILABLE: {
        "message": "Bluesky asked us to wait.",
        "platform": "bluesky",
        "platformResponse": {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
        "retryAfterSeconds": 60,
        "willRetry": True,
    },
    ErrorCode.PLATFORM_NOT_ENABLED: {"message": "This server has no credentials for the platform."},
    ErrorCode.INTERNAL_ERROR: {"message": "Something went wrong on this server."},
    ErrorCode.UNAUTHENTICATED: {"message": "The API key is unknown or revoked."},
    ErrorCode.UNAUTHORIZED: {
        "message": "This key does not hold the scope posts:write.",
        "rule": "api_key.scope",
    },
    ErrorCode.NOT_FOUND: {"message": "No such post is visible to this key."},
    ErrorCode.IDEMPOTENCY_CONFLICT: {"rule": "idempotency_key.body_mismatch"},
    ErrorCode.RATE_LIMITED: {
        "message": "More requests came than this key may make.",
        "retryAfterSeconds": 12,
    },
    ErrorCode.QUOTA_EXCEEDED: {
        "message": "The organization may make 1000 posts in a month. 0 are left, and this would "
        "be 1.",
        "retryAfterSeconds": 93600,
    },
}


def error_page(site: Site, page: ErrorPage) -> str:
    """The page of one code, as Markdown."""
    conflict = page.code == ErrorCode.IDEMPOTENCY_CONFLICT
    return fill(
        "error.md",
        page=page,
        statuses=site.statuses.get(page.code, ()),
        retry_note=", once the first request is answered" if conflict else "",
        prose=fill(f"errors/{page.code}.md", site=site, rule_link=rule_link).strip(),
        example=json_text(shortened(error_example(site, page))),
        rules=[
            rule
            for rule in sorted(site.catalogue.values(), key=lambda each: each.id.lower())
            if rule.code == page.code and rule.severity == "error" and rule.status == "live"
        ],
        rule_link=rule_link,
        sentence=rule_sentence,
    )


def error_index(site: Site) -> str:
    """The shape of errors and the table of codes, as Markdown."""
    page = site.errors[ErrorCode.PREFLIGHT_FAILED]
    return fill(
        "error_index.md",
        pages=list(site.errors.values()),
        example=json_text(shortened(error_example(site, page))),
    )


def error_example(site: Site, page: ErrorPage) -> dict[str, Any]:
    """An answer with this code, as the API gives it."""
    if page.code == ErrorCode.PREFLIGHT_FAILED:
        return refusal(site, _first_refused(site))
    known = dict(_EXAMPLES[page.code])
    rule = site.catalogue.get(known.get("rule", ""))
    shown: dict[str, Any] = {"code": str(page.code), "message": known.pop("message", None)}
    if rule is not None:
        shown["message"] = shown["message"] or rule.message
        known["remediation"] = rule.remediation
        known["ruleUrl"] = f"{site.docs_url}/preflight/{rule.page}"
    known.setdefault("remediation", page.remediation)
    return {
        "error": {
            **shown,
            **known,
            "retryable": page.retryable,
            "docUrl": f"{site.docs_url}/errors/{page.code}",
            "requestId": _REQUEST_ID,
        }
    }


def refusal(site: Site, draft: Draft, platform: str | None = None) -> dict[str, Any]:
    """The answer to a draft that preflight refuses; the checks are really run."""
    rules = [
        rule
        for rule in site.catalogue.values()
        if rule.check and rule.platform in (None, platform or next(iter(site.platforms)))
    ]
    report = check(in_reporting_order(rules), draft)
    first = report.violations[0]
    return {
        "error": {
            "code": str(first.rule.code),
            "message": first.message,
            "rule": first.rule.id,
            **({"platform": first.rule.platform} if first.rule.platform else {}),
            "remediation": first.rule.remediation,
            "retryable": False,
            "violations": [each.to_json(site.docs_url) for each in report.violations],
            "docUrl": f"{site.docs_url}/errors/{first.rule.code}",
            "ruleUrl": f"{site.docs_url}/preflight/{first.rule.page}",
            "requestId": _REQUEST_ID,
        }
    }


def _first_refused(site: Site) -> Draft:
    for rule in site.catalogue.values():
        draft = refused_draft(rule)
        if rule.platform and rule.limit and draft and rule.severity == "error" and _own(rule):
            return draft
    return Draft()


def _own(rule: Rule) -> bool:
    draft = refused_draft(rule)
    return draft is not None and bool(run_example(rule, draft))
