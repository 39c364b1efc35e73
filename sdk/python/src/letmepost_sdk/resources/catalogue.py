"""What a server knows of platforms: its rules, and the versions of their APIs."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import RuleFilters
from letmepost_sdk.operation import DriverT, Operation, Resource
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import CatalogueRule, RulePage, SpokenVersions


class Rules(Resource[DriverT]):
    """The rules that posts are checked against."""

    @Operation
    def list(self, **filters: Unpack[RuleFilters]) -> Exchange[RulePage]:
        """Every rule with its limit and its sources."""
        return self._call("GET", "/v1/rules", given=filters)

    @Operation
    def get(self, rule_id: str, **options: Unpack[CallOptions]) -> Exchange[CatalogueRule]:
        """One rule."""
        return self._call("GET", "/v1/rules/{id}", rule_id, given=options)


class PlatformVersions(Resource[DriverT]):
    """The versions of the platforms' APIs."""

    @Operation
    def list(self, **options: Unpack[CallOptions]) -> Exchange[SpokenVersions]:
        """Which version of each API the server speaks, and until when it lives."""
        return self._call("GET", "/v1/platform-versions", given=options)
