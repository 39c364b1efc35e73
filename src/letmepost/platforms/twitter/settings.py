"""The settings of X: its hosts, the app's credentials, and the limits that move."""

from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel
from letmepost.platforms.twitter import limits


class TwitterSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_TWITTER_`."""

    api_url: str = Field("https://api.x.com", description="The server of X's API.")
    auth_url: str = Field("https://x.com", description="The server of X's consent page.")
    client_id: str | None = Field(None, description="The OAuth 2.0 client id of your app at X.")
    client_secret: SecretStr | None = Field(
        None, description="The OAuth 2.0 client secret of your app at X."
    )
    long_text_max_weight: Annotated[int, Field(gt=0)] = Field(
        limits.LONG_TEXT_WEIGHT.value,
        description="The longest text of an account that may write long posts; 280 forbids them.",
    )
    video_max_seconds: Annotated[int, Field(gt=0)] = Field(
        limits.VIDEO_SECONDS_MAX.value, description="The longest video, in seconds."
    )
