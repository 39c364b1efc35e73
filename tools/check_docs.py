"""Hold the docs to the registry: everything has a page, examples behave, links lead somewhere."""

import re
import sys
from collections.abc import Iterator

from changelog_page import CHANGELOG_PAGE, changelog_page
from letmepost.configuration import read_configuration
from letmepost.docs.event_examples import EXAMPLES
from letmepost.docs.examples import accepted_draft, refused_draft, run_example
from letmepost.docs.html import render, static_files
from letmepost.docs.markdown import internal_links
from letmepost.docs.page import Page
from letmepost.docs.pages import PageSet
from letmepost.docs.site import Site
from letmepost.docs.units import unit_explanation
from letmepost.platforms import catalogue
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import check
from letmepost.server import docs_site
from openapi_file import OPENAPI_FILE, openapi_text

TEXT_CHARACTERS_MIN = 300
_UNFINISHED = re.compile(r"\b(TODO|FIXME|TBD|XXX)\b|lorem ipsum", re.IGNORECASE)
_WORDLESS = re.compile(r"[`*_#|>\[\](){}\s-]+")
# What the routes answer that is no page.
_FOR_PROGRAMS = {"api-reference/openapi.json", "search.json", "llms.txt", "llms-full.txt"}
_HREF = re.compile(r'(?:href|src)="([^"]*)"')


def site_of_this_code() -> Site:
    """The site as a server would build it, at its default address."""
    return docs_site(read_configuration({}))


def missing_pages(pages: PageSet) -> Iterator[str]:
    """Rules, codes, events, platforms, calls and settings that a reader would not find."""
    site = pages.site
    wanted = [f"preflight/{rule.page}" for rule in site.catalogue.values()]
    wanted += [f"errors/{code}" for code in site.errors]
    wanted += [f"platforms/{name}" for name in site.platforms]
    wanted += [f"events/{each.page}" for each in site.event_types.values()]
    wanted += [each.page for each in site.operations]
    for path in wanted:
        if pages.find(path) is None:
            yield f"/docs/{path}: this page is missing."
    for name in sorted({*site.event_types} ^ {*EXAMPLES}):
        yield f"{name}: docs/event_examples.py lacks this event, or has it and nobody declares it."
    addresses = [rule.page for rule in site.catalogue.values()]
    for address in sorted({each for each in addresses if addresses.count(each) > 1}):
        yield f"/docs/preflight/{address}: two rules share this address."
    settings = pages.find("settings")
    written = pages.markdown(settings) if settings else ""
    for row in site.settings:
        if f"`{row.variable}`" not in written:
            yield f"{row.variable}: the page of settings does not list it."
        if not row.description:
            yield f"{row.variable}: it has no description."


def rule_problems(rule: Rule) -> Iterator[str]:
    """What a rule's page would lack, and examples that do not do what they show."""
    if not rule.cited:
        yield f"{rule.id}: it names no source with the day on which it was read."
    if not rule.why:
        yield f"{rule.id}: it does not say why."
    if rule.limit is not None and unit_explanation(rule) is None:
        yield f"{rule.id}: docs/units.py does not say how {rule.limit.unit} are counted."
    if rule.successor is not None and rule.successor not in catalogue():
        yield f"{rule.id}: its successor {rule.successor} is not a rule."
    if rule.check is not None and rule.status == "live":
        yield from example_problems(rule)


def example_problems(rule: Rule) -> Iterator[str]:
    """Examples of a checked rule that are missing or do not behave."""
    accepted, refused = accepted_draft(rule), refused_draft(rule)
    if accepted is None or refused is None:
        yield f"{rule.id}: it has a check and lacks an example that passes or one that fails."
        return
    if run_example(rule, accepted):
        yield f"{rule.id}: the example that should pass breaks the rule."
    if not run_example(rule, refused):
        yield f"{rule.id}: the example that should fail does not."
    beside = [each for each in catalogue().values() if each.platform in (None, rule.platform)]
    report = check(beside, accepted)
    if report.violations:
        others = ", ".join(sorted({each.rule.id for each in report.violations}))
        yield f"{rule.id}: the example that should pass is refused by {others}."


def page_problems(pages: PageSet, page: Page) -> Iterator[str]:
    """A page that is thin or unfinished, or that links to nothing."""
    address, markdown = f"/docs/{page.path}", pages.markdown(page)
    if (found := _UNFINISHED.search(markdown)) is not None:
        yield f"{address}: it says {found.group()}."
    if len(_WORDLESS.sub(" ", markdown).strip()) < TEXT_CHARACTERS_MIN:
        yield f"{address}: it has less than {TEXT_CHARACTERS_MIN} characters of text."
    if not page.describe().strip():
        yield f"{address}: it has no description for /llms.txt."
    for path in internal_links(markdown):
        if pages.find(path) is None:
            yield f"{address}: it links to /docs/{path}, which does not exist."
    rendered = render(pages, page, root="/docs/")
    for target in _HREF.findall(rendered):
        local = target.partition("?")[0].partition("#")[0]
        if local.startswith("/docs/") and not _leads_somewhere(pages, local):
            yield f"{address}: its HTML links to {local}, which does not exist."


def _leads_somewhere(pages: PageSet, address: str) -> bool:
    path = address.removeprefix("/docs/")
    if path.startswith("static/"):
        return path.removeprefix("static/") in static_files()
    if path in _FOR_PROGRAMS:
        return True
    return pages.find(path.removesuffix(".md")) is not None


def openapi_problems() -> Iterator[str]:
    """A committed OpenAPI document that is not the one of this code."""
    kept = OPENAPI_FILE.read_text(encoding="utf-8") if OPENAPI_FILE.exists() else ""
    if kept != openapi_text():
        yield f"{OPENAPI_FILE.name}: it is not what this code serves; `make docs` writes it anew."


def changelog_problems() -> Iterator[str]:
    """A page of changes that lacks a fragment, or has one that is gone."""
    kept = CHANGELOG_PAGE.read_text(encoding="utf-8") if CHANGELOG_PAGE.exists() else ""
    if kept != changelog_page():
        yield f"docs/{CHANGELOG_PAGE.name}: changelog.d has changed; `make docs` writes it anew."


def option_problems(pages: PageSet) -> Iterator[str]:
    """Options and connect fields that a platform's guide does not name."""
    for platform in pages.site.platforms.values():
        page = pages.find(f"platforms/{platform.name}")
        written = pages.markdown(page) if page else ""
        for name, declared in platform.options.model_fields.items():
            if f"`{declared.alias or name}`" not in written and name != "platform":
                yield f"platforms/{platform.name}: its guide does not name {declared.alias}."


def problems(site: Site) -> list[str]:
    """One sentence for everything that is missing or wrong."""
    pages = PageSet(site)
    found = [*openapi_problems(), *changelog_problems(), *missing_pages(pages)]
    for rule in site.catalogue.values():
        found += rule_problems(rule)
    for page in pages.pages:
        found += page_problems(pages, page)
    return found + list(option_problems(pages))


if __name__ == "__main__":
    checked = site_of_this_code()
    sentences = problems(checked)
    print(*sentences, sep="\n", end="\n" if sentences else "")
    print(
        f"docs: {len(PageSet(checked).pages)} pages, {len(checked.catalogue)} rules, "
        f"{len(sentences)} problems."
    )
    sys.exit(1 if sentences else 0)
