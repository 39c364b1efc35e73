"""How long commands take beside the smallest command line of the same library."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

from bench.figures import Figure
from bench.processes import HOST, BenchmarkError, environment
from bench.setting import Setting

STARTS_PER_ROUND = 4
FLOOR = ("-m", "bench.floor_commands", "--help")
HELP = ("-m", "letmepost", "--help")
WHOAMI = ("-m", "letmepost", "whoami")


def commands(setting: Setting) -> Iterator[Figure]:
    """Milliseconds that `--help` and `whoami`, which asks a running server, take from start to end.

    Counted in the program's own time: what else this machine does adds nothing to it.
    """
    shown_help = Figure("cli-help", "lmp --help, two commands beside it", "ms", 1.5, "less")
    whoami = Figure("cli-whoami", "lmp whoami, the same beside it", "ms", 2.5, "less")
    with setting.product() as product:
        settings = {
            "LETMEPOST_API_URL": f"http://{HOST}:{product.port}",
            "LETMEPOST_API_KEY": setting.key,
            "LMP_CONFIG_DIR": str(setting.folder / "nobody"),
        }
        for number in range(setting.rounds):
            setting.say(f"Commands, round {number + 1} of {setting.rounds}")
            taken: dict[Sequence[str], list[float]] = {FLOOR: [], HELP: [], WHOAMI: []}
            for _ in range(STARTS_PER_ROUND):
                for arguments, found in taken.items():
                    found.append(_milliseconds(arguments, settings))
            # The least of a few: a cold cache can only make it longer.
            floor, helped, asked = (min(found) for found in taken.values())
            shown_help.pairs.append((floor, helped))
            whoami.pairs.append((floor, asked))
    yield shown_help
    yield whoami


def _milliseconds(arguments: Sequence[str], settings: Mapping[str, str]) -> float:
    """Time that a program of this environment spent computing, from its start to its end."""
    started = subprocess.Popen(
        [sys.executable, *arguments], env=environment(settings), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode != 0:
        raise BenchmarkError(f"{arguments!r} ended with {started.returncode}")
    return 1000 * (used.ru_utime + used.ru_stime)
