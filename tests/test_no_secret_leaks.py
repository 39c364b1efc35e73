"""A whole journey, and then a search: no secret that was used stands anywhere in clear."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, make_url, text

from letmepost.kit.crypto import Keyring, new_key
from letmepost.kit.database import Database, metadata
from tests.chaos.fleet import simulating
from tests.databases import PostgresqlServer, run_apart
from tests.media import samples
from tests.server_process import (
    Answer,
    ServerProcess,
    call,
    multipart,
    wait_until,
)
from tests.stored_rows import read_credentials

WRONG_PASSWORD = "zzzz-yyyy-xxxx-wwww"
AT_LEAST = 10
TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}")


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    with simulating(0.0, tmp_path_factory.mktemp("simulator") / "simulator.log") as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'leaks.sqlite'}"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    with server.fresh_database() as url:
        yield url


class Journey:
    """What was done, every secret that was used on the way, and every answer that was given."""

    def __init__(self, server: ServerProcess, simulation: Any, encryption_key: str) -> None:
        self.server = server
        self.simulation = simulation
        account = simulation["accounts"]["bluesky"]
        self.app_password: str = account["appPassword"]
        self.identifier: str = account["identifier"]
        raw_key = base64.b64decode(encryption_key)
        self.secrets = {
            "API key": server.key,
            "app password": self.app_password,
            "wrong app password": WRONG_PASSWORD,
            "encryption key": encryption_key,
            "encryption key in hex": raw_key.hex(),
        }
        self.answers: list[str] = []

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        answer = self.server.call(method, path, body, **more)
        self.answers += [answer.text, json.dumps(dict(answer.headers))]
        return answer

    def post(self, words: str, **more: Any) -> Any:
        headers = {"Idempotency-Key": str(uuid4()), "Prefer": "wait=15"}
        body = {"targets": [{"platform": "bluesky"}], "text": words, **more}
        return self.call("POST", "/v1/posts", body, headers=headers).body

    def fault(self, name: str, route: str, **more: Any) -> None:
        body = {"platform": "bluesky", "fault": name, "route": route, **more}
        url = f"{self.simulation['url']}/_simulator/faults"
        assert call(url, "POST", json_body=body).status == 201

    def connect(self, password: str) -> Answer:
        path = "/v1/accounts/connect/bluesky/complete"
        body = {"identifier": self.identifier, "appPassword": password}
        return self.call("POST", path, body)

    def note_session(self, account_id: str, database: Database) -> None:
        """Remember the tokens that the account's row holds now."""
        keyring = self.keyring

        async def read() -> Any:
            return await database.read(lambda c: read_credentials(c, keyring, account_id))

        found = run_apart(closed_after(database, read))
        for name in ("accessJwt", "refreshJwt"):
            self.secrets[f"{name} {len(self.secrets)}"] = found[name]

    @property
    def keyring(self) -> Any:
        return Keyring((base64.b64decode(self.secrets["encryption key"]),))


async def closed_after(database: Database, read: Any) -> Any:
    try:
        return await read()
    finally:
        await database.close()


def travel(journey: Journey, url: str) -> None:
    """Connect, publish, fail in every way that carries a secret, mint and revoke."""
    assert journey.connect(WRONG_PASSWORD).status == 401
    assert journey.connect("the-main-password-of-alice").status == 400
    account_id = journey.connect(journey.app_password).body["id"]
    journey.note_session(account_id, Database(url))
    image, content_type = multipart("a.png", samples.image("PNG", (8, 8)), "image/png")
    uploaded = journey.call("POST", "/v1/media", data=image, headers={"Content-Type": content_type})
    media = [{"kind": "image", "mediaId": uploaded.body["id"], "altText": "Noise"}]
    assert journey.post("With an image", media=media)["status"] == "published"
    journey.fault("expired_token", "createRecord")
    assert journey.post("With an expired token")["status"] == "published"
    journey.note_session(account_id, Database(url))
    # Half a JSON document, and one inside an error, are where redaction by names ends.
    journey.fault("malformed", "refreshSession")
    journey.fault("expired_token", "createRecord")
    journey.post("With half a session")
    journey.note_session(account_id, Database(url))
    journey.fault("malformed", "createSession")
    assert journey.connect(journey.app_password).status == 503
    for fault in ("cut_after_commit", "html", "malformed"):
        journey.fault(fault, "createRecord")
        journey.post(f"With {fault}")
    video = journey.server.upload("film.mp4", samples.video(frames=10), "video/mp4")
    body = {"targets": [{"platform": "bluesky"}], "media": [{"kind": "video", "mediaId": video}]}
    journey.call("POST", "/v1/posts", body, headers={"Prefer": "respond-async"})
    requests = f"{journey.simulation['url']}/_simulator/requests"
    wait_until(lambda: "video.uploadVideo" in call(requests).text, "the film to be uploaded")
    shown = call(requests).body
    journey.secrets |= {
        f"token of request {number}": each["headers"]["authorization"].removeprefix("Bearer ")
        for number, each in enumerate(shown)
        if "authorization" in each["headers"]
    }
    mint(journey)
    for path in ("/v1/posts", "/v1/accounts", "/v1/media", "/v1/api-keys"):
        journey.call("GET", path)
    for each in journey.call("GET", "/v1/posts?limit=50").body["data"]:
        journey.call("GET", f"/v1/posts/{each['id']}")
    journey.fault("revoked_token", "createRecord")
    journey.post("With a revoked password")
    journey.call("DELETE", f"/v1/accounts/{account_id}")


def mint(journey: Journey) -> None:
    """Make a key, have that answer repeated, and try keys that are none."""
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"name": "minted", "scopes": ["posts:read"]}
    made = journey.server.call("POST", "/v1/api-keys", body, headers=headers)
    assert made.status == 201, made.text
    journey.secrets["minted key"] = made.body["key"]
    # The answer is kept to be repeated, so it holds the key; it must be sealed where it lies.
    again = journey.server.call("POST", "/v1/api-keys", body, headers=headers)
    assert (again.headers["idempotency-replayed"], again.body) == ("true", made.body)
    refused = f"lmp_live_{uuid4().hex}"
    journey.secrets["refused key"] = refused
    for header in (f"Bearer {refused}", refused, f"Basic {refused}"):
        answer = call(
            f"{journey.server.url}/v1/posts?key={refused}", headers={"Authorization": header}
        )
        assert answer.status == 401
        journey.answers.append(answer.text)


def rows_of(url: str) -> str:
    """Every column of every row of every table, as text."""

    def read(connection: Connection) -> list[str]:
        tables = [each.name for each in metadata.sorted_tables]
        return [
            str(tuple(row))
            for name in tables
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - our own
        ]

    database = Database(url)
    found: list[str] = run_apart(closed_after(database, lambda: database.read(read)))
    assert len(found) > AT_LEAST
    return "\n".join(found)


def test_no_secret_stands_anywhere_in_clear(
    simulation: Any, database_url: str, tmp_path: Path
) -> None:
    call(f"{simulation['url']}/_simulator/reset", "POST")
    recording = tmp_path / "upstream.jsonl"
    encryption_key = new_key()
    settings = {
        **simulation["settings"],
        "LETMEPOST_DATABASE_URL": database_url,
        "LETMEPOST_ENCRYPTION_KEYS": encryption_key,
        "LETMEPOST_RECORD_UPSTREAM": str(recording),
        "LETMEPOST_LOG_LEVEL": "debug",
        "LETMEPOST_RATE_LIMIT": "off",
    }
    with ServerProcess(tmp_path, settings) as server:
        journey = Journey(server, simulation, encryption_key)
        travel(journey, database_url)
        assert server.stop() == 0
        log = server.log.read_text()
    places = {
        "the log": log,
        "an answer": "\n".join(journey.answers),
        "the recording": recording.read_text(),
        "a row": rows_of(database_url),
    }
    if make_url(database_url).get_backend_name() == "sqlite":
        path = Path(str(make_url(database_url).database))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        places["the database file"] = path.read_bytes().decode("latin-1")
    assert log.count("\n") > AT_LEAST, "a log that says nothing hides nothing"
    assert len(journey.secrets) > AT_LEAST
    found = [
        f"{secret} in {place}"
        for place, content in places.items()
        for secret, value in journey.secrets.items()
        if value in content or (len(value) > 80 and value[: len(value) // 3] in content)
    ]
    # Tokens of answers that were cut were never ours to know; what looks like one is one.
    found += [
        f"{token.group()[:20]}... in {place}"
        for place, content in places.items()
        for token in TOKEN.finditer(content)
    ]
    assert found == []
