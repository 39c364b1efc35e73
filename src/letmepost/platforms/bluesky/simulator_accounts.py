"""The simulated accounts, their passwords, and the tokens that speak for them."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.bluesky.simulator_xrpc import JsonObject, XrpcError

ACCESS_SECONDS: Final = 2 * 3600
REFRESH_SECONDS: Final = 90 * 24 * 3600
GRACE_SECONDS: Final = 2 * 3600

_FULL_SCOPE: Final = "com.atproto.access"
_APP_SCOPE: Final = "com.atproto.appPass"
_REFRESH_SCOPE: Final = "com.atproto.refresh"


@dataclass
class Blob:
    """Stored bytes; temporary until a record names them."""

    cid: str
    mime_type: str
    size_bytes: int
    content: bytes | None
    temporary: bool = True

    def described(self) -> JsonObject:
        """Write the reference that a record embeds."""
        reference = {"$link": self.cid}
        return {
            "$type": "blob",
            "ref": reference,
            "mimeType": self.mime_type,
            "size": self.size_bytes,
        }


@dataclass
class Record:
    """One record of a repository."""

    cid: str
    value: JsonObject


@dataclass
class RefreshToken:
    """A refresh token that was issued, and the one that replaces it."""

    id: str
    scope: str
    expires_at: float
    next_id: str | None = None


@dataclass
class Account:
    """One account: who it is, what opens it, and what it has stored."""

    did: str
    handle: str
    email: str
    password: str | None
    app_passwords: set[str] = field(default_factory=set)
    email_confirmed: bool = True
    email_auth_factor: bool = False
    status: str | None = None
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    access_token_ids: set[str] = field(default_factory=set)
    ended_access_tokens: dict[str, str] = field(default_factory=dict)

    def revoke(self, scope: str) -> None:
        """End every session, and what opened sessions of this scope."""
        if scope == _FULL_SCOPE:
            self.password = None
        self.app_passwords.clear()
        self.refresh_tokens.clear()
        for token_id in self.access_token_ids:
            self.ended_access_tokens[token_id] = "Token has been revoked"


class Accounts:
    """Every account of one world, and the only maker and judge of its tokens."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._secret = secrets.token_bytes(32)
        self._by_did: dict[str, Account] = {}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_did.values())

    def clear(self) -> None:
        """Forget every account; the secret stays, so tokens of an account made again hold."""
        self._by_did.clear()

    def add(self, account: Account) -> None:
        """Take an account in."""
        self._by_did[account.did] = account

    def find(self, identifier: str) -> Account | None:
        """Find an account by DID, handle or e-mail."""
        wanted = identifier.lower()
        for account in self:
            if identifier == account.did or wanted in (account.handle, account.email):
                return account
        return None

    def opened_by(self, request: Request, identifier: str, password: str) -> tuple[Account, str]:
        """Check a password and tell the account and the scope it opens."""
        account = self.find(identifier)
        if account is None:
            raise _wrong_password()
        if password in account.app_passwords:
            scope = _APP_SCOPE
        elif account.password is not None and hmac.compare_digest(password, account.password):
            scope = _FULL_SCOPE
        else:
            raise _wrong_password()
        if self._faults.take(request.url.path, "revoked_token"):
            account.revoke(scope)
            raise _wrong_password()
        if account.status == "takendown":
            raise XrpcError("AccountTakedown", "Account has been taken down", 401)
        if scope == _FULL_SCOPE and account.email_auth_factor:
            message = "A sign in code has been sent to your email address"
            raise XrpcError("AuthFactorTokenRequired", message, 401)
        return account, scope

    def issue(self, request: Request, account: Account, scope: str) -> JsonObject:
        """Open a session: a new access token and a new refresh token."""
        return self._pair(request, account, scope, secrets.token_urlsafe(32))

    def rotate(self, request: Request) -> tuple[Account, JsonObject]:
        """Trade a refresh token in; for two hours more the old one yields the same next one."""
        account, token = self._refresh_token(request)
        now = self._clock.now().timestamp()
        token.expires_at = min(token.expires_at, now + GRACE_SECONDS)
        token.next_id = token.next_id or secrets.token_urlsafe(32)
        return account, self._pair(request, account, token.scope, token.next_id)

    def end(self, request: Request) -> None:
        """Close the session that a refresh token belongs to."""
        account, token = self._refresh_token(request)
        del account.refresh_tokens[token.id]

    def authenticated(self, request: Request) -> Account:
        """Tell whose access token a request carries."""
        claims = self._claims(request, "at+jwt")
        account = self._by_did.get(str(claims.get("sub")))
        if account is None:
            raise XrpcError("AccountNotFound", "Account not found", 403)
        path, token_id = request.url.path, str(claims["jti"])
        if self._faults.take(path, "expired_token"):
            account.ended_access_tokens[token_id] = "Token has expired"
        if self._faults.take(path, "revoked_token"):
            account.access_token_ids.add(token_id)
            account.revoke(str(claims["scope"]))
        if reason := account.ended_access_tokens.get(token_id):
            raise XrpcError("ExpiredToken", reason)
        if account.status == "takendown":
            raise XrpcError("AccountTakedown", "Account has been taken down", 401)
        return account

    def signed(self, kind: str, claims: Mapping[str, object]) -> str:
        """Write and sign a token."""
        head = _part({"typ": kind, "alg": "HS256"})
        unsigned = f"{head}.{_part(claims)}"
        return f"{unsigned}.{self._signature(unsigned)}"

    def verified(self, token: str) -> tuple[str, JsonObject]:
        """Read a token's kind and claims, if this world signed it and its time has not run out."""
        unsigned, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(unsigned).encode()):
            raise XrpcError("InvalidToken", "Token could not be verified")
        head, claims = (_read_part(part) for part in unsigned.split("."))
        if claims["exp"] <= self._clock.now().timestamp():
            raise XrpcError("ExpiredToken", "Token has expired")
        return head["typ"], claims

    def _refresh_token(self, request: Request) -> tuple[Account, RefreshToken]:
        claims = self._claims(request, "refresh+jwt")
        account = self._by_did.get(str(claims["sub"]))
        token = account.refresh_tokens.get(claims["jti"]) if account else None
        path = request.url.path
        if account is not None and token is not None:
            # An expired access token is what is meant, unless the fault names this very path.
            if self._faults.take(path, "expired_token", only_by_route=True):
                token.expires_at = 0.0
            if self._faults.take(path, "revoked_token"):
                account.revoke(token.scope)
                token.expires_at = 0.0
            if token.expires_at > self._clock.now().timestamp():
                return account, token
        raise XrpcError("ExpiredToken", "Token has been revoked")

    def _claims(self, request: Request, kind: str) -> JsonObject:
        kind_sent, claims = self.verified(bearer_token(request))
        if kind_sent != kind:
            raise XrpcError("InvalidToken", "Invalid token type")
        return claims

    def _pair(self, request: Request, account: Account, scope: str, refresh_id: str) -> JsonObject:
        now = int(self._clock.now().timestamp())
        access_id = secrets.token_urlsafe(16)
        account.access_token_ids.add(access_id)
        about = {"aud": service_did(request), "sub": account.did, "iat": now}
        refresh = account.refresh_tokens.setdefault(
            refresh_id, RefreshToken(refresh_id, scope, now + REFRESH_SECONDS)
        )
        return {
            # Two tokens of one second would be one and the same without the id.
            "accessJwt": self.signed(
                "at+jwt", {"scope": scope, "jti": access_id, **about, "exp": now + ACCESS_SECONDS}
            ),
            "refreshJwt": self.signed(
                "refresh+jwt",
                {
                    "scope": _REFRESH_SCOPE,
                    "jti": refresh_id,
                    **about,
                    "exp": int(refresh.expires_at),
                },
            ),
        }

    def _signature(self, unsigned: str) -> str:
        return _base64url(hmac.digest(self._secret, unsigned.encode(), "sha256"))


def bearer_token(request: Request) -> str:
    """Take the token out of a request's Authorization header."""
    header = request.headers.get("authorization")
    if header is None:
        raise XrpcError("AuthMissing", "Authentication Required", 401)
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer":
        raise XrpcError("InvalidToken", "Unexpected authorization type")
    return token.strip()


def subject_of(request: Request) -> str:
    """Whose token a request carries, unverified: enough to count by."""
    try:
        claims = _read_part(bearer_token(request).split(".")[1])
        return str(claims["sub"])
    except (XrpcError, ValueError, LookupError):
        return ""


def own_url(request: Request) -> str:
    """The simulator's base address, as the caller reached it."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"


def service_did(request: Request) -> str:
    """The PDS's own DID, as the caller reached it: a host name, without the port."""
    return f"did:web:{request.url.hostname}"


def service_dids(request: Request) -> set[str]:
    """Every DID by which a caller may have named this PDS, whose address has a port and a path."""
    with_port = f"did:web:{quote(request.url.netloc, safe='')}"
    return {
        service_did(request),
        with_port,
        with_port + request.scope["root_path"].replace("/", ":"),
    }


def did_of(handle: str) -> str:
    """The DID of an account that was made without one; a handle always gets the same."""
    digest = hashlib.sha256(handle.encode()).digest()
    return "did:plc:" + base64.b32encode(digest).decode("ascii").lower()[:24]


def did_document(request: Request, account: Account) -> JsonObject:
    """What the directory tells of an account."""
    digest = hashlib.sha256(account.did.encode()).hexdigest()
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/secp256k1-2019/v1",
        ],
        "id": account.did,
        "alsoKnownAs": [f"at://{account.handle}"],
        "verificationMethod": [
            {
                "id": f"{account.did}#atproto",
                "type": "Multikey",
                "controller": account.did,
                "publicKeyMultibase": f"zQ3sh{digest[:44]}",
            }
        ],
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": own_url(request),
            }
        ],
    }


def _wrong_password() -> XrpcError:
    return XrpcError("AuthenticationRequired", "Invalid identifier or password", 401)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _part(content: Mapping[str, object]) -> str:
    return _base64url(json.dumps(content, separators=(",", ":")).encode())


def _read_part(part: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content
