"""The tour that `letmepost demo` takes: a real server, simulated platforms, one post on each."""

import asyncio
import io
import signal
import tempfile
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.kit.http_server import http_server, listen
from letmepost.kit.logs import configure_logs
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platform_kit.simulator_visit import visit
from letmepost.platforms import platforms, simulators
from letmepost.server import open_service

HOST = "127.0.0.1"
TEXT = "Hello from letmepost 👋 One call, and the truth about what happened. #letmepost"
IDEMPOTENCY_KEY = "demo-first-post"


class TourError(Exception):
    """A step of the tour did not end as it should."""


@dataclass
class Client:
    """Calls the server as anybody would."""

    session: aiohttp.ClientSession
    url: str
    key: str

    async def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **body: Any,  # noqa: ANN401 - aiohttp's arguments
    ) -> tuple[int, Mapping[str, str], Any]:
        """One call: status, headers, document."""
        async with self.session.request(
            method,
            f"{self.url}{path}",
            headers={"Authorization": f"Bearer {self.key}", **(headers or {})},
            **body,
        ) as response:
            return response.status, response.headers.copy(), await response.json()


@asynccontextmanager
async def _running(port: int, folder: Path) -> AsyncIterator[tuple[str, str, Simulation]]:
    async with running_simulators(simulators()) as simulation:
        # asyncio turns Nagle's delay off only where the protocol is named; it costs 40 ms a call.
        listener = listen(HOST, port)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        configuration = read_configuration(
            {
                **simulation.settings,
                "LETMEPOST_DATA_DIR": str(folder / "data"),
                "LETMEPOST_PUBLIC_URL": url,
            }
        )
        made = await make_first_key(configuration)
        async with open_service(configuration) as service:
            server = http_server(service.app)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                await _until_it_answers(url)
                yield url, made["key"], simulation
            finally:
                server.should_exit = True
                await serving


async def _until_it_answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(200):
            with suppress(aiohttp.ClientConnectionError):
                async with session.get(f"{url}/health") as response:
                    if response.ok:
                        return
            await asyncio.sleep(0.05)
    raise TourError(f"{url} does not answer.")


def _picture() -> bytes:
    """A small picture, drawn here."""
    picture = Image.linear_gradient("L").resize((640, 400)).convert("RGB")
    picture.putdata(
        [(40 + x * 180 // 640, 90 + y * 120 // 400, 200) for y in range(400) for x in range(640)]
    )
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()


def _expect(status: int, wanted: Collection[int], document: Any) -> None:  # noqa: ANN401 - JSON
    if status not in wanted:
        expected = " or ".join(map(str, wanted))
        raise TourError(f"expected {expected}, got {status}: {document}")


async def take_tour(*, once: bool, port: int) -> None:
    """Start everything, show the calls with their answers, and stay up unless `once`."""
    console = Console(highlight=False)
    configure_logs("error")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with tempfile.TemporaryDirectory(prefix="letmepost-demo-") as folder:
        async with (
            _running(port, Path(folder)) as (url, key, simulation),
            aiohttp.ClientSession() as session,
        ):
            touring = asyncio.create_task(_tour(console, Client(session, url, key), simulation))
            stop = asyncio.create_task(stopped.wait())
            await asyncio.wait({touring, stop}, return_when=asyncio.FIRST_COMPLETED)
            if touring.done():
                touring.result()
                _say_where(console, url, key, simulation)
                if not once:
                    console.print("\nThe server stays up. [bold]Ctrl-C[/] ends it.")
                    await stopped.wait()
            touring.cancel()
            stop.cancel()


async def _tour(console: Console, client: Client, simulation: Simulation) -> None:
    names = " · ".join(platforms()[name].title for name in simulation.accounts)
    console.print(
        Panel(f"A real server, and simulated platforms:\n{names}", title="letmepost demo")
    )
    await _connect(console, client, simulation)
    media = await _upload(console, client)
    body = await _post_for_all(console, client, simulation, media)
    headers = {"Idempotency-Key": IDEMPOTENCY_KEY}
    status, _, batch = await client.call("POST", "/v1/posts", json=body, headers=headers)
    _expect(status, (200,), batch)
    _title(console, "Publish, on every platform with one call", "POST /v1/posts", status)
    rows = [
        (platforms()[each["platform"]].title, each["status"], each.get("uri", ""))
        for each in batch["results"]
    ]
    _rows(console, rows)
    if batch["status"] != "published":
        raise TourError(f"not every target was published: {batch}")
    await _refusal(console, client, simulation)
    status, seen, again = await client.call("POST", "/v1/posts", json=body, headers=headers)
    _expect(status, (200,), again)
    if again != batch or seen.get("Idempotency-Replayed") != "true":
        raise TourError("the repeated call was not answered with the first answer")
    _step(
        console,
        "Repeat the call with the same Idempotency-Key",
        "POST /v1/posts",
        status,
        {"Idempotency-Replayed": "true", "batch": f"{again['id']}, the same as before"},
    )


async def _connect(console: Console, client: Client, simulation: Simulation) -> None:
    """Connect an account of each platform: by its form, or by walking its consent page."""
    rows = []
    for name, owner in simulation.accounts.items():
        path = f"/v1/accounts/connect/{name}"
        status, _, started = await client.call("POST", path, json={})
        _expect(status, (200,), started)
        descriptor, given, how = started["descriptor"], owner, "by a form"
        if descriptor["kind"] == "oauth":
            back = await visit(client.session, descriptor["authorizationUrl"], owner)
            given, how = {"code": back["code"], "state": back["state"]}, "by its consent page"
        status, _, account = await client.call("POST", f"{path}/complete", json=given)
        # 200 for an account that an earlier consent gave already, through its Page.
        _expect(status, (200, 201), account)
        rows.append((platforms()[name].title, how, account["id"], account["displayName"] or ""))
    path = "POST /v1/accounts/connect/{platform}, then .../complete"
    _title(console, "Connect an account of each platform", path, status)
    _rows(console, rows)


async def _upload(console: Console, client: Client) -> str:
    form = aiohttp.FormData()
    form.add_field("file", _picture(), filename="picture.jpg", content_type="image/jpeg")
    status, _, uploaded = await client.call("POST", "/v1/media", data=form)
    _expect(status, (201,), uploaded)
    _step(
        console,
        "Upload an image",
        "POST /v1/media",
        status,
        {
            "media": uploaded["id"],
            "type read from the bytes": uploaded["contentType"],
            "size": f"{uploaded['width']} x {uploaded['height']}, {uploaded['sizeBytes']} bytes",
        },
    )
    return str(uploaded["id"])


async def _post_for_all(
    console: Console, client: Client, simulation: Simulation, media: str
) -> dict[str, Any]:
    """A post for every platform that takes it as it is, found by asking first."""
    body: dict[str, Any] = {
        "targets": [_target(name, simulation) for name in simulation.accounts],
        "text": TEXT,
        "media": [{"kind": "image", "mediaId": media, "altText": "A blue gradient."}],
    }
    status, _, report = await client.call("POST", "/v1/posts/validate", json=body)
    _expect(status, (200,), report)
    _title(console, "Ask first whether it would pass", "POST /v1/posts/validate", status)
    rows = []
    for each in report["targets"]:
        broken = ", ".join(found["rule"] for found in each["violations"])
        verdict = f"left out: {broken}" if broken else f"passes {len(each['rules'])} rules"
        rows.append((platforms()[each["platform"]].title, verdict))
    _rows(console, rows)
    asked = zip(body["targets"], report["targets"], strict=True)
    return {**body, "targets": [target for target, each in asked if each["valid"]]}


def _target(name: str, simulation: Simulation) -> dict[str, Any]:
    options = simulation.post_options.get(name)
    return {"platform": name, **({"options": {"platform": name, **options}} if options else {})}


async def _refusal(console: Console, client: Client, simulation: Simulation) -> None:
    body = {
        "targets": [{"platform": name} for name in simulation.accounts],
        "text": "👨‍👩‍👧‍👦" * 301,
        "firstComment": {"text": " "},
    }
    status, _, refused = await client.call("POST", "/v1/posts", json=body)
    _expect(status, (400,), refused)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("rule", "seen", "limit", "what"):
        table.add_column(title, overflow="fold")
    for each in refused["error"]["violations"]:
        table.add_row(
            each["rule"], str(each.get("actual", "")), str(each.get("limit", "")), each["message"]
        )
    _title(console, "Be refused, before anything is sent", "POST /v1/posts", status)
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(f"  why: {refused['error']['ruleUrl']}", soft_wrap=True)


def _step(
    console: Console, title: str, call: str, status: int, facts: Mapping[str, object]
) -> None:
    _title(console, title, call, status)
    for name, value in facts.items():
        console.print(f"  {name}: {value}", soft_wrap=True, markup=False)


def _title(console: Console, title: str, call: str, status: int) -> None:
    color = "green" if status < HTTPStatus.BAD_REQUEST else "yellow"
    console.print(f"\n[bold]{title}[/]\n  {call}  [{color}]{status}[/]", soft_wrap=True)


def _rows(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """Lines whose columns stand under each other; the last may be as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        console.print(f"  {'  '.join(padded).rstrip()}", soft_wrap=True, markup=False)


def _say_where(console: Console, url: str, key: str, simulation: Simulation) -> None:
    console.print("\n[bold]Look around[/]")
    for title, address in (
        ("What was published", f"{simulation.url}/_simulator/timeline"),
        ("Docs", f"{url}/docs"),
        ("Every rule", f"{url}/docs/preflight/index"),
        ("OpenAPI", f"{url}/openapi.json"),
    ):
        console.print(f"  {title}: {address}", markup=False, soft_wrap=True)
    console.print("\n[bold]Try it yourself[/]")
    lines = [f"export LETMEPOST_API_URL={url}", f"export LETMEPOST_API_KEY={key}"]
    for name, credentials in simulation.accounts.items():
        if platforms()[name].connect.kind == "credentials":
            lines += [
                f"export {name.upper()}_{_shell_name(field)}={value}"
                for field, value in credentials.items()
            ]
    for line in lines:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _shell_name(field: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in field).upper()
