"""The addresses of the dashboard."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from letmepost.dashboard import (
    account_lists,
    accounts,
    audit_log,
    calendar,
    compose,
    keys,
    logs,
    media,
    overview,
    posts,
    profiles,
    settings,
    versions,
    webhooks,
)
from letmepost.dashboard.away import AwayPage
from letmepost.dashboard.door import Door
from letmepost.dashboard.forms import FORM_BYTES_MAX
from letmepost.dashboard.openid import openid_routes
from letmepost.dashboard.pages import icon_file, static_file
from letmepost.dashboard.setting import Dashboard
from letmepost.dashboard.visit import Handler, Pages, Visit

ROOT = "/dashboard"


def dashboard_routes(dashboard: Dashboard) -> list[BaseRoute]:
    """Routes of `/dashboard` and everything below it."""
    door, pages = Door(dashboard), Pages(dashboard)

    def page(path: str, show: Handler, change: Handler | None = None) -> list[Route]:
        routes = [Route(f"{ROOT}{path}", pages.get(show), methods=["GET"])]
        if change is not None:
            routes.append(_posted(path, pages.post(change)))
        return routes

    routes = [
        Route(f"{ROOT}/static/{{name}}", static_file, methods=["GET"]),
        Route(f"{ROOT}/icons/{{platform}}.svg", icon_file, methods=["GET"]),
        Route(f"{ROOT}/sign-in", door.show_sign_in, methods=["GET"]),
        _posted("/sign-in", door.sign_in),
        Route(f"{ROOT}/sign-up", door.show_sign_up, methods=["GET"]),
        _posted("/sign-up", door.sign_up),
        Route(f"{ROOT}/invite/{{token}}", door.show_invite, methods=["GET"]),
        _posted("/invite/{token}", door.accept_invite),
        Route(f"{ROOT}/reset/{{token}}", door.show_reset, methods=["GET"]),
        _posted("/reset/{token}", door.reset),
        _posted("/sign-out", door.sign_out),
        *openid_routes(door),
        *page("", overview.show),
        *page("/compose", compose.show, compose.change),
        _posted("/compose/check", pages.post(compose.check)),
        *page("/calendar", calendar.show, calendar.change),
        *page("/posts", posts.show_list, posts.change_list),
        *page("/posts/{id}", posts.show_one, posts.change_one),
        *page("/accounts", accounts.show, accounts.change),
        *page("/accounts/connect/{platform}", accounts.show_connect, accounts.connect),
        *page("/accounts/{id}/{segment}", account_lists.show),
        *page("/keys", keys.show, keys.change),
        *page("/webhooks", webhooks.show_list, webhooks.create),
        *page("/webhooks/{id}", webhooks.show_one, webhooks.change_one),
        *page("/media", media.show, media.change),
        Route(f"{ROOT}/media/upload", pages.post(media.upload), methods=["POST"]),
        *page("/profiles", profiles.show, profiles.change),
        _posted("/profile", pages.post(profiles.choose)),
        *page("/versions", versions.show),
        *page("/logs", logs.show_list),
        *page("/logs/{id}", logs.show_one),
        *page("/settings", settings.show, settings.change),
        *page("/audit-log", audit_log.show),
        Route(f"{ROOT}/{{path:path}}", pages.get(_nothing), methods=["GET"]),
    ]
    for each in routes:
        each.app = AwayPage(dashboard, each.app)
    return [*routes]


def _posted(path: str, endpoint: object) -> Route:
    return Route(
        f"{ROOT}{path}",
        endpoint,  # type: ignore[arg-type] # one of ours
        methods=["POST"],
        max_body_size=FORM_BYTES_MAX,
    )


async def _nothing(visit: Visit) -> Response:
    visit.status = 404
    visit.problem = {
        "message": "There is no such page.",
        "remediation": "Choose one in the navigation.",
    }
    return await visit.page("refusal.html")
