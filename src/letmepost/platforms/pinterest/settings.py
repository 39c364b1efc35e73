"""The settings of Pinterest: its hosts, the app's credentials, and the limit that moves."""

from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel
from letmepost.platforms.pinterest import limits


class PinterestSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_PINTEREST_`."""

    api_url: str = Field(
        "https://api.pinterest.com",
        description="The server of Pinterest's API; https://api-sandbox.pinterest.com for an app "
        "with trial access.",
    )
    auth_url: str = Field(
        "https://www.pinterest.com", description="The server of Pinterest's consent page."
    )
    client_id: str | None = Field(None, description="The app id of your app at Pinterest.")
    client_secret: SecretStr | None = Field(
        None, description="The app secret of your app at Pinterest."
    )
    image_max_bytes: Annotated[int, Field(gt=0)] = Field(
        limits.IMAGE_BYTES.value, description="The largest image, in bytes."
    )
