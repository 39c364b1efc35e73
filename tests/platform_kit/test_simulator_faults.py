"""Faults: each does what it says, as often and where it was asked to, over real HTTP."""

import asyncio
import io
import json

import aiohttp
import pytest

from tests.platform_kit.notes import Client

NOTES_FAULTS = "cut_after_commit, cut_before_commit, hide_history, html, malformed, slow, status"


async def test_recorded_body_is_cut_to_4_kb_even_inside_a_character(client: Client) -> None:
    await client.write("x" + "é" * 4000)
    (seen,) = await client.json("/_simulator/requests?platform=notes")
    assert seen["body"] == "x" + "é" * 2047
    assert seen["bodyBytes"] == 8001


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


async def test_fault_hits_one_request_in_so_many_and_the_next_fault_gets_the_others(
    client: Client,
) -> None:
    await client.fault(fault="status", status=500, times=100, every=3)
    await client.fault(fault="status", status=503, times=100, every=2)
    seen = [(await client.write())[0] for _ in range(6)]
    assert seen == [201, 503, 500, 201, 503, 500]


async def test_fault_is_told_apart_by_a_part_of_the_query(client: Client) -> None:
    await client.fault(fault="status", status=500, route="of=bob")
    assert (await client.call("GET", "/notes/v1/notes?of=alice"))[0] == 200
    assert (await client.call("GET", "/notes/v1/notes?of=bob"))[0] == 500


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
            "every": 1,
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
            "fault html takes the fields every, fault, platform, route, times, not seconds.",
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


async def test_reset_forgets_posts_faults_and_requests(client: Client) -> None:
    await client.write()
    await client.fault(fault="html")
    assert (await client.call("POST", "/_simulator/reset"))[0] == 204
    for path in ("timeline", "faults", "requests"):
        assert await client.json(f"/_simulator/{path}") == []
    assert (await client.write())[0] == 201
