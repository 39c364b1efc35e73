"""Sessions that have died, and a video service that is not there, on a real Bluesky PDS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.media import samples
from tests.realpeers.conftest import Publisher, RealPds, connected, settings_for
from tests.realpeers.repository import get_record
from tests.server_process import ServerProcess
from tests.stored_rows import change_credentials, in_database, keyring_of, read_credentials


def give(publisher: Publisher, changed: Mapping[str, str]) -> None:
    """Put other credentials into the account's row, sealed as the server seals them."""
    data_dir = publisher.server.data_dir
    keyring = keyring_of(data_dir)
    in_database(
        data_dir,
        lambda connection: change_credentials(connection, keyring, publisher.account_id, changed),
    )


def kept(publisher: Publisher) -> dict[str, Any]:
    data_dir = publisher.server.data_dir
    keyring = keyring_of(data_dir)
    found: dict[str, Any] = in_database(
        data_dir,
        lambda connection: read_credentials(connection, keyring, publisher.account_id),
    )
    return found


def calls(publisher: Publisher, result: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The methods that the one attempt called, each with its status."""
    (attempt,) = publisher.server.read_post(result["postId"])["attempts"]
    return [
        (entry["url"].rpartition("/")[2].rpartition(".")[2], entry["status"])
        for entry in attempt["transcript"]
    ]


def test_expired_token_is_refreshed_before_publishing(
    publisher: Publisher, real_pds: RealPds
) -> None:
    before = kept(publisher)
    give(publisher, {"accessJwt": real_pds.expired_access})
    (result,) = publisher.server.post("With an expired token")["results"]
    assert result["status"] == "published"
    assert calls(publisher, result) == [
        ("createRecord", 400),
        ("refreshSession", 200),
        ("createRecord", 200),
    ]
    assert get_record(real_pds.url, result["uri"])["value"]["text"] == "With an expired token"
    after = kept(publisher)
    assert after["accessJwt"] != real_pds.expired_access
    assert after["refreshJwt"] != before["refreshJwt"]
    assert after["password"] == before["password"]


def test_dead_session_is_replaced_by_a_new_login(publisher: Publisher, real_pds: RealPds) -> None:
    give(
        publisher,
        {"accessJwt": real_pds.expired_access, "refreshJwt": real_pds.expired_refresh},
    )
    (result,) = publisher.server.post("With a dead session")["results"]
    assert result["status"] == "published"
    assert calls(publisher, result) == [
        ("createRecord", 400),
        ("refreshSession", 400),
        ("createSession", 200),
        ("createRecord", 200),
    ]
    assert kept(publisher)["refreshJwt"] != real_pds.expired_refresh


def test_revoked_app_password_is_said_and_reconnecting_mends_it(
    publisher: Publisher, real_pds: RealPds
) -> None:
    give(
        publisher,
        {
            "accessJwt": real_pds.expired_access,
            "refreshJwt": real_pds.expired_refresh,
            "password": "aaaa-bbbb-cccc-dddd",
        },
    )
    (result,) = publisher.server.post("With a revoked password")["results"]
    assert (result["status"], result["error"]["code"]) == ("rejected", "platform_auth_failed")
    assert "connect the account again" in result["error"]["remediation"]
    answer = publisher.server.connect_bluesky(real_pds.handle, real_pds.app_password)
    assert (answer.status, answer.body["id"]) == (200, publisher.account_id)
    (result,) = publisher.server.post("Mended")["results"]
    assert result["status"] == "published"


def test_pds_that_has_no_video_service_is_a_clear_refusal(
    real_pds: RealPds, tmp_path: Path
) -> None:
    settings = settings_for(real_pds, LETMEPOST_BLUESKY_VIDEO_URL=real_pds.url)
    with ServerProcess(tmp_path, settings) as server:
        connected(server, real_pds)
        identifier = server.upload("film.mp4", samples.video(frames=10), "video/mp4")
        media = [{"kind": "video", "mediaId": identifier}]
        (result,) = server.post("Film", media=media)["results"]
    assert result["status"] == "rejected"
    assert result["error"]["rule"] == "bluesky.video.service_unavailable"
    assert result["error"]["retryable"] is False
