"""`GET /v1/platform-versions`: which version of each platform's API is spoken here."""

from datetime import UTC, date, datetime, time

from starlette.requests import Request
from starlette.responses import Response

from letmepost.api.call import unless_known
from letmepost.api.operation import Operations
from letmepost.api.parameters import IF_NONE_MATCH
from letmepost.api.platform_version_answers import SpokenVersions
from letmepost.api.state import State
from letmepost.kit.clock import wire_time
from letmepost.kit.json_bytes import to_json
from letmepost.platform_kit.platform import PlatformVersion
from letmepost.versions.spoken import status_of

platform_versions = Operations("Platform versions")


@platform_versions.public(
    "/v1/platform-versions",
    "listPlatformVersions",
    "List the version of each platform's API that is spoken here",
    answers={200: SpokenVersions, 304: None},
    headers=(IF_NONE_MATCH,),
)
async def list_platform_versions(request: Request) -> Response:
    """The version of each platform, as the operator's settings have it; no key is needed.

    `status` is `gone` from the day of the sunset on, `sunset_soon` in the 90 days before it, and
    else `supported`. `releasedAt` and `sunsetAt` are midnight UTC of a day; null where the platform
    has announced none, or none is known of a version that the operator set.
    """
    state: State = request.app.state.letmepost
    today = state.clock.now().astimezone(UTC).date()
    shown = [_shown(name, version, today) for name, version in state.versions.items()]
    # A status changes with the day, so an answer is not kept for long.
    return unless_known(
        request, to_json({"data": shown}), {"Cache-Control": "public, max-age=3600"}
    )


def _shown(platform: str, version: PlatformVersion, today: date) -> dict[str, object]:
    return {
        "platform": platform,
        "currentVersion": version.current,
        "releasedAt": _midnight(version.released_at),
        "sunsetAt": _midnight(version.sunset_at),
        "changelogUrl": version.changelog_url,
        "nextVersion": version.next,
        "status": status_of(version, today),
    }


def _midnight(day: date | None) -> str | None:
    """The begin of a day as the API writes times; platforms announce days without a time."""
    return None if day is None else wire_time(datetime.combine(day, time(), UTC))
