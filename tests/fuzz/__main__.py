"""`make fuzz`: many made-up requests for each operation; ARGS go to the fuzzer."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests import environment
from tests.fuzz.run import run_fuzzer

ARGUMENTS = ("--max-examples", "200", "--seed", "1")

if __name__ == "__main__":
    environment.put_away()
    with tempfile.TemporaryDirectory(prefix="letmepost-fuzz-") as folder:
        code, _ = asyncio.run(run_fuzzer(Path(folder), [*ARGUMENTS, *sys.argv[1:]]))
    sys.exit(code)
