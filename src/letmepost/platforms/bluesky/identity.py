"""Who a handle is and where its data lives: handle to DID, DID to server.

Source: https://atproto.com/specs/handle and https://atproto.com/specs/did.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

import regex

from letmepost.platform_kit.http import NoAnswerError, Upstream
from letmepost.platforms.bluesky.xrpc import method_url

_DID = regex.compile(r"did:(plc:[a-z2-7]{24}|web:[a-zA-Z0-9.%:-]+)")
_HANDLE = regex.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def is_did(value: str) -> bool:
    """Whether a text is a DID of a method that Bluesky uses."""
    return _DID.fullmatch(value) is not None


def is_handle(value: str) -> bool:
    """Whether a text is a handle, which is a domain name."""
    return len(value) <= 253 and _HANDLE.fullmatch(value) is not None  # noqa: PLR2004 - DNS's limit


async def resolve_handle(upstream: Upstream, server: str, handle: str) -> str | None:
    """The DID behind a handle: asked of a server, then of the handle's own web site."""
    try:
        answer = await upstream.request(
            "GET",
            method_url(server, "com.atproto.identity.resolveHandle"),
            params={"handle": handle},
        )
        did = answer.document.get("did") if isinstance(answer.document, dict) else None
        if answer.ok and isinstance(did, str) and is_did(did):
            return did
    except NoAnswerError:
        pass  # The handle's own site may still know.
    try:
        answer = await upstream.request("GET", f"https://{handle}/.well-known/atproto-did")
    except NoAnswerError:
        return None
    did = answer.body.decode("utf-8", "replace").strip()
    return did if answer.ok and is_did(did) else None


async def did_document(upstream: Upstream, plc_url: str, did: str) -> Mapping[str, Any] | None:
    """The document of a DID, or None where there is none that can be read."""
    if did.startswith("did:web:"):
        host = unquote(did.removeprefix("did:web:").partition(":")[0])
        url = f"https://{host}/.well-known/did.json"
    else:
        url = f"{plc_url.rstrip('/')}/{quote(did, safe=':')}"
    try:
        answer = await upstream.request("GET", url)
    except NoAnswerError:
        return None
    document = answer.document
    if not answer.ok or not isinstance(document, dict) or document.get("id") != did:
        return None
    return document


def server_of(document: Mapping[str, Any] | None) -> str | None:
    """The address of the personal data server that a DID document names."""
    services = document.get("service") if document else None
    for service in services if isinstance(services, list) else ():
        if not isinstance(service, dict) or not str(service.get("id", "")).endswith("#atproto_pds"):
            continue
        address = service.get("serviceEndpoint")
        if isinstance(address, str) and address.startswith(("https://", "http://")):
            return address.rstrip("/")
    return None
