"""`/oauth/authorize`: a program asks, a person decides, and the browser goes back with a code."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from letmepost.accounts.return_address import with_query
from letmepost.content.errors import LetmepostError
from letmepost.oauth.form import ProtocolError, read_form, single
from letmepost.oauth.metadata import AUTHORIZE_PATH
from letmepost.oauth.setting import Authorizing, Consenter
from letmepost.tenancy.audit import actor_of
from letmepost.tenancy.grants import ALL_GRANT_SCOPES, Consent, GrantScope, allow, mirrored
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.oauth_clients import LOOPBACK, Client, find_client

COOKIE: Final = "lmp_consent"
FORM_LIVES_SECONDS: Final = 1800
STATE_CHARACTERS_MAX: Final = 2048
_PURPOSE: Final = "oauth consent"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_ROOT: Final = "../connect/"
_TOO_OLD: Final = "This page was open for too long, or in another browser. Please decide again."
_WAIT: Final = "Too many keys were wrong. Please wait a minute."
_NOT_WITH_THIS_KEY: Final = "This key may do nothing of that. Use one that may."
_NOT_IN_THIS_ROLE: Final = "Your role may do nothing of that. Ask an owner of the organization."
_CANNOT_MAKE_KEYS: Final = (
    "This program gets a key of its own, and the key you pasted must not make keys. "
    "Use one that holds the scope keys:write, such as that of letmepost bootstrap."
)
_NO_OWNER: Final = (
    "This program gets a key of its own, and only owners make keys. Ask an owner of the "
    "organization to make one for you."
)


@dataclass(frozen=True)
class _Asked:
    """A request that can be decided."""

    client: Client
    redirect_uri: str
    state: str | None
    scopes: tuple[GrantScope, ...]
    audience: str
    code_challenge: str


class _Redirected(Exception):  # noqa: N818 - the way back, whichever it is
    """The request ends at the client."""

    def __init__(self, redirect_uri: str, fields: Mapping[str, str]) -> None:
        super().__init__(redirect_uri)
        self.redirect_uri, self.fields = redirect_uri, fields


@dataclass(frozen=True)
class ConsentPage:
    """The page and what its buttons do."""

    authorizing: Authorizing

    async def show(self, request: Request) -> Response:
        """Ask the person."""
        try:
            asked = await self._asked(request)
        except _Redirected as way:
            return self._redirect(way.redirect_uri, way.fields)
        except ProtocolError as error:
            return self._broken(error)
        return await self._page(request, asked)

    async def decide(self, request: Request) -> Response:
        """Do what the person decided; the request is read anew, from the same address."""
        try:
            asked = await self._asked(request)
            form = await read_form(request)
        except _Redirected as way:
            return self._redirect(way.redirect_uri, way.fields)
        except ProtocolError as error:
            return self._broken(error)
        if not self._is_ours(request, form):
            return await self._page(request, asked, _TOO_OLD, 400)
        if form.get("decision") != "allow":
            return self._back(asked, {"error": "access_denied"})
        return await self._allow(request, asked, form)

    async def _allow(self, request: Request, asked: _Asked, form: Mapping[str, str]) -> Response:
        throttle = self.authorizing.throttle
        if not await throttle.open("key", request):
            return await self._page(request, asked, _WAIT, 429)
        try:
            consenter = await self.authorizing.prove(request, form)
        except LetmepostError as error:
            await throttle.count("key", request)
            return await self._page(request, asked, error.message, 422)
        if problem := self._problem(asked, consenter):
            return await self._page(request, asked, problem, 422)
        now = self.authorizing.clock.now()
        consent = Consent(
            client_id=asked.client.id,
            consenter=consenter.caller,
            by_key=consenter.by_key,
            audience=asked.audience,
            scopes=asked.scopes,
            redirect_uri=asked.redirect_uri,
            code_challenge=asked.code_challenge,
        )
        by = actor_of(
            consenter.caller,
            request.scope["state"]["request_id"],
            self.authorizing.client_address.of(request),
        )
        code = await self.authorizing.database.write(
            lambda connection: allow(connection, consent, by, now)
        )
        return self._back(asked, {"code": code})

    def _problem(self, asked: _Asked, consenter: Consenter) -> str | None:
        """Why this person cannot allow it; a program must not get further than its person."""
        holds = consenter.caller.scopes
        if not mirrored(asked.scopes) & holds:
            return _NOT_WITH_THIS_KEY if consenter.by_key else _NOT_IN_THIS_ROLE
        if asked.audience == self.authorizing.api_audience and Scope.KEYS_WRITE not in holds:
            return _CANNOT_MAKE_KEYS if consenter.by_key else _NO_OWNER
        return None

    async def _asked(self, request: Request) -> _Asked:
        """The request, read and checked.

        Raises `ProtocolError` where the browser must not be sent on, and sends it back to the
        client with every other mistake.
        """
        pairs = request.query_params.multi_items()
        # Which of two addresses is meant must not be guessed.
        place = single(each for each in pairs if each[0] in ("client_id", "redirect_uri"))
        client_id, redirect_uri = place.get("client_id"), place.get("redirect_uri")
        if client_id is None or redirect_uri is None:
            raise ProtocolError("invalid_request", "client_id or redirect_uri is missing.")
        client = await self.authorizing.database.read(
            lambda connection: find_client(connection, client_id)
        )
        if client is None:
            raise ProtocolError("invalid_request", "No program is registered with this client_id.")
        if not client.redirects_to(redirect_uri):
            raise ProtocolError(
                "invalid_request", "The program did not register this redirect_uri."
            )
        state = request.query_params.get("state") or None
        try:
            return self._read(single(pairs), client, redirect_uri)
        except ProtocolError as error:
            fields = {"error": error.error, "error_description": error.description}
            if state is not None:
                fields["state"] = state[:STATE_CHARACTERS_MAX]
            raise _Redirected(redirect_uri, fields) from None

    def _read(self, query: Mapping[str, str], client: Client, redirect_uri: str) -> _Asked:
        state = query.get("state")
        if state is not None and len(state) > STATE_CHARACTERS_MAX:
            raise ProtocolError("invalid_request", "The state is too long.")
        if query.get("response_type") != "code":
            raise ProtocolError("unsupported_response_type", "response_type must be code.")
        if query.get("code_challenge_method") != "S256":
            raise ProtocolError("invalid_request", "code_challenge_method must be S256.")
        challenge = query.get("code_challenge", "")
        if not _CHALLENGE.fullmatch(challenge):
            raise ProtocolError("invalid_request", "code_challenge is missing, or is not of S256.")
        scopes = dict.fromkeys(query.get("scope", " ".join(ALL_GRANT_SCOPES)).split())
        if not set(scopes) <= {*ALL_GRANT_SCOPES} or not scopes:
            raise ProtocolError("invalid_scope", "The scopes are read and publish.")
        audience = self.authorizing.audience(query.get("resource", self.authorizing.mcp_audience))
        if audience is None:
            raise ProtocolError("invalid_target", "This server has no such resource.")
        return _Asked(
            client, redirect_uri, state, tuple(map(GrantScope, scopes)), audience, challenge
        )

    async def _page(
        self, request: Request, asked: _Asked, problem: str | None = None, status: int = 200
    ) -> Response:
        nonce = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
        expires = str(int(self.authorizing.clock.now().timestamp()) + FORM_LIVES_SECONDS)
        address = urlsplit(asked.redirect_uri)
        session = await self.authorizing.sessions.of(request.cookies)
        here = {"next": f"{AUTHORIZE_PATH}?{request.url.query}"}
        page = self.authorizing.render(
            "allow.html",
            root=_ROOT,
            client=asked.client.name,
            scopes=asked.scopes,
            # A name is what anybody can claim; where the browser goes is what counts.
            leads_to=address.hostname or f"{address.scheme}:",
            on_this_machine=address.hostname in LOOPBACK,
            gets_key=asked.audience == self.authorizing.api_audience,
            action=f"?{request.url.query}",
            token=f"{expires}.{self._signature(nonce, expires, request)}",
            problem=problem,
            signed_in_as=session.member if session else None,
            sign_in=f"../dashboard/sign-in?{urlencode(here)}",
        )
        response = HTMLResponse(page, status, headers=_headers(asked.redirect_uri))
        response.set_cookie(
            COOKIE,
            nonce,
            httponly=True,
            samesite="strict",
            secure=self.authorizing.public_url.startswith("https:"),
        )
        return response

    def _signature(self, nonce: str, expires: str, request: Request) -> str:
        message = f"{nonce} {expires} {request.url.query}".encode("utf-8", "surrogatepass")
        return self.authorizing.keyring.sign(message, _PURPOSE)

    def _is_ours(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether the form is from a page that this browser was shown, for this very request."""
        nonce = request.cookies.get(COOKIE)
        expires, _, signature = form.get("token", "").partition(".")
        if not nonce or not (expires.isascii() and expires.isdigit()):
            return False
        message = f"{nonce} {expires} {request.url.query}".encode("utf-8", "surrogatepass")
        signed = self.authorizing.keyring.has_signed(message, _PURPOSE, signature)
        return signed and int(expires) > self.authorizing.clock.now().timestamp()

    def _broken(self, error: ProtocolError) -> Response:
        page = self.authorizing.render("not_allowed.html", root=_ROOT, reason=error.description)
        return HTMLResponse(page, error.status, headers=_headers(None))

    def _back(self, asked: _Asked, fields: Mapping[str, str]) -> Response:
        told = {**fields, "state": asked.state} if asked.state is not None else fields
        return self._redirect(asked.redirect_uri, told)

    def _redirect(self, redirect_uri: str, fields: Mapping[str, str]) -> Response:
        # RFC 9207: a client of several servers learns which of them answers.
        told = {**fields, "iss": self.authorizing.public_url}
        address = with_query(redirect_uri, told)
        return RedirectResponse(address, 303, headers=_headers(redirect_uri))


def _headers(redirect_uri: str | None) -> dict[str, str]:
    """A page's headers. Browsers hold a form's policy against where its answer sends them."""
    source = ""
    if redirect_uri is not None:
        parts = urlsplit(redirect_uri)
        web = parts.scheme in ("http", "https")
        source = f" {parts.scheme}://{parts.netloc}" if web else f" {parts.scheme}:"
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
            f"form-action 'self'{source}; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
