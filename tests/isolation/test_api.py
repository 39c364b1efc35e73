"""No operation of the API tells or changes anything of another organization or another profile."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from letmepost.api.app import OPERATIONS
from letmepost.api.operation import Operation
from tests.api.client import Answer
from tests.isolation.attempts import (
    BODIES,
    CLAIMS,
    OF_PLATFORMS,
    SAME_FIELDS,
    Attempt,
    attempts,
    claimed_fields,
    fields_with_ids,
    platforms_of_ids,
)
from tests.isolation.conftest import Isolation, Stranger
from tests.isolation.victim import contents, nobodys

pytestmark = pytest.mark.asyncio(loop_scope="session")

_BY_NAME = {each.name: each for each in OPERATIONS}
_NOT_FOUND = 404
_REQUEST_ID = re.compile(rb"req_\w+")


async def _call(stranger: Stranger, attempt: Attempt) -> Answer:
    more: dict[str, Any] = {"data": attempt.content} if attempt.content is not None else {}
    if attempt.body is not None:
        more["json"] = attempt.body
    return await stranger.client.call(attempt.method, attempt.path, **more)


def _told(answer: Answer, ids: Mapping[str, str]) -> bytes:
    """What an answer says, the ids aside that the request itself named."""
    told = _REQUEST_ID.sub(b"", answer.raw)
    for kind, each in ids.items():
        told = told.replace(each.encode(), kind.encode())
    return told


@pytest.mark.parametrize("operation", OPERATIONS, ids=[each.name for each in OPERATIONS])
async def test_an_id_of_somebody_else_is_as_good_as_none(
    isolation: Isolation, operation: Operation
) -> None:
    victim = isolation.victim
    nobody = nobodys(victim.ids)
    before, traces = await contents(isolation.server), await isolation.server.traces()
    for stranger in isolation.strangers:
        pairs = zip(
            attempts(operation, victim.ids, stranger.signed),
            attempts(operation, nobody, stranger.signed),
            strict=True,
        )
        for claimed, made_up in pairs:
            answer, nothing = await _call(stranger, claimed), await _call(stranger, made_up)
            where = (stranger.who, claimed, answer.body)
            assert answer.status == nothing.status, (*where, nothing.body)
            assert _told(answer, victim.ids) == _told(nothing, nobody), where
            if answer.status == 200:
                # A filter that finds nothing, or a check of a draft.
                assert answer.body.get("data", []) == [], where
            elif operation.is_public:
                # Without a key, what counts is the signature, which is not of this id.
                assert answer.status in (403, _NOT_FOUND), where
            elif claimed.body is None or operation.name in BODIES:
                assert answer.status == _NOT_FOUND, where
            else:
                assert answer.status in (400, _NOT_FOUND), where
    assert await contents(isolation.server) == before
    after = await isolation.server.traces()
    assert (after.objects, after.upstream_requests) == (traces.objects, traces.upstream_requests)


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.method == "GET" and "{" not in each.path],
    ids=lambda each: each.name,
)
async def test_a_list_holds_nothing_of_somebody_else(
    isolation: Isolation, operation: Operation
) -> None:
    untold = isolation.victim.untold
    for stranger in isolation.strangers:
        answer = await stranger.client.get(operation.path)
        assert answer.status == 200, answer.body
        # Another profile of one organization is told the organization's own id.
        own = {isolation.victim.organization.id} if stranger.who == "another profile" else set()
        found = [each for each in untold - own if each.encode() in answer.raw]
        assert found == [], (stranger.who, operation.path)


async def test_the_owner_finds_what_the_others_do_not(isolation: Isolation) -> None:
    client = await isolation.victim.organization.client()
    for operation in OPERATIONS:
        if operation.method == "GET" and operation.name != "readMediaFile":
            for attempt in attempts(operation, isolation.victim.ids, {}):
                answer = await client.get(attempt.path)
                # Of a platform's own calls, the account is found to be one of another platform.
                assert answer.status in (200, 400), (attempt, answer.body)
                if answer.status == 400:
                    assert "/pinterest/" in attempt.path, attempt


async def test_a_repeated_key_of_somebody_else_repeats_nothing(isolation: Isolation) -> None:
    owner = await isolation.victim.organization.client()
    body = {"name": "Repeated", "scopes": ["posts:read"]}
    headers = {"Idempotency-Key": "shared-by-chance"}
    made = await owner.post("/v1/api-keys", body, headers=headers)
    assert made.status == 201
    for stranger in isolation.strangers:
        answer = await stranger.client.post("/v1/api-keys", body, headers=headers)
        assert made.body["key"].encode() not in answer.raw
        assert "Idempotency-Replayed" not in answer.headers


async def test_every_field_that_takes_an_id_is_tried() -> None:
    missing = {
        each.name: fields_with_ids(each) - claimed_fields(each)
        for each in OPERATIONS
        if each.name not in SAME_FIELDS and fields_with_ids(each) - claimed_fields(each)
    }
    assert missing == {}, "Say in tests/isolation/attempts.py how a stranger would name them."


async def test_what_is_listed_still_exists() -> None:
    assert {*CLAIMS, *BODIES, *SAME_FIELDS} <= _BY_NAME.keys()
    assert platforms_of_ids() | {"boardId"} == OF_PLATFORMS
