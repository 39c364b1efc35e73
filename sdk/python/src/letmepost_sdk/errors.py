"""The error that every refusal is raised as, with what the server said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from letmepost_sdk.types import Violated

UNKNOWN = "unknown"


class LetmepostError(Exception):
    """A call that did not succeed: every field of the server's answer, and its HTTP status.

    `status` is 0 where no answer came. `violations` lists everything that is wrong at once.
    `details` is the error as the server sent it, with fields that this version does not know.
    """

    def __init__(
        self, details: Mapping[str, Any], *, status: int, retry_after_seconds: float | None = None
    ) -> None:
        self.status = status
        self.details = details
        self.code: str = details.get("code", UNKNOWN)
        self.message: str = details.get("message", "")
        self.rule: str | None = details.get("rule")
        self.platform: str | None = details.get("platform")
        self.platform_version: str | None = details.get("platformVersion")
        self.platform_response: Any = details.get("platformResponse")
        self.remediation: str | None = details.get("remediation")
        self.doc_url: str | None = details.get("docUrl")
        self.rule_url: str | None = details.get("ruleUrl")
        self.request_id: str | None = details.get("requestId")
        self.retryable: bool | None = details.get("retryable")
        self.retry_after_seconds: float | None = details.get(
            "retryAfterSeconds", retry_after_seconds
        )
        self.retry_after_source: str | None = details.get("retryAfterSource")
        self.violations: Sequence[Violated] = details.get("violations") or ()
        self.post_id: str | None = details.get("postId")
        super().__init__(details, status)

    def __str__(self) -> str:
        names = ", ".join(filter(None, (self.rule or self.code, self.request_id)))
        return " ".join(filter(None, (self.message, self.remediation, f"({names})")))


class WebhookVerificationError(Exception):
    """A webhook that is not to be trusted.

    `reason` is `missing_header`, `malformed_timestamp`, `timestamp_out_of_tolerance`,
    `invalid_secret`, `no_matching_signature` or `malformed_body`.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
