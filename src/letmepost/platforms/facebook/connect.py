"""Connect every Page that a person manages by one consent, with the accounts linked to them.

Sources: https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived and
https://developers.facebook.com/docs/pages-api/getting-started
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlencode

from letmepost.platform_kit.connect import (
    Connected,
    Consent,
    Credentials,
    LinkedAccount,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.graph.client import appsecret_proof
from letmepost.platform_kit.graph.errors import graph_error, readable, words_of
from letmepost.platform_kit.graph.token_server import TokenServer
from letmepost.platform_kit.http import Upstream
from letmepost.platforms.facebook.client import api_base, app_secret_of, app_token
from letmepost.platforms.facebook.errors import TABLE
from letmepost.platforms.facebook.rules import CREATE_CONTENT, NO_PAGES
from letmepost.platforms.facebook.settings import FacebookSettings
from letmepost.preflight.refuse import refuse

SERVER: Final = TokenServer(
    TABLE, ("LETMEPOST_FACEBOOK_CLIENT_ID", "LETMEPOST_FACEBOOK_CLIENT_SECRET")
)
# Without these a Page can be published to all the same. They are for the accounts that are linked
# to it, and for Pages that belong to a business.
ALSO_ASKED: Final = (
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_contents",
)
LINKED: Final = "instagram_business_account"
_NEEDED_FOR_LINKED: Final = frozenset({"instagram_basic", "instagram_content_publish"})
_PAGE_FIELDS: Final = f"id,name,access_token,tasks,{LINKED}{{id,username,name}}"
_PUBLISHES: Final = "CREATE_CONTENT"
_PAGES_MAX: Final = 50


async def _take_back(
    credentials: Credentials,  # noqa: ARG001 - the protocol's argument
    details: Mapping[str, Any],
    settings: FacebookSettings,
    upstream: Upstream,
) -> None:
    """Take back all that the person allowed the app, by the app's own token.

    A Page's token may not, and the person's is not kept. Source:
    https://developers.facebook.com/docs/graph-api/reference/user/permissions/.
    """
    user = details.get("metaUserId")
    if not user:
        raise TABLE.unavailable("it was never told whose consent gave the Page")
    app = app_token(settings)
    upstream.secrets.add(app)
    answer = await SERVER.asked(
        upstream,
        "DELETE",
        f"{api_base(settings)}/{user}/permissions",
        headers={"Authorization": f"Bearer {app}"},
    )
    # Documented as `true`, and seen as an object that says so.
    if answer.ok and answer.document in (True, {"success": True}):
        return
    raise TABLE.unavailable(words_of(answer), answer)


class FacebookConnect:
    """Consent at Facebook; Pages get tokens of their own, which have no end."""

    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = Revocation(
        ask=_take_back, ends_for="person", person_detail="metaUserId"
    )
    scopes: tuple[str, ...] = (
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_posts",
        "pages_manage_engagement",
    )
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def consent_url(self, consent: Consent, settings: FacebookSettings) -> str:
        """The consent page."""
        query = {
            "client_id": settings.client_id,
            "redirect_uri": consent.redirect_uri,
            "state": consent.state,
            "response_type": "code",
            "scope": ",".join((*self.scopes, *ALSO_ASKED)),
        }
        host = settings.auth_url.rstrip("/")
        return f"{host}/{settings.version}/dialog/oauth?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: FacebookSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, make its token a long one, and take every Page that may be posted to.

        Raises `LetmepostError`, with `facebook.pages.none` where there is no Page.
        """
        upstream.secrets.add(code)
        token = await _long_token(code, consent, settings, upstream)
        person = _Person(token, settings, upstream)
        user = (await person.read("/me", fields="id,name")).get("id")
        permissions = await person.read("/me/permissions")
        granted = tuple(
            str(each.get("permission"))
            for each in permissions.get("data", ())
            if each.get("status") == "granted"
        )
        pages = [
            page async for page in person.pages(in_businesses="business_management" in granted)
        ]
        if not pages:
            raise refuse(NO_PAGES)
        usable = [page for page in pages if _PUBLISHES in page.get("tasks", (_PUBLISHES,))]
        if not usable:
            names = ", ".join(str(page.get("name")) for page in pages)
            raise refuse(CREATE_CONTENT, actual=names)
        return [_connected(page, str(user), granted, upstream) for page in usable]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's
        settings: FacebookSettings,  # noqa: ARG002 - as above
        upstream: Upstream,  # noqa: ARG002 - as above
    ) -> Refreshed:
        """The token of a Page has no end, and nothing renews it."""
        return Refreshed(credentials=credentials)


async def _long_token(
    code: str, consent: Consent, settings: FacebookSettings, upstream: Upstream
) -> str:
    """The person's token of sixty days, of which the tokens of Pages are made without an end."""
    app = {"client_id": settings.client_id or "", "client_secret": app_secret_of(settings)}
    if app["client_secret"]:
        upstream.secrets.add(app["client_secret"])
    url = f"{api_base(settings)}/oauth/access_token"
    spent = {**app, "redirect_uri": consent.redirect_uri, "code": code.removesuffix("#_=_")}
    short = await SERVER.token(upstream, "GET", url, params=spent)
    exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = await SERVER.token(upstream, "GET", url, params={**app, **exchange})
    return str(long["access_token"])


@dataclass(frozen=True, slots=True)
class _Person:
    """Calls as the person who consented."""

    token: str
    settings: FacebookSettings
    upstream: Upstream

    async def read(self, path: str, **params: str) -> Mapping[str, Any]:
        """The object of a good answer; raise what any other one means."""
        if secret := app_secret_of(self.settings):
            proof = appsecret_proof(self.token, secret)
            self.upstream.secrets.add(proof)
            params["appsecret_proof"] = proof
        answer = await SERVER.asked(
            self.upstream,
            "GET",
            f"{api_base(self.settings)}{path}",
            headers={"Authorization": f"Bearer {self.token}"},
            params=params,
        )
        found = readable(answer)
        if found is None:
            raise TABLE.refusal(answer, graph_error(answer)).error
        return found

    async def pages(self, *, in_businesses: bool) -> AsyncIterator[Mapping[str, Any]]:
        """Every Page once: the person's own, and those of their businesses."""
        seen: set[str] = set()
        paths = ["/me/accounts"]
        if in_businesses:
            async for business in self._listed("/me/businesses", "id"):
                paths += [f"/{business['id']}/{edge}" for edge in ("owned_pages", "client_pages")]
        for path in paths:
            async for page in self._listed(path, _PAGE_FIELDS):
                # Of a Page without a token the person sees no more than its name.
                if page.get("access_token") and page["id"] not in seen:
                    seen.add(page["id"])
                    yield page

    async def _listed(self, path: str, fields: str) -> AsyncIterator[Mapping[str, Any]]:
        params = {"fields": fields, "limit": "100"}
        for _ in range(_PAGES_MAX):
            answer = await self.read(path, **params)
            for each in answer.get("data", ()):
                yield each
            after = answer.get("paging", {}).get("cursors", {}).get("after")
            if not after or not answer.get("paging", {}).get("next"):
                return
            params["after"] = after


def _connected(
    page: Mapping[str, Any], user: str, granted: tuple[str, ...], upstream: Upstream
) -> Connected:
    token, page_id = str(page["access_token"]), str(page["id"])
    upstream.secrets.add(token)
    linked = page.get(LINKED)
    links: tuple[LinkedAccount, ...] = ()
    if isinstance(linked, dict) and _NEEDED_FOR_LINKED.issubset(granted):
        values = {
            "id": str(linked["id"]),
            "username": linked.get("username"),
            "pageId": page_id,
            "pageToken": token,
            "userId": user,
            "scopes": [each for each in granted if each.startswith("instagram_")],
        }
        links = (LinkedAccount(kind=LINKED, values=values),)
    return Connected(
        platform_account_id=page_id,
        display_name=str(page.get("name") or page_id),
        credentials={"accessToken": token},
        # What Meta calls the person when access is taken back.
        details={"pageId": page_id, "name": page.get("name"), "metaUserId": user},
        scopes=granted,
        renewable=False,
        links=links,
    )
