"""Beginnings of tasks that people start with a letmepost server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_HOW: Final = (
    "Call list_accounts first. Before anything goes out, call validate_post with the accounts that "
    "are meant; where a target is not valid, use its `fixes` or follow the remedies, and ask "
    "explain_error about a rule that you do not know. Give every image an altText. Publish what is "
    "the same for several accounts in one call."
)
_TELL: Final = (
    "At the end tell for each account whether the post is out, with its address, and for each that "
    "failed the reason in plain words. Never publish again what has the status unknown."
)


@dataclass(frozen=True, slots=True)
class Argument:
    """What a person fills in."""

    name: str
    description: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task with gaps, written as `{name}`."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    words: str

    def filled(self, given: Mapping[str, str]) -> str:
        """The task with what was given; raise `KeyError` naming what is missing."""
        values = {
            each.name: given[each.name] if each.required else given.get(each.name, "")
            for each in self.arguments
        }
        return self.words.format(how=_HOW, tell=_TELL, **values).strip()


PROMPTS: Final = (
    Prompt(
        "cross_post",
        "Cross-post a text",
        "Publish one text everywhere, within the limits of each platform.",
        (
            Argument("text", "What is to be said."),
            Argument(
                "accounts", "Where; all connected accounts if it is left out.", required=False
            ),
            Argument("media", "Addresses of files to attach.", required=False),
        ),
        "Publish this on my accounts with letmepost.\n\nText: {text}\nAccounts (all if empty): "
        "{accounts}\nFiles: {media}\n\n{how} If the text is too long for one platform only, "
        "shorten it for that one and leave it whole elsewhere. {tell}",
    ),
    Prompt(
        "adapt_per_platform",
        "Write one post per platform",
        "Turn one idea into a post for each platform, each in that platform's manner.",
        (
            Argument("idea", "What the posts are about."),
            Argument("tone", "How they should sound.", required=False),
            Argument("when", "When they go out; now if it is left out.", required=False),
        ),
        "Write one post for each of my connected accounts about this, and publish it with "
        "letmepost.\n\nIdea: {idea}\nTone: {tone}\nWhen (now if empty): {when}\n\n{how} Read the "
        "page letmepost://docs/platforms/<platform> of each platform for its limits. Show me the "
        "texts, wait for my yes, then publish or schedule each. {tell}",
    ),
    Prompt(
        "mend_refused_post",
        "Mend a post that was refused",
        "Find out why a post was refused, mend it, and publish it.",
        (Argument("error", "The error, or the id of the post."),),
        "A post of mine was refused or failed. Find out why, mend it and publish it again.\n\n"
        "Error or id: {error}\n\nFor an id, call get_post_status. Ask explain_error about the rule "
        "or the code. If it is not known whether the post is out, stop and tell me. {how} {tell}",
    ),
)
