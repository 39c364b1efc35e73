"""What a platform adds to our API for its accounts: calls of its own, and fields of an account.

`api/account_operations.py` serves the calls under `/v1/accounts/{id}/<platform>/<segment>`, so that
the OpenAPI document has them and nobody outside a platform's folder names it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import BaseModel

if TYPE_CHECKING:
    from letmepost.platform_kit.platform import AccountTask

Details = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnswer:
    """The answer of a call on an account. `details` are put in place of the account's own."""

    document: Mapping[str, Any]
    status: int = 200
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AccountOperation:
    """One call on an account of the platform.

    `name` is its id in the OpenAPI document. `status` is that of the answer to the usual case.
    `run` makes the call and raises `LetmepostError`. `rehearse` answers test keys, which reach no
    platform, from the account's id and details. Both get the body as its model, or None.
    """

    method: Literal["GET", "POST", "PATCH"]
    segment: str
    name: str
    summary: str
    answer: type[BaseModel]
    run: Callable[["AccountTask", Any], Awaitable[AccountAnswer]]
    rehearse: Callable[[str, Details, Any], AccountAnswer]
    body: type[BaseModel] | None = None
    status: int = 200


@dataclass(frozen=True, kw_only=True)
class ShownOfAccount:
    """What an account's JSON says under the platform's name, made of the account's details."""

    answer: type[BaseModel]
    of: Callable[[Details], Mapping[str, Any]]


class Adviser(Protocol):
    """What only the account can say to a rule that was broken, such as what may be chosen."""

    async def advise(self, task: "AccountTask | None", rule_id: str) -> Mapping[str, Any] | None:
        """What belongs into `platformResponse`, None for nothing; never an error.

        `task` is None for test keys, which reach no platform.
        """
        ...
