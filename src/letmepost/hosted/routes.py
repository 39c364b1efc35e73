"""The addresses of the pages on which an account's owner connects it.

A link's token in the address is all the proof there is, so no page tells it to anybody else.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.accounts.choices import Choice, Choices
from letmepost.accounts.connect import Connecting, connect_by_form
from letmepost.accounts.consents import Consents
from letmepost.accounts.links import ConnectLinks, Link
from letmepost.accounts.queries import AccountDirectory
from letmepost.accounts.return_address import with_query
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.hosted.words import problem_words, success_words
from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock
from letmepost.kit.database import AWAY_RETRY_SECONDS, DatabaseAwayError
from letmepost.platform_kit.connect import ConnectCredentials
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.tenancy.audit import Actor, ActorKind

log = structlog.get_logger()

ENDED_PATH: Final = "/connect/ended"
_CHOICE_PATH: Final = "/connect/{token}/accounts/{choice}"
FORM_BYTES_MAX: Final = 64 * 1024
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FILE_HEADERS: Final = {
    "Cache-Control": "public, max-age=86400",
    "X-Content-Type-Options": "nosniff",
    # Opened by itself, a drawing may hold a script.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
_GONE: Final = 404
_REFUSED: Final = 422
_BROKEN: Final = 500
_AWAY: Final = 503


@dataclass(frozen=True)
class Hosted:
    """What the pages work with."""

    connecting: Connecting
    consents: Consents
    choices: Choices
    links: ConnectLinks
    directory: AccountDirectory
    clock: Clock
    client_address: ClientAddress


@dataclass(frozen=True)
class _Visitor:
    """One request of somebody who follows a link that works."""

    request: Request
    token: str
    link: Link
    now: datetime

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params


Endpoint = Callable[[Request], Awaitable[Response]]


def hosted_routes(hosted: Hosted) -> list[BaseRoute]:
    """Routes below `/connect/`."""
    pages = _Pages(hosted)
    return [
        Route("/connect/static/{name}", _static, methods=["GET"]),
        Route("/connect/icons/{platform}.svg", _icon, methods=["GET"]),
        Route(ENDED_PATH, _ended, methods=["GET"]),
        Route("/connect/{token}", pages.guarded(pages.choose, "./"), methods=["GET"]),
        Route("/connect/{token}/{platform}", pages.guarded(pages.open, "../"), methods=["GET"]),
        Route("/connect/{token}/{platform}", pages.guarded(pages.submit, "../"), methods=["POST"]),
        Route(_CHOICE_PATH, pages.guarded(pages.offer, "../../"), methods=["GET"]),
        Route(_CHOICE_PATH, pages.guarded(pages.take, "../../"), methods=["POST"]),
    ]


def _page(template: str, status: int = 200, *, root: str, **shown: object) -> Response:
    from letmepost.hosted.pages import render  # noqa: PLC0415 - at the first page, not at start

    return HTMLResponse(render(template, root=root, **shown), status, headers=_HEADERS)


async def _static(request: Request) -> Response:
    from letmepost.hosted.pages import static_files  # noqa: PLC0415 - as above

    content = static_files().get(request.path_params["name"])
    if content is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No such file.")
    return Response(content, media_type="text/css; charset=utf-8", headers=_FILE_HEADERS)


async def _icon(request: Request) -> Response:
    from letmepost.look.files import icon  # noqa: PLC0415 - as above

    content = icon(request.path_params["platform"])
    if content is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No such icon.")
    return Response(content, media_type="image/svg+xml", headers=_FILE_HEADERS)


async def _ended(request: Request) -> Response:
    """Where a browser lands that was to go nowhere else."""
    query = request.query_params
    return _page(
        "ended.html", root="./", success=success_words(query), problem=problem_words(query)
    )


@dataclass(frozen=True)
class _Pages:
    hosted: Hosted

    def guarded(self, answer: Callable[[_Visitor], Awaitable[Response]], root: str) -> Endpoint:
        """Let in who follows a link that works, and answer everybody with a page."""

        async def endpoint(request: Request) -> Response:
            now = self.hosted.clock.now()
            token = request.path_params["token"]
            try:
                link = await self.hosted.links.find(token, now)
                if link is None:
                    return _page("gone.html", _GONE, root=root)
                return await answer(_Visitor(request, token, link, now))
            except DatabaseAwayError as error:
                request_id = request.scope["state"]["request_id"]
                log.error("connect_page.not_served", request_id=request_id, reason=str(error))  # noqa: TRY400 - one traceback for every visitor says no more
                shown = _page("away.html", _AWAY, root=root)
                shown.headers["Retry-After"] = str(AWAY_RETRY_SECONDS)
                return shown
            except Exception:
                request_id = request.scope["state"]["request_id"]
                log.exception("connect_page.broke", request_id=request_id)
                return _page("broken.html", _BROKEN, root=root, request_id=request_id)

        return endpoint

    async def choose(self, visitor: _Visitor) -> Response:
        """The platforms that the link allows, and what became of the last visit."""
        return self._choice(visitor, problem_words(visitor.query))

    def _choice(self, visitor: _Visitor, problem: str | None, root: str = "./") -> Response:
        link = visitor.link
        success = success_words(visitor.query)
        return _page(
            "choose.html",
            root=root,
            token=visitor.token,
            offered=[platforms()[name] for name in link.platforms],
            success=success,
            problem=problem,
            back=_back(link, visitor.query if success else {}),
            back_host=urlsplit(link.return_to).hostname if link.return_to else None,
        )

    async def open(self, visitor: _Visitor) -> Response:
        """The form of a platform, or the way to its consent page.

        A plain link leads here and not a form: browsers hold a form's policy against every
        address that a consent page sends them on to.
        """
        platform = self._asked(visitor)
        if platform is None:
            return _page("gone.html", _GONE, root="../")
        connector = platform.connect
        if connector.kind == "credentials":
            return self._form(visitor, platform, connector, {}, None)
        if visitor.request.method != "GET":
            # A program that looks the address over begins no visit.
            return Response(headers=_HEADERS)
        try:
            descriptor = await self.hosted.consents.begin(
                visitor.link.owner,
                platform,
                connector,
                self.hosted.links.address(visitor.token),
                visitor.now,
                chooses=True,
            )
        except LetmepostError as error:
            log.warning("connect_page.not_begun", platform=platform.name, error=str(error))
            problem = problem_words({"connect_error": error.code.value})
            return self._choice(visitor, problem, root="../")
        return RedirectResponse(descriptor["authorizationUrl"], 303, headers=_HEADERS)

    async def submit(self, visitor: _Visitor) -> Response:
        """Connect by the fields of the form; back to the choice, or to the form with a reason."""
        platform = self._asked(visitor)
        connector = platform.connect if platform else None
        if platform is None or connector is None or connector.kind != "credentials":
            return _page("gone.html", _GONE, root="../")
        given = await _form_fields(visitor.request)
        try:
            await connect_by_form(
                self.hosted.connecting,
                visitor.link.owner,
                platform,
                connector,
                given,
                now=visitor.now,
                by=self._actor(visitor),
            )
        except LetmepostError as error:
            return self._form(visitor, platform, connector, given, error)
        self.hosted.directory.forget(visitor.link.owner.organization_id)
        address = with_query(
            self.hosted.links.address(visitor.token), {"connected": platform.name, "accounts": "1"}
        )
        return RedirectResponse(address, 303, headers=_HEADERS)

    async def offer(self, visitor: _Visitor) -> Response:
        """The accounts that a consent gave, to choose from."""
        choice = await self._choice_of(visitor)
        return _page("gone.html", _GONE, root="../../") if choice is None else _offered(choice)

    async def take(self, visitor: _Visitor) -> Response:
        """Connect the chosen ones; back to the list of platforms."""
        choice = await self._choice_of(visitor)
        if choice is None:
            return _page("gone.html", _GONE, root="../../")
        given = await _form_fields(visitor.request)
        places = {place for place in range(len(choice.offered)) if f"account-{place}" in given}
        if not places:
            return _offered(choice, status=_REFUSED, problem="Choose at least one account.")
        kept = await self.hosted.choices.take(choice, places, visitor.now, self._actor(visitor))
        self.hosted.directory.forget(visitor.link.owner.organization_id)
        if kept is None:
            told = {"connect_error": "invalid_state_reused"}
        else:
            told = {"connected": choice.platform.name, "accounts": str(len(kept))}
        address = with_query(self.hosted.links.address(visitor.token), told)
        return RedirectResponse(address, 303, headers=_HEADERS)

    def _actor(self, visitor: _Visitor) -> Actor:
        return Actor(
            kind=ActorKind.VISITOR,
            request_id=visitor.request.scope["state"]["request_id"],
            address=self.hosted.client_address.of(visitor.request),
        )

    async def _choice_of(self, visitor: _Visitor) -> Choice | None:
        token = visitor.request.path_params["choice"]
        choice = await self.hosted.choices.find(token, visitor.now)
        return choice if choice is not None and choice.owner == visitor.link.owner else None

    def _asked(self, visitor: _Visitor) -> Platform | None:
        name = visitor.request.path_params["platform"]
        return platforms()[name] if name in visitor.link.platforms else None

    def _form(
        self,
        visitor: _Visitor,
        platform: Platform,
        form: ConnectCredentials,
        given: Mapping[str, str],
        error: LetmepostError | None,
    ) -> Response:
        # A password is typed again: a page must not hold one.
        typed = {each.name: given.get(each.name, "") for each in form.fields}
        return _page(
            "form.html",
            _REFUSED if error else 200,
            root="../",
            token=visitor.token,
            platform=platform,
            form=form,
            typed=typed,
            error=error,
        )


def _offered(choice: Choice, *, status: int = 200, problem: str | None = None) -> Response:
    return _page(
        "accounts.html",
        status,
        root="../../",
        platform=choice.platform,
        offered=choice.offered,
        problem=problem,
    )


def _back(link: Link, query: Mapping[str, str]) -> str | None:
    """Where the link's maker wants its user to go, told what was connected."""
    if link.return_to is None:
        return None
    told = {name: query[name] for name in ("connected", "accounts") if name in query}
    return with_query(link.return_to, told) if told else link.return_to


async def _form_fields(request: Request) -> dict[str, str]:
    """The fields that a browser sends; what is larger than any form is cut."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            break
    pairs = parse_qsl(body[:FORM_BYTES_MAX].decode("utf-8", "replace"))
    return {name: value.replace("\0", "") for name, value in pairs}
