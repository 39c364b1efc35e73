"""The settings of Threads: the app that people connect, and its hosts."""

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel


class ThreadsSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_THREADS_`."""

    client_id: str | None = Field(None, description="The id of your Threads app at Meta.")
    client_secret: SecretStr | None = Field(
        None, description="The secret of your Threads app at Meta."
    )
    api_url: str = Field("https://graph.threads.net", description="The Threads API.")
    auth_url: str = Field("https://threads.net", description="Where people grant access.")


def api_base(settings: ThreadsSettings) -> str:
    """The address that every call of the API begins with; it has one version so far."""
    return f"{settings.api_url.rstrip('/')}/v1.0"
