"""`lmp post`: publish a text with files, now or at a time."""

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from letmepost.cli.client.options import AsJson, Output, Profile
from letmepost.cli.client.report import tell_report
from letmepost.cli.client.results import UNFINISHED, exit_code, tell_batch, until_ended
from letmepost.cli.client.screen import note, typed_in
from letmepost.cli.client.session import Session, connect
from letmepost.cli.client.stop import ExitCode, Stop
from letmepost.cli.client.targets import targets_of
from letmepost.cli.client.times import local_zone, scheduled_of
from letmepost.cli.client.upload import (
    MEDIA_PREFIX,
    kind_of,
    kind_of_name,
    opened,
    upload_all,
)

_INLINE_BYTES: Final = 30_000_000
_WAIT_SECONDS: Final = 60
_ADDRESS: Final = ("http://", "https://")


def post(  # noqa: PLR0913 - the parts of a post
    text: Annotated[
        str | None, typer.Argument(help="What to say; - reads it from standard input.")
    ] = None,
    *,
    to: Annotated[
        list[str] | None,
        typer.Option(help="Platforms or accounts (acc_...), separated by commas."),
    ] = None,
    media: Annotated[
        list[str] | None,
        typer.Option(help="A file, an address or an uploaded file (med_...); may be repeated."),
    ] = None,
    alt: Annotated[
        list[str] | None,
        typer.Option(help="What a file shows, in the order of --media; may be repeated."),
    ] = None,
    first_comment: Annotated[
        str | None, typer.Option(help="A comment to make under the post.")
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(help='When, such as "tomorrow 9:00", in your time zone, or next-slot.'),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Keep it as a draft; nothing goes out.")
    ] = False,
    options: Annotated[
        list[str] | None,
        typer.Option(help='Options of a platform, as JSON: {"platform": ..., ...}.'),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Make pictures fit that break a limit.")
    ] = False,
    no_duplicate: Annotated[
        bool, typer.Option("--no-duplicate", help="Refuse what was posted a moment ago.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check it at the server; nothing is sent or stored.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until every target has ended.")
    ] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The key of an earlier run, to do nothing twice.")
    ] = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Publish a post on one or more accounts, now or at a time, or keep it as a draft.

    Exit code 2 when a rule refuses it or a target failed, 1 when the call itself went wrong.
    """
    session = connect(
        as_json=as_json, output=output, idempotency_key=idempotency_key, repeatable=True
    )
    body: dict[str, Any] = {}
    if text is not None:
        body["text"] = typed_in() if text == "-" else text
    if first_comment is not None:
        body["firstComment"] = {"text": first_comment}
    if schedule is not None:
        body["scheduledAt"] = scheduled_of(schedule, datetime.now(UTC), local_zone())
    if draft:
        body["status"] = "draft"
    if fit:
        body["fit"] = "auto"
    if no_duplicate:
        body["onDuplicate"] = "refuse"
    if profile_id := session.profile(profile):
        body["profileId"] = profile_id
    body["targets"] = _with_options(session, targets_of(session, to or []), options or [])
    if media or alt:
        body["media"] = _media(session, media or [], alt or [], profile_id, inline=dry_run)
    if dry_run:
        told = session.send("POST", "/v1/posts/validate", body)
        session.screen.show(told, lambda console: tell_report(console, told))
        raise typer.Exit(ExitCode.DONE if told["valid"] else ExitCode.REFUSED)
    _publish(session, body, wait=wait)


def _publish(session: Session, body: dict[str, Any], *, wait: bool) -> None:
    headers = {"Prefer": f"wait={_WAIT_SECONDS}"} if wait else {}
    batch = session.call("POST", "/v1/posts", body, headers=headers).document
    if wait and batch["status"] in UNFINISHED:
        note(f"{batch['id']} is {batch['status']}; waiting for its end.")
        batch = until_ended(
            lambda: session.get(f"/v1/batches/{batch['id']}"), batch, watched=batch["id"]
        )
    session.screen.show(batch, lambda console: tell_batch(console, batch))
    raise typer.Exit(exit_code(batch))


def _with_options(
    session: Session, targets: list[dict[str, Any]], given: list[str]
) -> list[dict[str, Any]]:
    """The targets, each with the options of its platform; raise `Stop` for what is no option."""
    if not given:
        return targets
    by_platform = {}
    for each in given:
        try:
            parsed = json.loads(each)
            by_platform[parsed["platform"]] = parsed
        except (ValueError, TypeError, KeyError):
            raise Stop(
                f"--options {each} is not a JSON object with a platform in it.",
                'Write it as {"platform": "...", "name": "value"}.',
            ) from None
    platform_of = {}
    if any("accountId" in each for each in targets):
        platform_of = {each["id"]: each["platform"] for each in session.get("/v1/accounts")["data"]}
    used = set()
    for target in targets:
        platform = target.get("platform") or platform_of.get(target["accountId"])
        if platform in by_platform:
            target["options"] = by_platform[platform]
            used.add(platform)
    if unused := sorted({*by_platform} - used):
        raise Stop(
            f"No target is on {unused[0]}, which --options names.",
            "Name it in --to, or leave the options out.",
        )
    return targets


def _media(
    session: Session, given: list[str], alts: list[str], profile_id: str | None, *, inline: bool
) -> list[dict[str, Any]]:
    """The files of a post: uploaded first, or inside the request where nothing is to be stored."""
    words = [each for entry in given for each in _parts(entry)]
    if len(alts) > len(words):
        raise Stop(
            f"There are {len(alts)} --alt for {len(words)} files.", "Give one of each file at most."
        )
    paths = [Path(each) for each in words if not each.startswith((*_ADDRESS, MEDIA_PREFIX))]
    if inline:
        found = iter([_inline(path) for path in paths])
    else:
        stored = upload_all(session, paths, profile_id)
        found = iter(
            [{"kind": kind_of(each["contentType"]), "mediaId": each["id"]} for each in stored]
        )
    items = [_named(session, each) or next(found) for each in words]
    for item, alt in zip(items, alts, strict=False):
        if alt:
            item["altText"] = alt
    return items


def _parts(entry: str) -> list[str]:
    """One file, or several with commas between them; a comma may stand in a name as well."""
    if entry.startswith(_ADDRESS) or Path(entry).exists():
        return [entry]
    return [each for each in entry.split(",") if each]


def _named(session: Session, word: str) -> dict[str, Any] | None:
    """A file that is elsewhere already; None for one of this machine."""
    if word.startswith(_ADDRESS):
        return {"kind": kind_of_name(word), "url": word}
    if word.startswith(MEDIA_PREFIX) and not os.path.exists(word):  # noqa: PTH110 - a word
        stored = next(
            (each for each in session.pages("/v1/media", {"limit": 200}) if each["id"] == word),
            None,
        )
        if stored is None:
            raise Stop(f"The server has no file {word}.", "`lmp media list` shows what it has.")
        return {"kind": kind_of(stored["contentType"]), "mediaId": word}
    return None


def _inline(path: Path) -> dict[str, Any]:
    with opened(path) as file:
        content = file.read(_INLINE_BYTES + 1)
    if len(content) > _INLINE_BYTES:
        raise Stop(
            f"{path} is too large to be checked without being stored.",
            "Upload it with `lmp media upload`, and name its id: --media med_...",
        )
    return {"kind": kind_of_name(path.name), "bytesBase64": base64.b64encode(content).decode()}
