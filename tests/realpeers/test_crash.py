"""The server is killed between its commit and the answer: exactly one record, whatever was lost."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from letmepost.posts.tables import publications
from letmepost.webhooks.tables import events
from tests.realpeers.conftest import Publisher, RealPds, connected, settings_for
from tests.realpeers.holding_proxy import HoldingProxy, Place
from tests.realpeers.repository import posts_saying
from tests.server_process import ServerProcess
from tests.stored_rows import change_details, in_database


@pytest.fixture
def proxy(real_pds: RealPds) -> Iterator[HoldingProxy]:
    wire = HoldingProxy(real_pds.url)
    yield wire
    wire.close()


@pytest.fixture
def proxied(real_pds: RealPds, proxy: HoldingProxy, tmp_path: Path) -> Iterator[Publisher]:
    """A server whose account is reached through the proxy.

    The DID document names the PDS itself, so the address is changed where connecting kept it.
    """
    with ServerProcess(tmp_path, settings_for(real_pds)) as server:
        publisher = connected(server, real_pds)
        in_database(
            server.data_dir,
            lambda connection: change_details(
                connection, publisher.account_id, {"pdsUrl": proxy.url}
            ),
        )
        yield publisher


def kill_in_mid_post(
    server: ServerProcess, proxy: HoldingProxy, place: Place, text: str, key: str, **more: object
) -> None:
    """Ask for a post, and kill the server while its write is in the proxy's hands."""
    proxy.hold_next(place)

    def ask() -> None:
        # The caller sees its connection break.
        with suppress(OSError, ValueError):
            server.post(text, headers={"Idempotency-Key": key}, **more)

    asking = threading.Thread(target=ask)
    asking.start()
    assert proxy.held.wait(30), "the write never came by"
    server.kill()
    asking.join(30)


@pytest.mark.parametrize("place", ["answer", "request"])
def test_killed_server_publishes_once_and_says_so(
    proxied: Publisher, proxy: HoldingProxy, real_pds: RealPds, place: Place
) -> None:
    server, text, key = proxied.server, f"Killed {uuid4()}", str(uuid4())
    kill_in_mid_post(server, proxy, place, text, key)
    there = posts_saying(real_pds.url, real_pds.did, text)
    assert len(there) == (1 if place == "answer" else 0)
    server.start()
    (listed,) = server.call("GET", "/v1/posts").body["data"]
    shown = server.settled_post(listed["id"])
    if place == "request":
        # The request that hung in the net arrives after all, long after its sender died.
        proxy.release()
    (record,) = posts_saying(real_pds.url, real_pds.did, text)
    assert shown["status"] == "published"
    assert (shown["platformUri"], shown["platformCid"]) == (record["uri"], record["cid"])
    purposes = [(each["purpose"], each["outcome"]) for each in shown["attempts"]]
    found = [("publish", "unknown"), ("reconcile", "published")]
    sent_again = [
        ("publish", "unknown"),
        ("reconcile", "absent"),
        ("publish", "published"),
    ]
    assert purposes == (found if place == "answer" else sent_again)
    told = in_database(
        server.data_dir,
        lambda connection: (
            connection.execute(select(events.c.type).where(events.c.subject_id == listed["id"]))
            .scalars()
            .all()
        ),
    )
    assert told == ["post.validated", "post.published"]


def test_same_key_after_the_crash_answers_from_the_post_that_was_left(
    proxied: Publisher, proxy: HoldingProxy, real_pds: RealPds
) -> None:
    server, text, key = proxied.server, f"Repeated {uuid4()}", str(uuid4())
    kill_in_mid_post(server, proxy, "answer", text, key)
    server.start()
    (listed,) = server.call("GET", "/v1/posts").body["data"]
    server.settled_post(listed["id"])
    answer = server.call(
        "POST",
        "/v1/posts",
        {"targets": [{"platform": "bluesky"}], "text": text},
        headers={"Idempotency-Key": key},
    )
    assert answer.status == 200, answer.text
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.body["results"][0]["postId"] == listed["id"]
    assert len(posts_saying(real_pds.url, real_pds.did, text)) == 1
    rows = in_database(
        server.data_dir,
        lambda connection: connection.execute(select(publications.c.id)).scalars().all(),
    )
    assert rows == [listed["id"]]


def test_comment_that_was_on_its_way_is_made_once(
    proxied: Publisher, proxy: HoldingProxy, real_pds: RealPds
) -> None:
    server, text = proxied.server, f"Commented {uuid4()}"
    comment = f"Comment of {text}"
    kill_in_mid_post(server, proxy, "answer", text, str(uuid4()), firstComment={"text": comment})
    server.start()
    (listed,) = server.call("GET", "/v1/posts").body["data"]
    shown = server.settled_post(listed["id"])
    (post,) = posts_saying(real_pds.url, real_pds.did, text)
    (answer,) = posts_saying(real_pds.url, real_pds.did, comment)
    assert shown["status"] == "published"
    assert (shown["platformUri"], shown["firstCommentUri"]) == (post["uri"], answer["uri"])
    assert answer["value"]["reply"]["parent"] == {"uri": post["uri"], "cid": post["cid"]}
