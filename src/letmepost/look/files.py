"""The files that pages are shown with: a surface's own, and those that all of them share."""

from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from letmepost.platforms import platforms

COLORS: Final = "colors.css"
LOGO: Final = "logo.svg"
_ICON: Final = "icon.svg"


def static_files(package: str, *shared: str) -> dict[str, bytes]:
    """The files in the folder `static` of a package by name, and those of these shared names."""
    own = resources.files(package).joinpath("static")
    of_all = resources.files("letmepost.look").joinpath("static")
    return {
        **{each.name: each.read_bytes() for each in own.iterdir() if each.is_file()},
        **{name: of_all.joinpath(name).read_bytes() for name in shared},
    }


def version_of(content: bytes) -> str:
    """A short hash of a file; in its address, so that browsers may keep it for good."""
    return sha256(content).hexdigest()[:12]


@cache
def icon(platform_name: str) -> bytes | None:
    """A platform's icon, an SVG; None where it has none."""
    platform = platforms().get(platform_name)
    if platform is None:
        return None
    file = resources.files(platform.package).joinpath(_ICON)
    return file.read_bytes() if file.is_file() else None
