"""What went wrong between us and a server, in one sentence that names the remedy."""

import re
from typing import TYPE_CHECKING, Any, Final

from letmepost.cli.client.stop import ExitCode, Stop

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import HTTPError

# Codes of errors that a rule or a platform gave; all others are a matter of the call itself.
_OF_RULES: Final = frozenset(
    {"preflight_failed", "platform_rejected", "platform_auth_failed", "platform_unavailable"}
)
_UNAUTHORIZED: Final = 401
_TITLE: Final = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)


def refusal(status: int, document: Any, base: str) -> Stop:  # noqa: ANN401 - JSON
    """The server's own error: its message, rule, remedy and page."""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return Stop(
            f"{base} answered {status}, which is no answer of letmepost.",
            "Correct the address: --base, LMP_API_BASE, or `lmp login`.",
        )
    code = ExitCode.REFUSED if error.get("code") in _OF_RULES else ExitCode.FAILED
    violations = [each for each in error.get("violations") or () if isinstance(each, dict)]
    if len(violations) > 1:
        sentence = f"There are {len(violations)} reasons against it."
        lines = [
            line for each in violations for line in (f"{each.get('message')}", *_lines(each, "  "))
        ]
        if error.get("remediation") and not any(each.get("remediation") for each in violations):
            lines.append(f"Remedy: {error['remediation']}")
    else:
        sentence, lines = error["message"], _lines(error)
    if status == _UNAUTHORIZED and error.get("code") == "unauthenticated":
        lines.append("Run `lmp login`, or correct LMP_API_KEY.")
    if error.get("code") == "internal_error" and error.get("requestId"):
        lines.append(f"The request was {error['requestId']}.")
    return Stop(sentence, *lines, code=code, document=document)


def _lines(error: dict[str, Any], indent: str = "") -> list[str]:
    """The rule, the remedy and the page of an error, or of one of its violations."""
    found = {
        "Rule": error.get("rule"),
        "Remedy": error.get("remediation"),
        "More": error.get("ruleUrl") or error.get("docUrl"),
    }
    return [f"{indent}{title}: {words}" for title, words in found.items() if words]


def unexpected(response: "BaseHTTPResponse", base: str) -> Stop:
    """An answer that is not JSON: a proxy's page, or another server altogether."""
    text = response.data.decode(errors="replace")
    title = _TITLE.search(text)
    shown = f' with a page called "{" ".join(title[1].split())}"' if title else ""
    kind = response.headers.get("content-type", "").partition(";")[0] or "no type"
    return Stop(
        f"{base} answered {response.status} in {kind}{shown}, not in JSON: this is another "
        "program than letmepost, or a proxy before it.",
        "Correct the address (--base, LMP_API_BASE, `lmp login`), or look at the proxy.",
    )


def unreachable(error: "HTTPError", base: str, again: tuple[str, ...]) -> Stop:
    """No answer at all; `again` says what to do about a write that may have been done."""
    from urllib3 import exceptions as known  # noqa: PLC0415 - loaded when it runs

    reason: BaseException = getattr(error, "reason", None) or error
    if isinstance(reason, known.ProxyError):
        return Stop(
            f"The proxy before {base} does not answer: {plain(reason.original_error)}.",
            "Correct HTTP_PROXY or HTTPS_PROXY, or name the server in NO_PROXY.",
        )
    if isinstance(reason, known.SSLError):
        return Stop(
            f"The connection to {base} is not secure: {plain(reason)}.",
            "Correct the server's certificate, or name the certificate of your own authority in "
            "SSL_CERT_FILE. Nothing was sent.",
        )
    if isinstance(reason, known.NameResolutionError):
        return Stop(
            f"Nobody knows the name of {base}.",
            "Correct the address (--base, LMP_API_BASE, `lmp login`), or look at your network.",
        )
    if isinstance(reason, known.NewConnectionError | known.ConnectTimeoutError):
        return Stop(
            f"No server answers at {base}: {plain(reason)}.",
            "Start it with `lmp serve`, or correct the address: --base, LMP_API_BASE, `lmp login`.",
        )
    if isinstance(reason, known.ReadTimeoutError):
        return Stop(f"{base} has not answered in time.", *again)
    return Stop(f"The connection to {base} was lost: {plain(reason)}.", *again)


def plain(error: BaseException | None) -> str:
    """The words of the system inside an error of the library."""
    words = str(error)
    while isinstance(error, BaseException):
        if isinstance(error, OSError) and error.strerror:
            words = error.strerror
        inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = inner or error.__cause__ or error.__context__
    return words.rsplit("] ", maxsplit=1)[-1].strip("'\"().") or "it broke"
