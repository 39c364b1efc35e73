"""Every list, as the document declares it: arrays in each spelling, and pages to the last one."""

from typing import Any

import pytest

from letmepost.api.app import OPERATIONS
from letmepost.api.operation import Operation
from letmepost.api.parameters import CURSOR, Parameter
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization
from tests.media.samples import image

IN_SESSION = pytest.mark.asyncio(loop_scope="session")
PAGED = [each for each in OPERATIONS if CURSOR in each.query]
ARRAYS = [
    (operation, parameter)
    for operation in OPERATIONS
    for parameter in operation.query
    if parameter.schema["type"] == "array"
]
SPELLINGS = ("{0}={1}&{0}={2}", "{0}={1},{2}", "{0}[]={1}&{0}[]={2}", "{0}[0]={1}&{0}[1]={2}")


async def _furnished(organization: Organization) -> tuple[Client, str]:
    """A client that sees three of each thing, and the webhook endpoint that was told of them."""
    client = await organization.client()
    endpoints = [
        (await client.post("/v1/webhook-endpoints", {"url": "https://app.example/hooks"})).body[
            "id"
        ]
        for _ in range(3)
    ]
    account = await organization.connect(client)
    for number in range(3):
        await client.post("/v1/api-keys", {"name": f"Key {number}"})
        await client.upload(image())
        target = {"accountId": account["id"]}
        body = {"targets": [target], "text": str(number), "scheduledAt": "2029-01-31T09:00:00Z"}
        assert (await client.publish(body)).status == 202
    return client, endpoints[0]


def test_the_lists_are_found_in_the_declarations() -> None:
    assert len(PAGED) == 7
    assert {parameter.name for _, parameter in ARRAYS} == {
        "action",
        "platform",
        "status",
        "errorCode",
        "type",
    }


@ON_ONE_DATABASE
@IN_SESSION
@pytest.mark.parametrize("operation", PAGED, ids=lambda each: each.name)
async def test_a_list_is_read_page_by_page_until_there_is_no_next_cursor(
    organization: Organization, operation: Operation
) -> None:
    client, endpoint = await _furnished(organization)
    path = operation.path.format(id=endpoint)
    whole = (await client.get(path)).body
    assert whole["nextCursor"] is None
    assert len(whole["data"]) >= 3
    read: list[Any] = []
    query = "limit=2"
    while True:
        page = (await client.get(f"{path}?{query}")).body
        read += page["data"]
        if page["nextCursor"] is None:
            break
        assert len(page["data"]) == 2
        query = f"limit=2&cursor={page['nextCursor']}"
    assert [each["id"] for each in read] == [each["id"] for each in whole["data"]]


@ON_ONE_DATABASE
@IN_SESSION
@pytest.mark.parametrize(
    ("operation", "parameter"),
    ARRAYS,
    ids=[f"{operation.name}-{parameter.name}" for operation, parameter in ARRAYS],
)
async def test_an_array_is_taken_in_every_spelling(
    organization: Organization, operation: Operation, parameter: Parameter
) -> None:
    client, endpoint = await _furnished(organization)
    path, name = operation.path.format(id=endpoint), parameter.name
    first, second = parameter.schema["items"]["enum"][:2]
    answers = [
        (await client.get(f"{path}?{spelling.format(name, first, second)}")).body
        for spelling in SPELLINGS
    ]
    assert all(answer == answers[0] for answer in answers)
    # What is not understood would be left out in silence, and every list would look the same.
    for spelling in SPELLINGS:
        refused = await client.get(f"{path}?{spelling.format(name, first, 'unheard-of')}")
        refused.refused(400, "validation_failed", name)
