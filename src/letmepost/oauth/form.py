"""The parameters of a request to the authorization server, each at most once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass
class ProtocolError(Exception):
    """What RFC 6749 calls an error: its word, and a sentence for the developer."""

    error: str
    description: str
    status: int = 400

    def response(self) -> Response:
        """The error as an endpoint for programs answers it."""
        return JSONResponse(
            {"error": self.error, "error_description": self.description},
            self.status,
            headers={"Cache-Control": "no-store"},
        )


def single(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The parameters by name, empty ones left out; raise where one is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if not value:
            # RFC 6749, section 3.1: sent without a value, a parameter was not sent.
            continue
        if "\0" in value:
            raise ProtocolError("invalid_request", f"{name[:40]} holds the character U+0000.")
        if name in found:
            wrong = "invalid_target" if name == "resource" else "invalid_request"
            raise ProtocolError(wrong, f"{name[:40]} is given more than once.")
        found[name] = value
    return found


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form; raise unless the body is one."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise ProtocolError("invalid_request", f"The body is not {FORM_TYPE}.")
    async with request.form(max_fields=50) as form:
        return single((name, value) for name, value in form.multi_items() if isinstance(value, str))
