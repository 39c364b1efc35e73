"""One description of a call for both clients: what is written as a conversation is bound to one.

`Resource[Blocking]` has methods that return, `Resource[Awaiting]` the same ones to be awaited.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from datetime import datetime
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload
from urllib.parse import quote, urlencode

from letmepost_sdk.contents import Contents
from letmepost_sdk.exchange import Exchange, Retrying, Send, answered, document_of
from letmepost_sdk.exchange import new_idempotency_key as new_key
from letmepost_sdk.settings import CallOptions, Settings

if TYPE_CHECKING:
    # Each loads a library of its own, and a program needs one of them.
    from letmepost_sdk.awaiting import Awaiting
    from letmepost_sdk.blocking import Blocking

P = ParamSpec("P")
T = TypeVar("T")
DriverT = TypeVar("DriverT", "Blocking", "Awaiting")

JSON_TYPE = "application/json"
# The server's own time to answer, on top of what it was asked to wait for posts.
ANSWERING_SECONDS = 30.0
_PLACE = re.compile(r"{\w+}")


class Resource(Generic[DriverT]):
    """A group of calls, run by the driver of a client."""

    def __init__(self, driver: DriverT, settings: Settings) -> None:
        self._driver: DriverT = driver
        self._settings = settings

    def _call(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str,
        *ids: str,
        given: Mapping[str, Any],
        body: object = None,
        contents: tuple[str, Contents] | None = None,
        headers: Mapping[str, str] | None = None,
        wait_seconds: int | None = None,
    ) -> Exchange[Any]:
        """One call: its JSON answer. What of `given` is no option of a call is its query."""
        places = iter(ids)
        filled = _PLACE.sub(lambda _: quote(next(places), safe=""), path)
        query = _query({k: v for k, v in given.items() if k not in CallOptions.__optional_keys__})
        sent = {"Authorization": f"Bearer {self._settings.api_key}", **(headers or {})}
        if method != "GET":
            sent["Idempotency-Key"] = given.get("idempotency_key") or new_key()
        payload: bytes | Contents | None = None
        if contents is not None:
            sent["Content-Type"], payload = contents
        elif body is not None:
            sent["Content-Type"] = JSON_TYPE
            payload = json.dumps(body).encode()
        timeout_seconds = given.get("timeout_seconds", self._settings.timeout_seconds)
        if wait_seconds is not None:
            sent["Prefer"] = f"wait={wait_seconds}" if wait_seconds > 0 else "respond-async"
            timeout_seconds = max(timeout_seconds, wait_seconds + ANSWERING_SECONDS)
        url = f"{self._settings.base_url}{filled}{query}"
        every_header = _merged(self._settings.headers, sent, given.get("headers") or {})
        request = Send(method, url, every_header, payload, timeout_seconds)
        reply = yield from answered(request, self._retrying(given, payload))
        return document_of(reply)

    def _put(self, url: str, headers: Mapping[str, str], contents: Contents) -> Exchange[None]:
        """Send bytes to an address that needs no key, perhaps of another server."""
        request = Send("PUT", url, headers, contents, self._settings.timeout_seconds)
        yield from answered(request, self._retrying({}, contents))

    def _retrying(self, given: Mapping[str, Any], payload: bytes | Contents | None) -> Retrying:
        retries = max(0, given.get("retries", self._settings.retries))
        if isinstance(payload, Contents) and not payload.repeatable:
            retries = 0
        return Retrying(
            retries, self._settings.retry_base_seconds, self._settings.retry_after_max_seconds
        )

    def _walk(self, path: str, *ids: str, given: Mapping[str, Any]) -> Walk[Any]:
        """Every entry of a list, page by page."""

        def read(cursor: str | None) -> Exchange[Any]:
            here = given if cursor is None else {**given, "cursor": cursor}
            return self._call("GET", path, *ids, given=here)

        return Walk(read)


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """All headers; of those that differ only in case, the last one."""
    found = {name.lower(): (name, value) for each in layers for name, value in each.items()}
    return dict(found.values())


def _query(given: Mapping[str, Any]) -> str:
    """A query string: names as the API has them, several values as one parameter each."""
    pairs: list[tuple[str, str]] = []
    for name, value in given.items():
        several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
        pairs += [(_camel(name), text_of(each)) for each in several if each is not None]
    return f"?{urlencode(pairs)}" if pairs else ""


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


def text_of(value: object) -> str:
    """A value as the API reads it. Raises ValueError for a time without a time zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("A time needs a time zone: which moment it means depends on it.")
        return value.isoformat()
    return str(value)


class Operation(Generic[P, T]):
    """A call of a resource, written once."""

    def __init__(self, exchange: Callable[Concatenate[Any, P], Exchange[T]]) -> None:
        self._exchange = exchange
        self.__doc__ = exchange.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> Operation[P, T]: ...
    @overload
    def __get__(self, resource: Resource[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, resource: Resource[Awaiting], owner: type
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Any:
        """The call, as the client of the resource makes it."""
        if resource is None:
            return self

        exchange = MethodType(self._exchange, resource)
        driver = resource._driver  # noqa: SLF001 - its calls are a part of it

        @functools.wraps(exchange)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - a value or a promise
            return driver.run(exchange(*args, **kwargs))

        return bound


class Walk(Generic[T]):
    """How each page of a list is read, by the cursor of the page before."""

    def __init__(self, read: Callable[[str | None], Exchange[Any]]) -> None:
        self.read = read


class Iteration(Generic[P, T]):
    """A list of a resource to walk through, written once."""

    def __init__(self, walk: Callable[Concatenate[Any, P], Walk[T]]) -> None:
        self._walk = walk
        self.__doc__ = walk.__doc__

    @overload
    def __get__(self, resource: None, owner: type) -> Iteration[P, T]: ...
    @overload
    def __get__(self, resource: Resource[Blocking], owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(
        self, resource: Resource[Awaiting], owner: type
    ) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, resource: Resource[Any] | None, owner: type) -> Any:
        """The list, as the client of the resource walks it."""
        if resource is None:
            return self

        walk = MethodType(self._walk, resource)
        driver = resource._driver  # noqa: SLF001 - its calls are a part of it

        @functools.wraps(walk)
        def bound(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - either iterator
            return driver.walk(walk(*args, **kwargs).read)

        return bound
