"""Who consents: whoever is signed in, or can show an API key of this server."""

from collections.abc import Mapping

from starlette.requests import Request

from letmepost.kit.client_address import ClientAddress
from letmepost.oauth.setting import Consenter, Prove
from letmepost.tenancy.keys import KeyCache
from letmepost.tenancy.sessions import Sessions


def prove_by(sessions: Sessions, keys: KeyCache, client_address: ClientAddress) -> Prove:
    """Proof by the browser's session; without one, by the field `key` of the page's form."""

    async def prove(request: Request, form: Mapping[str, str]) -> Consenter:
        session = await sessions.of(request.cookies)
        if session is not None:
            return Consenter(session.member.caller, by_key=False)
        key = form.get("key", "").strip()
        return Consenter(
            await keys.authenticate(f"Bearer {key}", client_address.of(request)), by_key=True
        )

    return prove
