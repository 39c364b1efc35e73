"""The page of one rule, the index of all rules, and the page of a field of the request body."""

from functools import cache
from typing import Any

from letmepost.content.errors import ErrorCode
from letmepost.docs.examples import (
    accepted_draft,
    json_text,
    refused_draft,
    run_example,
    shortened,
    shown_example,
)
from letmepost.docs.markdown import (
    cell,
    fill,
    limit_words,
    message_words,
    rule_link,
    table,
)
from letmepost.docs.site import Site
from letmepost.docs.units import unit_explanation
from letmepost.kit.settings import PREFIX
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding

_WHEN = {
    "preflight": "before anything is sent",
    "connect": "while an account is being connected",
    "publish": "while the post is being published",
}


@cache
def rule_sentence(rule: Rule) -> str:
    """What a rule says when it is broken; a real message where the rule has an example."""
    draft = refused_draft(rule) if rule.check else None
    findings = run_example(rule, draft) if draft is not None else ()
    return findings[0].message if findings else message_words(rule)


def rule_page(site: Site, rule: Rule) -> str:
    """The page of a rule, as Markdown."""
    accepted, refused = accepted_draft(rule), refused_draft(rule)
    platform = rule.platform or next(iter(site.platforms), "bluesky")
    findings = run_example(rule, refused) if refused is not None else ()
    return fill(
        "rule.md",
        rule=rule,
        lead=_lead(site, rule),
        facts=_facts(site, rule),
        successor=site.catalogue.get(rule.successor) if rule.successor else None,
        rule_link=rule_link,
        message=findings[0].message if findings else message_words(rule),
        accepted=shown_example(accepted, refused, platform) if accepted is not None else None,
        refused=shown_example(refused, accepted, platform) if refused is not None else None,
        findings=[json_text(shortened(_wire(site, each))) for each in findings],
        counted=unit_explanation(rule),
        setting=f"{PREFIX}{rule.limit.setting}" if rule.limit and rule.limit.setting else None,
        when=_WHEN[rule.phase],
    )


def _wire(site: Site, finding: Finding) -> dict[str, Any]:
    if finding.rule.severity == "warning":
        return {"code": finding.rule.id, "message": finding.message}
    return finding.to_json(site.docs_url)


def _lead(site: Site, rule: Rule) -> str:
    if rule.status == "retired":
        return "This rule is never raised: nothing that it would refuse can be sent from here."
    if rule.status == "alias":
        return "A second name of a limit that another rule checks; it is never raised itself."
    whom = f"for {site.platform_title(rule)}" if rule.platform else "whatever the platform"
    effect = (
        "a warning that does not stop the post"
        if rule.severity == "warning"
        else "an error that stops the post"
        if rule.phase == "publish"
        else "an error that refuses the request"
    )
    return f"Looks at `{rule.field}` {whom}, {_WHEN[rule.phase]}; breaking it is {effect}."


def _facts(site: Site, rule: Rule) -> list[tuple[str, str]]:
    facts = [("Holds for", site.platform_title(rule)), ("Field", f"`{rule.field}`")]
    if rule.limit is not None:
        facts.append(("Limit", f"**{limit_words(rule)}**"))
    facts += [
        ("Checked", f"{_WHEN[rule.phase]} (phase `{rule.phase}`)"),
        ("Severity", f"`{rule.severity}`"),
    ]
    if rule.severity == "error":
        facts.append(("Error code", f"[`{rule.code}`](/docs/errors/{rule.code})"))
    facts.append(("Status", f"`{rule.status}`"))
    return [(name, cell(value)) for name, value in facts]


def rule_index(site: Site) -> str:
    """The table of every rule, as Markdown."""
    rows = [
        (
            rule_link(rule),
            rule_sentence(rule),
            limit_words(rule),
            site.platform_title(rule),
            f"`{rule.severity}`",
            f"`{rule.status}`",
        )
        for rule in sorted(site.catalogue.values(), key=lambda each: each.id.lower())
    ]
    live = sum(rule.status == "live" for rule in site.catalogue.values())
    return fill(
        "rule_index.md",
        count=len(rows),
        live=live,
        table=table(("Rule", "What it says", "Limit", "For", "Severity", "Status"), rows),
    )


def limits_table(site: Site, platform: str) -> str:
    """The live limits of one platform, as a Markdown table."""
    return table(
        ("Field", "Limit", "When broken", "Rule"),
        [
            (
                f"`{rule.field}`",
                limit_words(rule),
                _WHEN_BROKEN[rule.severity, rule.phase == "publish"],
                rule_link(rule),
            )
            for rule in site.catalogue.values()
            if rule.platform == platform and rule.limit and rule.status == "live"
        ],
    )


_WHEN_BROKEN = {
    ("error", False): "refused",
    ("error", True): "waits or fails",
    ("warning", False): "warning",
    ("warning", True): "warning",
}


def field_page(site: Site, address: str) -> str | None:
    """Explain a field of the request body by its path with hyphens; None for an unknown field.

    A body that does not fit its schema is refused with the dotted path of the field as `rule`,
    so the page of `targets.0.text` is at `targets-0-text`.
    """
    steps = address.split("-")
    names = {path.lower(): path for path in site.body_fields}
    if not all((step.isascii() and step.isidentifier()) or step.isdigit() for step in steps):
        return None
    if steps[0].lower() not in names:
        return None
    known = steps[0].lower()
    for step in steps[1:]:
        if not step.isdigit() and f"{known}.{step.lower()}" in names:
            known = f"{known}.{step.lower()}"
    # The address may be in lower case; the path that an error shows is not.
    spelled = iter(names[known].split("."))
    path = ".".join(step if step.isdigit() else next(spelled, step) for step in steps)
    inside = [each for each in site.body_fields if each.lower().startswith(f"{known}.")]
    return fill(
        "field.md",
        path=path,
        name=names[known],
        field=site.body_fields[names[known]],
        inside=[(each, site.body_fields[each]) for each in inside],
        code=ErrorCode.VALIDATION_FAILED,
    )
