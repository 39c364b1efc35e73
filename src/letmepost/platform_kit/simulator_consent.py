"""The consent page of a simulated platform, and the codes that it gives out (RFC 6749, 4.1)."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from letmepost.kit.clock import Clock

APPROVES: Final = {"decision": "approve"}
"""The form by which an account's owner consents; `account` in it chooses one of several."""

_PAGES: Final = Environment(loader=PackageLoader("letmepost.platform_kit", ""), autoescape=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What an owner consented to. `account` is the id of the account that was chosen."""

    account: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    code_challenge: str | None
    at: datetime

    def proves(self, code_verifier: str | None) -> bool:
        """Whether the verifier is the one that the challenge was made of (RFC 7636, S256)."""
        if self.code_challenge is None:
            return True
        digest = hashlib.sha256((code_verifier or "").encode()).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return secrets.compare_digest(made, self.code_challenge)


class ConsentDesk:
    """One platform's consent page.

    `accounts` names the accounts that may be chosen, by id. `refuses` says in the platform's words
    what is wrong with the query, before anybody is asked. A code works once, for `code_lives`.
    """

    def __init__(  # noqa: PLR0913 - in what platforms differ
        self,
        title: str,
        clock: Clock,
        *,
        accounts: Callable[[], Mapping[str, str]],
        refuses: Callable[[Mapping[str, str]], str | None],
        code_lives: timedelta,
        denied: str = "access_denied",
        scope_separator: str = " ",
    ) -> None:
        self._title = title
        self._clock = clock
        self._accounts = accounts
        self._refuses = refuses
        self._code_lives = code_lives
        self._denied = denied
        self._scope_separator = scope_separator
        self._codes: dict[str, Granted] = {}

    async def handle(self, request: Request) -> Response:
        """Show the page (GET), or send the browser back with a code or a refusal (POST)."""
        query = dict(request.query_params)
        if problem := self._refuses(query):
            return self._page(400, problem=problem)
        scopes = tuple(filter(None, query.get("scope", "").split(self._scope_separator)))
        if request.method == "GET":
            return self._page(
                200, client=query["client_id"], scopes=scopes, accounts=self._accounts()
            )
        form = await request.form()
        state = {"state": query["state"]} if "state" in query else {}
        if form.get("decision") != "approve":
            return _back(query["redirect_uri"], {"error": self._denied, **state})
        account = str(form.get("account") or next(iter(self._accounts())))
        code = self.give(
            Granted(
                account=account,
                client_id=query["client_id"],
                redirect_uri=query["redirect_uri"],
                scopes=scopes,
                code_challenge=query.get("code_challenge"),
                at=self._clock.now(),
            )
        )
        return _back(query["redirect_uri"], {"code": code, **state})

    def _page(self, status: int, **shown: object) -> Response:
        page = _PAGES.get_template("simulator_consent.html")
        return HTMLResponse(page.render(title=self._title, **shown), status)

    def give(self, granted: Granted) -> str:
        """A new code for a consent."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = granted
        return code

    def spend(self, code: str) -> Granted | None:
        """What the code stands for; None for one that is unknown, spent or too old."""
        granted = self._codes.pop(code, None)
        if granted is None or self._clock.now() - granted.at > self._code_lives:
            return None
        return granted

    def forget(self) -> None:
        """Take back every code."""
        self._codes.clear()


def _back(redirect_uri: str, answer: Mapping[str, str]) -> Response:
    parts = urlsplit(redirect_uri)
    query = "&".join(filter(None, (parts.query, urlencode(answer))))
    return RedirectResponse(urlunsplit(parts._replace(query=query)), status_code=302)
