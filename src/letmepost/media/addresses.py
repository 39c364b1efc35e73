"""Addresses at which a platform fetches a file: unguessable, without a key, and for a day."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlencode, urlsplit

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.address_guard import AddressGuard, AddressRefusedError
from letmepost.kit.clock import Clock
from letmepost.kit.crypto import Keyring
from letmepost.media.storage import Storage
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import rules_for

VALID_FOR: Final = timedelta(days=1)
_PURPOSE: Final = "media file"
_GUARD: Final = AddressGuard()


def is_private(url: str) -> bool:
    """Whether platforms cannot fetch an address: without TLS, or in a network of our own.

    Names are not looked up: a platform sees other answers than this server.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host:
        return True
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))
    try:
        _GUARD.check(host)
    except AddressRefusedError:
        return True
    return False


def has_signed(
    keyring: Keyring, media_id: str, expires: str, signature: str, now: datetime
) -> bool:
    """Whether this server gave such an address of a file, and it has not expired."""
    if not keyring.has_signed(_signed(media_id, expires), _PURPOSE, signature):
        return False
    return now < datetime.fromtimestamp(int(expires), UTC)


def _signed(media_id: str, expires: str) -> bytes:
    return f"{media_id} {expires}".encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class FileAddresses:
    """Makes addresses of stored files for one platform.

    `api_url` is where the platform is spoken to: one in a network of our own is a simulator's, and
    fetches from there.
    """

    storage: Storage
    keyring: Keyring
    clock: Clock
    public_url: str
    platform: Platform
    api_url: str

    async def of(self, media_id: str, key: str, given: str | None) -> str:
        """An address of a file; the caller's own, `given`, where ours cannot be fetched.

        Raises `preflight_failed` where there is none that the platform can fetch.
        """
        url = await self.storage.get_address(key, VALID_FOR) or self._own(media_id)
        if not is_private(url) or (self.api_url and is_private(self.api_url)):
            return url
        if given is not None and not is_private(given):
            return given
        raise self._refused(url)

    def _own(self, media_id: str) -> str:
        expires = int((self.clock.now() + VALID_FOR).timestamp())
        signature = self.keyring.sign(_signed(media_id, str(expires)), _PURPOSE)
        query = urlencode({"expires": expires, "signature": signature})
        return f"{self.public_url}/v1/media/{media_id}/file?{query}"

    def _refused(self, url: str) -> LetmepostError:
        title, name = self.platform.title, self.platform.name
        rule_id = f"{name}.media.reachable"
        known = rule_id in {each.id for each in rules_for(self.platform)}
        host = urlsplit(url).netloc
        return LetmepostError(
            code=ErrorCode.PREFLIGHT_FAILED,
            message=f"{title} fetches the file by itself, and cannot reach {host}.",
            rule=rule_id if known else None,
            platform=name,
            remediation="Set LETMEPOST_PUBLIC_URL to an https:// address that the world reaches, "
            "or LETMEPOST_STORAGE_URL to a bucket; or give the file by a public https:// address.",
        )
