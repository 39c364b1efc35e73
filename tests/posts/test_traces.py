"""Traces lead from a request to the call on the platform, and hold no secret."""

import asyncio
import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from letmepost import worker
from letmepost.kit.open_telemetry import OpenTelemetry
from letmepost.kit.settings import SettingsError
from letmepost.kit.traces import call_span, trace_by
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, running
from tests.posts.scheduling import fire_in_time, scheduled

CALLER_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER_SPAN = "00f067aa0ba902b7"
POST = "POST /v1/posts"


class Spans:
    """The spans that have ended."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [each for each in self.all() if each.name == name]

    def calls(self) -> list[ReadableSpan]:
        return [each for each in self.all() if each.kind is SpanKind.CLIENT]

    def clear(self) -> None:
        self._exporter.clear()


@pytest.fixture
def spans() -> Iterator[Spans]:
    exporter = InMemorySpanExporter()
    tracing = OpenTelemetry(SimpleSpanProcessor(exporter), "test")
    trace_by(tracing)
    yield Spans(exporter)
    trace_by(None)
    tracing.close()


def _trace(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def _is_child(span: ReadableSpan, of: ReadableSpan) -> bool:
    assert of.context is not None
    return span.parent is not None and span.parent.span_id == of.context.span_id


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_post_that_goes_out_at_once_is_one_trace(server: Running, spans: Spans) -> None:
    body = {"targets": [{"platform": "bluesky"}], "text": "Traced"}
    headers = {"traceparent": f"00-{CALLER_TRACE}-{CALLER_SPAN}-01"}
    reply = await server.call("POST", "/v1/posts", body, headers=headers)
    await server.idle()
    [request] = spans.named(POST)
    assert _trace(request) == CALLER_TRACE
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == CALLER_SPAN
    shown = _attributes(request)
    assert shown["http.route"] == "/v1/posts"
    assert shown["http.response.status_code"] == reply.status
    assert shown["letmepost.request_id"] == reply.headers["x-request-id"]
    [job] = spans.named("job publish")
    assert _is_child(job, of=request)
    assert _attributes(job)["letmepost.post_id"] == reply.body["results"][0]["postId"]
    assert _attributes(job)["letmepost.attempt_id"].startswith("att_")
    calls = [each for each in spans.calls() if _is_child(each, of=job)]
    assert calls
    for call in calls:
        assert _trace(call) == CALLER_TRACE
        told = _attributes(call)
        assert told["letmepost.platform"] == "bluesky"
        assert told["server.address"] == "127.0.0.1"
        assert told["http.response.status_code"] == 200


async def test_a_scheduled_post_is_linked_by_the_id_of_its_request(
    server: Running, spans: Spans
) -> None:
    result = await scheduled(server)
    [request] = spans.named(POST)
    spans.clear()
    await fire_in_time(server)
    [job] = spans.named("job publish")
    shown = _attributes(job)
    assert shown["letmepost.request_id"] == _attributes(request)["letmepost.request_id"]
    assert shown["letmepost.post_id"] == result["postId"]
    assert _trace(job) != _trace(request)
    assert any(_is_child(call, of=job) for call in spans.calls())


async def test_no_secret_is_in_any_span(server: Running, alice: Caller, spans: Spans) -> None:
    await server.connect(alice.simulation)
    await alice.fault("status", route="createRecord", status=500)
    await server.post("Words of a person")
    await server.call("GET", "/v1/posts?cursor=secret-in-a-query")
    await server.call("GET", "/nowhere/secret-in-a-path")
    given = alice.simulation.accounts["bluesky"]
    secrets = [server.key, "Words of a person", "secret-in-", *map(str, given.values())]
    found = spans.all()
    assert len(found) > 5
    for span in found:
        assert not span.events
        assert span.status.description is None
        written = f"{span.name} {_attributes(span)}"
        for secret in secrets:
            assert secret not in written, f"{secret} in {written}"
        assert "?" not in written
        assert "eyJ" not in written


def test_of_a_call_only_the_host_is_told(spans: Spans) -> None:
    url = "https://user:word@graph.example:8443/v9/act_1/posts?access_token=secret#secret"
    with pytest.raises(ValueError, match="secret"), call_span("GET", url):
        raise ValueError("secret")
    [span] = spans.all()
    assert _attributes(span) == {
        "http.request.method": "GET",
        "server.address": "graph.example",
        "error.type": "ValueError",
    }
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert not span.events


async def test_spans_are_sent_to_the_collector_that_is_set(
    alice: Caller, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    sent: list[str] = []

    async def collect(request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        message = ExportTraceServiceRequest.FromString(body)
        for resource in message.resource_spans:
            names = {each.key: each.value.string_value for each in resource.resource.attributes}
            assert names["service.name"] == "letmepost"
            sent.extend(span.name for scope in resource.scope_spans for span in scope.spans)
        return web.Response(content_type="application/x-protobuf")

    collector = web.Application()
    collector.router.add_post("/v1/traces", collect)
    async with TestServer(collector) as listening:
        traces_url = str(listening.make_url("/v1/traces"))
        async with running(
            "bluesky",
            alice.simulation,
            database_url,
            tmp_path / "data",
            fake_clock,
            LETMEPOST_TRACES_URL=traces_url,
        ) as server:
            await server.post("Sent")
    assert {POST, "job publish"} <= set(sent)


def test_without_the_sdk_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "letmepost.kit.open_telemetry")

    async def open_traced() -> None:
        async with worker._traced("http://127.0.0.1:4318/v1/traces"):
            pass

    with pytest.raises(SettingsError, match=r"letmepost\[telemetry\]"):
        asyncio.run(open_traced())


def test_where_traces_are_off_nothing_of_them_is_loaded() -> None:
    program = (
        "import sys, letmepost.server; "
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')"
        " or name == 'letmepost.kit.open_telemetry'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ran.stdout.decode().strip() == "[]"
