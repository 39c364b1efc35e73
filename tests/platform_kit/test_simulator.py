"""The stage that every platform simulator stands on, over real HTTP on loopback."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping

import aiohttp
import pytest

from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from tests.platform_kit.notes import Client, NotesSimulator


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
