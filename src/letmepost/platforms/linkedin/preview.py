"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platforms.linkedin.post import author_of, comment_body, post_body

_POST = "(the post)"
_AUTHOR = "(the account's person URN)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls that create the post and its comment, with words in the place of URNs."""
    author = author_of(draft, account_details) or _AUTHOR
    files = [f"(the uploaded {item.kind})" for item in draft.media]
    calls = [{"method": "POST", "url": "/rest/posts", "json": post_body(draft, author, files)}]
    if draft.first_comment is not None:
        calls.append(
            {
                "method": "POST",
                "url": f"/rest/socialActions/{_POST}/comments",
                "json": comment_body(author, _POST, draft.first_comment),
            }
        )
    return calls
