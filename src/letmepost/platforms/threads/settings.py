"""The settings of Threads: the app that people connect, and its hosts."""

from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel

VERSION = "v1.0"


class ThreadsSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_THREADS_`."""

    client_id: str | None = Field(None, description="The id of your Threads app at Meta.")
    client_secret: SecretStr | None = Field(
        None, description="The secret of your Threads app at Meta."
    )
    api_url: str = Field("https://graph.threads.net", description="The Threads API.")
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = Field(
        VERSION, description="The version of the API that is called."
    )
    auth_url: str = Field("https://threads.net", description="Where people grant access.")


def api_base(settings: ThreadsSettings) -> str:
    """The address that every call of the API begins with."""
    return f"{settings.api_url.rstrip('/')}/{settings.version}"
