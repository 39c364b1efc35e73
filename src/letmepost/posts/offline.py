"""Check a post without a server: the same body, the same rules, no account and no network."""

import base64
import binascii
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.media.inspect_file import read_facts
from letmepost.platforms import platforms, rules_for
from letmepost.posts.body import AccountPostBody, MediaBody, PostBody, TargetBody, asked_of
from letmepost.posts.fit import foresee
from letmepost.preflight.applied import applied, lengths
from letmepost.preflight.fix import fixes
from letmepost.preflight.refuse import found, refuse
from letmepost.preflight.request_rules import (
    OPTIONS_PLATFORM_MISMATCH,
    TARGETS_ACCOUNT_REQUIRED,
    TARGETS_REQUIRED,
    TEXT_REQUIRED,
)
from letmepost.preflight.resource_rules import MEDIA_BASE64, MEDIA_SOURCE, PLATFORM_UNKNOWN
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check, in_reporting_order

DOCS_URL = "http://127.0.0.1:8000/docs"


class BodyError(ValueError):
    """The post does not have the shape of a request; `issues` names each place."""

    def __init__(self, issues: list[dict[str, str]]) -> None:
        self.issues = issues
        super().__init__("; ".join(f"{each['field']}: {each['message']}" for each in issues))


def rules_of(platform: str) -> tuple[Rule, ...]:
    """The rules that are run for a platform, with their own limits."""
    every = rules_for(platforms()[platform])
    return in_reporting_order(each for each in every if each.check is not None)


def _facts(item: MediaBody) -> MediaFacts | None:
    """The facts of an inline file; those of others are not at hand."""
    if item.bytes_base64 is None:
        return None
    try:
        body = base64.b64decode(item.bytes_base64, validate=True)
    except (ValueError, binascii.Error):
        raise refuse(MEDIA_BASE64) from None
    facts = read_facts(io.BytesIO(body))
    sha256 = hashlib.sha256(body).hexdigest()
    return MediaFacts.from_json({**facts, "size_bytes": len(body), "sha256": sha256})


def _misnamed(number: int, target: TargetBody, media: Iterable[MediaBody]) -> Iterator[Finding]:
    """What is wrong with how a target names its options and its files."""
    options = target.options
    if options is not None and options.platform != target.platform:
        yield found(
            OPTIONS_PLATFORM_MISMATCH,
            "options.platform",
            target=number,
            actual=options.platform,
            named=target.platform,
        )
    for place, item in enumerate(media):
        sources = (item.media_id, item.url, item.bytes_base64)
        if sum(each is not None for each in sources) != 1:
            yield found(MEDIA_SOURCE, f"media[{place}]", target=number)


def _target(
    number: int, target: TargetBody, whole: TargetBody, docs_url: str, *, fit: bool
) -> dict[str, Any]:
    if target.platform is None:
        raise refuse(TARGETS_ACCOUNT_REQUIRED)
    platform_name = target.platform
    if platform_name not in platforms():
        raise refuse(PLATFORM_UNKNOWN, actual=platform_name, limit=", ".join(platforms()))
    platform = platforms()[platform_name]
    text = whole.text if target.text is None else target.text
    media = whole.media if target.media is None else target.media
    comment = target.first_comment or whole.first_comment
    draft = Draft(
        text=text or "",
        media=tuple(
            DraftMedia(
                kind=item.kind,
                alt_text=item.alt_text,
                media_id=item.media_id,
                url=item.url,
                facts=_facts(item),
            )
            for item in media or ()
        ),
        first_comment=comment.text if comment else None,
        options=target.options,
    )
    rules = rules_of(platform_name)
    planned: list[Finding] = []
    if fit:
        foreseen = foresee(rules, draft, number)
        draft, planned = foreseen.draft, foreseen.warnings
    result = check(rules, draft, target=number)
    warnings = [*planned, *result.warnings]
    violations = list(result.violations)
    if not draft.text and not draft.media and any(each.at == "text" for each in violations):
        violations = [each for each in violations if each.at != "text"]
        violations.insert(0, found(TEXT_REQUIRED, "text", target=number))
    violations = [*_misnamed(number, target, media or ()), *violations]
    findings: list[Finding] = [*violations, *warnings]
    return {
        "target": number,
        "platform": platform_name,
        "valid": not violations,
        "violations": [each.to_json(docs_url) for each in violations],
        "warnings": [each.to_json(docs_url) for each in warnings],
        "rules": applied(rules, draft, findings, has_account=False),
        "lengths": lengths(rules, draft, platform.counters),
        "fixes": [
            each.to_json(number) for each in fixes(rules, draft, violations, platform.threads_field)
        ],
    }


def validate(post: Mapping[str, Any], *, docs_url: str = DOCS_URL) -> dict[str, Any]:
    """Check a post as the body of `POST /v1/posts`; every target names its platform.

    Gives `{valid, targets}` as `POST /v1/posts/validate` does, without what needs an account.
    Raises `BodyError` for a body of another shape, `LetmepostError` for an unknown platform.
    """
    # A caller passes on what a file held, whatever that is.
    whatever: object = post
    if not isinstance(whatever, Mapping):
        raise BodyError([{"field": "body", "message": "Input should be an object"}])
    model: type[AccountPostBody | PostBody] = AccountPostBody if "account" in post else PostBody
    try:
        asked = asked_of(model.model_validate(dict(post)))
    except ValidationError as error:
        raise BodyError(
            [
                {"field": ".".join(str(part) for part in each["loc"]), "message": each["msg"]}
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    if not asked.targets:
        raise refuse(TARGETS_REQUIRED)
    whole = TargetBody.model_construct(
        text=asked.text, media=asked.media, first_comment=asked.first_comment
    )
    targets = [
        _target(number, target, whole, docs_url, fit=asked.fit == "auto")
        for number, target in enumerate(asked.targets)
    ]
    return {"valid": all(each["valid"] for each in targets), "targets": targets}
