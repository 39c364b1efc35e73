"""Each page shows what the API says, does what its buttons say, and tells the calls behind it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update

from letmepost.accounts.tables import accounts
from letmepost.kit.database import Database, DatabaseAwayError
from letmepost.posts.tables import publications
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN
from tests.api.server import Server
from tests.dashboard.browser import Browser
from tests.dashboard.conftest import NewBrowser
from tests.dashboard.deeds import account_id, connected, consented, curls, published

# What pages show does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = (
    "",
    "/compose",
    "/calendar",
    "/calendar?view=week",
    "/posts",
    "/accounts",
    "/accounts/connect/bluesky",
    "/accounts/connect/linkedin",
    "/media",
    "/webhooks",
    "/keys",
    "/profiles",
    "/versions",
    "/logs",
    "/settings",
)


# They are not made from the API: a form alone, members and their sessions, the log of requests.
WITHOUT_CALLS = ("/accounts/connect/bluesky", "/accounts/connect/linkedin", "/settings", "/logs")


async def test_empty_pages_teach(owner: Browser) -> None:
    for path, words in (
        ("", "Connect the first account"),
        ("/compose", "Connect an account first"),
        ("/posts", "No posts yet"),
        ("/calendar", "Nothing on these days"),
        ("/calendar?view=week", "Nothing on these days"),
        ("/logs", "No requests yet"),
        ("/accounts", "No account is connected"),
        ("/media", "No files yet"),
        ("/webhooks", "No webhooks yet"),
        ("/keys", "No keys yet"),
    ):
        page = await owner.open(f"/dashboard{path}")
        assert (page.status, words in page.text) == (200, True), page.text


async def test_every_page_is_strict_and_shows_its_calls(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    post = await published(owner, "Seen on every page")
    for path in (*PAGES, post.url.removeprefix("/dashboard")):
        page = await owner.call("GET", f"/dashboard{path}")
        assert page.status == 200, page.text
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", page.html), path
        assert 'href="#content"' in page.html
        if path not in WITHOUT_CALLS:
            assert "$LETMEPOST_API_KEY" in curls(page), path
    assert (await owner.open("/dashboard/nothing")).status == 404
    missing = await owner.open("/dashboard/posts/post_nothing")
    assert (missing.status, "Open the page again" in missing.text) == (404, True)


async def test_connecting_by_a_form_hides_the_password(server: Server, owner: Browser) -> None:
    login = await server.new_login()
    page = await owner.open("/dashboard/accounts/connect/bluesky")
    wrong = await owner.send(
        page, identifier=login["identifier"], appPassword="zzzz-zzzz-zzzz-zzzz"
    )
    assert wrong.status == 401
    assert login["identifier"] in wrong.html
    shown = await owner.press(page, **login)
    assert '"appPassword": "***"' in curls(shown)
    for each in (wrong, shown):
        assert "zzzz-zzzz" not in each.html
        assert login["appPassword"] not in each.html


async def test_connecting_by_consent_leads_to_the_platform(owner: Browser) -> None:
    page = await owner.open("/dashboard/accounts/connect/linkedin")
    shown = await owner.send(page)
    assert "Continue to LinkedIn" in shown.text
    assert "/linkedin/oauth/v2/authorization?" in unescape(shown.html)
    headers = {"Origin": owner.url, "HX-Request": "true"}
    form = {"form_token": page.form_token}
    sent = await owner.call("POST", page.url, data=form, headers=headers)
    assert "/linkedin/oauth/v2/authorization?" in sent.headers["HX-Redirect"]


async def test_a_consent_leads_back_to_the_accounts(owner: Browser) -> None:
    shown = await consented(owner, "linkedin")
    assert "LinkedIn is connected." in shown.text
    assert account_id(shown)


async def test_the_way_back_from_a_consent_page_says_how_it_ended(owner: Browser) -> None:
    good = await owner.open("/dashboard/accounts?connected=linkedin&accounts=1")
    assert "LinkedIn is connected." in good.text
    bad = await owner.open(
        "/dashboard/accounts?connect_error=x&connect_rule=connect.denied&connect_message=EVIL"
    )
    assert "Nothing was connected." in bad.text
    assert "connect-denied" in bad.html
    assert "EVIL" not in bad.html


async def test_accounts_are_checked_paused_resumed_and_disconnected(
    server: Server, owner: Browser
) -> None:
    handle = await connected(server, owner)
    page = await owner.open("/dashboard/accounts")
    account = account_id(page)
    looked_at = await owner.press(page, do="check", id=account)
    assert f"{handle}: " in looked_at.text
    assert "com.atproto.server.getSession" in looked_at.html
    assert "is paused" in (await owner.press(page, do="pause", id=account)).text
    assert f"{handle} is paused" in (await owner.open("/dashboard")).text
    assert "is resumed" in (await owner.press(page, do="resume", id=account)).text
    later = server.service.state.clock.now() + timedelta(hours=1)
    await server.service.state.database.write(
        lambda connection: connection.execute(update(accounts).values(slow_until=later))
    )
    slowed = await owner.press(page, do="resume", id=account)
    assert "so its posts wait" in slowed.text
    assert "slowed until" in slowed.text
    linked = await owner.press(page, do="link")
    assert f"{server.url}/connect/" in linked.html
    gone = await owner.press(page, do="disconnect", id=account)
    assert "is disconnected; 0 queued posts" in gone.text


async def test_the_page_of_a_post_shows_what_was_said_to_the_platform(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    page = await published(owner, "Hello <b>harbour</b>")
    assert "Publishing, attempt 1: published" in page.text
    assert "com.atproto.repo.createRecord" in page.html
    assert "<b>harbour" not in page.html
    await server.fault("status", status=400, route="createRecord", body={"error": "InvalidRecord"})
    refused = await published(owner, "Not taken")
    assert "rejected" in refused.text
    assert "The platform's answer, as it came" in refused.text
    assert "Try again" in refused.text
    overview = await owner.open("/dashboard")
    assert "Needs you" in overview.text
    again = await owner.press(refused, do="retry")
    assert "in the queue again" in again.text
    assert (await owner.send(refused, do="explode")).status == 404


async def test_retrying_a_post_that_may_be_there_asks_first(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await published(owner, "Perhaps")
    error = {
        "code": "platform_unavailable",
        "message": "No answer came.",
        "rule": OUTCOME_UNKNOWN.id,
        "retryable": False,
        "willRetry": False,
    }
    await server.service.state.database.write(
        lambda connection: connection.execute(
            update(publications).values(state="failed", error=error)
        )
    )
    asked = await owner.open(page.url)
    assert "It may be there already." in asked.text
    assert (await owner.send(asked, do="retry")).status == 409
    assert "in the queue again" in (await owner.press(asked, do="retry", risk="accepted")).text


async def test_posts_are_found_by_words_and_status_and_changed_together(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    at = {"when": "later", "at": "2026-12-24T09:00", "zone": "UTC"}
    pages = [
        await published(owner, f"{each}", **at) for each in ("Red chair", "Blue chair", "Table")
    ]
    ids = [each.url.rpartition("/")[2] for each in pages]
    found = await owner.open("/dashboard/posts?q=chair&status=queued&platform=")
    assert "Red chair" in found.text
    assert "Table" not in found.text
    assert "No post is like that" in (await owner.open("/dashboard/posts?q=sofa")).text
    ticked = [("post", each) for each in ids[:2]]
    done = await owner.send(found, do="cancel", fields=ticked)
    assert "2 of 2 posts are canceled." in done.text
    mixed = await owner.send(found, do="cancel", fields=[("post", each) for each in ids[1:]])
    assert "1 of 2 posts is canceled." in mixed.text
    assert "Open the post" in mixed.text
    retried = await owner.send(found, do="retry", fields=ticked)
    assert "2 of 2 posts are put back" in retried.text
    assert "No post is ticked." in (await owner.send(found, do="retry")).text


async def test_posts_are_found_by_the_days_on_which_they_go_out(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    for at in ("2026-12-24T00:30", "2026-12-24T23:30", "2026-12-25T00:30"):
        await published(owner, f"At {at}", when="later", at=at, zone="Europe/Vienna")
    day = "from=2026-12-24&to=2026-12-24"
    found = await owner.open(f"/dashboard/posts?{day}&zone=Europe/Vienna")
    assert re.findall(r">At ([^<]+)</a>", found.html) == ["2026-12-24T23:30", "2026-12-24T00:30"]
    assert "timeFrom=2026-12-23T23%3A00%3A00.000Z" in curls(found)
    owner.cookies["lmp_zone"] = "Pacific/Auckland"
    assert re.findall(r">At ([^<]+)</a>", (await owner.open(f"/dashboard/posts?{day}")).html) == [
        "2026-12-24T00:30"
    ]
    assert "No post is like that" in (await owner.open("/dashboard/posts?to=2026-12-01")).text
    assert (await owner.open("/dashboard/posts?from=yesterday")).status == 200


async def test_older_posts_are_a_page_further(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    at = {"when": "later", "at": "2026-12-24T09:00", "zone": "UTC"}
    for number in range(26):
        await published(owner, f"Number {number:02}", **at)
    first = await owner.open("/dashboard/posts?status=queued")
    older = re.search(r'href="([^"]+)">Older', first.html)
    assert older is not None
    assert "Number 00" not in first.text
    second = await owner.open(unescape(older[1]))
    assert "Number 00" in second.text
    assert "Newest" in second.text


async def test_a_key_is_shown_once(owner: Browser, new_browser: NewBrowser) -> None:
    page = await owner.open("/dashboard/keys")
    fields = [("scope", "posts:read"), ("scope", "media:read")]
    made = await owner.send(page, do="mint", name="site", prefix="lmp_test_", fields=fields)
    key = re.search(r"<code>(lmp_test_[^<]+)</code>", made.html)
    assert key is not None
    listed = await owner.open("/dashboard/keys")
    assert key[1] not in listed.html
    assert "posts:read, media:read" in listed.text
    found = re.search(r'value="(key_[^"]+)"', listed.html)
    assert found is not None
    assert "is revoked" in (await owner.press(listed, do="revoke", id=found[1])).text
    usual = await owner.send(listed, do="mint", name="usual", prefix="lmp_test_")
    assert "No scopes were asked for" in usual.text
    for role in ("member", "viewer"):
        other = await new_browser().joined(owner, role, f"{role}@example.com")
        theirs = await other.open("/dashboard/keys")
        assert "Keys are an owner's" in theirs.text
        for more in ([], [("scope", "posts:read")]):
            sent = {"do": "mint", "name": "x", "prefix": "lmp_test_"}
            assert (await other.send(theirs, **sent, fields=more)).status == 403


async def test_webhooks_are_made_tested_paused_rotated_and_deleted(
    server: Server, owner: Browser
) -> None:
    page = await owner.open("/dashboard/webhooks")
    assert (await owner.send(page, url="ftp://x")).status == 400
    target = f"{server.simulation.url}/_simulator/timeline"
    made = await owner.send(page, url=target, description="warehouse")
    assert "whsec_" in made.html
    listed = await owner.open("/dashboard/webhooks")
    assert "warehouse" in listed.text
    found = re.search(r'href="(/dashboard/webhooks/[^"]+)"', listed.html)
    assert found is not None
    one = await owner.open(found[1])
    assert "whsec_" not in one.html
    assert "Your server answered" in (await owner.press(one, do="test", type="post.published")).text
    assert "is paused" in (await owner.press(one, do="pause")).text
    assert "gets events again" in (await owner.press(one, do="resume")).text
    assert "whsec_" in (await owner.press(one, do="rotate")).html
    assert "is deleted" in (await owner.press(one, do="delete")).text


async def test_profiles_are_made_chosen_renamed_and_deleted(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await owner.open("/dashboard/profiles")
    made = await owner.press(page, do="create", name="Brand")
    assert "The profile Brand is made." in made.text
    brand = re.findall(r'value="(prof_[^"]+)"', made.html)[-1]
    chosen = await owner.press(
        made, "/dashboard/profile", profile=brand, back="/dashboard/accounts"
    )
    assert chosen.url == "/dashboard/accounts"
    assert "No account is connected" in chosen.text
    renamed = await owner.press(made, do="rename", id=brand, name="Label")
    assert "is called Label now" in renamed.text
    assert "is deleted" in (await owner.press(made, do="delete", id=brand)).text
    # The session shows all profiles again.
    assert "No account is connected" not in (await owner.open("/dashboard/accounts")).text


async def test_viewers_see_everything_and_change_nothing(
    server: Server, owner: Browser, new_browser: NewBrowser
) -> None:
    await connected(server, owner)
    post = await published(owner, "Seen by all")
    viewer = await new_browser().joined(owner, "viewer", "v@example.com")
    before = await server.rows()
    for path in (*PAGES, post.url.removeprefix("/dashboard")):
        page = await viewer.open(f"/dashboard{path}")
        if path in ("/settings", "/versions", "/logs"):
            continue
        sent = await viewer.send(page, f"/dashboard{path}", do="delete", id="x", name="x")
        assert sent.status == (405 if path == "" else 403), path
    assert await server.rows() == before
    assert "Seen by all" in (await viewer.open("/dashboard/posts")).text
    assert (await viewer.open("/dashboard/compose")).status == 403


async def test_while_the_database_is_away_every_page_says_so(
    owner: Browser, new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose, door = await owner.open("/dashboard/compose"), new_browser()

    async def gone(*_: object) -> None:
        raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", gone)
        patch.setattr(Database, "write", gone)
        for browser, path in (*((owner, path) for path in PAGES), (door, "/sign-in")):
            page = await browser.open(f"/dashboard{path}")
            assert (page.status, "The database is away" in page.text) == (503, True), path
            assert page.headers["Retry-After"] == "5"
            assert "10.1.2.3" not in page.text
        pressed = await owner.press(compose, "/dashboard/profiles", do="create", name="Lost")
        assert (pressed.status, "Look before you make it again" in pressed.text) == (503, True)
    assert (await owner.open("/dashboard")).status == 200


async def test_where_the_database_goes_away_in_the_middle_the_page_says_what_the_api_said(
    owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Database.read

    async def gone_for_the_api(database: Database, work: Any) -> Any:
        if "/letmepost/api/" in work.__code__.co_filename:
            raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))
        return await read(database, work)

    monkeypatch.setattr(Database, "read", gone_for_the_api)
    page = await owner.open("/dashboard/posts")
    assert (page.status, "The database does not answer" in page.text) == (503, True), page.text
