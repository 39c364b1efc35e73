"""The pages that are made of declarations: calls, errors, events, rules, versions, settings."""

from collections.abc import Iterator
from functools import partial

from letmepost.docs.error_pages import error_index, error_page
from letmepost.docs.event_pages import event_index, event_page
from letmepost.docs.operation_pages import operation_page, reference_index, tag_page
from letmepost.docs.operations import tag_folder
from letmepost.docs.page import Page
from letmepost.docs.rule_pages import rule_index, rule_page, rule_sentence
from letmepost.docs.settings_rows import settings_page
from letmepost.docs.site import Site
from letmepost.docs.version_page import version_page


def api_pages(site: Site) -> Iterator[Page]:
    """The index of the API, one page for each tag, and one for each operation."""
    yield Page(
        path="api-reference/index",
        title="All calls",
        section="API reference",
        write=partial(reference_index, site),
        describe=partial(str, "What every call shares, and a table of them all."),
    )
    for tag, described in site.tags.items():
        yield Page(
            path=f"{tag_folder(tag)}/index",
            title=tag,
            section="API reference",
            write=partial(tag_page, site, tag, described),
            describe=partial(str, described),
        )
    for operation in site.operations:
        yield Page(
            path=operation.page,
            title=operation.summary,
            section=operation.tag,
            write=partial(operation_page, site, operation),
            describe=partial(str, f"`{operation.method} {operation.path}`, as `{operation.name}`."),
            listed=False,
            also_at=operation.former_pages,
            operation=operation,
        )


def listed_reference_pages(site: Site) -> Iterator[Page]:
    """The tables of everything that is declared."""
    for path, title, write, description in (
        ("errors/index", "Errors", error_index, "The shape of every error, and its codes."),
        (
            "preflight/index",
            "Preflight rules",
            rule_index,
            "Every limit that a post is checked against, in one table.",
        ),
        (
            "events/index",
            "Events",
            event_index,
            "What this server tells of, and how a consumer catches up.",
        ),
        (
            "platform-versions",
            "Platform versions",
            version_page,
            "Which version of each platform's API is spoken, and until when it lives.",
        ),
        (
            "settings",
            "Settings",
            settings_page,
            "Every environment variable, its type and its default.",
        ),
    ):
        yield Page(
            path=path,
            title=title,
            section="Reference",
            write=partial(write, site),
            describe=partial(str, description),
            filtered=path in ("preflight/index", "events/index"),
        )


def declared_pages(site: Site) -> Iterator[Page]:
    """One page for each code of an error, each type of event and each rule."""
    for code, error in site.errors.items():
        yield Page(
            path=f"errors/{code}",
            title=code,
            section="Errors",
            write=partial(error_page, site, error),
            describe=partial(str, error.meaning),
            listed=False,
        )
    for event_type in site.event_types.values():
        yield Page(
            path=f"events/{event_type.page}",
            title=event_type.name,
            section="Events",
            write=partial(event_page, event_type),
            describe=partial(str, event_type.description),
            listed=False,
            also_at=(f"webhooks/{event_type.page}",),
        )
    for rule in sorted(site.catalogue.values(), key=lambda each: each.id.lower()):
        yield Page(
            path=f"preflight/{rule.page}",
            title=rule.id,
            section="Preflight rules",
            write=partial(rule_page, site, rule),
            describe=partial(rule_sentence, rule),
            listed=False,
        )
