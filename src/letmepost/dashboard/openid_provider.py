"""What is asked of an OpenID Connect provider: where it is, its keys, and who has signed in.

The issuer is the operator's own word, so its host may be in a private network. Every other host is
named by the provider's document, and is reached through the address guard alone. Answers are never
shown: what a page says of a failure is the kind of it.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

import structlog
from pydantic import AfterValidator, BaseModel, ValidationError

from letmepost.content.errors import LetmepostError
from letmepost.dashboard.openid_token import (
    Expected,
    KeyUnknownError,
    TokenRefusedError,
    claims_of,
    read_keys,
)
from letmepost.kit.clock import Clock
from letmepost.platform_kit.http import Answer, NoAnswerError, Sessions, Upstream
from letmepost.preflight.openid_rules import (
    OPENID_DENIED,
    OPENID_EXCHANGE,
    OPENID_TOKEN,
    OPENID_UNAVAILABLE,
)
from letmepost.preflight.refuse import refuse
from letmepost.preflight.rule import Rule
from letmepost.tenancy.grants import challenge_of
from letmepost.tenancy.openid import Identity
from letmepost.tenancy.openid_settings import OpenIdSettings, is_safe_address

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = structlog.get_logger()

RETURN_PATH: Final = "/dashboard/openid/return"
# A key that the provider has withdrawn is believed no longer than this.
KEPT_FOR: Final = timedelta(minutes=15)
DEADLINE_SECONDS: Final = 10.0
# What the provider may put in an error is shown only where it looks like one of the listed codes.
_ERROR_CODE: Final = re.compile(r"[a-z_]{1,40}")


def _safe(address: str) -> str:
    if not is_safe_address(address):
        raise ValueError("must be https")
    return address


_Address = Annotated[str, AfterValidator(_safe)]


class Metadata(BaseModel):
    """What is used of a discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: _Address
    token_endpoint: _Address
    jwks_uri: _Address
    userinfo_endpoint: _Address | None = None
    # The method that holds where none is listed.
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    # RFC 9207, section 3.
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What was read of the provider, and when."""

    metadata: Metadata
    keys: "KeySet"
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Proofs:
    """What only the server and the browser that began a sign-in can know."""

    nonce: str
    verifier: str


@dataclass
class Provider:
    """The provider that the settings name."""

    settings: OpenIdSettings
    sessions: Sessions
    clock: Clock
    public_url: str
    _known: Known | None = field(default=None, init=False)

    @property
    def label(self) -> str:
        """What it is called."""
        return self.settings.label

    @property
    def issuer(self) -> str:
        """How it names itself."""
        return self.settings.issuer or ""

    @property
    def redirect_uri(self) -> str:
        """Where it sends browsers back to."""
        return f"{self.public_url}{RETURN_PATH}"

    async def read(self) -> Known:
        """Its addresses and keys; raise the rule `openid.provider.unavailable`."""
        now = self.clock.now()
        if self._known is None or now - self._known.read_at > KEPT_FOR:
            metadata = await self._read_metadata()
            self._known = Known(metadata, await self._read_keys(metadata), now)
        return self._known

    async def sign_in_address(self, state: str, proofs: Proofs) -> str:
        """Where a browser goes to sign in (OpenID Connect Core 1.0, section 3.1.2.1)."""
        address = (await self.read()).metadata.authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id or "",
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": state,
            "nonce": proofs.nonce,
            "code_challenge": challenge_of(proofs.verifier),
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def identify(self, answered: Mapping[str, str], proofs: Proofs) -> Identity:
        """Who signed in, by what the browser brought back.

        Raises the rules `openid.denied`, `openid.exchange`, `openid.id_token` and
        `openid.provider.unavailable`.
        """
        known = await self.read()
        self._check_sender(answered, known.metadata)
        if "error" in answered or not answered.get("code"):
            raise self._refused(OPENID_DENIED, _error_code(answered.get("error")))
        tokens = await self._exchange(known.metadata, answered["code"], proofs.verifier)
        claims = await self._believed(str(tokens.get("id_token") or ""), proofs.nonce)
        if "email" not in claims:
            claims = await self._with_email(known.metadata, claims, tokens)
        verified = claims.get("email_verified")
        return Identity(
            issuer=self.issuer,
            subject=claims["sub"],
            email=str(claims.get("email") or ""),
            # Some providers write it as a text.
            email_verified=verified is True or verified == "true",
            label=self.label,
        )

    def _check_sender(self, answered: Mapping[str, str], metadata: Metadata) -> None:
        """Refuse an answer that another provider sent (RFC 9207, section 2.4)."""
        sender = answered.get("iss")
        missing = sender is None and metadata.authorization_response_iss_parameter_supported
        if missing or sender not in (None, self.issuer):
            raise self._refused(OPENID_TOKEN, "it is from another provider")

    async def _exchange(self, metadata: Metadata, code: str, verifier: str) -> Mapping[str, Any]:
        """The tokens for a code (OpenID Connect Core 1.0, section 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        client_id, secret = self.settings.client_id or "", self._secret
        headers = {}
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # Encoded first: RFC 6749, section 2.3.1.
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        answer = await self._ask("POST", metadata.token_endpoint, headers=headers, form=form)
        if not answer.ok:
            told = answer.document.get("error") if isinstance(answer.document, dict) else None
            raise self._refused(OPENID_EXCHANGE, _error_code(told))
        return self._document(answer)

    async def _believed(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token; keys are read once more where it names one that is new."""
        expected = Expected(self.issuer, self.settings.client_id or "", nonce)
        known = await self.read()
        try:
            try:
                return claims_of(token, known.keys, expected, self.clock.now())
            except KeyUnknownError:
                self._known = replace(known, keys=await self._read_keys(known.metadata))
                return claims_of(token, self._known.keys, expected, self.clock.now())
        except TokenRefusedError as error:
            raise self._refused(OPENID_TOKEN, str(error)) from None

    async def _with_email(
        self, metadata: Metadata, claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims with what the provider says at its UserInfo endpoint of the same person."""
        if metadata.userinfo_endpoint is None:
            return claims
        headers = {"Authorization": f"Bearer {tokens.get('access_token')}"}
        answer = await self._ask("GET", metadata.userinfo_endpoint, headers=headers)
        more = self._document(answer)
        if more.get("sub") != claims["sub"]:
            # OpenID Connect Core 1.0, section 5.3.2.
            raise self._refused(OPENID_TOKEN, "its claim `sub` is not that of UserInfo")
        told = {name: more[name] for name in ("email", "email_verified") if name in more}
        return {**claims, **told}

    async def _read_metadata(self) -> Metadata:
        address = f"{self.issuer.removesuffix('/')}/.well-known/openid-configuration"
        document = self._document(await self._ask("GET", address))
        try:
            metadata = Metadata.model_validate(document)
        except ValidationError as error:
            places = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
            raise self._unavailable(
                f"its discovery document lacks a usable {', '.join(sorted(places))}"
            ) from None
        if metadata.issuer != self.issuer:
            raise self._unavailable("its discovery document is of another issuer")
        return metadata

    async def _read_keys(self, metadata: Metadata) -> "KeySet":
        document = self._document(await self._ask("GET", metadata.jwks_uri))
        try:
            return read_keys(document)
        except ValueError:
            raise self._unavailable("it publishes no usable key") from None

    async def _ask(self, method: str, address: str, **parts: Any) -> Answer:  # noqa: ANN401 - of Upstream
        # A sign-in is no request to a platform, so it is not recorded as one.
        unrecorded = replace(self.sessions, record_to=None)
        upstream = Upstream(
            unrecorded, "openid", trusted=[self.issuer], deadline_seconds=DEADLINE_SECONDS
        )
        try:
            answer = await upstream.request(method, address, **parts)
        except NoAnswerError as error:
            raise self._unavailable(error.reason) from None
        if answer.status >= 500:  # noqa: PLR2004 - HTTP's own classes
            raise self._unavailable(f"it answered with status {answer.status}")
        return answer

    def _document(self, answer: Answer) -> Mapping[str, Any]:
        if not answer.ok:
            raise self._unavailable(f"it answered with status {answer.status}")
        if not isinstance(answer.document, dict):
            raise self._unavailable("it did not answer with a JSON object")
        return answer.document

    @property
    def _secret(self) -> str:
        secret = self.settings.client_secret
        return secret.get_secret_value() if secret else ""

    def _unavailable(self, reason: str) -> LetmepostError:
        return self._refused(OPENID_UNAVAILABLE, reason)

    def _refused(self, rule: Rule, reason: str) -> LetmepostError:
        log.warning("openid.refused", rule=rule.id, reason=reason)
        return refuse(rule, provider=self.label, actual=reason)


def _error_code(told: object) -> str:
    """A code of RFC 6749 or OpenID Connect, and nothing else that a stranger might have written."""
    known = isinstance(told, str) and _ERROR_CODE.fullmatch(told)
    return f"`{told}`" if known else "without a reason"
