"""The page of one type of event, and the index of all types."""

from letmepost.docs.body_fields import body_fields
from letmepost.docs.event_examples import EXAMPLES
from letmepost.docs.examples import json_text
from letmepost.docs.markdown import fill, table
from letmepost.docs.site import Site
from letmepost.webhooks.event_types import EventType

_EVENT_ID = "evt_0002SkJ7vTh9iMq3dZxC1P"
_ORGANIZATION_ID = "org_0002SkJ1yGc5vDi8rTnB3Q"
_CREATED_AT = "2026-11-25T08:00:00.000Z"


def event_page(event_type: EventType) -> str:
    """The page of a type, as Markdown."""
    example = {
        "id": _EVENT_ID,
        "type": event_type.name,
        "createdAt": _CREATED_AT,
        "organizationId": _ORGANIZATION_ID,
        "sequence": 2 if event_type.name.startswith("post.") else None,
        "data": dict(EXAMPLES[event_type.name]),
    }
    rows = [
        (f"`{path}`", field.type, field.description)
        for path, field in body_fields(event_type.schema).items()
    ]
    return fill(
        "event.md",
        event_type=event_type,
        example=json_text(example),
        fields=table(("Field", "Type", "Meaning"), rows),
    )


def event_index(site: Site) -> str:
    """The shape of events and the table of types, as Markdown."""
    rows = [
        (f"[`{each.name}`](/docs/events/{each.page})", each.description)
        for each in site.event_types.values()
    ]
    return fill("event_index.md", table=table(("Type", "Written when"), rows), count=len(rows))
