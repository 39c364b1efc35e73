"""The page of platforms' versions, as Markdown."""

from datetime import date

from letmepost.docs.markdown import day, fill, table
from letmepost.docs.site import Site
from letmepost.platform_kit.platform import Platform
from letmepost.versions.spoken import SUNSET_SOON_DAYS


def version_page(site: Site) -> str:
    """What is spoken with each platform, by days alone: a page is rendered once and kept."""
    rows = []
    for name, version in site.versions.items():
        platform = site.platforms[name]
        rows.append(
            (
                f"[{platform.title}](/docs/platforms/{name})",
                f"`{version.current}`",
                _day(version.released_at),
                _day(version.sunset_at),
                f"`{version.next}`" if version.next else "none known",
                f"[changelog]({version.changelog_url})",
            )
        )
    head = ("Platform", "Spoken here", "Released", "Sunset", "Newer", "What changed")
    return fill(
        "platform_versions.md",
        table=table(head, rows),
        soon_days=SUNSET_SOON_DAYS,
        server=site.server_url,
        moved=[
            (platform, variable)
            for platform in site.platforms.values()
            if (variable := _variable(platform)) is not None
        ],
    )


def _day(announced: date | None) -> str:
    return day(announced) if announced else "none known"


def _variable(platform: Platform) -> str | None:
    """The setting by which an operator speaks another version, where there is one."""
    setting = platform.version.setting
    return None if setting is None else platform.variables[setting]
