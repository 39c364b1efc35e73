"""A post is written, checked, mended and published, as often as it was meant to be."""

import json
import re
from html import unescape

import aiohttp
import pytest

from tests.api.server import Server
from tests.clock import FakeClock
from tests.dashboard.browser import Browser, Shown
from tests.dashboard.deeds import account_id, connected, consented, curls, published
from tests.media.samples import image

# What pages show does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def draft_key(page: Shown) -> str:
    """What makes that a draft is published once."""
    found = re.search(r'name="key" value="([^"]+)"', page.html)
    assert found is not None
    return found[1]


async def test_composing_meets_a_violation_takes_the_fix_and_publishes(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    long = "A harbour is a place of safety. " * 12
    checked = await owner.send(page, "/dashboard/compose/check", account=account, text=long)
    assert "384 / 300 graphemes" in checked.text
    assert "Bluesky accepts 300." in checked.text
    assert "<html" not in checked.html
    key = draft_key(page)
    refused = await owner.send(page, do="publish", key=key, account=account, text=long)
    assert refused.status == 400
    assert draft_key(refused) != key
    assert await server.timeline(handle) == []
    fixed = await owner.press(page, do=f"fix {account} shorten_text", account=account, text=long)
    short = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', fixed.html, re.DOTALL)
    assert short is not None
    assert 0 < len(short[1]) <= 300
    assert "ready" in fixed.text
    mended = {"key": draft_key(refused), "text": unescape(short[1])}
    sent = await owner.press(fixed, do="publish", account=account, **mended)
    assert "Published" in sent.text
    assert "POST" in curls(sent)
    assert [each["text"] for each in await server.timeline(handle)] == [short[1].strip()]


async def test_a_draft_that_is_sent_twice_is_published_once(server: Server, owner: Browser) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    key = draft_key(page)
    for _ in range(2):
        sent = await owner.press(page, do="publish", key=key, account=account_id(page), text="Once")
        assert "See the post" in sent.text
    assert len(await server.timeline(handle)) == 1


async def test_a_post_is_scheduled_in_the_writers_time_zone(
    server: Server, owner: Browser, fake_clock: FakeClock
) -> None:
    await connected(server, owner)
    at = {"when": "later", "at": "2026-12-24T09:00", "zone": "Europe/Vienna"}
    page = await published(owner, "Merry", **at)
    assert "2026-12-24 08:00 UTC" in page.text
    assert fake_clock.now().year == 2026
    canceled = await owner.press(page, do="cancel")
    assert "The post is canceled" in canceled.text
    compose = await owner.open("/dashboard/compose")
    undated = await owner.send(
        compose, "/dashboard/compose/check", account=account_id(compose), text="x", when="later"
    )
    assert "ready" in undated.text
    for wrong, words in (
        ({"at": ""}, "The date and the time are missing."),
        ({"zone": "Mars/Base"}, "Mars/Base is no time zone."),
    ):
        sent = await owner.send(
            compose, do="publish", account=account_id(compose), text="x",
            fields=[*{**at, **wrong}.items()],
        )  # fmt: skip
        assert (sent.status, words in sent.text) == (400, True), sent.text


async def uploaded(owner: Browser, token: str) -> Shown:
    form = aiohttp.FormData()
    form.add_field("file", image("JPEG"), filename="harbour.jpg", content_type="image/jpeg")
    headers = {"Origin": owner.url, "X-Form-Token": token}
    return await owner.call("POST", "/dashboard/media/upload", data=form, headers=headers)


async def test_files_are_uploaded_attached_described_and_deleted(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/media")
    assert (await uploaded(owner, "0" * 64)).status == 403
    stored = json.loads((await uploaded(owner, page.form_token)).html)
    assert stored["contentType"] == "image/jpeg"
    assert "image/jpeg" in (await owner.open("/dashboard/media")).text
    compose = await owner.open("/dashboard/compose")
    written = f"{stored['id']}:image/jpeg"
    account = account_id(compose)
    attached = await owner.press(
        compose, do="uploaded", uploaded=written, account=account, text="Look"
    )
    assert f'name="alt@{stored["id"]}"' in attached.html
    removed = await owner.press(attached, do=f"remove {stored['id']}", media=written, text="Look")
    assert 'name="alt@' not in removed.html
    again = await owner.press(compose, do=f"add {written}", account=account, text="Look")
    fields = {f"alt@{stored['id']}": "A boat"}
    sent = await owner.press(
        again, do="publish", account=account, text="Look", media=written, **fields
    )
    assert "Published" in sent.text
    assert (await server.timeline(handle))[0]["media"][0]["alt"] == "A boat"


async def test_each_account_can_have_a_text_and_options_of_its_own(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    own = {f"text@{account}": "For here alone"}
    sent = await owner.press(page, do="publish", account=account, text="For all", **own)
    assert "Published" in sent.text
    assert [each["text"] for each in await server.timeline(handle)] == ["For here alone"]
    wrong = await owner.send(
        page, do="publish", account=account, text="Reply",
        fields=[(f"option@{account}@replyToUri", "nonsense")],
    )  # fmt: skip
    assert (wrong.status, "nonsense" in wrong.html) == (400, True)


async def test_a_long_text_is_continued_in_a_thread(owner: Browser) -> None:
    await consented(owner, "twitter")
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    long = "A harbour is a place of safety. " * 12
    fixed = await owner.press(page, do=f"fix {account} split_thread", account=account, text=long)
    own = re.search(rf'name="text@{account}"[^>]*>(.*?)</textarea>', fixed.html, re.DOTALL)
    parts = re.findall(rf'name="thread@{account}"[^>]*>(.*?)</textarea>', fixed.html, re.DOTALL)
    assert own is not None
    assert len(parts) == 1
    fields = [(f"text@{account}", own[1]), (f"thread@{account}", parts[0])]
    more = await owner.send(
        fixed, do=f"continue {account}", account=account, text=long, fields=fields
    )
    assert more.html.count(f'name="thread@{account}"') == 2
    sent = await owner.send(fixed, do="publish", account=account, text=long, fields=fields)
    assert "Published" in sent.text, sent.text
    assert '"thread"' in curls(sent)


async def test_a_draft_whose_first_sending_may_still_go_out_keeps_its_key(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    key, account = draft_key(page), account_id(page)
    await owner.press(page, do="publish", key=key, account=account, text="First")
    other = await owner.send(page, do="publish", key=key, account=account, text="Second")
    assert other.status == 409
    assert draft_key(other) == key
    assert [each["text"] for each in await server.timeline(handle)] == ["First"]
