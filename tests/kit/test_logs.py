"""No secret reaches a log line: by its form, by the name before it, wherever it stands."""

import json
import logging
from typing import Any

import pytest
import structlog
from hypothesis import assume, given
from hypothesis import strategies as st

from letmepost.kit.crypto import Keyring
from letmepost.kit.logs import configure_logs, without_secrets

WORD = "s3cr3t-harbour-77"
ENVELOPE = Keyring((b"k" * 32,)).seal(b"inside", "place")
# Each holds a secret, which is the second of the pair.
CORPUS = [
    ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
    ("authorization: basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    ("{'Authorization': 'Bearer abcdef0123456789'}", "abcdef0123456789"),
    ("lmp_live_0123456789abcdefghijklmnopqrstuv", "0123456789abcdef"),
    ("a key lmp_test_0123456789abcdef here", "0123456789abcdef"),
    ("lmp_access_0123456789abcdef", "0123456789abcdef"),
    ("lmp_refresh_0123456789abcdef", "0123456789abcdef"),
    ("lmp_code_0123456789abcdef", "0123456789abcdef"),
    ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    # Sealed anew in every process: without a name, the workers of a run would find other tests.
    pytest.param(f"sealed {ENVELOPE}", ENVELOPE.rpartition(".")[2], id="envelope"),
    (f"postgresql://letmepost:{WORD}@db.example/app", WORD),
    (f"https://user:{WORD}@a.example/x", WORD),
    (f"GET https://a.example/me?access_token={WORD}&fields=id", WORD),
    (f"GET https://a.example/cb?code={WORD}&state=1", WORD),
    (f"https://a.example/file?X-Amz-Signature={WORD}", WORD),
    (f"/v1/media/med_1/file?expires=1&signature={WORD}", WORD),
    (f"client_id=1&client_secret={WORD}&grant_type=x", WORD),
    (f"grant_type=refresh_token&refresh_token={WORD}", WORD),
    (f'{{"password": "{WORD}", "user": "a"}}', WORD),
    (f'{{"appPassword":"{WORD}"}}', WORD),
    (f'{{"accessJwt":"{WORD}","refreshJwt":"{WORD}"}}', WORD),
    (f"{{'signingSecret': '{WORD}'}}", WORD),
    (f"Set-Cookie: lmp_session={WORD}; HttpOnly", WORD),
    (f"Cookie: lmp_session={WORD}", WORD),
    (f"X-Api-Key: {WORD}", WORD),
    (f"LETMEPOST_ENCRYPTION_KEYS={WORD}", WORD),
    (f"code_verifier={WORD}", WORD),
    ("/connect/Zk3vQ0123456789abcdefghijklmno/bluesky", "Zk3vQ0123456789abcdefghijklmno"),
    ("/dashboard/invite/Zk3vQ0123456789abcdefghijklmno", "Zk3vQ0123456789abcdefghijklmno"),
    ("/dashboard/reset/Zk3vQ0123456789abcdefghijklmno", "Zk3vQ0123456789abcdefghijklmno"),
    (f"-----BEGIN PRIVATE KEY-----\n{WORD}\n-----END PRIVATE KEY-----", WORD),
    (f"-----BEGIN RSA PRIVATE KEY-----\n{WORD}", WORD),
]
HARMLESS = [
    "post post_0002SkJ4mVb1cFv3dQxW7T was published",
    "error code: the platform answered 503",
    "code: rate_limited",
    '{"code": "not_found"}',
    "https://a.example/posts/1?page=2",
    "The token of acc_1 ends tomorrow.",
]


@pytest.mark.parametrize(("text", "secret"), CORPUS)
def test_a_secret_is_hidden_in_a_text(text: str, secret: str) -> None:
    assert secret not in without_secrets(text)


# Pieces of what is hidden, and of what is around it.
PIECES = st.sampled_from(
    [
        *("lmp_live_", "lmp_test_", "bearer", "Basic", "eyJ", "whsec_", "v1.", "-----BEGIN"),
        *("password", "apiKey", "accessJwt", "code", "=", ":", "%3d", "%3D", "://", "@", "/"),
        *("/invite/", "connect", " ", "\n", "\u2003", ".", "-", "_", "0123456789abcdef", "post_1"),
    ]
)


@given(text=st.lists(PIECES, max_size=8).map("".join))
def test_a_word_that_is_spared_the_long_way_has_no_secret(text: str) -> None:
    # A space at the end leads every text the long way, and is part of no secret but a key's block.
    assume("-----BEGIN" not in text)
    assert without_secrets(text) + " " == without_secrets(text + " ")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize(("text", "secret"), CORPUS)
def test_a_secret_is_hidden_wherever_it_is_logged(
    text: str, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("debug")
    log = structlog.get_logger()

    def fail() -> None:
        raise ValueError(text)

    log.info(text)
    log.info("event", field=text, nested={"deep": [text, {"deeper": (text,)}]}, raw=text.encode())
    log.info("event", error=ValueError(text))
    try:
        fail()
    except ValueError:
        log.exception("broken")
        logging.getLogger("library").exception("broken")
    logging.getLogger("library").warning("said %s", text)
    written = capsys.readouterr().err
    assert written.count("\n") > 5
    assert secret not in written
    configure_logs("critical")


def test_a_value_is_hidden_for_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug")
    names = ("password", "client_secret", "accessToken", "cookie", "api_key")
    fields: dict[str, Any] = dict.fromkeys(names, WORD)
    structlog.get_logger().info("event", **fields, headers={"X-Auth-Token": WORD}, code="not_found")
    line = json.loads(capsys.readouterr().err)
    assert WORD not in json.dumps(line)
    assert line["code"] == "not_found"
    configure_logs("critical")
