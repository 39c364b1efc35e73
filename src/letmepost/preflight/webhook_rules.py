"""Rules of webhook endpoints and of what is delivered to them."""

from datetime import date

from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 25)
_ADDRESSES = (("https://www.rfc-editor.org/rfc/rfc6890", _CHECKED),)
_URLS = (("https://www.rfc-editor.org/rfc/rfc3986", _CHECKED),)
URL_CHARACTERS = Limit(2048, "characters", _URLS[0][0], _CHECKED)
REPLAYED_EVENTS = Limit(10_000, "events", OURS[0][0], _CHECKED)

WEBHOOK_URL = declared(
    "webhook.url.format",
    field="url",
    message="The url is not an http or https address of at most {limit} characters, without "
    "credentials in it.",
    remediation="Give the address that events are to be posted to, such as "
    "https://app.example/hooks.",
    why="Events are posted to this address as it stands, and it is given back as it was given. A "
    "name and a password in an address end in logs; verify the signature instead.",
    limit=URL_CHARACTERS,
    sources=_URLS,
)
WEBHOOK_URL_DISALLOWED = declared(
    "webhook.url.disallowed",
    field="url",
    message="The address is not a public one.",
    remediation="Use a public address. In development, LETMEPOST_ALLOWED_PRIVATE_NETWORKS admits "
    "addresses of your own network.",
    why="A server that posts to any address can be made to call its own network. The address is "
    "checked when the endpoint is made or changed, and again at the moment of each connection, "
    "whatever the name leads to by then. A name that leads nowhere yet is taken.",
    sources=_ADDRESSES,
)
WEBHOOK_EVENTS_UNKNOWN = declared(
    "webhook.events.unknown",
    field="events",
    message="There is no type of event called {actual}.",
    remediation="GET /v1/event-types lists every type; an empty list asks for all of them.",
    why="An endpoint that waits for a misspelled type would hear nothing, and nobody would know.",
    sources=OURS,
)
WEBHOOK_PAUSED = declared(
    "webhook.paused",
    field="active",
    message="The endpoint is paused, so nothing is delivered to it.",
    remediation="Resume it with PATCH and active: true.",
    why="A delivery to a paused endpoint would wait without an end, and pass for one that is lost.",
    sources=OURS,
)
WEBHOOK_REPLAY_RANGE = declared(
    "webhook.replay.range",
    field="before",
    message="The range holds no time: before is not later than after.",
    remediation="Give an after that is earlier than before; both bounds are left out themselves.",
    why="A replay delivers what happened between two times once more.",
    sources=OURS,
)
WEBHOOK_REPLAY_MAX = declared(
    "webhook.replay.max_events",
    field="after",
    message="The range holds more than {limit} events for this endpoint.",
    remediation="Replay a shorter range, or fewer types, one after the other.",
    why="A replay is queued whole or not at all, in one transaction.",
    limit=REPLAYED_EVENTS,
    sources=OURS,
)
WEBHOOK_RULES: tuple[Rule, ...] = (
    WEBHOOK_URL,
    WEBHOOK_URL_DISALLOWED,
    WEBHOOK_EVENTS_UNKNOWN,
    WEBHOOK_PAUSED,
    WEBHOOK_REPLAY_RANGE,
    WEBHOOK_REPLAY_MAX,
)
