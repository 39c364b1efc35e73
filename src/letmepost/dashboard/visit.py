"""One request of a member who is signed in: its calls of the API, and the page that it ends in."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.curl import curl
from letmepost.dashboard.forms import TOKEN_FIELD, TOKEN_HEADER, Form, Forms, read_form
from letmepost.dashboard.pages import page, page_headers
from letmepost.dashboard.setting import Dashboard
from letmepost.kit.database import DatabaseAwayError
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import MEMBER_ROLE
from letmepost.tenancy.audit import Actor, actor_of
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.members import Member, Role
from letmepost.tenancy.profiles import list_profiles
from letmepost.tenancy.rest import Rest, RestAnswer, RestRequest, in_process
from letmepost.tenancy.sessions import Session

log = structlog.get_logger()

_BROKEN: Final = 500


@dataclass
class CallFailedError(Exception):
    """A call of the API that was refused: its status and the fields of its error."""

    status: int
    error: Mapping[str, Any]


@dataclass
class Visit:
    """A member's request. `calls` are shown on the page as commands."""

    dashboard: Dashboard
    request: Request
    session: Session
    form: Form
    calls: list[str] = field(default_factory=list)
    notice: str | None = None
    problem: Mapping[str, Any] | None = None
    # What is shown on this one page and never again.
    secret: str | None = None
    status: int = 200

    @property
    def member(self) -> Member:
        """Who it is."""
        return self.session.member

    @property
    def request_id(self) -> str:
        """The id in the log."""
        found: str = self.request.scope["state"]["request_id"]
        return found

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.dashboard.client_address.of(self.request)

    @property
    def actor(self) -> Actor:
        """The member, for the audit log."""
        return actor_of(self.member.caller, self.request_id, self.address)

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address."""
        return self.request.query_params

    @property
    def of_profile(self) -> list[tuple[str, str]]:
        """The filter of the profile that is chosen."""
        chosen = self.session.profile_id
        return [("profileId", chosen)] if chosen else []

    @property
    def form_token(self) -> str:
        """What every form of a page holds, so that no other site's form is taken for it."""
        return Forms(self.dashboard).token(self.session.key)

    def part(self, name: str) -> str:
        """A segment of the address, as it goes into one of the API's."""
        return quote(self.request.path_params[name], safe="")

    def may(self, scope: Scope) -> bool:
        """Whether the member's role holds a scope."""
        return scope in self.member.caller.scopes

    def need(self, scope: Scope) -> None:
        """Refuse a page that the member's role has no use for."""
        if not self.may(scope):
            raise refuse(MEMBER_ROLE, actual=Role.MEMBER.value)

    def tell(self, request: RestRequest, hidden: Collection[str] = ()) -> None:
        """Show on the page how a program does what it did."""
        self.calls.append(curl(request, self.dashboard.public_url, hidden))

    async def answer(self, request: RestRequest, hidden: Collection[str] = ()) -> RestAnswer:
        """What the API answers the member."""
        self.tell(request, hidden)
        return await self._calls(logged=not _only_asks(request))(request)

    def _calls(self, *, logged: bool) -> Rest:
        return in_process(
            self.dashboard.app, self.member.caller, self.request_id, self.address, logged=logged
        )

    async def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Any:  # noqa: ANN401 - JSON
        """What the API has at an address; raise `CallFailedError`."""
        return document_of(await self.answer(RestRequest(path=path, query=query)))

    async def do(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - JSON
        *,
        query: Sequence[tuple[str, str]] = (),
        hidden: Collection[str] = (),
    ) -> Any:  # noqa: ANN401 - JSON
        """Change something by the API; raise `CallFailedError`."""
        request = RestRequest(method=method, path=path, query=query, body=body)
        return document_of(await self.answer(request, hidden))

    async def page(self, template: str, **shown: object) -> Response:
        """A page in the frame of all pages."""
        caller = self.member.caller
        profiles = await self.dashboard.database.read(
            lambda connection: list_profiles(connection, caller)
        )
        return page(
            self.dashboard,
            template,
            self.status,
            member=self.member,
            roles=list(Role),
            may=caller.scopes,
            profile_id=self.session.profile_id,
            profiles=profiles,
            here=self.request.url.path,
            form_token=self.form_token,
            calls=self.calls,
            notice=self.notice,
            problem=self.problem,
            **shown,
        )

    async def perform(self, acts: "Acts") -> None:
        """Do what the pressed button names; what is refused is told on the page."""
        act = acts.get(self.form.get("do"))
        if act is None:
            raise LetmepostError(code=ErrorCode.NOT_FOUND, message="There is no such button.")
        try:
            await act(self)
        except CallFailedError as failure:
            self.refused(failure)
        except LetmepostError as error:
            self.status, body = self.dashboard.describe(error, self.request_id)
            self.problem = body["error"]

    def refused(self, failure: CallFailedError) -> None:
        """Tell on the page what was refused."""
        self.status, self.problem = failure.status, failure.error

    def to(self, path: str) -> Response:
        """Send the browser to another page of ours."""
        return go(self.request, f"{self.dashboard.path}/dashboard{path}")


def _only_asks(request: RestRequest) -> bool:
    """Whether a call changes nothing: a page makes many of these, at each pause in the typing."""
    return request.method == "GET" or request.path == "/v1/posts/validate"


def document_of(answer: RestAnswer) -> Any:  # noqa: ANN401 - JSON
    """The document of an answer; raise `CallFailedError` for an error's."""
    if answer.failed:
        raise CallFailedError(answer.status, answer.document["error"])
    return answer.document


Acts = Mapping[str, Callable[[Visit], Awaitable[None]]]
Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True)
class Pages:
    """Turns handlers of visits into endpoints."""

    dashboard: Dashboard

    def get(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint for members."""

        async def endpoint(request: Request) -> Response:
            session = await self.dashboard.sessions.of(request.cookies)
            if session is None:
                return self._sign_in(request)
            return await self._run(Visit(self.dashboard, request, session, Form([])), handler)

        return endpoint

    def post(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint for members that changes something: only for forms of our own pages."""

        async def endpoint(request: Request) -> Response:
            session = await self.dashboard.sessions.of(request.cookies)
            if session is None:
                return self._sign_in(request)
            visit = Visit(self.dashboard, request, session, Form([]))

            async def checked(visit: Visit) -> Response:
                forms = Forms(self.dashboard)
                token = request.headers.get(TOKEN_HEADER)
                if token is None:
                    # Not of a stranger's page: its form need not be read.
                    forms.check_origin(request)
                    visit.form = await read_form(request)
                    token = visit.form.get(TOKEN_FIELD)
                forms.check(request, session.key, token)
                if visit.member.role is Role.VIEWER and not _own_affairs(request):
                    raise refuse(MEMBER_ROLE, actual=Role.MEMBER.value)
                return await handler(visit)

            return await self._run(visit, checked)

        return endpoint

    async def _run(self, visit: Visit, handler: Handler) -> Response:
        try:
            return await handler(visit)
        except CallFailedError as failure:
            visit.refused(failure)
        except LetmepostError as error:
            visit.status, body = self.dashboard.describe(error, visit.request_id)
            visit.problem = body["error"]
        except DatabaseAwayError:
            # Told by the same page wherever it happens.
            raise
        except Exception:
            log.exception("dashboard.failed", request_id=visit.request_id)
            return page(self.dashboard, "broken.html", _BROKEN, request_id=visit.request_id)
        return await visit.page("refusal.html")

    def _sign_in(self, request: Request) -> Response:
        """Send somebody to the sign-in, and back here afterwards where that makes sense."""
        address = f"{self.dashboard.path}/dashboard/sign-in"
        if request.method == "GET" and request.headers.get("hx-request") != "true":
            path = request.url.path
            here = f"{path}?{request.url.query}" if request.url.query else path
            address += f"?{urlencode({'next': here})}"
        return go(request, address)


def go(request: Request, address: str) -> Response:
    """Send a browser elsewhere; htmx, which would follow a redirect itself, is told to let it."""
    if request.headers.get("hx-request") == "true":
        return Response(headers={**page_headers(), "HX-Redirect": address})
    return RedirectResponse(address, 303, headers=page_headers())


# What viewers may change: their own password, sessions, and the profile that is shown to them.
OWN_AFFAIRS: Final = frozenset({"/dashboard/settings", "/dashboard/profile"})


def _own_affairs(request: Request) -> bool:
    return request.scope["path"] in OWN_AFFAIRS
