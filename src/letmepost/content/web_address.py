"""Whether a text is a web address that browsers and platforms can open."""

import ipaddress
from typing import Final

import regex

ADDRESS_CHARACTERS_MAX: Final = 8000
# What JSON Schema can say of it.
WEB_ADDRESS: Final = {"format": "uri", "pattern": "^https?://[^/?#]+"}
_ADDRESS = regex.compile(
    r"(?P<scheme>https?://)?"
    r"(?:(?P<user>[^\s/?#@\[\]]*)@)?"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/?#@:\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^\s?#]*)?"
    r"(?P<query>\?[^\s#]*)?"
    r"(?P<fragment>\#\S*)?",
    regex.IGNORECASE,
)
# What RFC 3986 allows nowhere in an address unless it is percent-encoded.
_MUST_BE_ENCODED = regex.compile(r"[\"<>\\^`{|}\x00-\x20\x7f]|%(?![0-9a-fA-F]{2})")
_LETTER_OR_SYMBOL = r"[\p{L}\p{M}\p{N}\p{So}\p{Sk}]"
_NAME = regex.compile(rf"{_LETTER_OR_SYMBOL}(?:[{_LETTER_OR_SYMBOL[1:-1]}-]*{_LETTER_OR_SYMBOL})?")
_SUBDOMAIN = regex.compile(
    rf"{_LETTER_OR_SYMBOL}(?:[{_LETTER_OR_SYMBOL[1:-1]}_-]*{_LETTER_OR_SYMBOL})?"
)
_PORT_MAX: Final = 65_535


def is_web_address(text: str, *, scheme_optional: bool = False) -> bool:
    """Whether a text is an http or https address as a whole, after RFC 3986.

    Letters of every script are taken in host and path, as browsers take them. `scheme_optional`
    takes `example.com` as well.
    """
    match = _ADDRESS.fullmatch(text) if len(text) <= ADDRESS_CHARACTERS_MAX else None
    if match is None or _MUST_BE_ENCODED.search(text):
        return False
    if match["scheme"] is None and (not scheme_optional or match["user"] is not None):
        return False
    return int(match["port"] or 0) <= _PORT_MAX and _is_host(match["host"])


def _is_host(host: str) -> bool:
    labels = host.split(".")
    if host.startswith("[") or labels[-1].isdigit():
        return _is_ip_address(host.strip("[]"))
    if len(labels) == 1 and host.lower() != "localhost":
        return False
    *subdomains, name, top = ["", *labels]
    return (
        all(_SUBDOMAIN.fullmatch(each) for each in subdomains[1:])
        and (name == "" or _NAME.fullmatch(name) is not None)
        and _NAME.fullmatch(top) is not None
    )


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
