"""Run the fuzzer over every operation of the document that a server serves."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.scene import Scene, prepared

CONFIG = Path(__file__).with_name("schemathesis.toml")
REPOSITORY = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("schemathesis")


def _write_config(folder: Path, scene: Scene) -> Path:
    for kind, ids in scene.ids.items():
        lines = "".join(f'"{each}"\n' for each in ids)
        (folder / f"{kind}.dict").write_text(lines, encoding="utf-8")
    return Path(shutil.copy(CONFIG, folder))


def _environment(scene: Scene) -> dict[str, str]:
    """What the configuration and the hooks read."""
    return {
        "FUZZ_KEY": scene.key,
        "FUZZ_IDS": json.dumps(scene.ids),
        "PYTHONPATH": str(REPOSITORY),
    }


async def run_fuzzer(
    folder: Path, arguments: Sequence[str], *, output: int | None = None
) -> tuple[int, str]:
    """Its exit code, and what it said where `output` is a pipe."""
    async with prepared(folder) as scene:
        program = await asyncio.create_subprocess_exec(
            PROGRAM,
            "--config-file",
            _write_config(folder, scene),
            "run",
            f"{scene.url}/openapi.json",
            *arguments,
            cwd=folder,
            env={**os.environ, **_environment(scene)},
            stdout=output,
            stderr=output and asyncio.subprocess.STDOUT,
        )
        said, _ = await program.communicate()
        return await program.wait(), (said or b"").decode()
