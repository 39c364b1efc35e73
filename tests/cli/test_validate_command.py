"""`letmepost validate` and `letmepost rules`: what they print, and with which code they end."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from letmepost.platforms import catalogue, platforms
from letmepost.preflight import validate
from tests.media.samples import image
from tests.server_process import letmepost

TARGET = {"platform": "bluesky"}


def run(tmp_path: Path, body: Any, *options: str) -> "subprocess.CompletedProcess[str]":
    file = tmp_path / "post.json"
    file.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    ended = letmepost("validate", str(file), *options, settings={"COLUMNS": "200"})
    assert "Traceback" not in ended.stderr
    return ended


def test_a_post_that_would_go_out_ends_with_0(tmp_path: Path) -> None:
    ended = run(tmp_path, {"targets": [TARGET, {"platform": "linkedin"}], "text": "Fine"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("would go out") == 2
    assert "text: 4 of 300 graphemes" in ended.stdout


def test_a_post_that_a_rule_refuses_ends_with_2_and_is_told_why(tmp_path: Path) -> None:
    body = {"targets": [TARGET], "text": "A sentence of a few words. " * 20}
    ended = run(tmp_path, body)
    assert (ended.returncode, ended.stderr) == (2, "")
    for shown in ("would be refused", "bluesky.text.max_graphemes", "540 of 300", "shorten_text"):
        assert shown in ended.stdout


def test_json_is_what_the_import_gives(tmp_path: Path) -> None:
    inline = base64.b64encode(image("TIFF")).decode()
    body = {
        "targets": [{"platform": name} for name in platforms()],
        "text": "x" * 301,
        "media": [{"kind": "image", "altText": "Noise", "bytesBase64": inline}],
    }
    ended = run(tmp_path, body, "--json")
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["valid"]) == (2, False)
    assert told == json.loads(json.dumps(validate(body)))
    assert [each["platform"] for each in told["targets"]] == list(platforms())
    fine = {"targets": [TARGET], "text": "Fine"}
    ended = run(tmp_path, fine, "--json")
    assert (ended.returncode, json.loads(ended.stdout)["valid"]) == (0, True)


def test_what_the_post_holds_is_no_markup_of_the_table(tmp_path: Path) -> None:
    options = {"platform": "bluesky", "langs": ["[red]x"]}
    ended = run(tmp_path, {"targets": [{**TARGET, "options": options}], "text": "[bold]x"})
    assert ended.returncode == 2
    assert "[red]x is not" in ended.stdout


UNREADABLE: dict[str, tuple[Any, str]] = {
    "broken JSON": (b'{"targets": [', "is not JSON"),
    "nothing": (b"", "is not JSON"),
    "not UTF-8": (b"\xff\xfe", "is not UTF-8"),
    "deep nesting": (b"[" * 100_000, "nested too deeply"),
    "a list": ([1], "body"),
    "a text": ("post this", "body"),
    "half a pair": (b'{"targets":[{"platform":"bluesky"}],"text":"\\ud800"}', "text"),
    "no targets": ({"text": "x"}, "target"),
    "a target that names nobody": ({"targets": [{}], "text": "x"}, "neither an account"),
    "an unknown platform": ({"targets": [{"platform": "myspace"}], "text": "x"}, "myspace"),
    "an unknown field": ({"targets": [TARGET], "text": "x", "shedule": "x"}, "shedule"),
    "a file that is not base64": (
        {"targets": [TARGET], "media": [{"kind": "image", "bytesBase64": "data:,"}]},
        "base64",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_post_ends_with_1_and_a_sentence(tmp_path: Path, name: str) -> None:
    body, sentence = UNREADABLE[name]
    ended = run(tmp_path, body)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert sentence in ended.stderr


def test_a_file_that_is_not_there_ends_with_1(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        ended = letmepost("validate", str(path), settings={})
        assert (ended.returncode, ended.stdout) == (1, "")
        assert str(path) in ended.stderr


def test_options_and_files_are_held_to_their_target_as_the_server_does() -> None:
    told = validate(
        {
            "targets": [{"platform": "twitter", "options": {"platform": "bluesky"}}],
            "text": "x",
            "media": [{"kind": "image", "altText": "Nothing"}],
        }
    )
    assert [each["rule"] for each in told["targets"][0]["violations"]] == [
        "targets.options.platform_mismatch",
        "media.source.exactly_one",
    ]


def test_both_shapes_can_be_checked() -> None:
    older = validate({"account": {"platform": "bluesky", "id": "acc_1"}, "text": "x" * 301})
    newer = validate({"targets": [TARGET], "text": "x" * 301})
    assert older == newer


def test_rules_prints_the_catalogue() -> None:
    ended = letmepost("rules", "--json", settings={})
    assert ended.returncode == 0
    assert [each["id"] for each in json.loads(ended.stdout)] == list(catalogue())
    table = letmepost("rules", "--platform", "twitter", settings={"COLUMNS": "300"})
    assert table.returncode == 0
    for rule in catalogue().values():
        assert (rule.id in table.stdout) == (rule.platform == "twitter"), rule.id


def test_rules_of_a_platform_that_nobody_knows_is_a_mistake() -> None:
    ended = letmepost("rules", "--platform", "myspace", settings={})
    assert ended.returncode != 0
    assert "myspace" in ended.stderr
