"""The settings of signing in by an OpenID Connect provider."""

from typing import Annotated, Final, Self
from urllib.parse import urlsplit

import regex
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from letmepost.kit.settings import SettingsModel

OPENID_PREFIX: Final = "LETMEPOST_OPENID_"
ISSUER_CHARACTERS_MAX: Final = 255
_DOMAIN: Final = regex.compile(r"(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]+")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def is_safe_address(address: str) -> bool:
    """Whether an address is of https, or of this very machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _issuer(value: str) -> str:
    """Kept to the letter: a provider's tokens name it exactly so, with or without a last slash."""
    if not is_safe_address(value):
        raise ValueError("must begin with https://")
    if "?" in value or "#" in value or len(value) > ISSUER_CHARACTERS_MAX:
        raise ValueError("must be an address without ? and #, as the provider shows it")
    return value


def _domains(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = tuple(each.strip().removeprefix("@").lower() for each in value.split(","))
    for each in found:
        if not _DOMAIN.fullmatch(each):
            raise ValueError(f"`{each[:80]}` is no domain; write example.com")
    return found


class OpenIdSettings(SettingsModel):
    """Off unless an issuer is set."""

    issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None,
        description="The OpenID Connect provider that members may sign in with, as it names itself "
        "in its discovery document. Unset: members sign in with passwords alone.",
    )
    client_id: str | None = Field(None, description="What the provider calls this server.")
    client_secret: SecretStr | None = Field(
        None, description="The secret that the provider has given this server."
    )
    label: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        "OpenID Connect", description="The provider's name on the button: *Sign in with …*."
    )
    email_domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = Field(
        (),
        description="Whoever the provider knows by a verified e-mail address of these domains may "
        "join the first organization, as a member. Unset: who is invited, and nobody else.",
    )

    @model_validator(mode="after")
    def _whole_or_nothing(self) -> Self:
        needed = {
            "LETMEPOST_OPENID_ISSUER": self.issuer,
            "LETMEPOST_OPENID_CLIENT_ID": self.client_id,
            "LETMEPOST_OPENID_CLIENT_SECRET": self.client_secret,
        }
        missing = [name for name, value in needed.items() if value is None]
        if missing and (len(missing) < len(needed) or self.email_domains):
            raise ValueError(f"{' and '.join(missing)} must be set too, or none of this group")
        return self
