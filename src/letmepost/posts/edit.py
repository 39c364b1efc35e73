"""Edit a queued publication: what it would become is checked like a new post, then written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import model_validator

from letmepost.kit.database import Database
from letmepost.media.library import MediaLibrary
from letmepost.platforms import platforms
from letmepost.posts.body import (
    Asked,
    ContentBody,
    FirstCommentBody,
    MediaBody,
    Options,
    TargetBody,
    When,
    Wire,
)
from letmepost.posts.change import Seen, apply_edit, refuse_unless_changeable, see
from letmepost.posts.check import Checker, refuse_time
from letmepost.posts.create import keep_media
from letmepost.posts.rows import content_values
from letmepost.preflight import delivery_rules as rules
from letmepost.preflight.queue_rules import DRAFT_TIME
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.keys import Caller


class EditBody(ContentBody):
    """What to change; a field that is left out stays, `null` or `[]` takes the content away."""

    options: Options | None = None
    # What is to be done with images that break a limit; by itself it changes nothing.
    fit: Literal["off", "auto"] = "off"

    @model_validator(mode="after")
    def _some_field(self) -> Self:
        if not self.model_fields_set - {"fit"}:
            raise ValueError("give at least one field to change")
        if "scheduled_at" in self.model_fields_set and self.scheduled_at is None:
            raise ValueError("scheduledAt must be a time")
        return self


class RetryBody(Wire):
    """When to try again, and whether a second copy is accepted where nobody can tell."""

    scheduled_at: When = None
    accept_duplicate_risk: bool = False


_CONTENT_FIELDS = ("text", "media", "first_comment", "options")
_NO_CHANGE = EditBody.model_construct()
_WIRE_NAMES = {"first_comment": "firstComment"}


def as_target(row: Mapping[str, Any], patch: EditBody = _NO_CHANGE) -> TargetBody:
    """The publication as it would be, as a target of a new request."""
    content = row["content"]
    given = patch.model_fields_set
    options = content["options"]
    comment = content["firstComment"]
    return TargetBody.model_construct(
        account_id=row["account_id"],
        text=patch.text if "text" in given else row["text"],
        media=patch.media or []
        if "media" in given
        else [
            MediaBody.model_construct(
                kind=item["kind"], alt_text=item.get("altText"), media_id=item["mediaId"]
            )
            for item in content["media"]
        ],
        first_comment=patch.first_comment
        if "first_comment" in given
        else FirstCommentBody(text=comment)
        if comment is not None
        else None,
        options=patch.options
        if "options" in given
        else platforms()[row["platform"]].options.model_validate(options)
        if options
        else None,
    )


async def edit(  # noqa: PLR0913 - which, what, by whom and when
    database: Database,
    library: MediaLibrary,
    checker: Checker,
    caller: Caller,
    publication_id: str,
    patch: EditBody,
    *,
    request_id: str,
    now: datetime,
) -> None:
    """Change the time, the content, or both; raise with every violation of the new content."""
    seen: Seen = await database.read(lambda connection: see(connection, caller, publication_id))
    refuse_unless_changeable(seen)
    saved = seen.row["state"] == "draft"
    if not seen.connected:
        raise refuse(rules.EDIT_ACCOUNT_MISSING, conflict=True)
    values: dict[str, Any] = {}
    if patch.scheduled_at is not None:
        if saved:
            raise refuse(DRAFT_TIME, conflict=True)
        refuse_time(patch.scheduled_at, now)
        values["scheduled_at"] = patch.scheduled_at
    changed = [name for name in _CONTENT_FIELDS if name in patch.model_fields_set]
    if changed:
        target = as_target(seen.row, patch)
        asked = Asked(
            shape="targets",
            targets=[target],
            text=None,
            media=None,
            first_comment=None,
            publish_now=False,
            scheduled_at=None,
            profile_id=None,
            on_duplicate="warn",
            fit=patch.fit,
            saved=saved,
        )
        checked = await checker.check(caller, asked, now)
        kept = await keep_media(library, caller, checked, now)
        [ready] = checked.targets
        values |= content_values(ready, kept)
    names = [_WIRE_NAMES.get(name, name) for name in changed]
    await database.write(
        lambda connection: apply_edit(
            connection, seen, values, names, request_id=request_id, now=now
        )
    )
