"""Drafts are kept, found again, mended and published; posts take the slots of a profile."""

import re
from datetime import datetime

import pytest

from tests.api.server import Server
from tests.dashboard.browser import Browser, Shown
from tests.dashboard.deeds import account_id, connected, consented, curls
from tests.dashboard.test_compose import draft_key

# What pages show does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LONG = "A harbour is a place of safety. " * 12


def saved_id(page: Shown) -> str:
    """The draft that the API keeps of what the page shows."""
    found = re.search(r'name="saved" value="(batch_[^"]+)"', page.html)
    assert found is not None, page.text
    return found[1]


def shown_text(page: Shown) -> str:
    found = re.search(r'<textarea id="text"[^>]*>(.*?)</textarea>', page.html, re.DOTALL)
    assert found is not None
    return found[1]


async def test_a_draft_is_kept_found_again_mended_and_published(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    kept = await owner.press(page, do="save", account=account, text=LONG)
    assert "The draft is kept." in kept.text
    assert '"status": "draft"' in curls(kept)
    assert await server.timeline(handle) == []
    listed = await owner.open("/dashboard/posts?status=draft")
    address = re.search(r'href="(/dashboard/posts/post_[^"]+)"', listed.html)
    assert address is not None
    shown = await owner.open(address[1])
    assert "Bluesky accepts 300." in shown.text
    refused = await owner.send(shown, do="publish")
    assert refused.status == 400
    editing = await owner.open(f"/dashboard/compose?draft={saved_id(kept)}")
    assert shown_text(editing).strip() == LONG.strip()
    fields = {"account": account, "saved": saved_id(kept)}
    sent = await owner.press(
        editing, do="publish", key=draft_key(editing), text="Short enough", **fields
    )
    assert "Published" in sent.text
    assert "-X PUT" in curls(sent)
    assert "/publish" in curls(sent)
    assert [each["text"] for each in await server.timeline(handle)] == ["Short enough"]
    assert "No post is like that" in (await owner.open("/dashboard/posts?status=draft")).text


async def test_the_page_says_that_a_draft_keeps_no_time(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    fields = {"account": account_id(page), "text": "Some day"}
    said = "The time that you chose is not kept"
    assert said not in (await owner.press(page, do="save", **fields)).text
    for when in ({"when": "later", "at": "2030-01-01T09:00", "zone": "UTC"}, {"when": "slot"}):
        kept = await owner.press(page, do="save", **fields, **when)
        assert said in kept.text
        assert (
            "scheduledAt" not in curls(kept).partition('"status": "draft"')[0].rpartition("curl")[2]
        )
    assert "Save as draft without the time" in page.text


async def test_keeping_a_draft_twice_keeps_one(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    kept = await owner.press(page, do="save", account=account, text="First")
    again = await owner.press(
        kept, do="save", account=account, text="Second", saved=saved_id(kept), key=draft_key(kept)
    )
    assert saved_id(again) == saved_id(kept)
    listed = await owner.open("/dashboard/posts?status=draft")
    assert "Second" in listed.text
    assert "First" not in listed.text


async def test_a_draft_is_removed_from_its_page(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await owner.open("/dashboard/compose")
    await owner.press(page, do="save", account=account_id(page), text="Never mind")
    listed = await owner.open("/dashboard/posts?status=draft")
    address = re.search(r'href="(/dashboard/posts/post_[^"]+)"', listed.html)
    assert address is not None
    await owner.send(await owner.open(address[1]), do="remove")
    assert "No post is like that" in (await owner.open("/dashboard/posts?status=draft")).text


async def test_a_thread_and_options_come_back_with_a_draft(owner: Browser) -> None:
    await consented(owner, "twitter")
    page = await owner.open("/dashboard/compose")
    account = account_id(page)
    fields = [(f"text@{account}", "One"), (f"thread@{account}", "Two")]
    kept = await owner.send(page, do="save", account=account, text="All", fields=fields)
    assert "The draft is kept." in kept.text, kept.text
    editing = await owner.open(f"/dashboard/compose?draft={saved_id(kept)}")
    assert shown_text(editing) == "One"
    thread = re.findall(rf'name="thread@{account}"[^>]*>(.*?)</textarea>', editing.html, re.DOTALL)
    assert thread == ["Two"]


async def test_slots_are_set_and_a_post_takes_the_next(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    compose = await owner.open("/dashboard/compose")
    account = account_id(compose)
    unset = await owner.send(compose, do="publish", account=account, text="Queued", when="slot")
    assert unset.status == 409
    assert "Set queue slots" in unset.text
    profiles = await owner.open("/dashboard/profiles")
    found = re.search(r'name="id" value="(prof_[^"]+)"', profiles.html)
    assert found is not None
    plan = {"monday": "9:00, 17:30", "friday": "12:00", "zone": "Europe/Vienna"}
    done = await owner.press(profiles, do="slots", id=found[1], **plan)
    assert "The queue slots are set." in done.text
    assert "/slots" in curls(done)
    assert 'value="09:00, 17:30"' in done.html
    first = re.search(r'<time datetime="([^"]+)"', done.html)
    assert first is not None
    sent = await owner.press(
        compose, do="publish", account=account, text="Queued", when="slot", key=draft_key(unset)
    )
    assert "Scheduled" in sent.text
    assert '"scheduledAt": "next-slot"' in curls(sent)
    taken = re.search(r'<time datetime="([^"]+)"', sent.html)
    assert taken is not None
    assert datetime.fromisoformat(taken[1]) == datetime.fromisoformat(first[1])
    wrong = await owner.send(profiles, do="slots", id=found[1], monday="late", zone="UTC")
    assert wrong.status == 400
