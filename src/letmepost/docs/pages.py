"""Every page of the docs, in order: where it is, its name, and how its Markdown is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from importlib import resources

from letmepost.docs.error_pages import error_index, error_page
from letmepost.docs.event_pages import event_index, event_page
from letmepost.docs.guide_context import guide_context
from letmepost.docs.markdown import fill, fill_text, with_absolute_links
from letmepost.docs.rule_pages import field_page, rule_index, rule_page, rule_sentence
from letmepost.docs.settings_rows import settings_page
from letmepost.docs.site import Site
from letmepost.docs.version_page import version_page
from letmepost.platform_kit.platform import Platform

SUMMARY = (
    "letmepost is a social publishing API that you host yourself: one HTTP call publishes to many "
    "accounts. It checks every post against the documented limits of each platform before "
    "anything is sent, never publishes one request twice, and answers every failure with a code, "
    "the rule, the platform's own words and a remedy."
)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page. `path` follows `/docs/`; the front page has the empty path.

    `write` makes the Markdown and `describe` one line about it; neither runs before it is asked.
    `listed` pages stand in the side navigation; `filtered` ones have a box that filters a table.
    """

    path: str
    title: str
    section: str
    write: Callable[[], str]
    describe: Callable[[], str]
    listed: bool = True
    filtered: bool = False


_GUIDES = (
    ("", "Overview", "Start", "front.md", "What letmepost is, and where to look."),
    (
        "quickstart",
        "Quickstart",
        "Start",
        "quickstart.md",
        "From nothing to a published post, a refused one and a safe repetition, with curl alone.",
    ),
    (
        "idempotency",
        "Idempotency",
        "Start",
        "idempotency.md",
        "How to repeat a request without publishing twice, and what each answer means.",
    ),
    (
        "guides/dashboard",
        "The dashboard",
        "Guides",
        "dashboard.md",
        "Sign in, invite others, write posts with live checks, and see what became of them.",
    ),
    (
        "guides/upload-media",
        "Upload media",
        "Guides",
        "upload-media.md",
        "Three ways to attach a file, what is read from its bytes, and what is refused.",
    ),
    (
        "guides/connect-account",
        "Connect an account",
        "Guides",
        "connect-account.md",
        "Connect, list, renew and disconnect the accounts that posts go to.",
    ),
    (
        "guides/delete-post",
        "Delete a post",
        "Guides",
        "delete-post.md",
        "Cancel what is queued, delete what is published, and what each answer means.",
    ),
    (
        "guides/webhooks",
        "Webhooks",
        "Guides",
        "webhooks.md",
        "Be told of everything that happens: what comes, how to verify it, how to catch up.",
    ),
    (
        "sdks/index",
        "SDKs",
        "SDKs",
        "sdks/index.md",
        "What the clients for programming languages do for you, and which there are.",
    ),
    (
        "sdks/python",
        "Python",
        "SDKs",
        "sdks/python.md",
        "Publish from Python: files, errors, lists, options, event loops and webhooks.",
    ),
)


class PageSet:
    """The pages of a site, found by path whatever its case."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._markdown = lru_cache(maxsize=64)(lambda page: page.write())

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Every page that can be listed, in reading order."""
        return tuple(self._all())

    @cached_property
    def _by_path(self) -> dict[str, Page]:
        found = {page.path.lower(): page for page in self.pages}
        for path in [each for each in found if each.endswith("/index")]:
            found[path.removesuffix("/index")] = found[path]
        found["index"] = found[""]
        return found

    def find(self, path: str) -> Page | None:
        """The page at a path below `/docs/`, or the one that explains a field of the body."""
        found = self._by_path.get(path.strip("/").lower())
        return found or self._field_page(path)

    def markdown(self, page: Page) -> str:
        """The Markdown of a page, its links leading to `/docs/...` of the server it is read on."""
        return str(self._markdown(page))

    def published_markdown(self, page: Page) -> str:
        """The Markdown of a page as it is served: every link a full address."""
        return with_absolute_links(self.markdown(page), self.site.docs_url)

    def index_for_machines(self) -> str:
        """The text of `/llms.txt`: a summary, and every page with its address and one line."""
        lines = ["# letmepost", "", f"> {SUMMARY}", ""]
        sections = dict.fromkeys(page.section for page in self.pages)
        for section in sections:
            lines += [f"## {section}", ""]
            lines += [
                f"- [{page.title}]({self.site.docs_url}/{page.path or 'index'}.md): "
                f"{page.describe()}"
                for page in self.pages
                if page.section == section
            ]
            lines.append("")
        return "\n".join(lines)

    def _all(self) -> Iterator[Page]:
        site = self.site
        for path, title, section, template, description in _GUIDES:
            yield Page(
                path=path,
                title=title,
                section=section,
                write=partial(self._guide, template),
                describe=partial(str, description),
            )
        for platform in site.platforms.values():
            yield Page(
                path=f"platforms/{platform.name}",
                title=platform.title,
                section="Platforms",
                write=partial(self._platform, platform),
                describe=partial(
                    str, f"How {platform.title} is connected, what a post may hold, and its limits."
                ),
            )
        index = Page(
            path="errors/index",
            title="Errors",
            section="Reference",
            write=partial(error_index, site),
            describe=partial(str, "The shape of every error, and the codes to branch on."),
        )
        yield index
        yield replace(
            index,
            path="preflight/index",
            title="Preflight rules",
            write=partial(rule_index, site),
            describe=partial(str, "Every limit that a post is checked against, in one table."),
            filtered=True,
        )
        yield replace(
            index,
            path="events/index",
            title="Events",
            write=partial(event_index, site),
            describe=partial(str, "What this server tells of, and how a consumer catches up."),
            filtered=True,
        )
        yield replace(
            index,
            path="platform-versions",
            title="Platform versions",
            write=partial(version_page, site),
            describe=partial(
                str, "Which version of each platform's API is spoken, and until when it lives."
            ),
        )
        yield replace(
            index,
            path="settings",
            title="Settings",
            write=partial(settings_page, site),
            describe=partial(str, "Every environment variable, its type and its default."),
        )
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

    def _guide(self, template: str) -> str:
        return fill(template, **guide_context(self.site))

    def _platform(self, platform: Platform) -> str:
        source = resources.files(platform.package).joinpath("guide.md").read_text("utf-8")
        return fill_text(source, **guide_context(self.site))

    def _field_page(self, path: str) -> Page | None:
        folder, _, address = path.strip("/").partition("/")
        if folder.lower() != "preflight" or "/" in address:
            return None
        written = field_page(self.site, address)
        if written is None:
            return None
        return Page(
            path=f"preflight/{address}",
            title=written.partition("\n")[0].removeprefix("# "),
            section="Preflight rules",
            write=partial(str, written),
            describe=partial(str, "A field of the request body."),
            listed=False,
        )
