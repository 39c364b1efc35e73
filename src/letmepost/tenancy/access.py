"""Who calls with an access token, or with a key where either will do."""

from dataclasses import dataclass

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.tenancy.grants import ACCESS_TOKEN, Access, find_access
from letmepost.tenancy.keys import Caller, KeyCache


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer` header; empty where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unauthenticated(message: str, metadata_url: str) -> LetmepostError:
    """The answer to a program without a good token, with the address at which to begin."""
    challenge = f'Bearer resource_metadata="{metadata_url}"'
    return LetmepostError(
        code=ErrorCode.UNAUTHENTICATED,
        message=message,
        extra={"headers": {"WWW-Authenticate": challenge}},
    )


@dataclass(frozen=True)
class AccessTokens:
    """Finds what an access token stands for; each is looked up anew, so revoking holds at once."""

    database: Database
    clock: Clock

    async def authenticate(self, token: str, audience: str, metadata_url: str) -> Access:
        """The access of a token for an audience; raise `unauthenticated`."""
        found = None
        if token.startswith(ACCESS_TOKEN):
            now = self.clock.now()
            found = await self.database.read(
                lambda connection: find_access(connection, token, audience, now)
            )
        if found is None:
            raise unauthenticated(
                "The access token is unknown, expired, revoked, or meant for another resource.",
                metadata_url,
            )
        return found


@dataclass(frozen=True)
class KeyOrToken:
    """Finds who calls one resource, whether by API key or by access token."""

    keys: KeyCache
    tokens: AccessTokens
    audience: str
    metadata_url: str

    async def authenticate(
        self, authorization: str | None, address: str
    ) -> tuple[Caller, frozenset[str] | None]:
        """The caller, and the scopes of its token; None for a key, which has its own.

        Raises `unauthenticated` with the challenge of the resource.
        """
        token = bearer(authorization)
        if token.startswith(ACCESS_TOKEN):
            access = await self.tokens.authenticate(token, self.audience, self.metadata_url)
            return access.caller, access.scopes
        try:
            return await self.keys.authenticate(authorization, address), None
        except LetmepostError as error:
            if error.code is not ErrorCode.UNAUTHENTICATED:
                raise
            raise unauthenticated(error.message, self.metadata_url) from None
