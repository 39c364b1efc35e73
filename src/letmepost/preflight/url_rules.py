"""Rules of the addresses of files, for platforms that download the files by themselves."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from letmepost.content.draft import Draft, DraftMedia
from letmepost.preflight.example import draft
from letmepost.preflight.rule import Rule, Violation, rule

_CHECKED = date(2026, 11, 24)
_TIKTOK = (
    ("https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide", _CHECKED),
)
_FETCHED = "https://developers.facebook.com/docs/instagram-platform"
_MEDIA = ((f"{_FETCHED}/instagram-graph-api/reference/ig-user/media", _CHECKED),)
_PUBLISHING = (
    (f"{_FETCHED}/content-publishing", _CHECKED),
    (
        "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html",
        _CHECKED,
    ),
)
# Parameters that hold the end of a signature as seconds since 1970, or as a date.
_EXPIRY = ("expires", "se", "exp")
_AMAZON_DATE = "%Y%m%dT%H%M%SZ"
_SIGNED = "https://media.example/a.jpg?X-Amz-Date=20261201T080000Z&X-Amz-Expires="


def _at_url(url: str) -> DraftMedia:
    return DraftMedia(kind="image", url=url)


def _addresses(checked: Draft) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(checked.media):
        if item.url is not None:
            yield f"media[{number}].url", item.url


@rule(
    "media.url.https_required",
    everywhere=True,
    field="media.url",
    message="The address begins with {actual}://, and the platform fetches over https:// only.",
    remediation="Use the https address of the file, or upload it with POST /v1/media.",
    sources=_TIKTOK,
    accepts=lambda _: draft("", _at_url("https://media.example/a.jpg")),
    refuses=lambda _: draft("", _at_url("http://media.example/a.jpg")),
    only_with="media",
)
def address_is_not_secure(checked: Draft) -> Iterator[Violation]:
    """Where a platform downloads the file by itself, it wants to know whom it talks to.

    For other platforms this server downloads the file, and an http address will do.
    """
    for at, url in _addresses(checked):
        scheme = url.partition(":")[0].lower()
        if scheme != "https":
            yield Violation(at=at, actual=scheme[:20])


@rule(
    "media.url.ascii_only",
    everywhere=True,
    field="media.url",
    message="The address holds {actual}, and the platform takes ASCII characters only.",
    remediation="Write the path with percent-encoding and the host in its xn-- form, as browsers "
    "copy them.",
    sources=_MEDIA,
    accepts=lambda _: draft("", _at_url("https://media.example/caf%C3%A9.jpg")),
    refuses=lambda _: draft("", _at_url("https://media.example/café.jpg")),
    only_with="media",
)
def address_is_not_ascii(checked: Draft) -> Iterator[Violation]:
    """A browser shows café.jpg and sends caf%C3%A9.jpg; a platform sends what it was given.

    Instagram and Threads refuse the whole post for one accent in an address.
    """
    for at, url in _addresses(checked):
        odd = next((each for each in url if not each.isascii()), None)
        if odd is not None:
            yield Violation(at=at, actual=odd)


@rule(
    "media.url.expires_before_publish",
    everywhere=True,
    field="media.url",
    message="The address stops working at {actual}, before the post is due.",
    remediation="Upload the file with POST /v1/media, or sign the address for longer.",
    sources=_PUBLISHING,
    accepts=lambda _: _scheduled(_SIGNED + "3600"),
    refuses=lambda _: _scheduled(_SIGNED + "3599"),
    only_with="media",
)
def address_will_be_dead(checked: Draft) -> Iterator[Violation]:
    """Signed addresses of storage carry their own end, and a scheduled post may come after it.

    Read are X-Amz-Date with X-Amz-Expires, Expires, se and exp. An address of Amazon's lives
    for seven days at most, so a post for next month cannot use one.
    """
    due = checked.scheduled_at
    for at, url in _addresses(checked):
        ends = address_expiry(url)
        if due is not None and ends is not None and ends < due:
            yield Violation(at=at, actual=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))


def address_expiry(url: str) -> datetime | None:
    """When a signed address stops working, in UTC; None for one that does not say."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return None
    found = {name.lower(): value for name, value in parse_qsl(query, max_num_fields=None)}
    try:
        if "x-amz-expires" in found:
            return _amazon(found)
        for name in _EXPIRY:
            if name in found:
                return _moment(found[name])
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _amazon(found: Mapping[str, str]) -> datetime:
    signed = datetime.strptime(found.get("x-amz-date", ""), _AMAZON_DATE).replace(tzinfo=UTC)
    return signed + timedelta(seconds=int(found["x-amz-expires"]))


def _moment(text: str) -> datetime:
    if text.isascii() and text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _scheduled(url: str) -> Draft:
    return draft("", _at_url(url), scheduled_at=datetime(2026, 12, 1, 9, tzinfo=UTC))


URL_RULES: tuple[Rule, ...] = (
    address_is_not_secure,
    address_is_not_ascii,
    address_will_be_dead,
)
