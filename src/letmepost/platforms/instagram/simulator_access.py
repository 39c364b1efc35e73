"""Who may call the simulated Instagram: accounts by a login of their own, and Pages for theirs."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import GraphFault, bearer, read_page_token
from letmepost.platform_kit.graph.simulated_tokens import App, Tokens
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.instagram.simulator_world import Account, World

CLIENT_ID: Final = "880000000000001"
CLIENT_SECRET: Final = "secret-of-the-simulated-app"  # noqa: S105 - of an app that does not exist
APP: Final = App[Account](
    title="Instagram",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    grants="ig",
    token="IGAA",  # noqa: S106 - how every token begins
    scopes=frozenset(
        {
            "instagram_business_basic",
            "instagram_business_content_publish",
            "instagram_business_manage_comments",
            "instagram_business_manage_insights",
            "instagram_business_manage_messages",
        }
    ),
    required="instagram_business_basic",
    answers_code=lambda token, owner, scopes: {
        "data": [
            {
                "access_token": token,
                # The account's id in this app, which is another one than the account's own.
                "user_id": f"2{owner.id}",
                "permissions": ",".join(scopes),
            }
        ]
    },
)
# What each right is called with the two logins.
PUBLISH: Final = ("instagram_business_content_publish", "instagram_content_publish")
COMMENT: Final = ("instagram_business_manage_comments", "instagram_manage_comments")
BASIC: Final = ("instagram_business_basic", "instagram_basic")


class Access:
    """The judge of every call."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._revoked: set[str] = set()
        self.tokens = Tokens(APP, lambda: world.accounts, clock, faults)

    def clear(self) -> None:
        """Forget every token."""
        self._revoked.clear()
        self.tokens.clear()

    def authenticated(
        self, request: Request, fields: Mapping[str, str], *rights: tuple[str, str]
    ) -> Account:
        """Whose token a call carries; it must hold all of these rights."""
        token = bearer(request, fields)
        page = read_page_token(token)
        if page is None:
            own = [right[0] for right in (BASIC, *rights)]
            return self.tokens.authenticated(request, fields, *own)
        if self._faults.take(request.url.path, "revoked_token"):
            self._revoked.add(page.page_id)
        if page.page_id in self._revoked:
            raise GraphFault(
                190,
                "Error validating access token: The session has been invalidated because the user "
                "changed their password or Facebook has changed the session for security reasons.",
                460,
            )
        missing = [right[1] for right in (BASIC, *rights) if right[1] not in page.scopes]
        if missing:
            raise GraphFault(
                10,
                f"(#10) Application does not have permission for this action: {missing[0]}",
                status=403,
            )
        account = self._world.linked_to(page.page_id)
        if account is None:
            raise GraphFault(100, "The Page has no linked Instagram account", 33)
        return account

    def is_by_page(self, request: Request, fields: Mapping[str, str]) -> bool:
        """Whether a call comes with the token of a Page."""
        return read_page_token(bearer(request, fields)) is not None
