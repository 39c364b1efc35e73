"""The tests' own end of a simulated platform: its timeline, what it was asked, and its faults."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from letmepost.platform_kit.simulator import Simulation


@dataclass(frozen=True)
class Backstage:
    """One platform among those that are simulated."""

    http: aiohttp.ClientSession
    simulation: Simulation
    platform: str

    async def timeline(self) -> list[dict[str, Any]]:
        """What stands on the platform."""
        shown = await self._call("GET", "timeline")
        return [entry for entry in shown if entry["platform"] == self.platform]

    async def requests(self) -> list[dict[str, Any]]:
        """What the platform was asked, the oldest first."""
        found: list[dict[str, Any]] = await self._call("GET", f"requests?platform={self.platform}")
        return found

    async def fault(self, **fault: Any) -> None:
        """Have the platform misbehave."""
        await self._call("POST", "faults", json={"platform": self.platform, **fault})

    async def world(self, **world: Any) -> None:
        """Change the platform's world."""
        await self._call("POST", "world", json={"platform": self.platform, **world})

    async def _call(self, method: str, what: str, **given: Any) -> Any:
        url = f"{self.simulation.url}/_simulator/{what}"
        async with self.http.request(method, url, **given) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()
