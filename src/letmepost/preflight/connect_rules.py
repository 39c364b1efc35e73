"""Rules of connecting an account: its form, its visit to a consent page, its token afterwards."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 25)
_OAUTH = (("https://www.rfc-editor.org/rfc/rfc6749", _CHECKED),)
_OAUTH_SECURITY = "https://www.rfc-editor.org/rfc/rfc9700"

CONSENT_MINUTES = Limit(10, "minutes", _OAUTH_SECURITY, _CHECKED)

CONNECT_FIELD = declared(
    "connect.field.required",
    phase="connect",
    field="body",
    message="The field {actual} is missing.",
    remediation="Send every required field of the descriptor.",
    why="The descriptor that starts a connection lists the fields that complete it.",
    sources=OURS,
)
CONNECT_FIELD_UNKNOWN = declared(
    "connect.field.unknown",
    phase="connect",
    field="body",
    message="The field {actual} is not known here.",
    remediation="Send only the fields of the descriptor.",
    why="A misspelled field would otherwise be ignored in silence.",
    sources=OURS,
)
CONSENT_DENIED = declared(
    "connect.denied",
    phase="connect",
    field="error",
    code=ErrorCode.PLATFORM_AUTH_FAILED,
    message="{platform} gave no access to an account: {actual}.",
    remediation="Begin again, and allow the access on the page of {platform}.",
    why="The platform sends the browser back with an error instead of a code when the account's "
    "owner declines, and when it does not accept the request itself. `connect_error` is its word.",
    sources=_OAUTH,
)
CONSENT_PARAMETERS = declared(
    "connect.parameters_missing",
    phase="connect",
    field="code",
    message="The platform's answer lacks {actual}.",
    remediation="Begin again; open the authorizationUrl exactly as it was given.",
    why="A platform sends the browser back with a code and with the state that it was given. What "
    "comes without them belongs to no visit that began here.",
    sources=_OAUTH,
)
CONSENT_UNKNOWN = declared(
    "connect.state.unknown",
    phase="connect",
    field="state",
    message="The state belongs to no connection that was begun here.",
    remediation="Begin again with POST /v1/accounts/connect/{platform}.",
    why="The state proves that the one who returns is the one who was sent. It is kept on the "
    "server, for the organization and the profile that it was made for.",
    sources=_OAUTH,
)
CONSENT_EXPIRED = declared(
    "connect.state.expired",
    phase="connect",
    field="state",
    limit=CONSENT_MINUTES,
    message="The connection was begun more than {limit} minutes ago.",
    remediation="Begin again with POST /v1/accounts/connect/{platform}.",
    why="A forgotten visit to a consent page must not be completed by whoever finds its address.",
)
CONSENT_REUSED = declared(
    "connect.state.reused",
    phase="connect",
    field="state",
    message="The state was used already; it works once.",
    remediation="Look at GET /v1/accounts: the account may be connected. Else begin again.",
    why="An answer that is sent twice, by a reloaded page or by somebody who has read it, must not "
    "be taken twice.",
    sources=((_OAUTH_SECURITY, _CHECKED),),
)
CONSENT_PLATFORM = declared(
    "connect.state.platform_mismatch",
    phase="connect",
    field="state",
    message="The state was made for another platform than {platform}.",
    remediation="Complete the connection at the platform that it was begun for.",
    why="A code of one platform that is handed to another one would tell the second of the first.",
    sources=((_OAUTH_SECURITY, _CHECKED),),
)
CONSENT_REDIRECT = declared(
    "connect.redirect_uri.mismatch",
    phase="connect",
    field="redirectUri",
    message="The redirectUri is not the one that the connection was begun with.",
    remediation="Leave redirectUri out, or send that of the descriptor.",
    why="The platform compares the address with the one of the consent page, and refuses the code "
    "where they differ.",
    sources=_OAUTH,
)
NO_ACCOUNTS = declared(
    "connect.no_accounts_granted",
    phase="connect",
    field="code",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The consent gives access to no account of {platform}.",
    remediation="Begin again, and choose at least one account on the page of {platform}.",
    why="Some platforms let the owner choose among several accounts, and also none.",
    sources=OURS,
)
SCOPE_MISSING = declared(
    "connect.scope_missing",
    phase="connect",
    field="scopes",
    code=ErrorCode.PLATFORM_AUTH_FAILED,
    message="The consent of {platform} lacks what publishing needs: {actual}.",
    remediation="Begin again, and leave every permission allowed: {actual}.",
    why="Owners can untick single permissions on many consent pages. Without all of them the "
    "first post would fail, so it is said now; nothing is stored.",
    sources=_OAUTH,
)
TOKEN_NOT_RENEWABLE = declared(
    "account.token.not_renewable",
    phase="connect",
    field="id",
    message="{platform} gives out access that no program can prolong.",
    remediation="Have the account's owner connect it again.",
    why="Some platforms grant access for a time and want the owner's word after that.",
    sources=OURS,
)

CONNECT_RULES: tuple[Rule, ...] = (
    CONNECT_FIELD,
    CONNECT_FIELD_UNKNOWN,
    CONSENT_DENIED,
    CONSENT_PARAMETERS,
    CONSENT_UNKNOWN,
    CONSENT_EXPIRED,
    CONSENT_REUSED,
    CONSENT_PLATFORM,
    CONSENT_REDIRECT,
    NO_ACCOUNTS,
    SCOPE_MISSING,
    TOKEN_NOT_RENEWABLE,
)
