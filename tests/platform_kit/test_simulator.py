"""The stage that every platform simulator stands on, over real HTTP on loopback."""

import asyncio
import io
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.platform_kit.simulator import PlatformSimulator, Simulation
from letmepost.platform_kit.simulator_faults import InvalidInstructionError
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia

NOTES_FAULTS = "cut_after_commit, cut_before_commit, hide_history, html, malformed, slow, status"


class NotesSimulator(PlatformSimulator):
    """A platform that exists only here: it keeps notes."""

    platform = "notes"
    plays = ("hide_history",)

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/v1/notes", self._write, methods=["POST"]),
            Route("/v1/notes", self._read, methods=["GET"]),
        ]

    def error(self, status: int) -> Response:
        return JSONResponse({"notes_error": status}, status, {"X-Notes": "sorry"})

    def reset(self) -> None:
        self.notes.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        if set(body) != {"note"}:
            raise InvalidInstructionError("A world of notes has a note.")
        self.notes.append(str(body["note"]))
        return {"notes": len(self.notes)}

    def timeline(self) -> list[TimelineEntry]:
        picture = TimelineMedia("image/png", 70, alt='a "dot"', url="/notes/dot.png")
        return [
            TimelineEntry(
                "notes", "me", str(number), text, f"2026-11-24T10:00:0{number}Z", [picture]
            )
            for number, text in enumerate(self.notes)
        ]

    def settings(self, url: str) -> Mapping[str, str]:
        return {"LETMEPOST_NOTES_API_URL": url}

    def account(self, url: str) -> Mapping[str, object]:
        return {"key": "open", "url": url}

    async def _write(self, request: Request) -> Response:
        self.notes.append((await request.body()).decode())
        return JSONResponse({"notes": len(self.notes)}, 201)

    async def _read(self, request: Request) -> Response:
        hidden = self.faults.take(request.url.path, "hide_history")
        return JSONResponse([] if hidden else self.notes)


class Client:
    """One caller of a simulation, which opens a new connection for every request."""

    def __init__(self, session: aiohttp.ClientSession, simulation: Simulation) -> None:
        self.session = session
        self.url = simulation.url

    async def call(
        self, method: str, path: str, **given: Any
    ) -> tuple[int, str, Mapping[str, str]]:
        async with self.session.request(method, self.url + path, **given) as answer:
            return answer.status, await answer.text(), answer.headers

    async def json(self, path: str, **given: Any) -> Any:
        _, text, _ = await self.call("GET", path, **given)
        return json.loads(text)

    async def write(self, text: str = "hello") -> tuple[int, str, Mapping[str, str]]:
        return await self.call("POST", "/notes/v1/notes", data=text)

    async def notes(self) -> Any:
        return await self.json("/notes/v1/notes")

    async def fault(self, **body: Any) -> None:
        body = {"platform": "notes", **body}
        status, text, _ = await self.call("POST", "/_simulator/faults", json=body)
        assert status == 201, text


@pytest.fixture
async def simulation() -> AsyncIterator[Simulation]:
    async with running_simulators([NotesSimulator()]) as simulation:
        yield simulation


@pytest.fixture
async def client(simulation: Simulation) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Client(session, simulation)


async def test_ready_line_tells_settings_and_accounts(simulation: Simulation) -> None:
    assert simulation.described() == {
        "url": simulation.url,
        "settings": {
            "LETMEPOST_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8,::1/128",
            "LETMEPOST_NOTES_API_URL": f"{simulation.url}/notes",
        },
        "accounts": {"notes": {"key": "open", "url": f"{simulation.url}/notes"}},
    }


async def test_platform_is_served_under_its_name(client: Client) -> None:
    assert (await client.write())[0] == 201
    assert await client.notes() == ["hello"]
    assert (await client.call("GET", "/v1/notes"))[0] == 404


async def test_two_simulators_share_nothing(client: Client) -> None:
    await client.write()
    async with running_simulators([NotesSimulator()]) as other:
        assert await Client(client.session, other).notes() == []


async def test_requests_are_recorded_with_headers_body_and_status(client: Client) -> None:
    await client.call(
        "POST",
        "/notes/v1/notes?a=1&b=",
        data="grüezi",
        headers={"Authorization": "Bearer secret", "Content-Type": "text/plain"},
    )
    (seen,) = await client.json("/_simulator/requests")
    assert seen["platform"] == "notes"
    assert (seen["method"], seen["path"]) == ("POST", "/notes/v1/notes")
    assert seen["query"] == {"a": "1", "b": ""}
    assert seen["headers"]["authorization"] == "Bearer secret"
    assert (seen["body"], seen["bodyBytes"], seen["status"]) == ("grüezi", 7, 201)


async def test_recorded_body_is_cut_to_4_kb_even_inside_a_character(client: Client) -> None:
    await client.write("x" + "é" * 4000)
    (seen,) = await client.json("/_simulator/requests?platform=notes")
    assert seen["body"] == "x" + "é" * 2047
    assert seen["bodyBytes"] == 8001


@pytest.mark.parametrize("content_type", ["image/png", "text/plain"])
async def test_binary_body_is_recorded_in_base64_though_nobody_reads_it(
    client: Client, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    await client.call("POST", "/notes/v1/elsewhere", data=b"\x89PNG", headers=headers)
    (seen,) = await client.json("/_simulator/requests")
    assert (seen["bodyBase64"], seen["status"]) == ("iVBORw==", 404)
    assert "body" not in seen


async def test_timeline_is_json_for_a_script_and_newest_first(client: Client) -> None:
    await client.write("one")
    await client.write("two")
    entries = await client.json("/_simulator/timeline", headers={"Accept": "application/json"})
    assert [entry["text"] for entry in entries] == ["two", "one"]
    assert entries[1] == {
        "platform": "notes",
        "account": "me",
        "id": "0",
        "text": "one",
        "media": [
            {"mimeType": "image/png", "sizeBytes": 70, "alt": 'a "dot"', "url": "/notes/dot.png"}
        ],
        "createdAt": "2026-11-24T10:00:00Z",
    }


async def test_timeline_is_a_self_contained_page_for_a_browser(client: Client) -> None:
    await client.write("<script>alert(1)</script>")
    status, page, headers = await client.call(
        "GET", "/_simulator/timeline", headers={"Accept": "text/html,*/*;q=0.8"}
    )
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


async def test_cut_before_commit_closes_the_connection_and_commits_nothing(client: Client) -> None:
    await client.fault(fault="cut_before_commit")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.write()
    assert await client.notes() == []
    cut = (await client.json("/_simulator/requests"))[0]
    assert (cut["status"], cut["body"]) == (None, "hello")


async def test_cut_after_commit_closes_the_connection_once_it_is_done(client: Client) -> None:
    await client.fault(fault="cut_after_commit")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.write()
    assert await client.notes() == ["hello"]


async def test_cut_of_a_large_body_is_a_disconnect_too(client: Client) -> None:
    await client.fault(fault="cut_before_commit")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.call("POST", "/notes/v1/notes", data=io.BytesIO(b"x" * 3_000_000))


async def test_slow_commits_though_the_caller_gave_up(client: Client) -> None:
    await client.fault(fault="slow", seconds=0.05)
    with pytest.raises(TimeoutError):
        await client.call(
            "POST", "/notes/v1/notes", data="late", timeout=aiohttp.ClientTimeout(total=0.01)
        )
    await asyncio.sleep(0.1)
    assert await client.notes() == ["late"]


async def test_slow_goes_together_with_another_fault(client: Client) -> None:
    await client.fault(fault="slow", seconds=0.001)
    await client.fault(fault="status", status=503)
    assert (await client.write())[0] == 503


async def test_status_answers_in_the_platforms_own_words(client: Client) -> None:
    await client.fault(fault="status", status=503)
    status, body, headers = await client.write()
    assert (status, json.loads(body), headers["X-Notes"]) == (503, {"notes_error": 503}, "sorry")
    assert await client.notes() == []


async def test_status_answers_with_the_body_and_headers_asked_for(client: Client) -> None:
    await client.fault(
        fault="status", status=429, body={"slow": "down"}, headers={"Retry-After": 7, "X-Notes": ""}
    )
    status, body, headers = await client.write()
    assert (status, json.loads(body)) == (429, {"slow": "down"})
    assert headers["Retry-After"] == "7"
    await client.fault(fault="status", status=500, body="plain")
    assert (await client.write())[:2] == (500, "plain")


async def test_malformed_commits_and_answers_200_with_broken_json(client: Client) -> None:
    await client.fault(fault="malformed")
    status, body, headers = await client.write()
    assert (status, headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert await client.notes() == ["hello"]


async def test_html_is_a_gateways_error_page(client: Client) -> None:
    await client.fault(fault="html")
    status, body, headers = await client.write()
    assert status == 502
    assert headers["content-type"].startswith("text/html")
    assert "<html>" in body
    assert await client.notes() == []


async def test_fault_fires_once_or_as_often_as_asked(client: Client) -> None:
    await client.fault(fault="status", status=500)
    assert [(await client.write())[0] for _ in range(2)] == [500, 201]
    await client.fault(fault="status", status=500, times=2)
    assert [(await client.write())[0] for _ in range(3)] == [500, 500, 201]


async def test_fault_waits_for_its_route(client: Client) -> None:
    await client.fault(fault="status", status=500, route="v1/other")
    assert (await client.write())[0] == 201
    assert (await client.call("GET", "/notes/v1/other"))[0] == 500


async def test_fault_of_the_platform_is_played_by_its_handler(client: Client) -> None:
    await client.write()
    await client.fault(fault="hide_history")
    assert await client.notes() == []
    assert await client.notes() == ["hello"]


async def test_faults_are_listed_with_how_often_they_fired(client: Client) -> None:
    await client.fault(fault="slow", seconds=0, times=2)
    await client.write()
    assert await client.json("/_simulator/faults") == [
        {
            "platform": "notes",
            "fault": "slow",
            "route": None,
            "times": 2,
            "fired": 1,
            "seconds": 0.0,
        }
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[]", "The body must be one JSON object."),
        ("{", "The body must be JSON."),
        ('{"fault": "slow"}', "platform must be one of notes, not None."),
        ('{"platform": "x", "fault": "slow"}', "platform must be one of notes, not 'x'."),
        (
            '{"platform": "notes", "fault": "explode"}',
            f"fault on notes must be one of {NOTES_FAULTS}, not 'explode'.",
        ),
        # Named in the contract, but nothing that a platform of notes could play.
        (
            '{"platform": "notes", "fault": "container_stuck"}',
            f"fault on notes must be one of {NOTES_FAULTS}, not 'container_stuck'.",
        ),
        (
            '{"platform": "notes", "fault": "html", "seconds": 1}',
            "fault html takes the fields fault, platform, route, times, not seconds.",
        ),
        ('{"platform": "notes", "fault": "slow"}', "seconds must be a number, not None."),
        (
            '{"platform": "notes", "fault": "slow", "seconds": -1}',
            "seconds must be from 0 to 3600, not -1.",
        ),
        (
            '{"platform": "notes", "fault": "status"}',
            "status must be a whole number, not None.",
        ),
        (
            '{"platform": "notes", "fault": "status", "status": 99}',
            "status must be from 200 to 599, not 99.",
        ),
        (
            '{"platform": "notes", "fault": "status", "status": 500, "headers": []}',
            "headers must be an object, not [].",
        ),
        (
            '{"platform": "notes", "fault": "status", "status": 500, "headers": {"X": null}}',
            "header X must be a string, not None.",
        ),
        (
            '{"platform": "notes", "fault": "status", "status": 500, "headers": {"X": "\\u2603"}}',
            "headers must be Latin-1 text.",
        ),
        ('{"platform": "notes", "fault": "html", "times": 0}', "times must be 1 or more, not 0."),
        (
            '{"platform": "notes", "fault": "html", "times": true}',
            "times must be a whole number, not True.",
        ),
        ('{"platform": "notes", "fault": "html", "route": 3}', "route must be a string, not 3."),
    ],
)
async def test_wrong_fault_is_refused_with_a_sentence(
    client: Client, body: str, sentence: str
) -> None:
    status, text, _ = await client.call("POST", "/_simulator/faults", data=body)
    assert (status, json.loads(text)) == (400, {"error": sentence})
    assert await client.json("/_simulator/faults") == []


async def test_world_is_extended_by_its_platform(client: Client) -> None:
    body = {"platform": "notes", "note": "from before"}
    status, text, _ = await client.call("POST", "/_simulator/world", json=body)
    assert (status, json.loads(text)) == (201, {"notes": 1})
    assert await client.notes() == ["from before"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"note": "x"}, "platform must be one of notes, not None."),
        ({"platform": ["notes"]}, "platform must be one of notes, not ['notes']."),
        ({"platform": "notes", "nota": "x"}, "A world of notes has a note."),
    ],
)
async def test_wrong_world_is_refused_with_a_sentence(
    client: Client, body: Mapping[str, object], sentence: str
) -> None:
    status, text, _ = await client.call("POST", "/_simulator/world", json=body)
    assert (status, json.loads(text)) == (400, {"error": sentence})


async def test_reset_forgets_posts_faults_and_requests(client: Client) -> None:
    await client.write()
    await client.fault(fault="html")
    assert (await client.call("POST", "/_simulator/reset"))[0] == 204
    for path in ("timeline", "faults", "requests"):
        assert await client.json(f"/_simulator/{path}") == []
    assert (await client.write())[0] == 201


async def test_latency_is_added_to_every_request_of_a_platform() -> None:
    async with (
        running_simulators([NotesSimulator()], latency_seconds=0.05) as simulation,
        aiohttp.ClientSession() as session,
    ):
        client = Client(session, simulation)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.notes()
        assert loop.time() - began >= 0.05
        began = loop.time()
        await client.json("/_simulator/faults")
        assert loop.time() - began < 0.05


async def test_taken_port_is_an_error(simulation: Simulation) -> None:
    port = int(simulation.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        async with running_simulators([NotesSimulator()], port=port):
            pass


async def test_stopping_does_not_wait_for_a_request_in_progress() -> None:
    async with (
        aiohttp.ClientSession() as session,
        running_simulators([NotesSimulator()]) as simulation,
    ):
        client = Client(session, simulation)
        await client.fault(fault="slow", seconds=60)
        waiting = asyncio.create_task(client.write())
        async with asyncio.timeout(5):
            while not await client.json("/_simulator/requests"):  # noqa: ASYNC110 -- across HTTP
                await asyncio.sleep(0.01)
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_process_prints_one_ready_line_and_stops_on_sigterm() -> None:
    script = (
        "from letmepost.platform_kit.simulator_server import serve_simulators\n"
        "serve_simulators(0, [])\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    assert sorted(ready) == ["accounts", "settings", "url"]
    async with (
        aiohttp.ClientSession() as session,
        session.get(ready["url"] + "/_simulator/timeline") as answer,
    ):
        assert await answer.json() == []
    process.send_signal(signal.SIGTERM)
    rest_of_stdout, stderr = await process.communicate()
    assert (process.returncode, rest_of_stdout) == (0, b"")
    assert b"/_simulator/timeline" in stderr
