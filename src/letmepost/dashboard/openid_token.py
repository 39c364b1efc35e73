"""What is believed of an ID token: its signature, and what it says of itself.

The order and the checks are those of OpenID Connect Core 1.0, section 3.1.3.7. A token's own header
never chooses how it is checked: algorithms are those of key pairs alone, so that neither an
unsigned token nor one "signed" with a public key as a shared secret passes, and keys come from the
provider's published set alone.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    "Ed25519",
)
# How far two clocks may be apart.
LEEWAY_SECONDS: Final = 60
SUBJECT_CHARACTERS_MAX: Final = 255
_KEY_PAIRS: Final = frozenset({"RSA", "EC", "OKP"})


class TokenRefusedError(Exception):
    """The token is not believed; the words say why, and hold nothing of the token."""


class KeyUnknownError(TokenRefusedError):
    """The token names a key that is not in the set, which may have changed."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Of whom, for whom and for which sign-in a token must be."""

    issuer: str
    client_id: str
    nonce: str


def read_keys(document: Any) -> "KeySet":  # noqa: ANN401 - JSON
    """The public keys of a published set; raise `ValueError` where it has none that is usable."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - a server without a provider needs none
    from joserfc.jwk import KeySet  # noqa: PLC0415 - as above

    try:
        # A shared secret has no place in a published set.
        pairs = [each for each in document["keys"] if each.get("kty") in _KEY_PAIRS]
        return KeySet.import_key_set({"keys": pairs})
    except (JoseError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("the set of keys is not readable") from error


def claims_of(token: str, keys: "KeySet", expected: Expected, now: datetime) -> Mapping[str, Any]:
    """What a token says; raise `TokenRefusedError` unless all of it can be believed."""
    from joserfc import jwt  # noqa: PLC0415 - as above
    from joserfc.errors import (  # noqa: PLC0415 - as above
        ClaimError,
        InvalidKeyIdError,
        JoseError,
        UnsupportedAlgorithmError,
    )
    from joserfc.jws import JWSRegistry  # noqa: PLC0415 - as above

    # Providers put names of their own into the header; none of them is looked at.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        claims = jwt.decode(token, keys, registry=registry).claims
        rules.validate(claims)
    except InvalidKeyIdError:
        raise KeyUnknownError("its key is not one of the provider's") from None
    except UnsupportedAlgorithmError:
        raise TokenRefusedError("it is not signed in a way that proves anything") from None
    except ClaimError as error:
        raise TokenRefusedError(f"its claim `{error.claim}` is not right") from None
    except (JoseError, ValueError):
        raise TokenRefusedError("it is not signed by the provider") from None
    _check_party(claims, expected)
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), expected.nonce.encode()):
        raise TokenRefusedError("its claim `nonce` is not right")
    if len(claims["sub"]) > SUBJECT_CHARACTERS_MAX:
        raise TokenRefusedError("its claim `sub` is not right")
    return claims


def _check_party(claims: Mapping[str, Any], expected: Expected) -> None:
    """A token for several audiences says which of them asked for it."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp")
    if party != expected.client_id and (several or party is not None):
        raise TokenRefusedError("its claim `azp` is not right")
