"""A tool as both kinds are made: those of the API's operations, and those made for agents."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.tenancy.grants import GrantScope
from letmepost.tenancy.rest import Rest, RestAnswer

Arguments = Mapping[str, Any]
# Raises `LetmepostError` where the arguments cannot be meant.
Run = Callable[[Rest, Arguments], Awaitable[RestAnswer]]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """What an agent reads of a tool, and what a call of it does.

    `read_only` tools change nothing, `destructive` ones replace or delete, `idempotent` ones may
    be called twice, and `open_world` ones reach beyond this server.
    """

    name: str
    title: str
    description: str
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]
    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool
    run: Run

    @property
    def scope(self) -> GrantScope:
        """What an access token must allow; `publish` allows what `read` does."""
        return GrantScope.READ if self.read_only else GrantScope.PUBLISH
