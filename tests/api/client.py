"""A client that holds every answer against what the OpenAPI document declares of it."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp
from pydantic import TypeAdapter
from pydantic_core import from_json
from starlette.routing import compile_path

from letmepost.api.answers import ErrorEnvelope
from letmepost.api.app import OPERATIONS
from letmepost.api.error_answers import error_statuses
from letmepost.api.operation import Content, Operation

PATTERNS = [(compile_path(each.path)[0], each) for each in OPERATIONS]
# The three letters alone turn up in sealed envelopes now and then.
TOKEN = re.compile(r"eyJ[\w-]+\.eyJ")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the body as JSON where it is JSON."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    body: Any

    @property
    def error(self) -> Any:
        """The fields of an error."""
        return self.body["error"]

    @property
    def rules(self) -> list[str]:
        """The rules of an error's violations, in order."""
        return [each["rule"] for each in self.error.get("violations", [])]

    def refused(self, status: int, code: str, rule: str | None = None) -> None:
        """Assert that this is the refusal that is meant."""
        assert (self.status, self.error["code"]) == (status, code), self.body
        assert self.error.get("rule") == rule, self.body


def route_of(method: str, path: str) -> Operation | None:
    """The operation that a request means, aliases included."""
    path = path.partition("?")[0].rstrip("/")
    if path == "/posts" or path.startswith("/posts/"):
        path = f"/v1{path}"
    fitting = [operation for pattern, operation in PATTERNS if pattern.match(path)]
    # An address that is declared as it stands is not one with an id.
    exact = [operation for operation in fitting if operation.path == path]
    return next((each for each in exact or fitting if each.method == method), None)


# Made once for each: it takes longer than most requests.
@cache
def _adapter(declared: Any) -> TypeAdapter[Any]:
    return TypeAdapter(declared)


def check(method: str, path: str, answer: Answer) -> None:
    """Assert that an answer has an id, and that its status and its body are declared."""
    request_id = answer.headers["X-Request-Id"]
    operation = route_of(method, path)
    if answer.status >= 400:
        assert answer.headers["Content-Type"] == "application/json", answer.raw
        ErrorEnvelope.model_validate_json(answer.raw)
        replayed = answer.headers.get("Idempotency-Replayed") == "true"
        assert replayed or answer.error["requestId"] == request_id
        if operation is not None:
            assert answer.status in error_statuses(operation), (operation.name, answer.body)
    elif operation is not None:
        declared: Any = operation.answers[answer.status]
        if declared is None:
            assert not answer.raw
        elif not isinstance(declared, Content):
            _adapter(declared).validate_json(answer.raw)
            _check_times(answer.body)


def _check_times(value: Any, name: str = "") -> None:
    """Every time of our own is UTC with milliseconds and a Z."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("transcript", "platformResponse", "options", "request"):
                _check_times(each, key)
    elif isinstance(value, list):
        for each in value:
            _check_times(each)
    elif name.endswith("At") and value is not None:
        assert _TIME.fullmatch(value), (name, value)


@dataclass
class Client:
    """Calls a server with one key, or with none."""

    http: aiohttp.ClientSession
    url: str
    key: str | None = None
    # What the key was minted as: its id, scopes and profile.
    minted: Mapping[str, Any] = field(default_factory=dict)

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        async with self.http.request(
            method,
            f"{self.url}{path}",
            headers={**sent, **(headers or {})},
            allow_redirects=False,
            **body,
        ) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json" and raw
            answer = Answer(
                response.status, response.headers.copy(), raw, from_json(raw) if is_json else None
            )
        if method != "HEAD":
            check(method, path, answer)
        return answer

    async def get(self, path: str, **more: Any) -> Answer:
        return await self.call("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> Answer:
        if json is not None:
            more["json"] = json
        return await self.call("POST", path, **more)

    async def delete(self, path: str, **more: Any) -> Answer:
        return await self.call("DELETE", path, **more)

    async def publish(
        self, body: Any, key: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """`POST /v1/posts`, under an Idempotency-Key where one is given."""
        named = {"Idempotency-Key": key} if key is not None else {}
        return await self.post("/v1/posts", body, headers={**named, **(headers or {})})

    async def upload(  # noqa: PLR0913 - the parts of an upload
        self,
        content: bytes,
        *,
        filename: str = "picture.jpg",
        content_type: str = "image/jpeg",
        boundary: str | None = None,
        key: str | None = None,
        query: str = "",
    ) -> Answer:
        """`POST /v1/media` with one part named `file`."""
        with aiohttp.MultipartWriter("form-data", boundary=boundary) as form:
            part = form.append(io.BytesIO(content), {"Content-Type": content_type})
            part.set_content_disposition("form-data", name="file", filename=filename)
            headers = {"Idempotency-Key": key} if key is not None else {}
            return await self.call("POST", f"/v1/media{query}", headers=headers, data=form)
