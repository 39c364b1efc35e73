"""`lmp whoami`: which server commands speak to, and as whom."""

from typing import Any

from letmepost.cli.client.options import AsJson, Output
from letmepost.cli.client.screen import Column, details, field
from letmepost.cli.client.session import connect

_SHOWN_PREFIX = len("lmp_live_")
_SHOWN_LAST = 4


def whoami(*, as_json: AsJson = False, output: Output = None) -> None:
    """Show the server, the key and the profiles that it may see."""
    session = connect(as_json=as_json, output=output)
    settings = session.settings
    key = settings.required_key
    profiles = session.get("/v1/profiles")["data"]
    used = settings.profile_id
    told: dict[str, Any] = {
        "apiBase": settings.base,
        "key": f"{key[:_SHOWN_PREFIX]}...{key[-_SHOWN_LAST:]}",
        "organizationId": settings.stored.organization_id if settings.key_is_stored else None,
        "profileId": used,
        "profiles": profiles,
    }
    session.screen.show(
        told,
        lambda console: console.print(
            details(
                told,
                field("apiBase", "server"),
                field("key"),
                field("organizationId", "organization"),
                Column("profile in use", lambda row: row["profileId"] or "none: all that it may"),
                Column(
                    "profiles", lambda _: "\n".join(f"{p['id']}  {p['name']}" for p in profiles)
                ),
            )
        ),
    )
