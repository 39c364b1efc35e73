"""The small drawings of the pages, in the colour of their text."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

_FRAME: Final = (
    '<svg class="glyph" viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">'
)
_LINES: Final[Mapping[str, str]] = {
    "overview": '<path d="M3 10.5 10 4l7 6.5M5 9v7h10V9"/>',
    "compose": '<path d="M4 16l.8-3.4L13.6 3.8l2.6 2.6-8.8 8.8zM12 5.4 14.6 8"/>',
    "calendar": (
        '<rect x="3" y="4.5" width="14" height="12" rx="2"/><path d="M3 8.5h14M7 2.8v3M13 2.8v3"/>'
    ),
    "logs": '<path d="M3.5 5.5 6 8l-2.5 2.5M9 11h7M4 15h12M11 6h5"/>',
    "back": '<path d="m12 5-5 5 5 5"/>',
    "posts": '<path d="M4 5h12M4 10h12M4 15h8"/>',
    "accounts": (
        '<circle cx="7.5" cy="7" r="2.8"/>'
        '<path d="M2.5 16c.5-3 2.6-4.3 5-4.3s4.5 1.3 5 4.3M13 4.6a2.6 2.6 0 0 1 0 '
        '4.8M14.8 12.2c1.5.6 2.4 1.9 2.7 3.8"/>'
    ),
    "media": (
        '<rect x="3" y="4" width="14" height="12" rx="2"/>'
        '<circle cx="7.5" cy="8.2" r="1.3"/>'
        '<path d="m3.5 14.5 4-3.5 2.5 2 3-3 3.5 3.5"/>'
    ),
    "webhooks": (
        '<circle cx="10" cy="5.5" r="2.5"/>'
        '<circle cx="5" cy="14" r="2.5"/>'
        '<circle cx="15" cy="14" r="2.5"/>'
        '<path d="m8.8 7.7-2.5 4.1M11.2 7.7l2.5 4.1M7.5 14h5"/>'
    ),
    "keys": '<circle cx="6.5" cy="13.5" r="3"/><path d="m8.7 11.3 7.3-7.3M13 7l2.3 2.3"/>',
    "profiles": '<rect x="3" y="7" width="14" height="9" rx="2"/><path d="M5.5 7V4.5h9V7"/>',
    "versions": '<path d="M10 3v7l4.5 2.5"/><circle cx="10" cy="10" r="7"/>',
    "settings": (
        '<path d="M4 6h7M15 6h1M4 14h1M9 14h7"/>'
        '<circle cx="13" cy="6" r="2"/>'
        '<circle cx="7" cy="14" r="2"/>'
    ),
    "good": '<path d="m4.5 10.5 3.6 3.6 7.4-8.2"/>',
    "bad": '<circle cx="10" cy="10" r="7.2"/><path d="M10 6.2v4.6M10 13.6v.1"/>',
    "menu": '<path d="M3 6h14M3 10h14M3 14h14"/>',
    "theme": (
        '<circle cx="10" cy="10" r="6.5"/>'
        '<path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" stroke="none"/>'
    ),
    "out": '<path d="M8 4H4v12h4M12 7l3 3-3 3M15 10H8"/>',
    "docs": '<path d="M5 3.5h7l3 3v10H5zM12 3.5v3h3M7.5 10h5M7.5 13h5"/>',
    "go": '<path d="m8 5 5 5-5 5"/>',
    "link": (
        '<path d="M8 12l4-4M9 6l1.5-1.5a3.2 3.2 0 0 1 4.5 4.5L13.5 10.5M11 14l-1.5 '
        '1.5a3.2 3.2 0 0 1-4.5-4.5L6.5 9.5"/>'
    ),
}
# Made once: every page has a dozen of them.
_GLYPHS: Final = {name: Markup(f"{_FRAME}{lines}</svg>") for name, lines in _LINES.items()}  # noqa: S704 - ours


def glyph(name: str) -> Markup:
    """A drawing by its name; raises `KeyError` for one that there is not."""
    return _GLYPHS[name]
