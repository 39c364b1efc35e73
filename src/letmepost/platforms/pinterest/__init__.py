"""Pinterest, over version 5 of its API."""

from letmepost.platform_kit.platform import Platform, PlatformVersion
from letmepost.platforms.pinterest.board_operations import (
    BOARD_OPERATIONS,
    SHOWN_OF_ACCOUNT,
    PinterestAdviser,
)
from letmepost.platforms.pinterest.connect import PinterestConnect
from letmepost.platforms.pinterest.delete import PinterestDeleter
from letmepost.platforms.pinterest.examine import PinterestExaminer
from letmepost.platforms.pinterest.options import PinterestOptions
from letmepost.platforms.pinterest.publish import PinterestPublisher
from letmepost.platforms.pinterest.rehearsed_boards import KEPT
from letmepost.platforms.pinterest.rules import RULES
from letmepost.platforms.pinterest.settings import PinterestSettings

PLATFORM = Platform(
    name="pinterest",
    title="Pinterest",
    maturity="simulated",
    version=PlatformVersion(
        current="v5 (OpenAPI 5.28)",
        released_at=None,
        sunset_at=None,
        changelog_url="https://developers.pinterest.com/docs/changelog/changelog/",
    ),
    settings=PinterestSettings,
    options=PinterestOptions,
    rules=RULES,
    connector=PinterestConnect(),
    publishes_by=PinterestPublisher(),
    deletes_by=PinterestDeleter(),
    examined_by=PinterestExaminer(),
    account_operations=BOARD_OPERATIONS,
    shown_of_account=SHOWN_OF_ACCOUNT,
    advised_by=PinterestAdviser(),
    chosen_details=("defaultBoardId", "defaultBoardName", KEPT),
    reads_back=True,
    # With the call's deadline and its lease, about the five minutes within which pins have been
    # seen to appear.
    settles_within_seconds=240.0,
    limit_settings={"image_max_bytes": "pinterest.image.size_max"},
)
