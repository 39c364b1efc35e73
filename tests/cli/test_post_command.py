"""`lmp post`, `lmp posts` and `lmp media`, against a server beside simulators."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from letmepost.platforms import platforms
from tests.cli.conftest import House, Terminal
from tests.media.samples import image

LONG = "A sentence of a few words. " * 20


def picture(folder: Path, name: str = "ferry.png") -> Path:
    path = folder / name
    path.write_bytes(image("PNG"))
    return path


def later(terminal: Terminal, text: str = "Later") -> Any:
    """The one result of a post that waits for its time."""
    batch = terminal.json("post", text, "--to", "bluesky", "--schedule", "in 3 days 8:30")
    assert batch["status"] == "queued"
    return batch["results"][0]


def test_a_post_that_goes_out_is_told_with_its_address(terminal: Terminal) -> None:
    ended = terminal.lmp("post", "Said from a terminal", "--to", "bluesky")
    assert (ended.code, ended.err) == (0, "")
    assert re.search(r"^batch_\w+  published$", ended.out, re.MULTILINE)
    assert re.search(r"^  at://did:plc:\S+$", ended.out, re.MULTILINE)


def test_json_is_the_answer_of_the_server(terminal: Terminal, house: House) -> None:
    batch = terminal.json("post", "Said in JSON", "--to", "bluesky")
    assert batch == house.server.call("GET", f"/v1/batches/{batch['id']}").body


def test_text_may_come_from_standard_input(terminal: Terminal) -> None:
    ended = terminal.lmp("post", "-", "--to", "bluesky", "--json", stdin="Piped\nin\n")
    post_id = ended.document["results"][0]["postId"]
    assert terminal.json("posts", "get", post_id)["text"] == "Piped\nin"


def test_files_are_uploaded_first_with_what_they_show(terminal: Terminal, tmp_path: Path) -> None:
    batch = terminal.json(
        *("post", "With a picture", "--to", "bluesky", "--first-comment", "And a word"),
        *("--media", str(picture(tmp_path)), "--alt", "Noise", "--wait"),
    )
    (result,) = batch["results"]
    assert result["firstCommentUri"].startswith("at://")
    (item,) = terminal.json("posts", "get", result["postId"])["mediaRefs"]
    assert (item["kind"], item["altText"]) == ("image", "Noise")


def test_an_uploaded_file_is_named_by_its_id(terminal: Terminal, tmp_path: Path) -> None:
    stored = terminal.json("media", "upload", str(picture(tmp_path, "a, b.png")))
    assert stored["contentType"] == "image/png"
    listed = terminal.json("media", "list")["data"]
    assert stored["id"] in [each["id"] for each in listed]
    batch = terminal.json("post", "Again", "--to", "bluesky", "--media", stored["id"])
    assert batch["status"] == "published"
    several = [str(picture(tmp_path, f"{name}.png")) for name in "cd"]
    both = terminal.json("post", "Two", "--to", "bluesky", "--media", ",".join(several))
    shown = terminal.json("posts", "get", both["results"][0]["postId"])
    assert len(shown["mediaRefs"]) == 2
    table = terminal.lmp("media", "list")
    assert re.search(r"^med_\w{22}  image/png  1?\d+ kB  \d+x\d+", table.out, re.MULTILINE)
    deleted = terminal.lmp("media", "delete", stored["id"])
    assert (deleted.code, deleted.out) == (0, f"{stored['id']} is deleted.\n")


def test_a_file_that_cannot_be_sent_stops_everything(terminal: Terminal, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    for path, words in (
        (tmp_path / "nothing.png", "No such file or directory"),
        (empty, "is empty"),
        (tmp_path, "is not a file"),
    ):
        ended = terminal.lmp("post", "x", "--to", "bluesky", "--media", str(path))
        assert (ended.code, ended.out) == (1, "")
        assert words in ended.err
    more = terminal.lmp("post", "x", "--to", "bluesky", "--alt", "Nothing")
    assert (more.code, "There are 1 --alt for 0 files." in more.err) == (1, True)


def test_a_refused_post_ends_with_2_and_names_every_rule(terminal: Terminal) -> None:
    ended = terminal.lmp("post", LONG, "--to", "bluesky", "--first-comment", "")
    assert (ended.code, ended.out) == (2, "")
    for shown in (
        "There are 2 reasons against it.",
        "The text is 540 graphemes; Bluesky accepts 300.",
        "Rule: bluesky.text.max_graphemes",
        "Rule: bluesky.first_comment.non_empty",
        "Remedy: Shorten the text",
        "/docs/preflight/bluesky-text-max_graphemes",
    ):
        assert shown in ended.err
    told = terminal.json("post", LONG, "--to", "bluesky", code=2)
    assert told["error"]["rule"] == "bluesky.text.max_graphemes"


def test_a_target_that_fails_ends_with_2(terminal: Terminal, house: House) -> None:
    refusal = {"error": "InvalidRequest", "message": "No."}
    house.fault(fault="status", route="createRecord", status=400, body=refusal)
    ended = terminal.lmp("post", "This one fails", "--to", "bluesky")
    assert ended.code == 2, ended
    assert re.search(r"^bluesky  (rejected|failed)$", ended.out, re.MULTILINE)
    assert "  Bluesky refused the post: No. (platform_rejected)\n" in ended.out
    post_id = re.findall(r"post_\w{22}", ended.out)[0]
    assert terminal.lmp("posts", "get", post_id).code == 2
    assert terminal.lmp("posts", "watch", post_id).code == 2


def test_a_dry_run_stores_nothing(terminal: Terminal, tmp_path: Path) -> None:
    before = [each["id"] for each in terminal.json("posts", "list")["data"]]
    files = len(terminal.json("media", "list")["data"])
    words = ("post", "Only asked", "--to", "x,bluesky", "--dry-run")
    ended = terminal.lmp(*words, "--media", str(picture(tmp_path)))
    assert (ended.code, ended.out.count("would go out")) == (0, 2)
    assert terminal.lmp("post", LONG, "--to", "bluesky", "--dry-run").code == 2
    assert [each["id"] for each in terminal.json("posts", "list")["data"]] == before
    assert len(terminal.json("media", "list")["data"]) == files


def test_x_is_another_name_of_a_platform(terminal: Terminal) -> None:
    told = terminal.json("post", "Hello", "--to", "X", "--dry-run")
    assert [each["platform"] for each in told["targets"]] == ["twitter"]
    assert terminal.json("accounts", "list", "--platform", "x") == {"data": []}
    aliases = [alias for each in platforms().values() for alias in each.aliases]
    assert not {*aliases} & {*platforms()}
    assert len({*aliases}) == len(aliases)
    rules = terminal.json("rules", "--platform", "x")
    assert {each["platform"] for each in rules} == {"twitter"}


def test_a_target_that_nobody_knows_is_a_mistake_of_the_call(terminal: Terminal) -> None:
    ended = terminal.lmp("post", "Hello", "--to", "myspace")
    assert (ended.code, ended.out) == (1, "")
    assert "The server knows no platform myspace.\nIt knows bluesky, " in ended.err
    nobody = terminal.lmp("post", "Hello")
    assert (nobody.code, "The post has no target." in nobody.err) == (1, True)
    unknown = terminal.lmp("post", "Hello", "--to", "acc_nobody")
    assert (unknown.code, "acc_nobody" in unknown.err) == (1, True)


def test_what_is_no_id_is_a_mistake_of_the_call(terminal: Terminal) -> None:
    for word in ("../api-keys", "post_1?x=y", "a b"):
        ended = terminal.lmp("posts", "get", word)
        assert (ended.code, ended.out, "is not an id" in ended.err) == (1, "", True)


def test_a_text_that_is_not_utf_8_is_told(terminal: Terminal) -> None:
    ended = terminal.lmp("post", "\udcff", "--to", "bluesky")
    assert (ended.code, "not UTF-8" in ended.err) == (1, True)


def test_options_go_to_the_target_of_their_platform(terminal: Terminal) -> None:
    wrong = json.dumps({"platform": "bluesky", "langs": ["no language"]})
    refused = terminal.lmp("post", "Hello", "--to", "bluesky", "--options", wrong, "--dry-run")
    assert refused.code == 2
    (account,) = [each["id"] for each in terminal.json("accounts", "list")["data"]]
    fine = json.dumps({"platform": "bluesky", "langs": ["de"]})
    post = terminal.json("post", "Hallo", "--to", account, "--options", fine)["results"][0]
    assert terminal.json("posts", "get", post["postId"])["options"]["langs"] == ["de"]
    for given in ("{", "[1]", json.dumps({"platform": "linkedin"})):
        ended = terminal.lmp("post", "Hello", "--to", "bluesky", "--options", given)
        assert (ended.code, ended.out) == (1, "")


def test_the_key_of_an_earlier_run_publishes_nothing_twice(
    terminal: Terminal, tmp_path: Path
) -> None:
    words = ("post", "Once", "--to", "bluesky", "--media", str(picture(tmp_path)))
    first, second = (terminal.json(*words, "--idempotency-key", "ferry-1") for _ in range(2))
    assert first == second


def test_a_time_in_words_is_echoed_with_its_zone(terminal: Terminal) -> None:
    ended = terminal.lmp(
        "post", "Later", "--to", "bluesky", "--schedule", "2027-07-01 9:00", "--json"
    )
    assert ended.err == "Scheduled for Thursday 1 July 2027, 09:00 Europe/Berlin (UTC+02:00).\n"
    assert ended.document["scheduledAt"] == "2027-07-01T07:00:00.000Z"
    past = terminal.lmp("post", "Late", "--to", "bluesky", "--schedule", "yesterday")
    assert (past.code, past.out) == (1, "")
    assert "which has passed" in past.err


def test_a_scheduled_post_is_moved_and_canceled(terminal: Terminal) -> None:
    post_id = later(terminal)["postId"]
    moved = terminal.lmp("posts", "reschedule", post_id, "in 4 days 8:30")
    assert (moved.code, moved.err.startswith("Scheduled for ")) == (0, True)
    shown = terminal.json("posts", "get", post_id)
    ahead = datetime.fromisoformat(shown["scheduledAt"]) - datetime.now(UTC)
    assert timedelta(days=3) < ahead < timedelta(days=5)
    canceled = terminal.json("posts", "cancel", post_id)
    assert canceled == {"id": post_id, "status": "canceled"}
    again = terminal.lmp("posts", "reschedule", post_id, "in 4 days")
    assert (again.code, "Remedy: " in again.err) == (1, True)


def test_a_draft_is_kept_with_its_violations_and_published_when_it_is_mended(
    terminal: Terminal, house: House
) -> None:
    told = terminal.lmp("post", LONG, "--to", "bluesky", "--draft")
    assert (told.code, "bluesky.text.max_graphemes" in told.out) == (0, True)
    batch = terminal.json("post", LONG, "--to", "bluesky", "--draft")
    assert batch["status"] == "draft"
    post_id = batch["results"][0]["postId"]
    refused = terminal.lmp("posts", "publish", post_id)
    assert (refused.code, refused.out) == (2, "")
    assert house.server.call("PATCH", f"/v1/posts/{post_id}", {"text": "Mended"}).status == 200
    published = terminal.json("posts", "publish", batch["id"])
    assert (published["id"], published["status"]) == (batch["id"], "published")
    removed = terminal.json("post", "Never mind", "--to", "bluesky", "--draft")
    gone = terminal.json("posts", "cancel", removed["results"][0]["postId"])
    assert gone["status"] == "deleted"


def test_slots_are_set_shown_and_taken(terminal: Terminal, house: House) -> None:
    profile = house.server.call("GET", "/v1/profiles").body["data"][0]["id"]
    without = terminal.lmp("post", "Queued", "--to", "bluesky", "--schedule", "next-slot")
    assert (without.code, "has no queue slots" in without.err) == (1, True)
    told = terminal.lmp("profiles", "slots", profile, "mon 9:00", "Friday 17:30")
    assert (told.code, "friday 17:30" in told.out, "Europe/Berlin" in told.out) == (0, True, True)
    shown = terminal.json("profiles", "slots", profile)
    assert shown["times"] == [
        {"weekday": "monday", "time": "09:00"},
        {"weekday": "friday", "time": "17:30"},
    ]
    queued = terminal.lmp("post", "Queued", "--to", "bluesky", "--schedule", "next-slot", "--json")
    assert queued.err == "Scheduled for the next free queue slot.\n"
    assert queued.document["scheduledAt"] == shown["nextFree"][0]
    moved = terminal.json("posts", "reschedule", later(terminal, "Moved")["postId"], "next slot")
    assert moved["scheduledAt"] == shown["nextFree"][1]
    assert terminal.lmp("posts", "cancel", moved["id"]).code == 0
    again = terminal.json("posts", "retry", moved["id"], "--schedule", "next-slot")
    assert again["scheduledAt"] == shown["nextFree"][1]
    wrong = terminal.lmp("profiles", "slots", profile, "someday 9:00")
    assert (wrong.code, "is no weekly time" in wrong.err) == (1, True)


def test_waiting_for_a_scheduled_post_lasts_until_it_is_out(terminal: Terminal) -> None:
    words = ("post", "In a moment", "--to", "bluesky", "--schedule", "in 4 seconds", "--wait")
    ended = terminal.lmp(*words, "--json")
    assert (ended.code, ended.document["status"]) == (0, "published")
    assert f"{ended.document['id']} is queued; waiting for its end." in ended.err


def test_a_canceled_post_is_retried_and_watched_to_its_end(terminal: Terminal) -> None:
    post_id = later(terminal, "Now after all")["postId"]
    assert terminal.lmp("posts", "cancel", post_id).code == 0
    assert terminal.json("posts", "retry", post_id)["status"] == "queued"
    watched = terminal.lmp("posts", "watch", post_id)
    assert watched.code == 0
    assert watched.err.rstrip().endswith("published")
    assert re.search(r"^status +published$", watched.out, re.MULTILINE)
    gone = terminal.json("posts", "cancel", post_id, "--upstream")
    assert gone["status"] == "deleted"


def test_a_batch_is_watched_and_shown_too(terminal: Terminal) -> None:
    batch = terminal.json("post", "All of it", "--to", "bluesky")
    assert terminal.json("posts", "get", batch["id"]) == batch
    assert terminal.json("posts", "watch", batch["id"]) == batch


def test_the_list_is_a_table_of_80_columns(terminal: Terminal) -> None:
    later(terminal, "Line one\nline two [bold]of three\x1b[31m" + " and more of it" * 9)
    ended = terminal.lmp("posts", "list", "--limit", "1")
    head, row, more = ended.out.splitlines()
    assert head.split() == ["id", "when", "status", "platform", "text"]
    assert re.match(r"post_\w{22}  \d\d \w{3} \d\d:\d\d  queued  bluesky   Line one line", row)
    assert all(len(line.rstrip()) <= 80 for line in (head, row))
    assert "\x1b" not in ended.out
    cursor = more.removeprefix("There is more: --cursor ")
    following = terminal.json("posts", "list", "--limit", "1", "--cursor", cursor)
    assert following["data"][0]["id"] not in row
    filtered = terminal.json("posts", "list", "--status", "queued", "--platform", "bluesky")
    assert {each["status"] for each in filtered["data"]} == {"queued"}


def test_a_text_is_checked_at_the_server(terminal: Terminal) -> None:
    told = terminal.json("validate", "Fine", "--to", "bluesky,x")
    assert [each["platform"] for each in told["targets"]] == ["bluesky", "twitter"]
    assert terminal.lmp("validate", LONG, "--to", "bluesky").code == 2
