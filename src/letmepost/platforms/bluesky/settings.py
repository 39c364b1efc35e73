"""The settings of Bluesky: the hosts that it is reached at, and the limits that move."""

from typing import Annotated

from pydantic import Field

from letmepost.kit.settings import SettingsModel
from letmepost.platforms.bluesky import limits


class BlueskySettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_BLUESKY_`."""

    api_url: str = Field("https://bsky.social", description="The server that logs in and resolves.")
    plc_url: str = Field("https://plc.directory", description="The directory of did:plc accounts.")
    video_url: str = Field(
        "https://video.bsky.app", description="The video service; `off` where there is none."
    )
    image_max_bytes: Annotated[int, Field(gt=0)] = Field(
        limits.IMAGE_BYTES.value, description="The largest image, in bytes."
    )
    video_max_seconds: Annotated[int, Field(gt=0)] = Field(
        limits.VIDEO_SECONDS.value, description="The longest video, in seconds."
    )
