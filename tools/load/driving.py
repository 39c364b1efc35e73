"""One drive: a server under a load whose phases are known, its answers, and its memory."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import ceil

from bench.processes import BenchmarkError, Process, environment
from bench.setting import Setting

SAMPLE_SECONDS = 1.0
UNANSWERED = 0
SERVER_FAULT = 500
OVERLOADED = frozenset({429, 503})
# What a drive takes of the numbers, so that the next has others.
NUMBERS_OF_A_DRIVE = 1_000_000
_drives = count()


@dataclass(frozen=True)
class Answer:
    """One answer: `status` 0 where there was none. `due` counts seconds from the beginning."""

    kind: int
    due: float
    milliseconds: float
    status: int
    says_when: bool

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own classes

    @property
    def is_refusal(self) -> bool:
        """Whether it is a refusal that an overloaded server may give."""
        return self.status in OVERLOADED and self.says_when


def percentile(numbers: Iterable[float], share: float) -> float:
    """The least number that so many are not above; 0 of none."""
    ordered = sorted(numbers)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0


@dataclass(frozen=True)
class Driven:
    """What a drive found. `memory` are seconds and megabytes."""

    rate: float
    seconds: float
    answers: Sequence[Answer]
    memory: Sequence[tuple[float, float]] = ()
    examples: dict[str, str] = field(default_factory=dict)

    def p(self, share: float) -> float:
        """A percentile of the latency of good answers, in milliseconds."""
        return percentile((each.milliseconds for each in self.answers if each.is_good), share)

    @property
    def errors(self) -> int:
        """How many were not answered with what was asked for."""
        return sum(not each.is_good for each in self.answers)

    @property
    def good_per_second(self) -> float:
        """How many were, in a second."""
        return (len(self.answers) - self.errors) / self.seconds

    def of(self, kind: int) -> "Driven":
        """The answers to one kind of request."""
        answers = [each for each in self.answers if each.kind == kind]
        return Driven(self.rate, self.seconds, answers, (), self.examples)

    def part(self, start: float, end: float) -> "Driven":
        """What was due from one second to another."""
        answers = [each for each in self.answers if start <= each.due < end]
        memory = [each for each in self.memory if start <= each[0] < end]
        return Driven(self.rate, end - start, answers, memory, self.examples)


def drive(
    setting: Setting,
    servers: Sequence[Process],
    requests: Sequence[tuple[int, bytes]],
    phases: Sequence[tuple[float, float]],
) -> Driven:
    """Drive a server: (a second, seconds) one after the other; raise when the load itself fails.

    The first of its processes answers; the memory is that of all of them.
    """
    path = setting.folder / "arrivals.json"
    path.write_text(
        json.dumps([(kind, base64.b64encode(content).decode()) for kind, content in requests])
    )
    # Others than before, and on a database that an earlier run has filled.
    first = next(_drives) * NUMBERS_OF_A_DRIVE
    output = setting.folder / "answers.json"
    with output.open("w") as written:
        popen = subprocess.Popen(
            [
                *(sys.executable, "-m", "load.arrivals", str(servers[0].port), str(path)),
                *(json.dumps(list(phases)), "--first", str(first)),
            ],
            env=environment(),
            stdout=written,
            text=True,
        )
        if setting.cores.others:
            os.sched_setaffinity(popen.pid, setting.cores.others)
        began, memory = time.monotonic(), []
        while popen.poll() is None:
            used = sum(each.resident_bytes() for each in servers)
            memory.append((time.monotonic() - began, used / 1e6))
            try:
                popen.wait(SAMPLE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    if popen.returncode:
        raise BenchmarkError(f"the load ended with {popen.returncode}")
    found = json.loads(output.read_text())
    seconds = sum(each for _, each in phases)
    rate = max(rate for rate, _ in phases)
    answers = [Answer(*each) for each in found["answers"]]
    return Driven(rate, seconds, answers, memory, found["examples"])
