"""Calls of the server: one connection pool, one key per write, and a sentence for every failure."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from letmepost.cli.client.failures import refusal, unexpected, unreachable
from letmepost.cli.client.screen import Screen
from letmepost.cli.client.settings import ClientSettings
from letmepost.cli.client.stop import ExitCode, Stop, notice_hang_up

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 90.0
RETRIES: Final = 3
BACKOFF_SECONDS: Final = 0.3
RETRY_AFTER_MOST_SECONDS: Final = 30
# What a server or a proxy on the way says for a moment; nothing was done then, or the key of the
# request keeps it from being done twice.
_PASSING: Final = frozenset({429, 502, 503, 504})
Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    document: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Session:
    """One command's conversation with a server.

    `repeatable` commands take the key of an earlier run, so that they can be run once more.
    """

    settings: ClientSettings
    screen: Screen
    idempotency_key: str
    repeatable: bool = False

    @cached_property
    def pool(self) -> "PoolManager":
        """The connections, through a proxy where the environment names one."""
        return open_pool(self.settings.base)

    def profile(self, given: str | None) -> str | None:
        """The profile that was given to the command, or the one in use."""
        return given or self.settings.profile_id

    def get(self, path: str, query: Query | None = None) -> Any:  # noqa: ANN401 - JSON
        """Read; the document. Raise `Stop` for everything but 2xx."""
        return self.call("GET", path, query=query).document

    def send(self, method: str, path: str, body: Any = None, *, query: Query | None = None) -> Any:  # noqa: ANN401 - JSON
        """Write; the document. Raise `Stop` for everything but 2xx."""
        return self.call(method, path, body, query=query).document

    def pages(self, path: str, query: Query) -> Iterator[dict[str, Any]]:
        """Every entry of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, {**query, "cursor": cursor})
            yield from page["data"]
            if (cursor := page.get("nextCursor")) is None:
                return

    def call(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - JSON
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        key_part: str = "",
        authorized: bool = True,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """One request, tried again while its connection is lost; raise `Stop` but for 2xx.

        A write keeps one Idempotency-Key over all tries. `key_part` tells apart several writes of
        one command. A body that is not bytes and cannot be read is sent as JSON.
        """
        sent = {"Accept": "application/json", "User-Agent": "lmp", **(headers or {})}
        if authorized:
            sent["Authorization"] = f"Bearer {self.settings.required_key}"
        if method != "GET":
            sent["Idempotency-Key"] = self.idempotency_key + key_part
        if body is not None and not hasattr(body, "read"):
            body = _encoded(body)
            sent["Content-Type"] = "application/json"
        url = self.settings.base + path + _query_string(query or {})
        while True:
            response = self._answer(method, url, body, sent, read_seconds)
            answer = self._read(response)
            if not _still_runs(answer):
                break
            # The first try of this very request has not ended yet.
            time.sleep(float(answer.document["error"].get("retryAfterSeconds") or 1))
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return answer
        raise self._refused(answer)

    def _answer(
        self,
        method: str,
        url: str,
        body: Any,  # noqa: ANN401 - bytes, or what can be read
        headers: Mapping[str, str],
        read_seconds: float,
    ) -> "BaseHTTPResponse":
        from urllib3 import Timeout  # noqa: PLC0415 - loaded when it runs
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

        timeout = Timeout(connect=CONNECT_SECONDS, read=read_seconds)
        try:
            return self.pool.urlopen(
                method, url, body=body, headers=headers, timeout=timeout, retries=_retries()
            )
        except HTTPError as error:
            raise unreachable(error, self.settings.base, self._again(method)) from None
        except (UnicodeError, ValueError) as error:
            raise Stop(
                f"The request could not be written: {error}.",
                "Look for strange characters in the key and in the address.",
            ) from None
        except KeyboardInterrupt:
            raise Stop(
                "Stopped before the server had answered.",
                *self._again(method),
                code=ExitCode.INTERRUPTED,
            ) from None

    def _again(self, method: str) -> tuple[str, ...]:
        """What to do about a write whose answer was not heard."""
        if method == "GET":
            return ()
        if self.repeatable:
            repeat = f"the same command with --idempotency-key {self.idempotency_key}"
            return (f"It may be done all the same. Run {repeat}: it does nothing twice.",)
        return ("It may be done all the same; look before you do it again.",)

    def _read(self, response: "BaseHTTPResponse") -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            document = json.loads(response.data) if response.data else None
        except ValueError:
            raise unexpected(response, self.settings.base) from None
        return Answer(response.status, document, headers)

    def _refused(self, answer: Answer) -> Stop:
        if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
            # A key is shown to nobody but the server that was named.
            return Stop(
                f"{self.settings.base} sends on to {answer.headers.get('location', 'nowhere')}.",
                "Name the address that it moved to: --base, LMP_API_BASE, or `lmp login`.",
            )
        stop = refusal(answer.status, answer.document, self.settings.base)
        if self.screen.as_json and stop.document is not None:
            self.screen.show(stop.document, lambda _console: None)
        return stop


def connect(
    *,
    as_json: bool = False,
    output: Path | None = None,
    base: str | None = None,
    idempotency_key: str | None = None,
    repeatable: bool = False,
) -> Session:
    """Begin to speak with the server of the settings; nothing is sent yet."""
    from uuid import uuid4  # noqa: PLC0415 - loaded when it runs

    notice_hang_up()
    screen = Screen(as_json=as_json, output=output)
    settings = ClientSettings.read(os.environ, base)
    return Session(settings, screen, idempotency_key or f"lmp-{uuid4()}", repeatable)


def open_pool(base: str) -> "PoolManager":
    """Connections to a server, through a proxy where the environment names one."""
    from urllib3 import PoolManager, ProxyManager  # noqa: PLC0415 - loaded when it runs
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    proxy = _proxy_for(base)
    if proxy is None:
        return PoolManager()
    try:
        return ProxyManager(proxy)
    except HTTPError:
        raise Stop(
            f"{proxy} is not the address of a proxy.",
            "Correct HTTP_PROXY or HTTPS_PROXY, or name the server in NO_PROXY.",
        ) from None


def _proxy_for(base: str) -> str | None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - 60 ms, seldom needed

    scheme, _, rest = base.partition("://")
    if proxy_bypass(rest.partition("/")[0]):
        return None
    found = getproxies()
    return found.get(scheme) or found.get("all")


def _retries() -> Any:  # noqa: ANN401 - urllib3 is not loaded here
    from urllib3 import Retry  # noqa: PLC0415 - loaded when it runs

    return Retry(
        total=RETRIES,
        # Where nobody listens, nobody will in a second.
        connect=0,
        redirect=0,
        allowed_methods=None,
        status_forcelist=_PASSING,
        backoff_factor=BACKOFF_SECONDS,
        backoff_jitter=BACKOFF_SECONDS,
        raise_on_status=False,
        raise_on_redirect=False,
        retry_after_max=RETRY_AFTER_MOST_SECONDS,
    )


def _encoded(body: Any) -> bytes:  # noqa: ANN401 - JSON
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Stop("A text of this command is not UTF-8.", "Write it as UTF-8.") from None


def _still_runs(answer: Answer) -> bool:
    if answer.status != HTTPStatus.CONFLICT or not isinstance(answer.document, dict):
        return False
    error = answer.document.get("error")
    return isinstance(error, dict) and error.get("retryable") is True


def _query_string(query: Query) -> str:
    from urllib.parse import urlencode  # noqa: PLC0415 - loaded when it runs

    given = {name: value for name, value in query.items() if value is not None}
    return f"?{urlencode(given, doseq=True)}" if given else ""
