"""Rules of programs that act for people who allowed it."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.rule import Rule, declared

_CHECKED = date(2026, 11, 30)

OAUTH_INSUFFICIENT_SCOPE = declared(
    "oauth.insufficient_scope",
    field="Authorization",
    code=ErrorCode.UNAUTHORIZED,
    message="This access token does not allow it: the scope {actual} is needed.",
    remediation="Ask for the scope again: begin a new authorization, and have it allowed.",
    why="Whoever allows a program to act for them says how far that goes: `read` is for looking, "
    "`publish` for everything that changes something. A program that was allowed to look cannot "
    "publish.",
    sources=(("https://www.rfc-editor.org/rfc/rfc6750#section-3.1", _CHECKED),),
)

OAUTH_RULES: tuple[Rule, ...] = (OAUTH_INSUFFICIENT_SCOPE,)
