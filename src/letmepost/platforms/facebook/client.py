"""Calls for one Page, at the hosts that Facebook has for posts, for videos and for bytes."""

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.facebook.settings import FacebookSettings


def page_of(task: AccountTask) -> str:
    """The id of the Page, which paths begin with."""
    return str(task.account_details["pageId"])


def client_of(task: AccountTask) -> GraphClient:
    """Calls of the Graph API with the Page's token."""
    return _client(task, task.settings.api_url)


def video_client_of(task: AccountTask) -> GraphClient:
    """The same at the host that takes videos."""
    return _client(task, task.settings.video_url)


def api_base(settings: FacebookSettings) -> str:
    """The address that every call of the Graph API begins with."""
    return _versioned(settings.api_url, settings)


def app_secret_of(settings: FacebookSettings) -> str:
    """The secret of the app, empty where there is none."""
    return settings.client_secret.get_secret_value() if settings.client_secret else ""


def app_token(settings: FacebookSettings) -> str:
    """The token of the app itself."""
    return f"{settings.client_id or ''}|{app_secret_of(settings)}"


def _client(task: AccountTask, host: str) -> GraphClient:
    secret = app_secret_of(task.settings) or None
    return GraphClient(task, _versioned(host, task.settings), secret)


def _versioned(host: str, settings: FacebookSettings) -> str:
    return f"{host.rstrip('/')}/{settings.version}"
