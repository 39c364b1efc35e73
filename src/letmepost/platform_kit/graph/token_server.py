"""Tokens of apps with a login of their own: given, exchanged, renewed, and why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.graph.errors import graph_error, readable, words_of
from letmepost.platform_kit.graph.failures import FailureTable
from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream

_BAD_REQUEST = 400
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class TokenServer:
    """A platform's token server. `app_settings` are the variables that an operator sets."""

    table: FailureTable
    app_settings: tuple[str, str]

    async def token(
        self,
        upstream: Upstream,
        method: str,
        url: str,
        **given: Any,  # noqa: ANN401 - the parts of a request
    ) -> Mapping[str, Any]:
        """The answer that holds a token, which is a secret of the conversation from then on.

        Raises `LetmepostError`, with `platform_auth_failed` where only a person can help.
        """
        answer = await self.asked(upstream, method, url, **given)
        found = readable(answer)
        if found is None:
            raise self._not_given(answer)
        rows = found.get("data")
        # One of the family answers with a list of one.
        granted = rows[0] if isinstance(rows, list) and rows else found
        token = granted.get("access_token") if isinstance(granted, dict) else None
        if not isinstance(token, str) or not token:
            raise self.table.unavailable("the answer holds no token", answer)
        upstream.secrets.add(token)
        return dict(granted)

    async def asked(
        self,
        upstream: Upstream,
        method: str,
        url: str,
        **given: Any,  # noqa: ANN401 - the parts of a request
    ) -> Answer:
        """Any answer; raise `platform_unavailable` where there is none."""
        try:
            return await upstream.request(method, url, **given)
        except NoAnswerError as error:
            raise self.table.unavailable(error.reason) from error

    def _not_given(self, answer: Answer) -> LetmepostError:
        """Why there is no token; a person can help where the grant itself is refused."""
        document = answer.document if isinstance(answer.document, dict) else {}
        said = words_of(answer)
        if "client secret" in said.lower():
            error = self.table.unavailable(said, answer)
            error.remediation = f"Ask the operator to correct {' and '.join(self.app_settings)}."
            return error
        if "error_message" in document and answer.status == _BAD_REQUEST:
            return LetmepostError(
                code=ErrorCode.PLATFORM_AUTH_FAILED,
                message=f"{self.table.title} gave no token: {said}",
                platform=self.table.platform,
                platform_response=answer.shown(),
            )
        row = self.table.find(graph_error(answer))
        if answer.status < _SERVER_ERROR and row is not None and row.ends == "auth":
            return self.table.error(row, answer, graph_error(answer))
        return self.table.unavailable(said, answer)


def ends_at(granted: Mapping[str, Any]) -> datetime | None:
    """When a token ends, None where the answer does not say."""
    seconds = granted.get("expires_in")
    return datetime.now(UTC) + timedelta(seconds=seconds) if isinstance(seconds, int) else None
