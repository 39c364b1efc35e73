"""The programs that the files under `deploy`, the Dockerfile and compose.yaml start."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
UNITS = REPOSITORY / "deploy" / "systemd"
DATA_DIR = "LETMEPOST_DATA_DIR"
# What compose.env.example asks for, filled in.
FILLED_IN = {
    "LETMEPOST_DOMAIN": "post.example.com",
    "STORE_DOMAIN": "files.example.com",
    "LETMEPOST_ENCRYPTION_KEYS": "bGV0bWVwb3N0LWxldG1lcG9zdC1sZXRtZXBvc3QtISE=",
    "POSTGRES_PASSWORD": "a-password",
    "STORE_SECRET": "a-secret",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::\?[^}]*)?\}")


@dataclass(frozen=True)
class Program:
    """What is started: the arguments of `letmepost`, and its environment."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def settings(self) -> dict[str, str]:
        """The part of the environment that is ours."""
        return {
            name: value
            for name, value in self.environment.items()
            if name.startswith(("LETMEPOST_", "AWS_"))
        }


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, one instruction each, without comments and continuations."""
    written = (REPOSITORY / "Dockerfile").read_text("utf-8")
    plain = re.sub(r"^\s*#.*\n", "", written, flags=re.MULTILINE)
    found = []
    for line in plain.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            found.append((name, rest.strip()))
    return found


def final_stage() -> dict[str, str]:
    """What the last stage sets; of two that set the same, the later one."""
    every = instructions()
    last = max(at for at, (name, _) in enumerate(every) if name == "FROM")
    return dict(every[last:])


def image() -> Program:
    """What the image runs when nothing else is said."""
    stage = final_stage()
    entry, command = json.loads(stage["ENTRYPOINT"]), json.loads(stage["CMD"])
    assert entry == ["letmepost"]
    environment = dict(each.split("=", 1) for each in shlex.split(stage["ENV"]))
    return Program("image", tuple(command), environment)


def compose() -> dict[str, Any]:
    """compose.yaml as an engine reads it once the variables are filled in."""

    def value(found: re.Match[str]) -> str:
        return FILLED_IN[found[1]]

    filled = _VARIABLE.sub(value, (REPOSITORY / "compose.yaml").read_text("utf-8"))
    document: dict[str, Any] = yaml.safe_load(filled)
    return document


def composed() -> dict[str, Program]:
    """Our own services of compose.yaml."""
    return {
        name: Program(
            name, tuple(service["command"]), {**image().environment, **service["environment"]}
        )
        for name, service in compose()["services"].items()
        if service["image"] == "letmepost"
    }


def unit(path: Path) -> configparser.ConfigParser:
    """A systemd unit whose options each stand once."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def variables(path: Path) -> dict[str, str]:
    """An environment file."""
    lines = path.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def on_systemd() -> dict[str, Program]:
    """The units, with the example of their environment file."""
    found = {}
    for path in sorted(UNITS.glob("*.service")):
        service = unit(path)["Service"]
        program, *arguments = shlex.split(service["ExecStart"])
        assert program == "/opt/letmepost/bin/letmepost"
        environment = dict(each.split("=", 1) for each in shlex.split(service["Environment"]))
        given = variables(UNITS / "letmepost.env.example")
        assert given["LETMEPOST_ENCRYPTION_KEYS"] == ""
        given["LETMEPOST_ENCRYPTION_KEYS"] = FILLED_IN["LETMEPOST_ENCRYPTION_KEYS"]
        found[path.stem] = Program(path.stem, tuple(arguments), {**environment, **given})
    return found


def manifests() -> list[dict[str, Any]]:
    """Every object of the Kubernetes file."""
    written = (REPOSITORY / "deploy" / "kubernetes" / "letmepost.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(written)["items"]
    return found


def secret() -> dict[str, str]:
    """The values of the secret that the Kubernetes file asks for at its top."""
    written = (REPOSITORY / "deploy" / "kubernetes" / "letmepost.yaml").read_text("utf-8")
    return dict(re.findall(r"--from-literal=(\w+)=(\S+)", written.partition("apiVersion")[0]))


def on_kubernetes() -> dict[str, Program]:
    """The containers of every deployment."""
    (plain,) = [each["data"] for each in manifests() if each["kind"] == "ConfigMap"]
    environment = {
        **image().environment,
        **plain,
        **secret(),
        "LETMEPOST_ENCRYPTION_KEYS": FILLED_IN["LETMEPOST_ENCRYPTION_KEYS"],
    }
    found = {}
    for each in manifests():
        if each["kind"] == "Deployment":
            pod = each["spec"]["template"]["spec"]
            for container in (*pod["initContainers"], *pod["containers"]):
                name = container["name"]
                found[name] = Program(name, tuple(container["args"]), environment)
    return found


WITHOUT_PRIVILEGES = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")


def command(arguments: Sequence[str]) -> list[str]:
    """How it is started here: by an unprivileged user, or by a root that has lost its powers."""
    drop = WITHOUT_PRIVILEGES if os.geteuid() == 0 and shutil.which("setpriv") else ()
    return [*drop, *arguments]


@dataclass(frozen=True)
class Place:
    """Folders of one installation: the data folder and `tmp` take files, the present one none."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("data", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "readonly").mkdir(mode=0o555, exist_ok=True)

    def environment(self, program: Program, moved: Mapping[str, str]) -> dict[str, str]:
        """The program's environment with what `moved` says about where the others are here."""
        assert set(moved) <= {*program.environment, "LETMEPOST_PORT", "LETMEPOST_HOST"}
        assert DATA_DIR in program.environment
        return {
            **program.environment,
            **moved,
            DATA_DIR: str(self.folder / "data"),
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": "/nonexistent",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run to its end."""
        return subprocess.run(
            command(arguments),
            cwd=self.folder / "readonly",
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def running(
        self, program: Program, environment: Mapping[str, str]
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Start it; at the end it is asked to stop, and ends well."""
        with self.log(program).open("wb") as log:
            process = subprocess.Popen(
                command(["letmepost", *program.arguments]),
                cwd=self.folder / "readonly",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
            process.terminate()
            assert process.wait(45) == 0, self.log(program).read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def log(self, program: Program) -> Path:
        """What it says."""
        return self.folder / f"{program.name}.log"
