"""The files for Docker, compose, systemd and Kubernetes are sound, and refer to what is there."""

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from letmepost.api.app import OPERATIONS
from tests.deploy.programs import (
    FILLED_IN,
    REPOSITORY,
    UNITS,
    compose,
    composed,
    final_stage,
    image,
    instructions,
    manifests,
    on_systemd,
    secret,
    unit,
    variables,
)
from tests.environment import cannot_test

ours = [service for service in compose()["services"].values() if service["image"] == "letmepost"]


def options(rest: str) -> list[str]:
    return [each for each in shlex.split(rest) if not each.startswith("--")]


def test_the_image_runs_as_nobody_in_particular() -> None:
    user, _, group = final_stage()["USER"].partition(":")
    assert int(user) > 999
    assert int(group) > 999
    assert image().environment["LETMEPOST_DATA_DIR"] in json.loads(final_stage()["VOLUME"])


def test_every_layer_is_made_of_pinned_things() -> None:
    for name, rest in instructions():
        match name:
            case "FROM":
                assert re.search(r":\d+\.\d+-slim-\w+( AS \w+)?$", rest), rest
            case "ADD":
                pytest.fail("COPY says what it does")
            case "RUN" | "ENTRYPOINT" | "CMD":
                assert json.loads(rest), "without a shell"
            case _:
                pass
    installs = [
        json.loads(rest) for name, rest in instructions() if name == "RUN" and "install" in rest
    ]
    for words in [each for each in installs if "pip" in each]:
        assert "--require-hashes" in words or {"--no-deps", "--no-index"} <= set(words), words


def ignored(path: str) -> bool:
    """Whether .dockerignore leaves a path out; the last line that fits decides."""
    found = False
    for line in (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").replace("**/", "*")
        if fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern}/"):
            found = not line.startswith("!")
    return found


def test_what_the_image_copies_is_there_and_nothing_else_is_sent() -> None:
    copied = [
        source.rstrip("/")
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in options(rest)[:-1]
    ]
    assert "src" in copied
    for source in copied:
        assert (REPOSITORY / source).exists()
        assert not ignored(source), source
    for secret_file in (".env", "platforms.env", ".git/config", ".venv/bin/python", ".letmepost/a"):
        assert ignored(secret_file), secret_file


def test_compose_fits_the_specification() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    wanted = ["--builtin-schema", "vendor.compose-spec", str(REPOSITORY / "compose.yaml")]
    checked = subprocess.run([str(program), *wanted], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_compose_asks_for_what_its_example_names() -> None:
    assert set(variables(REPOSITORY / "deploy" / "compose.env.example")) == set(FILLED_IN)
    written = (REPOSITORY / "compose.yaml").read_text("utf-8")
    assert {name for name, _ in re.findall(r"\$\{(\w+)(:\?)", written)} == set(FILLED_IN)
    used = re.findall(r"\{\$(\w+)\}", (REPOSITORY / "deploy" / "Caddyfile").read_text("utf-8"))
    assert set(used) == set(compose()["services"]["proxy"]["environment"])


@pytest.mark.parametrize("service", ours, ids=lambda each: each["command"][0])
def test_our_services_can_write_to_their_folders_alone(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounted = [each.partition(":")[0] for each in service["tmpfs"]]
    mounted += [each.split(":")[1] for each in service.get("volumes", ())]
    assert sorted(mounted) == ["/data", "/tmp"]  # noqa: S108 - of a container
    # Nothing but the server answers requests.
    assert ("healthcheck" in service) == (service["command"][0] != "serve")


def test_services_refer_to_each_other_by_name() -> None:
    document = compose()
    services = document["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in document["volumes"] or (REPOSITORY / source).is_file(), volume
    settings = composed()["api"].settings
    for name in ("LETMEPOST_DATABASE_URL", "LETMEPOST_REDIS_URL"):
        found = re.search(r"//(?:[^@]*@)?(\w+):\d+", settings[name])
        assert found is not None
        assert found[1] in services
    subnet = document["networks"]["default"]["ipam"]["config"][0]["subnet"]
    assert settings["LETMEPOST_TRUSTED_PROXIES"] == subnet
    aliases = services["proxy"]["networks"]["default"]["aliases"]
    for name in ("LETMEPOST_PUBLIC_URL", "AWS_ENDPOINT_URL"):
        assert settings[name].removeprefix("https://") in aliases
    password = services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert f"letmepost:{password}@postgres" in settings["LETMEPOST_DATABASE_URL"]


def test_the_proxy_leads_to_the_port_of_the_server() -> None:
    written = (REPOSITORY / "deploy" / "Caddyfile").read_text("utf-8")
    assert f"reverse_proxy api:{image().environment['LETMEPOST_PORT']} " in written
    assert final_stage()["EXPOSE"] == image().environment["LETMEPOST_PORT"]


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda each: each.stem)
def test_systemd_understands_every_line_of_a_unit(path: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        cannot_test("systemd-analyze", "install the Debian package systemd")
    # A program that is there, so that nothing but the lines is judged.
    written = path.read_text("utf-8")
    here = written.replace("/opt/letmepost/bin/letmepost", sys.executable)
    assert here != written
    copy = tmp_path / path.name
    copy.write_text(here, encoding="utf-8")
    verified = subprocess.run(
        [analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    exposed = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=25", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert exposed.returncode == 0, exposed.stdout


def test_the_units_differ_in_what_they_run_and_in_nothing_else() -> None:
    first, second = (dict(unit(path)["Service"]) for path in sorted(UNITS.glob("*.service")))
    assert {first.pop("ExecStart"), second.pop("ExecStart")} == {
        f"/opt/letmepost/bin/letmepost {' '.join(each.arguments)}" for each in on_systemd().values()
    }
    assert first == second


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [each for each in manifests() if each["kind"] == kind]


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=lambda x: x["metadata"]["name"])
def test_pods_can_write_to_their_folders_alone(deployment: dict[str, Any]) -> None:
    pod = deployment["spec"]["template"]["spec"]
    user, _, group = final_stage()["USER"].partition(":")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert pod["securityContext"]["fsGroup"] == int(group)
    volumes = {each["name"] for each in pod["volumes"]}
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        assert set(mounts) == {"/data", "/tmp"}  # noqa: S108 - of a container
        assert set(mounts.values()) == volumes


def test_kubernetes_objects_refer_to_each_other_by_name() -> None:
    (plain,) = of_kind("ConfigMap")
    (service,) = of_kind("Service")
    (ingress,) = of_kind("Ingress")
    labels = {}
    ports = set()
    for deployment in of_kind("Deployment"):
        template = deployment["spec"]["template"]
        assert deployment["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
        labels[deployment["metadata"]["name"]] = template["metadata"]["labels"]
        for container in template["spec"]["containers"]:
            ports |= {each["name"] for each in container.get("ports", ())}
            for source in container["envFrom"]:
                (named,) = source.values()
                assert named["name"] == plain["metadata"]["name"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe in container:
                    asked = container[probe]["httpGet"]
                    assert asked["port"] in ports
                    assert asked["path"] in {each.path for each in OPERATIONS}
    assert service["spec"]["selector"] == labels["letmepost-api"]
    assert {each["targetPort"] for each in service["spec"]["ports"]} == ports
    (rule,) = ingress["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    assert plain["data"]["LETMEPOST_PUBLIC_URL"] == f"https://{rule['host']}"
    (budget,) = of_kind("PodDisruptionBudget")
    assert budget["spec"]["selector"]["matchLabels"] == labels["letmepost-api"]
    assert not set(secret()) & set(plain["data"])
