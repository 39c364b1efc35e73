"""Rules of the posts that a post answers or quotes."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.options import chosen_options, example_options
from letmepost.preflight.example import draft
from letmepost.preflight.rule import Rule, Violation, rule

_AT_URI = regex.compile(r"at://(did:[a-z0-9]+:[a-zA-Z0-9._:%-]+|[a-zA-Z0-9.-]+)/[\w.]+/[\w.~:-]+")
_CID = regex.compile(r"[a-zA-Z0-9]{8,255}")
_POST_URI = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3l6oveex3ii2l"
_POST_CID = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"


@rule(
    "bluesky.reply.strong_ref_pair",
    field="options.replyToUri",
    only_with="options",
    message="A reply needs both the address and the CID of the post it answers.",
    remediation="Give replyToUri and replyToCid together; both are in the answer to a post.",
    code=ErrorCode.VALIDATION_FAILED,
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(
        options=example_options(reply_to_uri=_POST_URI, reply_to_cid=_POST_CID)
    ),
    refuses=lambda _: draft(options=example_options(reply_to_uri=_POST_URI)),
)
def reply_is_half_named(checked: Draft) -> Iterator[Violation]:
    """A reply points at one version of a post, so address and content hash go together."""
    chosen = chosen_options(checked)
    if chosen and (chosen.reply_to_uri is None) != (chosen.reply_to_cid is None):
        missing = "replyToCid" if chosen.reply_to_cid is None else "replyToUri"
        yield Violation(at=f"options.{missing}")


@rule(
    "bluesky.reply.root_pair",
    field="options.replyRootUri",
    only_with="options",
    message="The root of the thread needs address and CID, and a post that is answered.",
    remediation="Give replyRootUri and replyRootCid together, beside replyToUri and replyToCid; "
    "or neither: the root is then read from the post that is answered.",
    code=ErrorCode.VALIDATION_FAILED,
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(
        options=example_options(
            reply_to_uri=_POST_URI,
            reply_to_cid=_POST_CID,
            reply_root_uri=_POST_URI,
            reply_root_cid=_POST_CID,
        )
    ),
    refuses=lambda _: draft(
        options=example_options(reply_root_uri=_POST_URI, reply_root_cid=_POST_CID)
    ),
)
def root_is_half_named(checked: Draft) -> Iterator[Violation]:
    """A thread's root is named whole, and only by a reply."""
    chosen = chosen_options(checked)
    if chosen is None:
        return
    uri, cid = chosen.reply_root_uri, chosen.reply_root_cid
    if (uri is None) != (cid is None):
        missing = "replyRootCid" if cid is None else "replyRootUri"
        yield Violation(at=f"options.{missing}")
    elif uri is not None and chosen.reply_to_uri is None:
        yield Violation(at="options.replyToUri")


@rule(
    "bluesky.quote.strong_ref_pair",
    field="options.quoteUri",
    only_with="options",
    message="A quote needs both the address and the CID of the quoted post.",
    remediation="Give quoteUri and quoteCid together.",
    code=ErrorCode.VALIDATION_FAILED,
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(options=example_options(quote_uri=_POST_URI, quote_cid=_POST_CID)),
    refuses=lambda _: draft(options=example_options(quote_cid=_POST_CID)),
)
def quote_is_half_named(checked: Draft) -> Iterator[Violation]:
    """A quote shows one version of a post, so address and content hash go together."""
    chosen = chosen_options(checked)
    if chosen and (chosen.quote_uri is None) != (chosen.quote_cid is None):
        missing = "quoteCid" if chosen.quote_cid is None else "quoteUri"
        yield Violation(at=f"options.{missing}")


@rule(
    "bluesky.reply.uri_format",
    field="options.replyToUri",
    only_with="options",
    message="{actual} is not the address or CID of a post.",
    remediation="Use at://did/collection/rkey and the CID, as Bluesky gives them; not the web "
    "address.",
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(
        options=example_options(reply_to_uri=_POST_URI, reply_to_cid=_POST_CID)
    ),
    refuses=lambda _: draft(
        options=example_options(
            reply_to_uri="https://bsky.app/profile/bsky.app/post/3l6oveex3ii2l",
            reply_to_cid=_POST_CID,
        )
    ),
)
def reference_is_malformed(checked: Draft) -> Iterator[Violation]:
    """Posts are named by at:// addresses; the address in a browser names a page."""
    chosen = chosen_options(checked)
    if chosen is None:
        return
    for name, value, shape in (
        ("replyToUri", chosen.reply_to_uri, _AT_URI),
        ("replyToCid", chosen.reply_to_cid, _CID),
        ("replyRootUri", chosen.reply_root_uri, _AT_URI),
        ("replyRootCid", chosen.reply_root_cid, _CID),
        ("quoteUri", chosen.quote_uri, _AT_URI),
        ("quoteCid", chosen.quote_cid, _CID),
    ):
        if value is not None and not shape.fullmatch(value):
            yield Violation(at=f"options.{name}", actual=value)


REFERENCE_RULES: tuple[Rule, ...] = (
    reply_is_half_named,
    root_is_half_named,
    quote_is_half_named,
    reference_is_malformed,
)
