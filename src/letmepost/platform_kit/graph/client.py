"""Calls of the Graph API with one token, which no address and no record holds.

Source: https://developers.facebook.com/docs/graph-api/guides/secure-requests.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from letmepost.platform_kit.graph.usage import Usage
from letmepost.platform_kit.http import Answer, Upstream
from letmepost.platform_kit.multipart import Part
from letmepost.platform_kit.upload_form import UploadForm


def appsecret_proof(token: str, app_secret: str) -> str:
    """The proof that who uses a token also knows the secret of the app that it was given to."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class GraphClient:
    """Calls below `base_url`/`version`, such as `https://graph.facebook.com` and `v25.0`.

    Each method raises `NoAnswerError` when there is no complete answer, and otherwise gives the
    answer, whatever its status. Usage near its limit is noted in the upstream.
    """

    def __init__(
        self, upstream: Upstream, base_url: str, version: str, token: str, app_secret: str | None
    ) -> None:
        self._upstream = upstream
        self._base = "/".join(part.strip("/") for part in (base_url, version) if part)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._proof = {"appsecret_proof": appsecret_proof(token, app_secret)} if app_secret else {}
        upstream.secrets |= {token, *self._proof.values()}

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Read an object or an edge."""
        return self._noted(
            await self._upstream.request(
                "GET",
                self._url(path),
                headers=self._headers,
                params={**(params or {}), **self._proof},
            )
        )

    async def post(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        multipart: Sequence[Part] | UploadForm | None = None,
        deadline_seconds: float | None = None,
    ) -> Answer:
        """Create or change something; a form with files takes the place of `form`."""
        asked = None if multipart is not None else {**(form or {}), **self._proof}
        return self._noted(
            await self._upstream.request(
                "POST",
                self._url(path),
                headers=self._headers,
                params=self._proof if multipart is not None else None,
                form=asked,
                multipart=multipart,
                deadline_seconds=deadline_seconds,
            )
        )

    async def delete(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Delete an object."""
        return self._noted(
            await self._upstream.request(
                "DELETE",
                self._url(path),
                headers=self._headers,
                params={**(params or {}), **self._proof},
            )
        )

    def _url(self, path: str) -> str:
        return f"{self._base}/{path.lstrip('/')}"

    def _noted(self, answer: Answer) -> Answer:
        self._upstream.slow_down(Usage.of(answer.headers).slow_for_seconds)
        return answer
