"""Rules of what a request works with: keys, profiles, accounts, files, posts and repetition."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 24)
_MULTIPART = (("https://www.rfc-editor.org/rfc/rfc7578", _CHECKED),)
_ADDRESSES = (("https://www.rfc-editor.org/rfc/rfc6890", _CHECKED),)
_IDEMPOTENCY = (
    ("https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/", _CHECKED),
)
UPLOAD_BYTES = Limit(
    209_715_200,
    "bytes",
    "https://github.com/letmepost/letmepost.dev/blob/main/apps/api/src/routes/media.ts",
    _CHECKED,
    setting="MEDIA_MAX_BYTES",
)
URL_REDIRECTS = Limit(5, "redirects", _ADDRESSES[0][0], _CHECKED)
IDEMPOTENCY_KEY_CHARACTERS = Limit(255, "characters", _IDEMPOTENCY[0][0], _CHECKED)

API_KEY_SCOPE = declared(
    "api_key.scope",
    field="Authorization",
    code=ErrorCode.UNAUTHORIZED,
    message="This key does not hold the scope {actual}.",
    remediation="Use a key with this scope; a key that holds it and keys:write makes one.",
    why="A key can do what its scopes say, so a leaked reading key cannot publish. A key that "
    "makes keys gives them scopes that it holds itself and no others: otherwise it could do "
    "everything by way of a key that it made.",
    sources=OURS,
)
API_KEY_PROFILE_SCOPE = declared(
    "api_key.profile_scope",
    field="profileId",
    code=ErrorCode.NOT_FOUND,
    message="No such profile is visible to this key.",
    remediation="Leave profileId out, or use a key of that profile or of the whole organization.",
    why="A key pinned to a profile learns nothing of others, not even that they exist.",
    sources=OURS,
)
PROFILE_UNKNOWN = declared(
    "profile.unknown",
    field="profileId",
    code=ErrorCode.NOT_FOUND,
    message="No such profile exists in this organization.",
    remediation="List the profiles with GET /v1/profiles.",
    why="A profile groups accounts and files; a request may name one of its organization.",
    sources=OURS,
)
PROFILE_SCOPE_MISMATCH = declared(
    "profile.scope_mismatch",
    field="profileId",
    message="This key is pinned to another profile.",
    remediation="Leave profileId out; the key's own profile is used.",
    why="A key pinned to a profile publishes for that profile alone.",
    sources=OURS,
)
PROFILE_SLUG_UNIQUE = declared(
    "profile.slug.unique",
    field="slug",
    message="The slug {actual} is taken.",
    remediation="Choose another slug.",
    why="A slug names one profile of an organization.",
    sources=OURS,
)
PROFILE_NOT_EMPTY = declared(
    "profile.delete.not_empty",
    field="id",
    message="The profile still has accounts, files, keys or webhook endpoints, or is the only one.",
    remediation="Empty it first; an organization keeps at least one profile.",
    why="Deleting a profile with accounts would strand their queued posts.",
    sources=OURS,
)
PLATFORM_UNKNOWN = declared(
    "platform",
    field="platform",
    message="{actual} is not a platform of this server.",
    remediation="Use one of: {limit}.",
    why="The platforms of a server are those whose folders it has.",
    sources=OURS,
)
PLATFORM_MISMATCH = declared(
    "platform.mismatch",
    field="id",
    message="This is an account of {actual}; the call is one for accounts of {named}.",
    remediation="Use the id of an account of that platform; GET /v1/accounts lists them.",
    why="Some calls exist for the accounts of one platform alone, whose name is in their address.",
    sources=OURS,
)
MEDIA_UNKNOWN = declared(
    "media.unknown",
    field="media.mediaId",
    code=ErrorCode.NOT_FOUND,
    message="No file {actual} exists in the profile of this account.",
    remediation="Upload the file with POST /v1/media, in the same profile as the account.",
    why="Files belong to a profile; 404 and not 403, so that ids of others cannot be probed.",
    sources=OURS,
)
MEDIA_SOURCE = declared(
    "media.source.exactly_one",
    field="media",
    message="A media item must have exactly one of mediaId, url and bytesBase64.",
    remediation="Keep one of the three.",
    why="Two sources may hold two different files; this server does not choose.",
    sources=OURS,
)
MEDIA_BASE64 = declared(
    "media.bytes_base64",
    field="media.bytesBase64",
    message="bytesBase64 is not base64.",
    remediation="Send standard base64 without a data: prefix.",
    why="Inline bytes are decoded once and checked like an upload.",
    sources=(("https://www.rfc-editor.org/rfc/rfc4648", _CHECKED),),
)
BYTES_INLINE = declared(
    "media.bytes_inline_unsupported",
    field="media.bytesBase64",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="Inline bytes were refused on platforms that fetch files by address.",
    remediation="Nothing: inline bytes are stored first and given an address.",
    why="The original refused inline bytes where a platform fetches files by itself.",
    sources=OURS,
)
MEDIA_URL_DISALLOWED = declared(
    "media.url.disallowed",
    field="media.url",
    message="The address is not a public http or https address without credentials.",
    remediation="Use a public address, or upload the file with POST /v1/media. In development, "
    "LETMEPOST_ALLOWED_PRIVATE_NETWORKS admits addresses of your own network.",
    why="A server that fetches any address can be made to read its own network. The address is "
    "checked at the moment of connecting, on every redirect, whatever name leads to it.",
    sources=_ADDRESSES,
)
MEDIA_URL_HTML = declared(
    "media.url.html_response",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The address answers with a web page, not with a file.",
    remediation="Use the direct address of the file; share pages of file hosts are web pages.",
    why="File hosts show a preview page under the link they give out, with status 200.",
    sources=OURS,
)
MEDIA_URL_REACHABLE = declared(
    "media.url.reachable",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The address of the file answered {actual}; a file must answer 2xx without a login.",
    remediation="Use an address that opens in a private browser window, or upload the file first.",
    why="A file is fetched here before anything is sent, and its bytes are checked.",
    sources=OURS,
)
MEDIA_CONTENT_TYPE = declared(
    "media.content_type",
    field="Content-Type",
    message="An upload must be multipart/form-data.",
    remediation="Send the file as a part named file; curl does it with -F file=@photo.jpg.",
    why="The upload is one multipart part, streamed to storage as it arrives.",
    sources=_MULTIPART,
)
MEDIA_EMPTY_BODY = declared(
    "media.empty_body",
    field="body",
    message="The upload has no body.",
    remediation="Send the file as a part named file.",
    why="A request without bytes cannot hold a file.",
    sources=_MULTIPART,
)
MEDIA_MISSING_FILE = declared(
    "media.missing_file",
    field="file",
    message="The upload has no part named file.",
    remediation="Name the part file.",
    why="Other parts are read and ignored, so the name decides.",
    sources=_MULTIPART,
)
MEDIA_SINGLE_FILE = declared(
    "media.single_file",
    field="file",
    message="The upload has more than one part named file.",
    remediation="Upload one file a request.",
    why="One upload gives one id.",
    sources=_MULTIPART,
)
MEDIA_URL_REDIRECTS = declared(
    "media.url.redirects_max",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    limit=URL_REDIRECTS,
    message="The address redirects more than {limit} times.",
    remediation="Give the address that the last redirect leads to.",
    why="Each redirect is followed one by one and checked like the first address.",
)
MEDIA_URL_UNAVAILABLE = declared(
    "media.url.unavailable",
    field="media.url",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The file at this address {actual}.",
    remediation="Send the request again, or upload the file with POST /v1/media.",
    why="Nothing can be said of a file that did not arrive, so nothing is published with it.",
    sources=OURS,
)
MEDIA_PARSE_FAILED = declared(
    "media.parse_failed",
    field="body",
    message="The upload is not valid multipart/form-data: {actual}.",
    remediation="Let your HTTP library build the body, and send all of it.",
    why="A cut upload leaves nothing behind: no row, no file.",
    sources=_MULTIPART,
)
MEDIA_SIZE_MAX = declared(
    "media.size_max",
    field="file",
    limit=UPLOAD_BYTES,
    message="The file is larger than {limit} bytes.",
    remediation="Make the file smaller. The server's own limit is LETMEPOST_MEDIA_MAX_BYTES.",
    why="The upload stops at the limit; what came until then is deleted.",
)
POST_STATUS = declared(
    "post.status",
    field="status",
    message="The post is {actual}; only a queued post or a draft can be changed.",
    remediation="Read the post; one that is on its way can only be waited for, and one that is "
    "published is deleted with DELETE and ?upstream=true.",
    why="A change and the worker race for the row, and exactly one of them wins.",
    sources=OURS,
)
IDEMPOTENCY_IN_PROGRESS = declared(
    "idempotency_key.in_progress",
    field="Idempotency-Key",
    code=ErrorCode.IDEMPOTENCY_CONFLICT,
    message="The first request with this Idempotency-Key still runs.",
    remediation="Wait for Retry-After seconds, then send the same request again.",
    why="While the first request lives nobody takes its place, however long it takes.",
    sources=_IDEMPOTENCY,
)
IDEMPOTENCY_BODY_MISMATCH = declared(
    "idempotency_key.body_mismatch",
    field="Idempotency-Key",
    code=ErrorCode.IDEMPOTENCY_CONFLICT,
    message="This Idempotency-Key was used with another body.",
    remediation="Use a new key for a new request, and the same body for a repeated one.",
    why="The key names one request; answering another one with its answer would be a lie.",
    sources=_IDEMPOTENCY,
)
IDEMPOTENCY_LENGTH = declared(
    "idempotency_key.length",
    field="Idempotency-Key",
    limit=IDEMPOTENCY_KEY_CHARACTERS,
    message="The Idempotency-Key has {actual} characters; 1 to {limit} are accepted.",
    remediation="Use a UUID.",
    why="A key is an index entry. A UUID has 36 characters and is always enough.",
)
SANDBOX = declared(
    "sandbox.no_platform_write",
    phase="publish",
    severity="warning",
    field="Authorization",
    message="A test key published this: nothing was sent to any platform.",
    remediation="Use a lmp_live_ key to publish for real.",
    why="With a test key everything runs but the last step. Texts choose the ending: "
    "[lmp:rejected], [lmp:unavailable], [lmp:auth_failed], [lmp:unknown] and [lmp:slow].",
    sources=OURS,
)
CHECK_UNSUPPORTED = declared(
    "account.check.unsupported",
    field="platform",
    message="Accounts of {actual} cannot be looked over from here.",
    remediation="Read how its access stands with GET /v1/accounts/<id>/health.",
    why="A look asks only what changes nothing, and some platforms have no such call.",
    sources=OURS,
)
OUTCOME_UNKNOWN = declared(
    "delivery.outcome_unknown",
    phase="publish",
    field="status",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The post was sent, no answer came, and the platform cannot say what became of it.",
    remediation="Look at the account. If the post is not there, retry with "
    "acceptDuplicateRisk: true.",
    why="Sending again could publish twice, so it is never done without a person's word.",
    sources=OURS,
)

RESOURCE_RULES: tuple[Rule, ...] = (
    API_KEY_SCOPE,
    API_KEY_PROFILE_SCOPE,
    PROFILE_UNKNOWN,
    PROFILE_SCOPE_MISMATCH,
    PROFILE_SLUG_UNIQUE,
    PROFILE_NOT_EMPTY,
    PLATFORM_UNKNOWN,
    PLATFORM_MISMATCH,
    MEDIA_UNKNOWN,
    MEDIA_SOURCE,
    MEDIA_BASE64,
    BYTES_INLINE,
    MEDIA_URL_DISALLOWED,
    MEDIA_URL_REDIRECTS,
    MEDIA_URL_UNAVAILABLE,
    MEDIA_URL_HTML,
    MEDIA_URL_REACHABLE,
    MEDIA_CONTENT_TYPE,
    MEDIA_EMPTY_BODY,
    MEDIA_MISSING_FILE,
    MEDIA_SINGLE_FILE,
    MEDIA_PARSE_FAILED,
    MEDIA_SIZE_MAX,
    POST_STATUS,
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_BODY_MISMATCH,
    IDEMPOTENCY_LENGTH,
    SANDBOX,
    CHECK_UNSUPPORTED,
    OUTCOME_UNKNOWN,
)
