"""Every page of the docs, in order: where it is, its name, and how its Markdown is made."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache, partial
from importlib import resources

from letmepost.docs.guide_context import guide_context
from letmepost.docs.markdown import fill, fill_text, with_absolute_links
from letmepost.docs.page import Page
from letmepost.docs.reference_pages import api_pages, declared_pages, listed_reference_pages
from letmepost.docs.rule_pages import field_page
from letmepost.docs.site import Site
from letmepost.platform_kit.platform import Platform

SUMMARY = (
    "letmepost is a social publishing API that you host yourself: one HTTP call publishes to many "
    "accounts. It checks every post against the documented limits of each platform before "
    "anything is sent, never publishes one request twice, and answers every failure with a code, "
    "the rule, the platform's own words and a remedy."
)

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
        "authentication",
        "Authentication",
        "Start",
        "authentication.md",
        "Live keys and test keys, what their scopes allow, and how they are changed.",
    ),
    (
        "idempotency",
        "Idempotency",
        "Start",
        "idempotency.md",
        "How to repeat a request without publishing twice, and what each answer means.",
    ),
    (
        "guides/publish-post",
        "Publish a post",
        "Guides",
        "publish-post.md",
        "From a key to a published post on several accounts, and how to read what came of it.",
    ),
    (
        "guides/schedule-post",
        "Schedule a post",
        "Guides",
        "schedule-post.md",
        "Give a post a time, change or cancel it until then, and know what happens at the time.",
    ),
    (
        "guides/drafts",
        "Drafts",
        "Guides",
        "drafts.md",
        "Keep a post that is not ready yet, change it, and publish it when it is.",
    ),
    (
        "guides/queue-slots",
        "Queue slots",
        "Guides",
        "queue-slots.md",
        "Weekly times at which a profile publishes, and posts that take the next free one.",
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
        "guides/self-host",
        "Host it yourself",
        "Guides",
        "self-host.md",
        "Install, start, set up and grow a server of your own, from SQLite to many workers.",
    ),
    (
        "guides/look-inside",
        "Look inside",
        "Guides",
        "look-inside.md",
        "Figures, a dashboard, alerts with what to do, log lines and traces of a running server.",
    ),
    (
        "guides/openid",
        "Sign in with OpenID Connect",
        "Guides",
        "openid.md",
        "Let members sign in by a provider of yours: what to register, what to set, who comes in.",
    ),
    (
        "guides/docker",
        "Docker",
        "Guides",
        "docker.md",
        "One image for every process, and a compose file for a whole installation.",
    ),
    (
        "guides/systemd",
        "systemd",
        "Guides",
        "systemd.md",
        "Hardened units for the API and any number of workers.",
    ),
    (
        "guides/kubernetes",
        "Kubernetes",
        "Guides",
        "kubernetes.md",
        "Manifests for API and workers, and how a rollout loses no request.",
    ),
    (
        "guides/backup",
        "Back up and move",
        "Guides",
        "backup.md",
        "Write an archive beside a running server, restore it, and move to PostgreSQL.",
    ),
    (
        "guides/audit-log",
        "The audit log",
        "Guides",
        "audit-log.md",
        "Who changed which key, account, webhook, profile or member, when and from where.",
    ),
    (
        "guides/security",
        "Security",
        "Guides",
        "security.md",
        "What is defended, against whom and how; what is left to you; how keys are changed.",
    ),
    (
        "guides/data-protection",
        "Data protection",
        "Guides",
        "data-protection.md",
        "What is kept and for how long, and how to give it out or erase it.",
    ),
    (
        "cli",
        "Command line",
        "Guides",
        "cli.md",
        "Publish, watch and listen from a terminal: lmp, its exit codes, and every command.",
    ),
    (
        "mcp",
        "Agents (MCP)",
        "Guides",
        "mcp.md",
        "Give an agent the API as tools, with a key or with what a person allows it.",
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
    (
        "sdks/typescript",
        "TypeScript",
        "SDKs",
        "sdks/typescript.md",
        "Publish from TypeScript or JavaScript, in Node, browsers and workers.",
    ),
    (
        "sdks/go",
        "Go",
        "SDKs",
        "sdks/go.md",
        "Publish from Go: files, errors, lists, options, contexts and webhooks.",
    ),
)
_LAST_GUIDES = (
    (
        "reference/performance",
        "Performance",
        "Reference",
        "performance.md",
        "How many requests a server answers and how fast, beside a bare application.",
    ),
    (
        "migrate/index",
        "All guides",
        "Move here",
        "migrate/index.md",
        "How programs move here from another service, step by step.",
    ),
    (
        "migrate/ayrshare",
        "From Ayrshare",
        "Move here",
        "migrate/ayrshare.md",
        "Words and requests of Ayrshare beside those of letmepost, and what differs.",
    ),
    (
        "migrate/postiz",
        "From Postiz",
        "Move here",
        "migrate/postiz.md",
        "Words and requests of Postiz beside those of letmepost, and what differs.",
    ),
    (
        "migrate/buffer",
        "From Buffer",
        "Move here",
        "migrate/buffer.md",
        "Words and requests of Buffer beside those of letmepost, and what differs.",
    ),
    (
        "migrate/hosted",
        "From the hosted API",
        "Move here",
        "migrate/hosted.md",
        "Move programs that call the hosted letmepost API to a server of your own.",
    ),
    (
        "pricing",
        "Pricing",
        "About",
        "pricing.md",
        "It is free; what a server of your own takes, and what platforms ask for.",
    ),
    (
        "changelog",
        "Changelog",
        "About",
        "changelog.md",
        "What is new, what is mended and what went away, release by release.",
    ),
)
# Where a guide can be read besides; links to these addresses stay good.
_ALSO_AT = {"guides/webhooks": ("webhooks/index",)}


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
        found = {also.lower(): page for page in self.pages for also in page.also_at}
        found |= {page.path.lower(): page for page in self.pages}
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

    def all_for_machines(self) -> str:
        """The text of `/llms-full.txt`: every page in full, one after the other."""
        return self._all_in_full

    @cached_property
    def _all_in_full(self) -> str:
        written = (
            f"<!-- {self.site.docs_url}/{page.path or 'index'}.md -->\n\n"
            f"{with_absolute_links(page.write(), self.site.docs_url).strip()}\n"
            for page in self.pages
        )
        return f"> {SUMMARY}\n\n" + "\n".join(written)

    def _all(self) -> Iterator[Page]:
        site = self.site
        yield from self._guides(_GUIDES)
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
        yield from api_pages(site)
        yield from listed_reference_pages(site)
        yield from self._guides(_LAST_GUIDES)
        yield from declared_pages(site)

    def _guides(self, listed: Iterable[tuple[str, str, str, str, str]]) -> Iterator[Page]:
        for path, title, section, template, description in listed:
            yield Page(
                path=path,
                title=title,
                section=section,
                write=partial(self._guide, template),
                describe=partial(str, description),
                also_at=_ALSO_AT.get(path, ()),
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
