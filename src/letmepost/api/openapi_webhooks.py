"""What this server sends to a webhook endpoint, as the OpenAPI document declares it."""

from collections.abc import Mapping
from typing import Any, Final

from letmepost.api.call import JSON_TYPE
from letmepost.api.event_answers import Event
from letmepost.api.example_values import IDS
from letmepost.api.examples import example_of
from letmepost.api.openapi_schemas import SCHEMA
from letmepost.webhooks.sign import SIGNATURE, SIGNATURE_V1

_SIGNED: Final = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "webhook-id": ("The id of the event, the same in every attempt: ignore it twice.", IDS["evt"]),
    "webhook-timestamp": ("When this attempt was signed, in seconds since 1970.", "1795593600"),
    "webhook-signature": ("Signatures after Standard Webhooks, one of each secret.", _SIGNED),
    SIGNATURE: ("The signature of the body alone, as older consumers check it.", "sha256=5f2c"),
    SIGNATURE_V1: ("The signatures with their time, one of each secret.", "t=1795593600,v1=5f2c"),
    "X-Letmepost-Event": ("The type of the event.", "post.published"),
    "X-Letmepost-Event-Id": ("The id of the event.", IDS["evt"]),
    "X-Letmepost-Delivery-Id": ("The id of the delivery.", IDS["whd"]),
}


def webhooks(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The one call that is made to an endpoint, whatever has happened."""
    schema = {"$ref": SCHEMA.format(model=Event.__name__)}
    return {
        "event": {
            "post": {
                "operationId": "receiveEvent",
                "tags": ["Webhooks"],
                "summary": "Receive an event",
                "description": "Sent to every webhook endpoint that wants events of this type, and "
                "sent again until it is answered. Verify one of the signatures first.",
                "security": [],
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "description": description,
                        "schema": {"type": "string", "examples": [example]},
                    }
                    for name, (description, example) in _HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        JSON_TYPE: {"schema": schema, "example": example_of(schema, schemas)}
                    },
                },
                "responses": {
                    "2XX": {"description": "It was taken, and is not sent again."},
                    "410": {"description": "Nothing more is wanted: the endpoint is paused."},
                    "4XX": {
                        "description": "It is refused and not sent again, unless the status means "
                        "that it may be taken later."
                    },
                    "default": {"description": "It is sent again, later and later."},
                },
            }
        }
    }
