"""The fields of forms, and the proof that a form is from a page of our own."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.setting import Dashboard
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import FORM_ORIGIN, FORM_TOKEN

FORM_BYTES_MAX: Final = 2 * 1024 * 1024
FIELDS_MAX: Final = 2000
TOKEN_FIELD: Final = "form_token"  # noqa: S105 - a field's name
TOKEN_HEADER: Final = "x-form-token"  # noqa: S105 - a header's name
VISIT_COOKIE: Final = "lmp_visit"
_PURPOSE: Final = "dashboard form"


def token_field(token: str) -> Markup:
    """The hidden field that brings a form's token back."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token)


@dataclass(frozen=True)
class Form:
    """What a browser sent; a name may come several times."""

    pairs: Sequence[tuple[str, str]]

    def get(self, name: str) -> str:
        """The last value of a field; empty where there is none."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def every(self, name: str) -> list[str]:
        """All values of a field, in the order of the page."""
        return [value for key, value in self.pairs if key == name]


async def read_form(request: Request) -> Form:
    """The fields of a form; raise where it is too large or broken. U+0000 is left out of texts."""
    try:
        async with request.form(max_fields=FIELDS_MAX, max_files=0) as form:
            pairs = form.multi_items()
    except HTTPException:
        raise LetmepostError(
            code=ErrorCode.VALIDATION_FAILED,
            message="The form is too large or broken.",
            remediation=f"Send less at once: a form has up to {FORM_BYTES_MAX // 1024} KiB.",
        ) from None
    return Form([(key, each.replace("\0", "")) for key, each in pairs if isinstance(each, str)])


@dataclass(frozen=True)
class Forms:
    """Makes and checks the tokens of forms."""

    dashboard: Dashboard

    def token(self, key: str) -> str:
        """The token of forms that are shown to one session, or to one visitor without."""
        return self.dashboard.keyring.sign(key.encode("utf-8", "surrogatepass"), _PURPOSE)

    def check(self, request: Request, key: str, token: str) -> None:
        """Raise the rule `form.origin` or `form.token` unless a form is from a page of ours."""
        self.check_origin(request)
        keyring = self.dashboard.keyring
        if not keyring.has_signed(key.encode("utf-8", "surrogatepass"), _PURPOSE, token):
            raise refuse(FORM_TOKEN)

    def check_origin(self, request: Request) -> None:
        """Raise the rule `form.origin` unless the browser says that a page of ours sends this."""
        origin = request.headers.get("origin")
        if origin is None:
            # Some browsers leave it out of what goes to the same origin.
            parts = urlsplit(request.headers.get("referer", ""))
            origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else "nowhere"
        if origin not in self.dashboard.origins:
            raise refuse(FORM_ORIGIN, actual=origin[:200], limit=self.dashboard.public_url)

    def visit_key(self, request: Request) -> str:
        """What tokens for somebody who is not signed in are made from; a new one where needed."""
        return request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(32)

    def remember_visit(self, response: Response, key: str) -> None:
        """Let the browser show the key with its next form."""
        response.set_cookie(
            VISIT_COOKIE,
            key,
            httponly=True,
            samesite="strict",
            secure=self.dashboard.sessions.secure,
        )
