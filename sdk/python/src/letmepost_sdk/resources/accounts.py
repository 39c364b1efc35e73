"""Accounts: connect them, look after them, disconnect them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import ProfileFilter
from letmepost_sdk.operation import DriverT, Operation, Resource
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import (
    Account,
    AccountCheck,
    AccountHealth,
    AccountList,
    ConnectedAccount,
    ConnectLink,
    ConnectStart,
    CreatePinterestBoard,
    Disconnected,
    MakeConnectLink,
    PinterestBoardMade,
    PinterestBoards,
    PinterestDefaultBoard,
    PlatformName,
    StartConnect,
)


class Accounts(Resource[DriverT]):
    """The accounts that posts go to."""

    @Operation
    def list(self, **filters: Unpack[ProfileFilter]) -> Exchange[AccountList]:
        """Every connected account."""
        return self._call("GET", "/v1/accounts", given=filters)

    @Operation
    def get(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[Account]:
        """One account."""
        return self._call("GET", "/v1/accounts/{id}", account_id, given=options)

    @Operation
    def delete(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[Disconnected]:
        """Disconnect an account; its queued posts are canceled."""
        return self._call("DELETE", "/v1/accounts/{id}", account_id, given=options)

    @Operation
    def connect(
        self,
        platform: PlatformName,
        body: StartConnect | None = None,
        **options: Unpack[CallOptions],
    ) -> Exchange[ConnectStart]:
        """Begin to connect an account: a consent page to open, or fields to fill in."""
        return self._call(
            "POST", "/v1/accounts/connect/{platform}", platform, given=options, body=body or {}
        )

    @Operation
    def complete_connect(
        self, platform: PlatformName, fields: Mapping[str, Any], **options: Unpack[CallOptions]
    ) -> Exchange[ConnectedAccount]:
        """Connect an account by the fields of the descriptor, or by `code` and `state`.

        `accounts` holds all that a consent has connected.
        """
        return self._call(
            "POST",
            "/v1/accounts/connect/{platform}/complete",
            platform,
            given=options,
            body=fields,
        )

    @Operation
    def connect_link(
        self, body: MakeConnectLink | None = None, **options: Unpack[CallOptions]
    ) -> Exchange[ConnectLink]:
        """A link by which somebody without a key connects an account."""
        return self._call("POST", "/v1/connect-links", given=options, body=body or {})

    @Operation
    def check(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[AccountCheck]:
        """Look an account over at its platform."""
        return self._call("GET", "/v1/accounts/{id}/check", account_id, given=options)

    @Operation
    def health(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[AccountHealth]:
        """How an account's access stands; no platform is asked."""
        return self._call("GET", "/v1/accounts/{id}/health", account_id, given=options)

    @Operation
    def refresh(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[AccountHealth]:
        """Renew an account's token now."""
        return self._call("POST", "/v1/accounts/{id}/refresh", account_id, given=options)

    @Operation
    def pause(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[Account]:
        """Send nothing new on an account."""
        return self._call("POST", "/v1/accounts/{id}/pause", account_id, given=options)

    @Operation
    def resume(self, account_id: str, **options: Unpack[CallOptions]) -> Exchange[Account]:
        """Send on a paused account again."""
        return self._call("POST", "/v1/accounts/{id}/resume", account_id, given=options)

    @Operation
    def list_pinterest_boards(
        self, account_id: str, **options: Unpack[CallOptions]
    ) -> Exchange[PinterestBoards]:
        """The boards of a Pinterest account, and the default one."""
        return self._call("GET", "/v1/accounts/{id}/pinterest/boards", account_id, given=options)

    @Operation
    def add_pinterest_board(
        self, account_id: str, body: CreatePinterestBoard, **options: Unpack[CallOptions]
    ) -> Exchange[PinterestBoardMade]:
        """Make a board of a Pinterest account."""
        return self._call(
            "POST", "/v1/accounts/{id}/pinterest/boards", account_id, given=options, body=body
        )

    @Operation
    def set_pinterest_default_board(
        self, account_id: str, board_id: str, **options: Unpack[CallOptions]
    ) -> Exchange[PinterestDefaultBoard]:
        """Choose the board for pins that name none."""
        return self._call(
            "PATCH",
            "/v1/accounts/{id}/pinterest/default-board",
            account_id,
            given=options,
            body={"boardId": board_id},
        )
