"""What Pinterest would refuse: every rule of the platform, in the order in which it is reported."""

from functools import partial

from letmepost.content.errors import ErrorCode
from letmepost.platforms.pinterest import limits
from letmepost.platforms.pinterest.rules_media import MEDIA_RULES
from letmepost.platforms.pinterest.rules_pin import PIN_RULES
from letmepost.platforms.pinterest.rules_video import VIDEO_RULES
from letmepost.preflight.rule import Rule, declared

_declared = partial(declared, platform="pinterest", code=ErrorCode.PREFLIGHT_FAILED)
_USE_OPEN_ADDRESS = (
    "Use an address that opens in a private browser window, or upload the file first."
)

IMAGE_URL_REACHABLE = _declared(
    "pinterest.image_url.reachable",
    field="media.url",
    message="The address of the image answered {actual}; it must answer 2xx without a login.",
    remediation=_USE_OPEN_ADDRESS,
    why="The image is fetched here before anything is sent, with GET and not HEAD: some servers "
    "refuse HEAD for a file that they would send.",
    sources=((limits.ORIGINAL_IMAGE_URL, limits.READ),),
)
MEDIA_REACHABLE = _declared(
    "pinterest.media.reachable",
    field="media.url",
    status="alias",
    successor="pinterest.image_url.reachable",
    message="The address of the file answered {actual}.",
    remediation=_USE_OPEN_ADDRESS,
    why="The same check as pinterest.image_url.reachable, which is the id that is raised for an "
    "image.",
    sources=((limits.ORIGINAL_PUBLISHER, limits.READ),),
)
VIDEO_REACHABLE = _declared(
    "pinterest.video.reachable",
    field="media.url",
    message="The address of the video answered {actual}; it must answer 2xx without a login.",
    remediation=_USE_OPEN_ADDRESS,
    why="Pinterest fetches images and no videos, so the video is fetched here and sent on. A link "
    "to a video in a cloud drive mostly answers with a page that plays it.",
    sources=((limits.ORIGINAL_PUBLISHER, limits.READ),),
)
COVER_URL_REACHABLE = _declared(
    "pinterest.cover_image_url.reachable",
    field="options.coverImageUrl",
    message="The address of the cover answered {actual}; it must answer 2xx without a login.",
    remediation="Use an address that opens in a private browser window, or upload the cover and "
    "give options.coverMediaId.",
    why="Pinterest fetches the cover itself, after the video has been sent and converted. A cover "
    "that is missing then would waste both, so it is asked for first.",
    sources=((limits.ORIGINAL_COVER_URL, limits.READ),),
)
COVER_TYPE_OFFICIAL = _declared(
    "pinterest.cover_image.mime_official",
    field="options.coverImageUrl",
    status="alias",
    successor="pinterest.cover_image.mime_allowed",
    limit=limits.IMAGE_TYPES,
    message="The cover is {actual}.",
    remediation="Convert the cover to JPEG or PNG.",
    why="The same check as pinterest.cover_image.mime_allowed, which is the id that is raised.",
)
DESTINATION_REACHABLE = _declared(
    "pinterest.destination_url.reachable",
    field="options.destinationUrl",
    message="The page that the pin leads to answered {actual}.",
    remediation="Check the address in a private browser window.",
    why="Pinterest refuses pins that lead nowhere, and shows them to nobody when the page goes "
    "later. Only answers that say the page is gone count: a page that refuses programs and "
    "welcomes browsers is left in peace.",
    sources=((limits.ORIGINAL_DESTINATION, limits.READ),),
)
URL_REACHABLE = _declared(
    "pinterest.url.reachable",
    phase="publish",
    field="options.destinationUrl",
    message="Pinterest could not open an address of the pin: {actual}.",
    remediation="Check the addresses of the image, of the cover and of the page it leads to.",
    why="Pinterest says that an address failed and not always which. Where it says so, or only one "
    "was sent, the rule of that address is named instead.",
    sources=((limits.ORIGINAL_URL, limits.READ),),
)
COVER_ANY = _declared(
    "pinterest.video.cover_any",
    field="options.coverImageUrl",
    status="alias",
    successor="pinterest.video.cover_required",
    limit=limits.COVERS_COUNT,
    message="The video has no cover.",
    remediation="Give one of options.coverImageUrl, options.coverMediaId and "
    "options.coverKeyFrameSeconds.",
    why="The same check as pinterest.video.cover_required, which is the id that is raised, and "
    "which takes any of the three.",
)
SINGLE_ONLY = _declared(
    "pinterest.media.single_only",
    field="media",
    status="retired",
    successor="pinterest.media.carousel_count",
    message="The pin has more than one file.",
    remediation="Nothing: up to five images make a carousel.",
    why="The first version of the original took one file a pin. Pinterest's API takes two to five "
    "images as a carousel.",
    sources=((limits.OPENAPI, limits.READ),),
    difference="Pinterest's own document allows carousels, so one file is no limit any more.",
)
IMAGE_ONLY = _declared(
    "pinterest.media.image_only",
    field="media.kind",
    status="retired",
    successor="pinterest.video.mime_allowed",
    message="The file is no image.",
    remediation="Nothing: a video makes a pin too.",
    why="The first version of the original took images alone. Pinterest's API takes a video, with "
    "a cover.",
    sources=((limits.OPENAPI, limits.READ),),
    difference="Pinterest's own document allows video pins, so images are not the only media.",
)
BOARD_EXISTS = _declared(
    "pinterest.board.exists",
    phase="publish",
    field="options.boardId",
    message="The account has no board {actual} that takes pins.",
    remediation="Choose a board of this account; boards for advertisements alone take no pins.",
    why="Only Pinterest knows the boards. A secret board of the same account is not found either, "
    "where the connection was made without the permission to see it.",
    sources=((limits.OPENAPI, limits.READ),),
)
BOARD_UNKNOWN = _declared(
    "pinterest.board.unknown",
    phase="connect",
    field="boardId",
    code=ErrorCode.NOT_FOUND,
    message="The account has no board {actual} that takes pins.",
    remediation="Choose one of the boards that GET .../pinterest/boards lists.",
    why="A default board is asked for at Pinterest before it is kept, so that no pin finds out "
    "later that there is none.",
    sources=((limits.OPENAPI, limits.READ),),
)
UPSERT_GHOST = _declared(
    "pinterest.board.upsert_ghost",
    phase="connect",
    field="name",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Pinterest says that there is a board {actual} already, and does not list it.",
    remediation="Choose another name, or look for a secret or archived board of this name in "
    "Pinterest.",
    why="Names are taken by secret and archived boards too, which Pinterest hides from this "
    "connection. There is no id to answer with then.",
    sources=((limits.OPENAPI, limits.READ),),
)
MEDIA_REGISTER_FAILED = _declared(
    "pinterest.media.register_failed",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Pinterest gave no place for the video: {actual}",
    remediation="Retry later; nothing has been published.",
    why="A video begins with a request for a place to send it to. Nothing is created by it, so it "
    "is asked again without danger.",
    sources=((limits.OPENAPI, limits.READ),),
)
VIDEO_UPLOAD_FAILED = _declared(
    "pinterest.video.upload_failed",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The storage behind Pinterest refused the video: {actual}",
    remediation="Retry later; nothing has been published.",
    why="The place for a video is valid for a short time and for one file of one size. When it is "
    "too old, a new one is asked for.",
    sources=((limits.OPENAPI, limits.READ),),
)
VIDEO_TRANSCODE_FAILED = _declared(
    "pinterest.video.transcode_failed",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Pinterest could not convert the video.",
    remediation="Encode the video again as H.264 with AAC sound in an MP4 file.",
    why="Pinterest gives no reason. A frequent one in other programs is that the cover was sent in "
    "the place of the video.",
    sources=((limits.OPENAPI, limits.READ),),
)
VIDEO_TRANSCODE_TIMEOUT = _declared(
    "pinterest.video.transcode_timeout",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.TRANSCODE_SECONDS,
    message="Pinterest has not finished the video after {actual} seconds.",
    remediation="Retry later. No pin is made before the video is ready.",
    why="Most videos take less than a minute. The video stays at Pinterest, so a later try begins "
    "with the look and not with the upload.",
)
TRIAL_HOST = _declared(
    "pinterest.access.trial_host",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The app has trial access at Pinterest, which publishes in the sandbox only.",
    remediation="Set LETMEPOST_PINTEREST_API_URL to https://api-sandbox.pinterest.com, or ask "
    "Pinterest for standard access.",
    why="A new app may connect accounts and read from them, and its first pin is refused. The "
    "sandbox has accounts and boards of its own: what is there is seen by nobody else.",
    sources=((limits.ORIGINAL_TRIAL, limits.READ), (limits.ACCESS_TIERS, limits.READ)),
)

RULES: tuple[Rule, ...] = (
    *PIN_RULES,
    *MEDIA_RULES,
    *VIDEO_RULES,
    IMAGE_URL_REACHABLE,
    MEDIA_REACHABLE,
    VIDEO_REACHABLE,
    COVER_URL_REACHABLE,
    COVER_TYPE_OFFICIAL,
    DESTINATION_REACHABLE,
    URL_REACHABLE,
    COVER_ANY,
    SINGLE_ONLY,
    IMAGE_ONLY,
    BOARD_EXISTS,
    BOARD_UNKNOWN,
    UPSERT_GHOST,
    MEDIA_REGISTER_FAILED,
    VIDEO_UPLOAD_FAILED,
    VIDEO_TRANSCODE_FAILED,
    VIDEO_TRANSCODE_TIMEOUT,
    TRIAL_HOST,
)
