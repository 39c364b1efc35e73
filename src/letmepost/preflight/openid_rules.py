"""Rules of signing in by an OpenID Connect provider: what is not believed, and who may come in."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.rule import Rule, declared

_CHECKED = date(2026, 11, 30)
_CORE = "https://openid.net/specs/openid-connect-core-1_0.html"
_FLOW = ((f"{_CORE}#CodeFlowAuth", _CHECKED),)
_TOKENS = ((f"{_CORE}#IDTokenValidation", _CHECKED),)
_CLAIMS = ((f"{_CORE}#StandardClaims", _CHECKED),)
_BEST_PRACTICE = (("https://www.rfc-editor.org/rfc/rfc9700", _CHECKED),)
_DISCOVERY = (("https://openid.net/specs/openid-connect-discovery-1_0.html", _CHECKED),)

OPENID_UNAVAILABLE = declared(
    "openid.provider.unavailable",
    field="issuer",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="{provider} cannot be asked just now: {actual}.",
    remediation="Try again in a while. Who has a password can sign in with it. Who runs the server "
    "looks at it with `letmepost doctor`.",
    why="Addresses and keys of the provider are read from its discovery document. Without them "
    "nothing that it says can be believed.",
    sources=_DISCOVERY,
)
OPENID_ATTEMPT = declared(
    "openid.attempt",
    field="state",
    code=ErrorCode.UNAUTHENTICATED,
    message="This sign-in was not begun in this browser, is over already, or took more than {limit}"
    " minutes.",
    remediation="Begin again at the sign-in. The browser has to keep cookies of this server.",
    why="Each sign-in belongs to the browser that began it and ends once, so that nobody can be "
    "signed in by a link of somebody else.",
    sources=_BEST_PRACTICE,
)
OPENID_DENIED = declared(
    "openid.denied",
    field="error",
    code=ErrorCode.UNAUTHENTICATED,
    message="{provider} did not sign you in: {actual}.",
    remediation="Begin again at the sign-in. If it goes on, ask whoever looks after your account "
    "at {provider} whether you may use this server.",
    why="The provider decides who may use an application of its own accord, and people may say no "
    "on its page.",
    sources=_FLOW,
)
OPENID_EXCHANGE = declared(
    "openid.exchange",
    field="code",
    code=ErrorCode.UNAUTHENTICATED,
    message="{provider} did not confirm the sign-in: {actual}.",
    remediation="Begin again at the sign-in. If it goes on, who runs the server compares "
    "LETMEPOST_OPENID_CLIENT_ID and LETMEPOST_OPENID_CLIENT_SECRET with what the provider shows.",
    why="What a browser brings back is a code. The server itself has the provider confirm it, with "
    "a secret that only the two know.",
    sources=_FLOW,
)
OPENID_TOKEN = declared(
    "openid.id_token",
    field="id_token",
    code=ErrorCode.UNAUTHENTICATED,
    message="What {provider} says of you cannot be believed: {actual}.",
    remediation="Begin again at the sign-in. If it goes on, who runs the server checks "
    "LETMEPOST_OPENID_ISSUER, LETMEPOST_OPENID_CLIENT_ID and the machine's clock.",
    why="An ID token counts only where its signature is by a key of the provider, and where it is "
    "of this provider, for this server, for this very sign-in, and not expired.",
    sources=_TOKENS,
)
OPENID_EMAIL = declared(
    "openid.email.verified",
    field="email",
    code=ErrorCode.UNAUTHORIZED,
    message="{provider} does not say that your e-mail address is verified.",
    remediation="Verify the address there, then begin again. If there is nothing to verify, who "
    "looks after the provider has it send the claims `email` and `email_verified`.",
    why="The first time, people are recognised by their e-mail address. An address that anybody "
    "could have typed would let strangers in as somebody else.",
    sources=_CLAIMS,
)
OPENID_STRANGER = declared(
    "openid.member.unknown",
    field="email",
    code=ErrorCode.UNAUTHORIZED,
    message="Nobody with the e-mail address {actual} is a member here.",
    remediation="Ask an owner of the organization for an invite link, open it, and sign in from "
    "there. If you are a member under another address, sign in at {provider} with that one.",
    why="Being known to the provider is not enough: members come by invite, or by an e-mail "
    "address of a domain in LETMEPOST_OPENID_EMAIL_DOMAINS. Whom an owner has removed comes back "
    "by invite alone.",
    sources=_BEST_PRACTICE,
)
OPENID_LINKED = declared(
    "openid.member.linked",
    field="email",
    code=ErrorCode.UNAUTHORIZED,
    message="The member {actual} signs in with another account of {provider}.",
    remediation="Sign in there with the account that you used before. If that one is gone, an "
    "owner removes the member and invites you again.",
    why="From the first time on, a member is recognised by the account and not by its address, "
    "since providers give an address that became free to somebody else.",
    sources=((f"{_CORE}#ClaimStability", _CHECKED),),
)

OPENID_RULES: tuple[Rule, ...] = (
    OPENID_UNAVAILABLE,
    OPENID_ATTEMPT,
    OPENID_DENIED,
    OPENID_EXCHANGE,
    OPENID_TOKEN,
    OPENID_EMAIL,
    OPENID_STRANGER,
    OPENID_LINKED,
)
