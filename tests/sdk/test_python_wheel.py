"""What a person gets who installs the Python SDK: all modules, its types, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.sdk.runners import BUILD_SECONDS, SDK

NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "tests")


def test_wheel_holds_the_package_its_types_and_its_licence(tmp_path: Path) -> None:
    # From a copy: setuptools writes beside the sources.
    source, built = tmp_path / "source", tmp_path / "built"
    shutil.copytree(SDK / "python", source, ignore=NOT_SOURCE)
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "build", "--wheel", "--no-isolation"),
            *("--outdir", str(built), str(source)),
        ],
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (wheel,) = built.iterdir()
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        (metadata,) = (each for each in held if each.endswith("METADATA"))
        said = archive.read(metadata).decode()
    package = SDK / "python" / "src"
    modules = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    held_here = {each for each in held if ".dist-info/" not in each}
    assert held_here == {*modules, "letmepost_sdk/py.typed"}
    assert any(each.endswith("licenses/LICENSE") for each in held)
    assert "Name: letmepost-sdk" in said
    assert "Requires-Python: >=3.10" in said


def test_licence_is_that_of_the_project() -> None:
    assert (SDK / "python" / "LICENSE").read_bytes() == (SDK.parent / "LICENSE").read_bytes()
