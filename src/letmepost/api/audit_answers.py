"""The answers about the audit log."""

from datetime import datetime
from typing import Any

from pydantic import Field

from letmepost.api.answers import Answer
from letmepost.api.example_values import IDS
from letmepost.tenancy.audit import Action, ActorKind


class AuditActor(Answer):
    """Who made a change: a key, a member, a program with its grant, or somebody without an id."""

    kind: ActorKind
    id: str | None = Field(examples=[IDS["key"]])


class AuditEntry(Answer):
    """One change: who made it, what was changed, when, in which request, and from where.

    `details` are names and words of the change; never a key, a token, a password or a link.
    """

    id: str = Field(examples=[IDS["aud"]])
    action: Action = Field(examples=[Action.KEY_CREATED.value])
    actor: AuditActor
    profile_id: str | None
    target_id: str | None = Field(description="The id of what was changed.")
    details: dict[str, Any]
    request_id: str | None
    address: str | None = Field(
        description="The network address that the request came from.", examples=["203.0.113.7"]
    )
    created_at: datetime


class AuditPage(Answer):
    """A page of entries."""

    data: list[AuditEntry]
    next_cursor: str | None
