"""Calls of the Graph API for one account; the token is in a header and never in an address.

Source: https://developers.facebook.com/docs/graph-api/guides/secure-requests
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from letmepost.platform_kit.graph.usage import Usage
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.multipart import Part
from letmepost.platform_kit.platform import AccountTask
from letmepost.platform_kit.upload_form import UploadForm

ANSWERED_VERSION = "facebook-api-version"
Before = Callable[[], Awaitable[None]]


def appsecret_proof(token: str, app_secret: str) -> str:
    """The proof that who uses a token also knows the secret of the app that it was given to."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class GraphClient:
    """`base_url` ends in the version, such as `https://graph.facebook.com/v25.0`.

    With `app_secret` every call proves that it knows it. Usage near its limit is noted, so that
    the account is slowed down before the platform refuses.
    """

    task: AccountTask
    base_url: str
    app_secret: str | None = None

    async def get(self, path: str, **params: str) -> Answer:
        """Read; `path` begins with a slash."""
        return await self._call("GET", path, params={**params, **self._proof()})

    async def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        before: Before | None = None,
        multipart: Sequence[Part] | UploadForm | None = None,
        deadline_seconds: float | None = None,
    ) -> Answer:
        """Write; `before` is awaited right before it is sent.

        A form with files takes the place of `form`.
        """
        if before is not None:
            await before()
        if multipart is None:
            fields = {**form, **self._proof()}
            return await self._call("POST", path, form=fields, deadline_seconds=deadline_seconds)
        return await self._call(
            "POST",
            path,
            params=self._proof(),
            multipart=multipart,
            deadline_seconds=deadline_seconds,
        )

    async def delete(self, path: str) -> Answer:
        """Delete what the path names."""
        return await self._call("DELETE", path, params=self._proof())

    def _proof(self) -> dict[str, str]:
        if not self.app_secret:
            return {}
        token = self.task.session.credentials["accessToken"]
        proof = appsecret_proof(token, self.app_secret)
        self.task.upstream.secrets.add(proof)
        return {"appsecret_proof": proof}

    async def _call(self, method: str, path: str, **given: Any) -> Answer:  # noqa: ANN401 - the parts of a request
        token = self.task.session.credentials["accessToken"]
        upstream = self.task.upstream
        answer = await upstream.request(
            method,
            f"{self.base_url}{path}",
            headers={"Authorization": f"Bearer {token}"},
            **given,
        )
        upstream.slow_down(Usage.of(answer.headers).slow_for_seconds)
        answered = answer.headers.get(ANSWERED_VERSION)
        # Calls of a version that has ended are answered as the oldest one that lives.
        if answered is not None and answered != self.base_url.rpartition("/")[2]:
            upstream.version_is_gone = True
        return answer
