"""The settings of LinkedIn: its hosts, the app's credentials, its version, limits that move."""

from datetime import date
from typing import Annotated

from pydantic import Field, SecretStr

from letmepost.kit.settings import SettingsModel
from letmepost.platforms.linkedin import limits

PINNED_VERSION = "202607"
"""The one place of the version that is spoken unless the operator's setting names another."""

EARLIER_VERSIONS = {
    "202510": date(2026, 10, 15),
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202602": date(2027, 2, 15),
    "202603": date(2027, 3, 16),
    "202604": date(2027, 4, 15),
    "202605": date(2027, 5, 15),
    "202606": date(2027, 6, 15),
}
"""The sunset of each version before it, by LinkedIn's page on migrations:
https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations.
"""


class LinkedInSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_LINKEDIN_`."""

    api_url: str = Field("https://api.linkedin.com", description="The server of LinkedIn's API.")
    auth_url: str = Field(
        "https://www.linkedin.com", description="The server of LinkedIn's consent page and tokens."
    )
    client_id: str | None = Field(None, description="The client id of your app at LinkedIn.")
    client_secret: SecretStr | None = Field(
        None, description="The client secret of your app at LinkedIn."
    )
    version: Annotated[str, Field(pattern=r"^20[0-9]{2}(0[1-9]|1[0-2])$")] = Field(
        PINNED_VERSION,
        description="The version of LinkedIn's API, as YYYYMM; each lives about a year.",
    )
    organizations: bool = Field(
        False,
        description="Whether to ask for consent to post for pages; your app must hold LinkedIn's "
        "Community Management API.",
    )
    text_max_units: Annotated[int, Field(gt=0)] = Field(
        limits.TEXT_UNITS.value, description="The longest text as it is sent, in UTF-16 units."
    )
    video_max_bytes: Annotated[int, Field(gt=0)] = Field(
        limits.VIDEO_BYTES_MAX.value, description="The largest video, in bytes."
    )
