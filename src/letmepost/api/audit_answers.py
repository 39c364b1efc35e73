"""The answers about the audit log."""

from datetime import datetime
from typing import Any

from pydantic import Field

from letmepost.api.answers import Answer
from letmepost.api.example_values import IDS
from letmepost.tenancy.audit import ActorKind, AuditAction


class AuditActor(Answer):
    """Who made a change: a key, a member, a program with its grant, or somebody without an id."""

    kind: ActorKind = Field(description="What kind of somebody it is.")
    id: str | None = Field(
        description="The id of the key, the member or the grant; null where there is none.",
        examples=[IDS["key"]],
    )


class AuditEntry(Answer):
    """One change: who made it, what was changed, when, in which request, and from where.

    `details` are names and words of the change; never a key, a token, a password or a link.
    """

    id: str = Field(description="The id of the entry.", examples=[IDS["aud"]])
    action: AuditAction = Field(
        description="What was changed.", examples=[AuditAction.KEY_CREATED.value]
    )
    actor: AuditActor = Field(description="Who made the change.")
    profile_id: str | None
    target_id: str | None = Field(description="The id of what was changed.", examples=[IDS["prof"]])
    details: dict[str, Any] = Field(
        description="Names and words of the change.", examples=[{"name": "Blog"}]
    )
    request_id: str | None
    address: str | None = Field(
        description="The network address that the request came from.", examples=["203.0.113.7"]
    )
    created_at: datetime


class AuditPage(Answer):
    """A page of entries."""

    data: list[AuditEntry]
    next_cursor: str | None
