"""The pages as HTML, and the files that they are shown with."""

from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from letmepost.platforms import platforms

if TYPE_CHECKING:
    from jinja2 import Environment

_STATIC: Final = resources.files("letmepost.hosted").joinpath("static")
ICON: Final = "icon.svg"


@cache
def static_files() -> dict[str, bytes]:
    """The files under `/connect/static/`, by name."""
    return {each.name: each.read_bytes() for each in _STATIC.iterdir() if each.is_file()}


@cache
def icon(platform_name: str) -> bytes | None:
    """A platform's icon, an SVG; None where it has none."""
    platform = platforms().get(platform_name)
    if platform is None:
        return None
    file = resources.files(platform.package).joinpath(ICON)
    return file.read_bytes() if file.is_file() else None


@cache
def _environment() -> "Environment":
    # Imported at the first page: a server that nobody asks for pages starts without it.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=PackageLoader("letmepost.hosted", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = sha256(static_files()["connect.css"]).hexdigest()[:12]
    made.globals["style"] = f"connect.css?v={style}"
    made.globals["has_icon"] = lambda name: icon(name) is not None
    return made


def render(template: str, *, root: str, **shown: Any) -> str:  # noqa: ANN401 - whatever the template names
    """A page; `root` leads from its address to `/connect/`."""
    return _environment().get_template(template).render(root=root, **shown)
