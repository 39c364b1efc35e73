"""The bash of the guides and the README, run as a reader would: in order, against the demo."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.environment import cannot_test
from tests.server_process import STOP_SECONDS, call, environment

REPOSITORY = Path(__file__).parents[2]
SNIPPET = re.compile(r"<!-- snippet: ([\w-]+) -->\s*```bash\n(.*?)```", re.DOTALL)
PAGES = (
    "quickstart",
    "authentication",
    "guides/publish-post",
    "guides/schedule-post",
    "guides/drafts",
    "guides/queue-slots",
    "guides/connect-account",
    "guides/upload-media",
    "guides/delete-post",
    "guides/webhooks",
    "mcp",
    "guides/self-host",
    "guides/backup",
    "guides/audit-log",
    "guides/data-protection",
    "idempotency",
    "migrate/ayrshare",
    "migrate/postiz",
    "migrate/buffer",
    "migrate/hosted",
    "cli",
)
RUN_SECONDS = 180
KEY_VALUE = re.compile(r'("Idempotency-Key"[:,] ")')
IN_OTHER_LANGUAGES = {
    "python": ("python", "snippet.py"),
    "typescript": ("node", "snippet.mjs"),
    "go": ("go", "run", "snippet.go"),
}

# What the guide says of each, as a pattern of what it must print.
SHOWS = {
    "quickstart-connect-start": r'"descriptor".*"identifier".*"appPassword"',
    "quickstart-connect-complete": r'"platformAccountId":"did:plc:',
    "quickstart-upload": r"^med_[0-9A-Za-z]{22}$",
    "quickstart-publish": r'"status":"published".*"uri":"at://did:plc:.*"cid":"baf',
    "quickstart-refused": (
        r'"rule":"bluesky.text.max_graphemes".*"rule":"bluesky.first_comment.non_empty"'
    ),
    "quickstart-replay": r"(?i)HTTP/1.1 200 .*idempotency-replayed: true",
    "auth-call": r'"data":\[\{"id":"prof_',
    "auth-mint": r'"prefix":"lmp_test_".*"key":"lmp_test_',
    "auth-revoke": r'"id":"key_.*"revokedAt":"2',
    "publish-several": r'"status":"published".*"bluesky".*"linkedin".*"uri":',
    "publish-validate": r'"valid":true,"targets":\[.*"platform":"twitter"',
    "publish-async": r'"id":"batch_.*"results":\[',
    "schedule-create": r'"status":"queued".*"scheduledAt":"2',
    "schedule-move": r'"status":"queued".*"text":"The first ferry leaves at eleven today."',
    "schedule-list": r'"data":\[\{"id":"post_.*"status":"queued".*"nextCursor":',
    "schedule-cancel": r'"status":"canceled"',
    "draft-create": r'"status":"draft".*"results":\[\{"accountId":"acc_',
    "draft-change": r'"status":"draft".*"text":"The harbour is closed until noon."',
    "draft-list": r'"data":\[\{"id":"post_.*"status":"draft"',
    "draft-publish": r'"status":"published".*"uri":"at://',
    "slots-set": r'"timeZone":"Europe/Vienna".*"nextFree":\["2',
    "slots-take": r'"status":"queued","createdAt":.*"scheduledAt":"2',
    "selfhost-start": r'stands at step.*"key": "lmp_live_.*encryption keys',
    "backup-make": r"^monday\.zip: \d+ rows, 0 files, step \d+",
    "backup-restore": r"^Restored as of .*encryption keys",
    "backup-copy": r"organizations: 1\n.*every row was read back and is the same",
    "migrate-ayrshare": r'"status":"published".*"linkedin"',
    "migrate-postiz": r'"status":"published".*"firstCommentUri":"at://',
    "migrate-buffer": r'"status":"queued".*"linkedin"',
    "migrate-hosted": r'"status":"published"',
    "connect-start": r'"descriptor"',
    "connect-complete": r'"platform":"bluesky"',
    "connect-link": r'"url":"http://127.0.0.1:\d+/connect/.*"platforms":\["bluesky"\]',
    "account-check": r'"ok":true,"findings":\[\{"name":"account"',
    "accounts-list": r'"data":\[\{"id":"acc_',
    "media-upload": r'"contentType":"image/png".*"width":64,"height":48',
    "media-direct": r'"id":"med_.*"contentType":"image/png".*"width":64,"height":48',
    "media-fetch": r'"id":"med_.*"contentType":"image/png"',
    "media-fit": r'"status":"published"',
    "media-attach": r'"status":"published"',
    "media-list": r'"data":\[\{"id":"med_.*"nextCursor":',
    "delete-post": r'"status":"deleted"',
    "webhook-create": r'"url":"http://127.0.0.1:1/hooks".*"signingSecret":"whsec_[0-9A-Za-z]{40}"',
    "webhook-test": r'"delivered":(true|false),"status":.*"sentEvent":\{"id":"evt_',
    "webhook-deliveries": r'"data":\[.*"nextCursor":null',
    "webhook-events": r'"data":\[\{"id":"evt_.*"type":"account.connected"',
    "mcp-list": r'"result":\{"tools":\[\{.*"name":"publish_post"',
    "mcp-validate": r'"structuredContent":\{"valid":true,',
    "mcp-metadata": r'"resource":"http://127.0.0.1:\d+/mcp".*"code_challenge_methods_supported":\["S256"\]',
    "idempotency-key": r'"status":"published"',
    "cli-login": r"^Logged in at http://127.0.0.1:\d+; the key is in .*/\.letmepost/config.json",
    "cli-whoami": r"^server +http://127.0.0.1:\d+\nkey +lmp_live_\.\.\.",
    "cli-accounts": r"^id +platform +name\nacc_\w{22}  bluesky ",
    "cli-post": r"^batch_\w{22}  published\n\nbluesky  published\n.*\ntwitter  published\n",
    "cli-media": r"^batch_\w{22}  published\n",
    "cli-schedule": r"^batch_\w{22}  queued\n  goes out at ",
    "cli-dry-run": r"^bluesky  would go out\n.*twitter  would go out\n",
    "cli-refused": r"^refused: 2$",
    "cli-list": r"^id +when +status +platform +text\npost_\w{22} ",
    "cli-change": r"goes out at .*\npost_\w{22} is canceled\.$",
    "cli-script": r"^published at at://did:plc:\S+$",
    "cli-completion": r"^complete -o default ",
    "audit-read": r'"action":"key.created".*"kind":"command"',
    "protection-export": r"everything.zip is written\.$",
    "protection-erase": r"Nothing is erased yet: give --yes\..*It is erased\.$",
    "bluesky-post": r'"status":"published".*"firstCommentUri":"at://',
}


@dataclass(frozen=True)
class Demo:
    """A running demo: its address and the lines that it asks to be pasted."""

    url: str
    exports: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    if shutil.which("curl") is None:
        cannot_test("curl", "install the Debian package curl")
    with subprocess.Popen(
        [sys.executable, "-m", "letmepost", "demo"],
        env=environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        exports = [line.strip() for line in said.splitlines() if line.strip().startswith("export")]
        found = re.search(r"LETMEPOST_API_URL=(\S+)", said)
        assert found is not None
        yield Demo(found[1], "\n".join(exports))
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0


def snippets(demo: Demo, page: str) -> list[tuple[str, str]]:
    """The snippets of a page as this very server serves it."""
    answer = call(f"{demo.url}/docs/{page}.md")
    assert answer.status == 200, page
    return SNIPPET.findall(answer.text)


def run(demo: Demo, script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{demo.exports}\n{script}"],  # noqa: S607 - as a reader's
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # Logins are kept there.
            "HOME": str(folder),
            # Nobody listens there, and nothing leaves this machine.
            "WEBHOOK_URL": "http://127.0.0.1:1/hooks",
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )


def silent(code: str) -> str:
    """The same in this shell, with nothing of its output."""
    return f"{{\n{code}\n}} >/dev/null\n"


def test_snippets_of_every_guide_show_what_the_guide_says(demo: Demo, tmp_path: Path) -> None:
    # One shell for all: a guide's variables and files come from the guides before it.
    found = [each for page in (*PAGES, "platforms/bluesky") for each in snippets(demo, page)]
    assert {name for name, _ in found} == set(SHOWS)
    script = "\n".join(f"echo '=== {name}'\n{code}\necho" for name, code in found)
    ended = run(demo, script, tmp_path)
    assert ended.returncode == 0, ended.stderr
    shown = dict(part.split("\n", 1) for part in ended.stdout.removeprefix("=== ").split("\n=== "))
    for name, pattern in SHOWS.items():
        assert re.search(pattern, shown[name].strip(), re.DOTALL), f"{name}: {shown[name]}"


@pytest.mark.parametrize("language", ["python", "typescript", "go"])
def test_the_same_request_in_another_language_shows_the_same(
    demo: Demo, tmp_path: Path, language: str
) -> None:
    program = IN_OTHER_LANGUAGES[language]
    if shutil.which(program[0]) is None:
        cannot_test(program[0], "it is not installed")
    marked = re.compile(rf"<!-- snippet: ([\w-]+) -->\s*```{language}\n(.*?)```", re.DOTALL)
    found = [
        each for page in PAGES for each in marked.findall(call(f"{demo.url}/docs/{page}.md").text)
    ]
    assert len(found) > 1
    for name, code in found:
        # A reader has one language. Here all share a server, where a key belongs to one request,
        # and platforms, which take no text twice.
        own = KEY_VALUE.sub(rf"\1{language}-", code).replace("summer", language)
        (tmp_path / program[-1]).write_text(own, encoding="utf-8")
        ended = run(demo, " ".join(program), tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert re.search(SHOWS[name], ended.stdout.strip(), re.DOTALL), f"{name}: {ended.stdout}"


def test_quickstart_sets_what_the_demo_prints(demo: Demo) -> None:
    written = call(f"{demo.url}/docs/quickstart.md").text
    printed = re.findall(r"export (\w+)=", demo.exports)
    assert re.findall(r"^export (\w+)=", written, re.MULTILINE) == printed


def test_shown_answers_have_the_fields_of_real_ones(demo: Demo, tmp_path: Path) -> None:
    for page, name in (
        ("quickstart", "quickstart-publish"),
        ("guides/upload-media", "media-upload"),
        ("guides/connect-account", "connect-complete"),
        ("guides/delete-post", "delete-post"),
    ):
        written = call(f"{demo.url}/docs/{page}.md").text
        code = dict(snippets(demo, page))[name]
        after = written[written.index(f"snippet: {name}") :]
        document = re.search(r"```json\n(.*?)```", after, re.DOTALL)
        assert document is not None
        picture = dict(snippets(demo, "quickstart"))["quickstart-upload"]
        code = silent(picture) + code if "MEDIA_ID" in code or "photo" in code else code
        ended = run(demo, code, tmp_path)
        real = json.loads(ended.stdout)
        told = json.loads(document[1])
        assert list(told) == list(real), (name, real)
        if "results" in told:
            assert set(told["results"][0]) == set(real["results"][0])


def test_call_of_the_readme_is_one_that_the_server_takes(demo: Demo, tmp_path: Path) -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    found = re.search(r"```sh\n(curl .*?)```", readme, re.DOTALL)
    assert found is not None
    # Its picture lies on a host that no test may call, so the one of the quickstart stands in.
    picture = dict(snippets(demo, "quickstart"))["quickstart-upload"]
    code = found[1].replace("http://127.0.0.1:8000", demo.url)
    named = '"mediaId": "\'"$MEDIA_ID"\'"'
    changed = code.replace('"url": "https://example.com/ferry.jpg"', named)
    assert changed != code
    ended = run(demo, silent(picture) + changed, tmp_path)
    assert ended.returncode == 0, ended.stderr
    real = json.loads(ended.stdout)
    assert real["status"] == "published", ended.stdout
    told = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
    assert told is not None
    shown = json.loads(told[1])
    assert list(shown) == list(real)
    assert list(shown["results"][0]) == list(real["results"][0])
