"""Rules of members: how they sign in, what their role allows, and whose forms are believed."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 30)
_NIST = "https://pages.nist.gov/800-63-4/sp800-63b.html"
_PASSWORDS = ((_NIST, _CHECKED),)
_OWASP = "https://cheatsheetseries.owasp.org/cheatsheets"
_CSRF = ((f"{_OWASP}/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html", _CHECKED),)
_SESSIONS = ((f"{_OWASP}/Session_Management_Cheat_Sheet.html", _CHECKED),)
PASSWORD_CHARACTERS_MIN = Limit(12, "characters", _NIST, _CHECKED)
PASSWORD_CHARACTERS_MAX = Limit(1000, "characters", _NIST, _CHECKED)

SIGN_UP_CLOSED = declared(
    "sign_up.closed",
    field="email",
    code=ErrorCode.UNAUTHORIZED,
    message="This server takes no new sign-ups.",
    remediation="Ask an owner of the organization for an invite link. Who runs the server can set "
    "LETMEPOST_SIGNUP.",
    why="By default the first visitor becomes the owner, and everybody after that needs an invite, "
    "so that a server in the open is not used by strangers.",
    sources=_SESSIONS,
)
SIGN_IN_FAILED = declared(
    "sign_in.failed",
    field="password",
    code=ErrorCode.UNAUTHENTICATED,
    message="The e-mail address or the password is not right.",
    remediation="Try again. If the password is lost, who runs the server gets a link for a new one "
    "with `letmepost reset-password` and your e-mail address.",
    why="The answer is the same, and takes as long, for an address that nobody has: otherwise "
    "anybody could find out who is a member here.",
    sources=_PASSWORDS,
)
SIGN_IN_THROTTLED = declared(
    "sign_in.throttled",
    field="email",
    code=ErrorCode.RATE_LIMITED,
    message="There were too many attempts. The next one is possible in {actual} seconds.",
    remediation="Wait until then. A link of `letmepost reset-password` works at once.",
    why="Attempts are counted by the address that they come from and by the account that they are "
    "for, so that passwords cannot be guessed by trying them all.",
    sources=_PASSWORDS,
)
PASSWORD_LENGTH = declared(
    "password.min_characters",
    field="password",
    message="The password has {actual} characters; {limit} are the least.",
    remediation="Choose a longer one. A few words that nobody would put together are a good one.",
    why="Length is what makes a password hard to guess. Any characters may be in it, and none have "
    "to be.",
    limit=PASSWORD_CHARACTERS_MIN,
    sources=_PASSWORDS,
)
PASSWORD_TOO_LONG = declared(
    "password.max_characters",
    field="password",
    message="The password has {actual} characters; {limit} are the most.",
    remediation="Choose a shorter one.",
    why="Hashing takes work on purpose, so what is hashed must have an end.",
    limit=PASSWORD_CHARACTERS_MAX,
    sources=_PASSWORDS,
)
PASSWORD_WRONG = declared(
    "password.current",
    field="currentPassword",
    message="The current password is not right.",
    remediation="Type the password that you signed in with.",
    why="Whoever finds a browser that is signed in must not be able to lock its owner out.",
    sources=_PASSWORDS,
)
EMAIL_FORMAT = declared(
    "member.email.format",
    field="email",
    message="This is no e-mail address.",
    remediation="Write it as name@example.com.",
    why="Members are told apart by their e-mail address. Nothing is sent to it.",
    sources=(("https://www.rfc-editor.org/rfc/rfc5321", _CHECKED),),
)
EMAIL_TAKEN = declared(
    "member.email.unique",
    field="email",
    message="Somebody with this e-mail address is a member of this server.",
    remediation="Sign in with it, or use another address.",
    why="An e-mail address stands for one member of one organization on a server.",
    sources=_SESSIONS,
)
INVITE_UNKNOWN = declared(
    "invite.unknown",
    field="token",
    code=ErrorCode.NOT_FOUND,
    message="This invite link has been used, has expired, or is not complete.",
    remediation="Ask an owner of the organization for another one.",
    why="An invite works once and for a week, so a link that lies around lets nobody in.",
    sources=_SESSIONS,
)
RESET_UNKNOWN = declared(
    "password.reset.unknown",
    field="token",
    code=ErrorCode.NOT_FOUND,
    message="This link has been used, has expired, or is not complete.",
    remediation="Who runs the server makes another one with `letmepost reset-password` and your "
    "e-mail address.",
    why="A link for a new password works once and for an hour.",
    sources=_PASSWORDS,
)
MEMBER_UNKNOWN = declared(
    "member.unknown",
    field="id",
    code=ErrorCode.NOT_FOUND,
    message="No such member, invite or session is here.",
    remediation="Open the settings again; it may be gone already.",
    why="Members see those of their own organization, and sessions of their own alone.",
    sources=_SESSIONS,
)
MEMBER_LAST_OWNER = declared(
    "member.last_owner",
    field="role",
    message="An organization keeps at least one owner.",
    remediation="Make somebody else an owner first.",
    why="Without an owner nobody could invite anybody or make keys any more.",
    sources=_SESSIONS,
)
MEMBER_ROLE = declared(
    "member.role",
    field="role",
    code=ErrorCode.UNAUTHORIZED,
    message="Your role does not allow this: {actual} is needed.",
    remediation="Ask an owner of the organization to do it, or to give you another role.",
    why="An owner may do everything. A member publishes and looks after accounts, files and "
    "webhooks. A viewer looks and changes nothing.",
    sources=_SESSIONS,
)
FORM_ORIGIN = declared(
    "form.origin",
    field="Origin",
    code=ErrorCode.UNAUTHORIZED,
    message="This form was sent from {actual}, which is not the address of this server.",
    remediation="Open the dashboard at {limit}. If that is not its address, who runs the server "
    "sets LETMEPOST_PUBLIC_URL.",
    why="A browser sends its cookies along with forms of other sites too. So a form counts only "
    "when the browser says that it comes from a page of this server.",
    sources=_CSRF,
)
FORM_TOKEN = declared(
    "form.token",
    field="token",
    code=ErrorCode.UNAUTHORIZED,
    message="This page was open for too long, or its session has ended.",
    remediation="Open the page again and repeat what you did.",
    why="Each form carries a token that only a page of this server can have put there, for the "
    "session that it was shown to.",
    sources=_CSRF,
)

SIGN_IN_RULES: tuple[Rule, ...] = (
    SIGN_UP_CLOSED,
    SIGN_IN_FAILED,
    SIGN_IN_THROTTLED,
    PASSWORD_LENGTH,
    PASSWORD_TOO_LONG,
    PASSWORD_WRONG,
    EMAIL_FORMAT,
    EMAIL_TAKEN,
    INVITE_UNKNOWN,
    RESET_UNKNOWN,
    MEMBER_UNKNOWN,
    MEMBER_LAST_OWNER,
    MEMBER_ROLE,
    FORM_ORIGIN,
    FORM_TOKEN,
)
