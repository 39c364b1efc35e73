"""Log in with a browser: OAuth 2.1, an authorization code with PKCE and a loopback redirect.

https://www.rfc-editor.org/rfc/rfc8414 (metadata), 7591 (registration), 7636 (PKCE), 8252 (native
applications), 8707 (resource), 9207 (issuer of the answer).
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from letmepost.cli.client.browser import open_page
from letmepost.cli.client.failures import unreachable
from letmepost.cli.client.loopback import loopback
from letmepost.cli.client.screen import note
from letmepost.cli.client.session import Session
from letmepost.cli.client.stop import Stop

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
CLIENT_NAME: Final = "letmepost command line"
SCOPES: Final = ("publish", "read")
WAIT_SECONDS: Final = 300.0
_VERIFIER_BYTES: Final = 48
_CALL_SECONDS: Final = 30.0
_OK: Final = frozenset({200, 201})
_NOT_THERE: Final = frozenset({404, 405, 501})


class NoBrowserLoginError(Exception):
    """The server has no login with a browser; the sentence says so."""


def authorized(session: Session) -> str:
    """An access token for the server, once its user has consented; raise `Stop`."""
    metadata = _metadata(session)
    state, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(_VERIFIER_BYTES)
    with loopback(state) as server:
        client_id = _registered(session, metadata, server.redirect_uri)
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": server.redirect_uri,
            "scope": _scopes(metadata),
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            "resource": _resource(session),
        }
        address = _with_query(metadata["authorization_endpoint"], asked)
        note("Your browser opens to log in. If it does not, open this address in it:")
        note(f"  {address}")
        open_page(address)
        returned = server.wait(WAIT_SECONDS)
        code = _code(returned, metadata)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": server.redirect_uri,
            "client_id": client_id,
            "code_verifier": verifier,
            "resource": _resource(session),
        }
    answer = _post_form(session, metadata["token_endpoint"], form)
    return _text(answer, "access_token")


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _scopes(metadata: Mapping[str, Any]) -> str:
    """What the key is to be for, as far as the server has it."""
    known = metadata.get("scopes_supported") or SCOPES
    return " ".join(each for each in SCOPES if each in known)


def _resource(session: Session) -> str:
    return f"{session.settings.base}/v1"


def _metadata(session: Session) -> Mapping[str, Any]:
    base = session.settings.base
    parts = urlsplit(base)
    # The well-known part goes before the path of an issuer (RFC 8414, 3.1).
    address = f"{parts.scheme}://{parts.netloc}{METADATA_PATH}{parts.path}"
    response = _call(session, "GET", address)
    found = _json(response)
    if response.status in _NOT_THERE or not isinstance(found, dict) or "issuer" not in found:
        raise NoBrowserLoginError(f"{base} has no login with a browser.")
    if _origin(str(found["issuer"])) != _origin(base):
        raise Stop(
            f"The server at {base} calls itself {found['issuer']}.",
            f"Log in at that address: `lmp login --base {found['issuer']}`.",
        )
    if "S256" not in (found.get("code_challenge_methods_supported") or ()):
        raise NoBrowserLoginError(f"{base} has no login with PKCE.")
    if not found.get("registration_endpoint"):
        raise NoBrowserLoginError(f"{base} registers no programs.")
    for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint"):
        _refuse_unsafe(_text(found, name), base)
    return found


def _refuse_unsafe(address: str, base: str) -> None:
    """Raise for an address that a code or a token must not be sent to."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and base.startswith("http://")):
        return
    raise Stop(
        f"{base} names the address {address[:200]} for its login, which is not secure.",
        "Ask its operator to correct LETMEPOST_PUBLIC_URL, or paste a key: `lmp login --key -`.",
    )


def _registered(session: Session, metadata: Mapping[str, Any], redirect_uri: str) -> str:
    asked = {
        "client_name": CLIENT_NAME,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": _scopes(metadata),
    }
    response = _call(
        session,
        "POST",
        metadata["registration_endpoint"],
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
    )
    return _text(_accepted(response, metadata["registration_endpoint"]), "client_id")


def _code(returned: Mapping[str, str], metadata: Mapping[str, Any]) -> str:
    if error := returned.get("error"):
        told = returned.get("error_description") or error
        raise Stop(f"The login was not allowed: {told[:300]}.", "Run `lmp login` again.")
    expects_issuer = metadata.get("authorization_response_iss_parameter_supported")
    if returned.get("iss", None if expects_issuer else metadata["issuer"]) != metadata["issuer"]:
        raise Stop(
            "The browser came back from another server than it was sent to.",
            "Run `lmp login` again; if it stays so, paste a key: `lmp login --no-browser`.",
        )
    if not returned.get("code"):
        raise Stop("The browser came back without a code.", "Run `lmp login` again.")
    return returned["code"]


def _post_form(session: Session, address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    response = _call(session, "POST", address, urlencode(form).encode(), kind)
    return _accepted(response, address)


def _accepted(response: "BaseHTTPResponse", address: str) -> Mapping[str, Any]:
    document = _json(response)
    if response.status in _OK and isinstance(document, dict):
        return document
    told = None
    if isinstance(document, dict):
        told = document.get("error_description") or document.get("error")
    if isinstance(told, dict):
        told = told.get("message")
    raise Stop(
        f"{address} refused the login: {told or response.status}.",
        "Run `lmp login` again, or paste a key: `lmp login --no-browser`.",
    )


def _call(
    session: Session,
    method: str,
    address: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> "BaseHTTPResponse":
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - loaded when it runs

    sent = {"Accept": "application/json", "User-Agent": "lmp", **(headers or {})}
    try:
        return session.pool.request(
            method,
            address,
            body=body,
            headers=sent,
            timeout=_CALL_SECONDS,
            redirect=False,
            retries=False,
        )
    except HTTPError as error:
        raise unreachable(error, session.settings.base, ("Run `lmp login` again.",)) from None


def _json(response: "BaseHTTPResponse") -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(response.data)
    except ValueError:
        return None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise Stop(
            f"The server's login lacks its {name}.",
            "Report it to the server's operator, or paste a key: `lmp login --no-browser`.",
        )
    return value


def _with_query(address: str, fields: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"
