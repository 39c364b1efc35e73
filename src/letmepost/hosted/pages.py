"""The pages as HTML, and the files that they are shown with."""

from functools import cache
from typing import TYPE_CHECKING, Any

from letmepost.look import files as look

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def static_files() -> dict[str, bytes]:
    """The files under `/connect/static/`, by name."""
    return look.static_files("letmepost.hosted", look.COLORS)


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
    versions = {name: look.version_of(content) for name, content in static_files().items()}
    made.globals["static"] = lambda name: f"static/{name}?v={versions[name]}"
    made.globals["has_icon"] = lambda name: look.icon(name) is not None
    return made


def render(template: str, *, root: str, **shown: Any) -> str:  # noqa: ANN401 - whatever the template names
    """A page; `root` leads from its address to `/connect/`."""
    return _environment().get_template(template).render(root=root, **shown)
