"""A person's browser: it keeps cookies, fills in the forms of a page, and follows redirects."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Self

import aiohttp

PASSWORD = "violet harbour teapot"
_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')


@dataclass(frozen=True)
class Shown:
    """What a browser shows."""

    status: int
    headers: Mapping[str, str]
    html: str
    url: str

    @property
    def is_html(self) -> bool:
        """Whether it is a page, and nothing for programs."""
        return self.headers.get("Content-Type", "").startswith("text/html")

    @property
    def text(self) -> str:
        """What can be read on it."""
        whole = self.html.replace("<wbr>", "")
        without = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", whole, flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(without)).strip()

    @property
    def form_token(self) -> str:
        found = _TOKEN.search(self.html)
        assert found is not None, self.text
        return unescape(found[1])


@dataclass
class Browser:
    """One browser at one server."""

    http: aiohttp.ClientSession
    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: dict[str, str] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Shown:
        """One request, without following where it leads."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept": "text/html", **({"Cookie": cookie} if cookie else {}), **(headers or {})}
        async with self.http.request(
            method, f"{self.url}{path}", headers=sent, allow_redirects=False, **more
        ) as response:
            for name, morsel in response.cookies.items():
                self.set_cookies[name] = morsel.OutputString()
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
            text = await response.text(errors="replace")
            return Shown(response.status, response.headers.copy(), text, path)

    async def open(self, path: str) -> Shown:
        """Open an address, and go where it leads."""
        shown = await self.call("GET", path)
        return await self._follow(shown)

    async def _follow(self, shown: Shown) -> Shown:
        while shown.status in (302, 303):
            place = shown.headers["Location"]
            path = place if place.startswith("/") else f"/{place}"
            shown = await self.call("GET", path)
        return shown

    async def send(
        self,
        page: Shown,
        path: str | None = None,
        *,
        origin: str | None = None,
        form_token: str | None = None,
        fields: Sequence[tuple[str, str]] = (),
        **named: str,
    ) -> Shown:
        """Send the form of a page, without following where it leads."""
        token = page.form_token if form_token is None else form_token
        form = [("form_token", token), *named.items(), *fields]
        headers = {"Origin": self.url if origin is None else origin}
        if origin == "":
            headers = {}
        return await self.call("POST", path or page.url, data=form, headers=headers)

    async def press(self, page: Shown, path: str | None = None, **named: Any) -> Shown:
        """Send the form of a page, and go where it leads."""
        return await self._follow(await self.send(page, path, **named))

    async def signed_up(self, email: str = "owner@example.com") -> Self:
        """The first visitor, who becomes the owner."""
        page = await self.open("/dashboard")
        shown = await self.press(page, email=email, password=PASSWORD)
        assert shown.status == 200, shown.text
        assert "Overview" in shown.text
        return self

    async def signed_in(self, email: str, password: str = PASSWORD) -> Shown:
        page = await self.open("/dashboard/sign-in")
        return await self.press(page, email=email, password=password)

    async def invite_link(self, role: str) -> str:
        """The path of an invite that this owner makes."""
        page = await self.open("/dashboard/settings")
        shown = await self.press(page, do="invite", role=role, note="")
        found = re.search(r"<code>[^<]*(/dashboard/invite/[^<]+)</code>", shown.html)
        assert found is not None, shown.text
        return found[1]

    async def joined(self, owner: "Browser", role: str, email: str) -> Self:
        """A member by an owner's invite."""
        path = await owner.invite_link(role)
        shown = await self.press(await self.open(path), email=email, password=PASSWORD)
        assert shown.status == 200, shown.text
        return self
