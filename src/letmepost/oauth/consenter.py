"""Who consents: whoever can show an API key of this server."""

from collections.abc import Mapping

from starlette.requests import Request

from letmepost.oauth.setting import Consenter, Prove
from letmepost.tenancy.keys import KeyCache


def prove_by_key(keys: KeyCache) -> Prove:
    """Proof by the field `key` of the consent page's form."""

    async def prove(_request: Request, form: Mapping[str, str]) -> Consenter:
        key = form.get("key", "").strip()
        return Consenter(await keys.authenticate(f"Bearer {key}"), by_key=True)

    return prove
