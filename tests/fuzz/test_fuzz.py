"""The short form of `make fuzz`: a few made-up requests for each operation, and every check."""

import subprocess
from pathlib import Path

from tests.fuzz.run import run_fuzzer

ARGUMENTS = ("--max-examples", "2", "--seed", "1", "--phases", "examples,fuzzing")


async def test_the_server_does_what_its_document_says(tmp_path: Path) -> None:
    code, said = await run_fuzzer(tmp_path, ARGUMENTS, output=subprocess.PIPE)
    assert code == 0, said
    assert "No issues found" in said
