"""The settings of Facebook: the app that people connect, its hosts, and the limits that move."""

from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel
from letmepost.platforms.facebook import limits

VERSION = "v25.0"


class FacebookSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_FACEBOOK_`."""

    client_id: str | None = Field(None, description="The id of your app at Meta.")
    client_secret: SecretStr | None = Field(None, description="The secret of your app at Meta.")
    api_url: str = Field("https://graph.facebook.com", description="The Graph API.")
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = Field(
        VERSION, description="The version of the Graph API that is called."
    )
    auth_url: str = Field("https://www.facebook.com", description="Where people grant access.")
    video_url: str = Field("https://graph-video.facebook.com", description="Where videos go.")
    upload_url: str = Field(
        "https://rupload.facebook.com", description="Where the bytes of reels and stories go."
    )
    images_max_count: Annotated[int, Field(gt=0)] = Field(
        limits.IMAGES_COUNT.value, description="The most images of one post."
    )
    image_max_bytes: Annotated[int, Field(gt=0)] = Field(
        limits.IMAGE_BYTES.value, description="The largest image, in bytes."
    )
    video_max_bytes: Annotated[int, Field(gt=0)] = Field(
        limits.VIDEO_BYTES.value, description="The largest video, in bytes."
    )
    video_max_seconds: Annotated[int, Field(gt=0)] = Field(
        limits.VIDEO_SECONDS.value, description="The longest video, in seconds."
    )
