"""Ask the advisory database of PyPI about what a server installs: fail where a weakness is known.

Where the database cannot be asked, behind a mirror or without the internet, it says so and lets the
checks go on; with `--insist` that fails too.

Source: https://github.com/pypa/pip-audit, its JSON format.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
REQUIREMENTS = "requirements/run.txt"
TIMEOUT_SECONDS = 180
_AUDIT = ("tool", "run", "pip-audit", "--format", "json", "--require-hashes", "--disable-pip")


@dataclass(frozen=True)
class Audit:
    """What is known of a list of requirements, and what could not be asked about, with reasons."""

    weaknesses: tuple[str, ...]
    unasked: tuple[str, ...]


def read_audit(document: Mapping[str, Any]) -> Audit:
    """What pip-audit found."""
    weaknesses, unasked = [], []
    for each in document["dependencies"]:
        if "skip_reason" in each:
            unasked.append(each["skip_reason"])
        for known in each.get("vulns", ()):
            mended = ", ".join(known["fix_versions"]) or "no version yet"
            weaknesses.append(
                f"{each['name']} {each['version']}: {known['id']}, mended in {mended}"
            )
    return Audit(tuple(weaknesses), tuple(unasked))


def ask() -> Audit:
    """Ask about everything that a server installs."""
    uv = Path(sys.executable).with_name("uv")
    try:
        ended = subprocess.run(
            [uv, *_AUDIT, "--requirement", REQUIREMENTS],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return read_audit(json.loads(ended.stdout))
    except subprocess.TimeoutExpired:
        return Audit((), (f"no answer within {TIMEOUT_SECONDS} s",))
    except ValueError:
        return Audit((), (ended.stderr.strip().rpartition("\n")[2],))


def judge(audit: Audit, *, insist: bool) -> int:
    """Say what was found; 1 where a weakness is known, or not everything could be asked about."""
    for each in audit.weaknesses:
        print(f"KNOWN WEAKNESS: {each}")
    if audit.unasked:
        print(f"NOT AUDITED, of {REQUIREMENTS}: {len(audit.unasked)}; {audit.unasked[0]}")
    elif not audit.weaknesses:
        print("advisories: no weakness is known.")
    return 1 if audit.weaknesses or (insist and audit.unasked) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--insist", action="store_true", help="fail where it cannot be asked")
    sys.exit(judge(ask(), insist=parser.parse_args().insist))
