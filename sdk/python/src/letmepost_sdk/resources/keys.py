"""API keys, and the profiles that keys, accounts and files belong to."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange
from letmepost_sdk.filters import PageFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import (
    ChangeProfile,
    CreateProfile,
    Deleted,
    Key,
    KeyPage,
    MintedKey,
    MintKey,
    PlanSlots,
    Profile,
    ProfileList,
    RevokedKey,
    Slots,
)


class ApiKeys(Resource[DriverT]):
    """API keys."""

    @Operation
    def create(self, body: MintKey, **options: Unpack[CallOptions]) -> Exchange[MintedKey]:
        """Make a key; the answer shows it, and nothing does later."""
        return self._call("POST", "/v1/api-keys", given=options, body=body)

    @Operation
    def list(self, **filters: Unpack[PageFilters]) -> Exchange[KeyPage]:
        """One page of keys, newest first."""
        return self._call("GET", "/v1/api-keys", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[PageFilters]) -> Walk[Key]:
        """Every key, newest first; `limit` is the size of a page."""
        return self._walk("/v1/api-keys", given=filters)

    @Operation
    def delete(self, key_id: str, **options: Unpack[CallOptions]) -> Exchange[RevokedKey]:
        """Revoke a key at once."""
        return self._call("DELETE", "/v1/api-keys/{id}", key_id, given=options)


class Profiles(Resource[DriverT]):
    """Profiles."""

    @Operation
    def create(self, body: CreateProfile, **options: Unpack[CallOptions]) -> Exchange[Profile]:
        """Make a profile."""
        return self._call("POST", "/v1/profiles", given=options, body=body)

    @Operation
    def list(self, **options: Unpack[CallOptions]) -> Exchange[ProfileList]:
        """Every profile."""
        return self._call("GET", "/v1/profiles", given=options)

    @Operation
    def get(self, profile_id: str, **options: Unpack[CallOptions]) -> Exchange[Profile]:
        """One profile."""
        return self._call("GET", "/v1/profiles/{id}", profile_id, given=options)

    @Operation
    def update(
        self, profile_id: str, body: ChangeProfile, **options: Unpack[CallOptions]
    ) -> Exchange[Profile]:
        """Rename a profile."""
        return self._call("PATCH", "/v1/profiles/{id}", profile_id, given=options, body=body)

    @Operation
    def delete(self, profile_id: str, **options: Unpack[CallOptions]) -> Exchange[Deleted]:
        """Delete a profile without accounts."""
        return self._call("DELETE", "/v1/profiles/{id}", profile_id, given=options)

    @Operation
    def slots(self, profile_id: str, **options: Unpack[CallOptions]) -> Exchange[Slots]:
        """The queue slots of a profile: its weekly times, and the next of them that are free."""
        return self._call("GET", "/v1/profiles/{id}/slots", profile_id, given=options)

    @Operation
    def set_slots(
        self, profile_id: str, body: PlanSlots, **options: Unpack[CallOptions]
    ) -> Exchange[Slots]:
        """Replace the queue slots of a profile."""
        return self._call("PUT", "/v1/profiles/{id}/slots", profile_id, given=options, body=body)
