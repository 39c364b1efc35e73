"""The machine of a run in words that say how fast it is, and not which one."""

import os
import platform
import sys
from pathlib import Path


def machine() -> str:
    """Cores, their model, memory and Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{cores} cores ({_model()}), {memory:.0f} GiB of memory, Python {version}"


def _model() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
