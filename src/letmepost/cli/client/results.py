"""What became of posts, told for people, and the exit code that says it."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from letmepost.cli.client.printable import printable
from letmepost.cli.client.screen import STYLES, local_time
from letmepost.cli.client.stop import ExitCode, Stop

if TYPE_CHECKING:
    from rich.console import Console

UNFINISHED: Final = frozenset({"queued", "publishing"})
_FAILED: Final = frozenset({"failed", "rejected", "partial_failed"})
_FIRST_PAUSE_SECONDS: Final = 0.3
_LONGEST_PAUSE_SECONDS: Final = 5.0
_PAUSE_GROWS: Final = 1.5


def exit_code(document: Mapping[str, Any]) -> ExitCode:
    """2 where a target failed or was refused; 0 for what went out or will."""
    results = document.get("results") or [document]
    failed = any(each.get("status") in _FAILED for each in results)
    return ExitCode.REFUSED if failed else ExitCode.DONE


def tell_batch(console: "Console", batch: Mapping[str, Any]) -> None:
    """A post and what became of each target."""
    _line(console, batch["id"], batch["status"])
    if batch.get("scheduledAt") and batch["status"] == "queued":
        console.print(f"  goes out at {local_time(batch['scheduledAt'])}")
    for result in batch["results"]:
        console.print()
        _line(console, result["platform"], result["status"], result.get("phase"))
        console.print(f"  {result['postId']}", soft_wrap=True)
        tell_outcome(console, result)


def tell_outcome(console: "Console", result: Mapping[str, Any]) -> None:
    """Where a publication is, what was warned of, what a draft breaks, and why it failed."""
    for name in ("uri", "platformUri", "firstCommentUri"):
        if result.get(name):
            console.print(f"  {printable(result[name])}", soft_wrap=True)
    for warning in result.get("warnings") or ():
        console.print(printable(f"  Warning: {warning['message']} ({warning['code']})"))
    for violation in result.get("violations") or ():
        console.print(printable(f"  {violation['message']} ({violation['rule']})"), style="yellow")
    for error in filter(None, (result.get("error"), (result.get("deletion") or {}).get("error"))):
        console.print(printable(f"  {error['message']} ({error['code']})"), style="red")
        for title, name in (("Rule", "rule"), ("Remedy", "remediation")):
            if error.get(name):
                console.print(printable(f"  {title}: {error[name]}"))
        if error.get("willRetry"):
            console.print("  It is tried again by itself.")


def _line(console: "Console", name: str, status: str, phase: str | None = None) -> None:
    from rich.text import Text  # noqa: PLC0415 - loaded when it runs

    shown = f"{status} ({phase})" if phase else status
    console.print(Text.assemble((name, "bold"), "  ", (shown, STYLES.get(status, ""))))


def until_ended(
    read: Callable[[], Any],
    found: Any,  # noqa: ANN401 - JSON
    *,
    watched: str,
    told: Callable[[Any], None] = lambda _document: None,
) -> Any:  # noqa: ANN401 - JSON
    """Read again and again until nothing is queued or on its way; the last answer."""
    pause = _FIRST_PAUSE_SECONDS
    try:
        while True:
            told(found)
            if found["status"] not in UNFINISHED:
                return found
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * _PAUSE_GROWS)
            found = read()
    except KeyboardInterrupt:
        raise Stop(
            "Stopped watching; the post goes on.",
            f"`lmp posts watch {watched}` watches it again.",
            code=ExitCode.INTERRUPTED,
        ) from None
