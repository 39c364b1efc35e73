"""Validating says what publishing would, on every platform, whatever is written and attached."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platforms.every_platform import WITH_CASES, Play, kinds, playing
from tests.preflight.drafts import EXAMPLES, TEXTS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def play(platform: str, database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing(platform, database_url, tmp_path / "data", LETMEPOST_RATE_LIMIT="off") as on:
        yield on


def options_of(platform: str) -> list[Mapping[str, Any]]:
    """The options that the platform's rules give as examples, at both sides of their limits."""
    dumped = [
        draft.options.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
        for draft in EXAMPLES
        if draft.options is not None
    ]
    return [each for each in dumped if each["platform"] == platform]


@pytest.mark.parametrize("platform", WITH_CASES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_it_agrees_with_publishing(play: Play, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(kinds(play.platform).values())))
    own = {"platform": play.platform, **kind.options}
    target: dict[str, Any] = {
        "accountId": play.server.account_id,
        "options": data.draw(st.just(own) | st.sampled_from([own, *options_of(play.platform)])),
    }
    body: dict[str, Any] = {"targets": [target]}
    if text := data.draw(st.just(kind.text) | TEXTS):
        body["text"] = text
    if (comment := data.draw(st.none() | TEXTS)) is not None:
        body["firstComment"] = {"text": comment}
    attaches: bool = data.draw(st.booleans())
    if kind.files and attaches:
        body["media"] = [await play.server.upload(each) for each in kind.files]
        if (alt_text := data.draw(st.none() | TEXTS)) is not None:
            body["media"][0]["altText"] = alt_text
    await agrees(play, body)


async def agrees(play: Play, body: Mapping[str, Any]) -> None:
    """Validate and publish the same body; both say the same."""
    told = await play.server.call("POST", "/v1/posts/validate", body)
    published = await play.server.call(
        "POST", "/v1/posts", body, headers={"Prefer": "respond-async"}
    )
    await play.server.idle()
    assert told.status in (200, published.status), told.body
    valid = told.status == 200 and told.body["valid"]
    assert valid == (published.status < 400), (told.body, published.body)
    if told.status == 200 and not valid:
        found = [each for target in told.body["targets"] for each in target["violations"]]
        assert found == published.body["error"]["violations"]
    elif told.status >= 400:
        assert told.body["error"]["rule"] == published.body["error"]["rule"]
