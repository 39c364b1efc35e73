"""One server with a victim on it, and strangers who know the ids of everything."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio

from letmepost.kit.logs import configure_logs
from letmepost.tenancy.keys import TEST
from tests.api.client import Client
from tests.api.conftest import server_database_url  # noqa: F401 - a fixture
from tests.api.server import Server, running_server
from tests.isolation.victim import Victim, furnished, with_accounts
from tests.media.samples import image


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@dataclass(frozen=True)
class Stranger:
    """Somebody with a good key of their own, and a good signature of their own."""

    who: str
    client: Client
    signed: dict[str, str]


@dataclass(frozen=True)
class Isolation:
    """The server, the victim, and everybody who must not learn of it."""

    server: Server
    victim: Victim
    strangers: list[Stranger]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def isolation(
    server_database_url: str,  # noqa: F811 - the fixture
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Isolation]:
    folder: Path = tmp_path_factory.mktemp("isolation")
    async with running_server(folder, server_database_url) as server:
        organization = await server.new_organization()
        victim = await furnished(organization)
        other = await server.new_organization()
        brand = await organization.profile("Brand")
        strangers = [
            await _stranger(
                "another organization", await with_accounts(server, await other.client())
            ),
            await _stranger("a test key of another organization", await other.client(prefix=TEST)),
            await _stranger(
                "another profile",
                await with_accounts(server, await organization.client(profile_id=brand)),
            ),
        ]
        yield Isolation(server, victim, strangers)


async def _stranger(who: str, client: Client) -> Stranger:
    begun = await client.post("/v1/media/uploads", {"sizeBytes": len(image())})
    signed = dict(parse_qsl(urlsplit(begun.body["url"]).query))
    return Stranger(who, client, signed)
