"""The way in: sign-up, sign-in, invites, links for a new password; and the way out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from letmepost.content.errors import LetmepostError
from letmepost.dashboard.forms import TOKEN_FIELD, Form, Forms, read_form
from letmepost.dashboard.pages import page
from letmepost.dashboard.setting import Dashboard
from letmepost.dashboard.visit import go
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import SIGN_IN_FAILED, SIGN_UP_CLOSED
from letmepost.tenancy import invites, members, password_changes, sessions
from letmepost.tenancy.audit import Actor, actor_of
from letmepost.tenancy.passwords import refuse_password

_CONSENT_PATH: Final = "/oauth/authorize?"
_Try = Callable[[Form], Awaitable[str]]


@dataclass(frozen=True)
class Door:
    """Pages for those who are not signed in."""

    dashboard: Dashboard

    @property
    def forms(self) -> Forms:
        """The tokens of their forms."""
        return Forms(self.dashboard)

    async def show_sign_in(self, request: Request) -> Response:
        """The form; who is the first here signs up."""
        if await self._nobody_yet() and await self._may_sign_up():
            return self._to(request, f"/dashboard/sign-up{self._next_query(request)}")
        return self._page(request, "sign_in.html", can_sign_up=await self._may_sign_up())

    async def sign_in(self, request: Request) -> Response:
        """Begin a session for an e-mail address and its password."""

        async def begin(form: Form) -> str:
            dashboard = self.dashboard
            email = form.get("email").strip().lower()[: members.EMAIL_CHARACTERS_MAX]
            visitor = dashboard.visitor(request)
            await dashboard.throttle.count(visitor.address, email)
            found = await dashboard.database.read(
                lambda connection: members.find_password(connection, email)
            )
            member_id, hashed = found or (None, None)
            if not await dashboard.passwords.match(form.get("password"), hashed) or not member_id:
                raise refuse(SIGN_IN_FAILED)
            await dashboard.throttle.succeeded(email)
            now = dashboard.clock.now()

            def begin_unless_changed(connection: Connection) -> str:
                # A password that was changed meanwhile has ended all sessions begun with this one.
                if members.find_password(connection, email) != found:
                    raise refuse(SIGN_IN_FAILED)
                return sessions.begin(connection, member_id, visitor, now)

            return await dashboard.database.write(begin_unless_changed)

        can_sign_up = await self._may_sign_up()
        return await self._enter(request, "sign_in.html", begin, can_sign_up=can_sign_up)

    async def show_sign_up(self, request: Request) -> Response:
        """The form, where strangers may sign up."""
        if not await self._may_sign_up():
            return self.refused(request, refuse(SIGN_UP_CLOSED))
        return self._page(request, "sign_up.html", is_first=await self._nobody_yet())

    async def sign_up(self, request: Request) -> Response:
        """Make an owner, and begin a session."""
        mode = self.dashboard.sign_up

        async def begin(form: Form) -> str:
            if not await self._may_sign_up():
                raise refuse(SIGN_UP_CLOSED)
            return await self._begin_new(
                request,
                form,
                lambda connection, email, hashed, by, now: members.sign_up(
                    connection, mode, email=email, password_hash=hashed, by=by, now=now
                ),
            )

        is_first = await self._nobody_yet()
        return await self._enter(request, "sign_up.html", begin, is_first=is_first)

    async def show_invite(self, request: Request) -> Response:
        """The form that an invite opens."""
        try:
            invite = await self._invite(request)
        except LetmepostError as error:
            return self.refused(request, error)
        return self._page(
            request, "invite.html", invite=invite, invite_token=request.path_params["token"]
        )

    async def accept_invite(self, request: Request) -> Response:
        """Make the bearer of an invite a member, and begin a session."""
        token = request.path_params["token"]

        async def begin(form: Form) -> str:
            return await self._begin_new(
                request,
                form,
                lambda connection, email, hashed, by, now: invites.accept_invite(
                    connection, token, email=email, password_hash=hashed, by=by, now=now
                ),
            )

        try:
            invite = await self._invite(request)
        except LetmepostError as error:
            return self.refused(request, error)
        return await self._enter(request, "invite.html", begin, invite=invite, invite_token=token)

    async def show_reset(self, request: Request) -> Response:
        """The form that a link for a new password opens."""
        try:
            email = await self._reset_email(request)
        except LetmepostError as error:
            return self.refused(request, error)
        return self._page(request, "reset.html", email=email)

    async def reset(self, request: Request) -> Response:
        """Set a new password, end all sessions, and begin one."""
        token = request.path_params["token"]

        async def begin(form: Form) -> str:
            dashboard = self.dashboard
            refuse_password(form.get("password"))
            hashed = await dashboard.passwords.hash(form.get("password"))
            now, visitor = dashboard.clock.now(), dashboard.visitor(request)

            def set_and_begin(connection: Connection) -> str:
                member_id = password_changes.reset_password(
                    connection, token, hashed, by=visitor.actor, now=now
                )
                return sessions.begin(connection, member_id, visitor, now)

            return await dashboard.database.write(set_and_begin)

        try:
            email = await self._reset_email(request)
        except LetmepostError as error:
            return self.refused(request, error)
        return await self._enter(request, "reset.html", begin, email=email)

    async def sign_out(self, request: Request) -> Response:
        """End the session of this browser."""
        dashboard = self.dashboard
        response = self._to(request, "/dashboard/sign-in")
        session = await dashboard.sessions.of(request.cookies)
        if session is not None:
            try:
                form = await read_form(request)
                self.forms.check(request, session.key, form.get(TOKEN_FIELD))
            except LetmepostError as error:
                return self.refused(request, error)
            now, request_id = dashboard.clock.now(), request.scope["state"]["request_id"]
            address = dashboard.client_address.of(request)
            by = actor_of(session.member.caller, request_id, address)
            await dashboard.database.write(
                lambda connection: sessions.end(
                    connection, session.member, session.id, by=by, now=now
                )
            )
        response.delete_cookie(
            dashboard.sessions.cookie, secure=dashboard.sessions.secure, httponly=True
        )
        return response

    def _to(self, request: Request, path: str) -> Response:
        return go(request, f"{self.dashboard.path}{path}")

    async def _begin_new(
        self,
        request: Request,
        form: Form,
        make: Callable[[Connection, str, str, Actor, Any], str],
    ) -> str:
        """Make a member of a form's fields; the token of a session."""
        dashboard = self.dashboard
        email = members.email_of(form.get("email"))
        refuse_password(form.get("password"))
        visitor = dashboard.visitor(request)
        # Each costs a hash, and tells whether somebody has an address.
        await dashboard.throttle.count(visitor.address, email)
        hashed = await dashboard.passwords.hash(form.get("password"))
        now = dashboard.clock.now()

        def make_and_begin(connection: Connection) -> str:
            member_id = make(connection, email, hashed, visitor.actor, now)
            return sessions.begin(connection, member_id, visitor, now)

        return await dashboard.database.write(make_and_begin)

    async def _enter(
        self, request: Request, template: str, begin: _Try, **shown: object
    ) -> Response:
        """Begin a session by a form, or show the form again with what is wrong."""
        form = Form([])
        try:
            form = await read_form(request)
            self.forms.check(request, self.forms.visit_key(request), form.get(TOKEN_FIELD))
            token = await begin(form)
        except LetmepostError as error:
            return self._page(request, template, error, form.get("email"), **shown)
        return self.let_in(request, token, request.query_params.get("next"))

    def let_in(self, request: Request, token: str, wanted: str | None) -> Response:
        """Give the browser the token of its session, and send it where somebody wanted to go."""
        response = self._to(request, local_path(wanted))
        response.set_cookie(
            self.dashboard.sessions.cookie,
            token,
            max_age=int(sessions.LONGEST.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self.dashboard.sessions.secure,
        )
        return response

    def _page(
        self,
        request: Request,
        template: str,
        error: LetmepostError | None = None,
        typed_email: str = "",
        **shown: object,
    ) -> Response:
        status, problem = 200, None
        if error is not None:
            request_id = request.scope["state"]["request_id"]
            status, body = self.dashboard.describe(error, request_id)
            problem = body["error"]
        key = self.forms.visit_key(request)
        shown = {"typed_email": typed_email, **shown}
        response = page(
            self.dashboard,
            template,
            status,
            problem=problem,
            form_token=self.forms.token(key),
            next_query=self._next_query(request),
            provider=self.dashboard.provider,
            **shown,
        )
        if error is not None and error.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(int(error.retry_after_seconds))
        self.forms.remember_visit(response, key)
        return response

    def refused(self, request: Request, error: LetmepostError) -> Response:
        """A page that says what is not possible, and what to do."""
        return self._page(request, "refused.html", error)

    def _next_query(self, request: Request) -> str:
        wanted = request.query_params.get("next")
        # Encoded by whoever made it; what stays of it is checked when it is followed.
        return f"?{request.url.query}" if wanted else ""

    async def _nobody_yet(self) -> bool:
        return await self.dashboard.sign_up_is("first-user")

    async def _may_sign_up(self) -> bool:
        return await self.dashboard.sign_up_is(self.dashboard.sign_up)

    async def _invite(self, request: Request) -> Any:  # noqa: ANN401 - a row
        token, now = request.path_params["token"], self.dashboard.clock.now()
        return await self.dashboard.database.read(
            lambda connection: invites.find_invite(connection, token, now)
        )

    async def _reset_email(self, request: Request) -> str:
        token, now = request.path_params["token"], self.dashboard.clock.now()
        _, email = await self.dashboard.database.read(
            lambda connection: password_changes.find_reset(connection, token, now)
        )
        return email


def local_path(wanted: str | None) -> str:
    """Where somebody goes who has signed in: a page of ours that was asked for, or the first."""
    asked = wanted or ""
    known = asked == "/dashboard" or asked.startswith(("/dashboard/", "/dashboard?", _CONSENT_PATH))
    # Browsers read a backslash as a slash and skip control characters.
    plain = asked.isascii() and asked.isprintable() and "\\" not in asked
    return asked if known and plain else "/dashboard"
