"""What a page of HTML says about where it leads."""

from html.parser import HTMLParser


class Links(HTMLParser):
    """Where the links of a page lead, what they name in it, and which scripts and styles it has."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        for name in ("href", "src"):
            if given.get(name) and tag in ("a", "link", "script", "img"):
                self.targets.append(given[name] or "")


def links_of(html: str) -> Links:
    read = Links()
    read.feed(html)
    return read
