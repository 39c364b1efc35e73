"""The settings of Instagram: the app that people connect, and its hosts."""

from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel

VERSION = "v25.0"


class InstagramSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_INSTAGRAM_`."""

    client_id: str | None = Field(None, description="The id of your Instagram app at Meta.")
    client_secret: SecretStr | None = Field(
        None, description="The secret of your Instagram app at Meta."
    )
    api_url: str = Field("https://graph.instagram.com", description="The Instagram API.")
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = Field(
        VERSION, description="The version of the API that is called."
    )
    page_api_url: str = Field(
        "https://graph.facebook.com",
        description="The API for accounts that are connected through their Facebook Page.",
    )
    auth_url: str = Field("https://www.instagram.com", description="Where people grant access.")
    token_url: str = Field(
        "https://api.instagram.com", description="Where a code is exchanged for a token."
    )
    upload_url: str = Field(
        "https://rupload.facebook.com", description="Where the bytes of videos go."
    )


def api_base(settings: InstagramSettings, *, by_page: bool) -> str:
    """The address that every call of the API begins with; the two logins have a host each."""
    host = settings.page_api_url if by_page else settings.api_url
    return f"{host.rstrip('/')}/{settings.version}"
