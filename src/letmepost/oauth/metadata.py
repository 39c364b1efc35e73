"""What programs read first: who gives out tokens, and what for (RFC 8414, RFC 9728)."""

from typing import Any

from letmepost.oauth.setting import Authorizing
from letmepost.tenancy.grants import ALL_GRANT_SCOPES

AUTHORIZE_PATH = "/oauth/authorize"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
REGISTER_PATH = "/oauth/register"
REVOKE_PATH = "/oauth/revoke"
SERVER_PATH = "/.well-known/oauth-authorization-server"
RESOURCE_PATH = "/.well-known/oauth-protected-resource"


def server_document(authorizing: Authorizing) -> dict[str, Any]:
    """The authorization server."""
    url = authorizing.public_url
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}{AUTHORIZE_PATH}",
        "token_endpoint": f"{url}{TOKEN_PATH}",
        "registration_endpoint": f"{url}{REGISTER_PATH}",
        "revocation_endpoint": f"{url}{REVOKE_PATH}",
        "scopes_supported": list(ALL_GRANT_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{authorizing.docs_url}/mcp",
    }


def resource_document(authorizing: Authorizing, audience: str) -> dict[str, Any]:
    """Something that tokens are good for."""
    return {
        "resource": audience,
        "resource_name": "letmepost",
        "authorization_servers": [authorizing.public_url],
        "scopes_supported": list(ALL_GRANT_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{authorizing.docs_url}/mcp",
    }
