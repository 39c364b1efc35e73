"""What the compose page holds: read from its form, and written as the body of a post."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from letmepost.dashboard.forms import Form
from letmepost.dashboard.option_fields import option_fields
from letmepost.dashboard.zone import moment
from letmepost.kit.ids import new_id
from letmepost.platforms import platforms

_AT: Final = "@"


@dataclass(frozen=True)
class Attached:
    """A stored file that is attached."""

    id: str
    content_type: str
    alt_text: str = ""

    @property
    def kind(self) -> str:
        """What the API calls it: a document goes where images go."""
        return "video" if self.content_type.startswith("video/") else "image"

    @property
    def written(self) -> str:
        """As a field of the form holds it."""
        return f"{self.id}:{self.content_type}"

    @classmethod
    def of(cls, written: str, alt_text: str = "") -> Self:
        """As a field of the form held it."""
        media_id, _, content_type = written.partition(":")
        return cls(media_id, content_type, alt_text)


@dataclass(frozen=True)
class Own:
    """What one account gets in place of, or beside, what all get."""

    text: str = ""
    thread: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ComposeDraft:
    """A post that is being written. `key` makes that it is published once, however often sent.

    `saved` is the id of the draft that the API keeps of it, where it keeps one.
    """

    key: str
    accounts: tuple[str, ...] = ()
    text: str = ""
    first_comment: str = ""
    media: tuple[Attached, ...] = ()
    own: Mapping[str, Own] = field(default_factory=dict)
    fits: bool = False
    is_later: bool = False
    in_slot: bool = False
    at: str = ""
    zone: str = ""
    saved: str = ""

    @classmethod
    def new(cls, accounts: Sequence[str] = (), at: str = "", zone: str = "") -> Self:
        """An empty one, for a time where one is given."""
        return cls(
            key=new_id("draft"), accounts=tuple(accounts), is_later=bool(at), at=at, zone=zone
        )

    @classmethod
    def of(cls, form: Form) -> Self:
        """What a form holds."""
        own: dict[str, Own] = {}
        for name, value in form.pairs:
            what, _, rest = name.partition(_AT)
            account, _, option = rest.partition(_AT)
            before = own.get(account, Own())
            if what == "text" and account:
                own[account] = replace(before, text=value)
            elif what == "thread":
                own[account] = replace(before, thread=(*before.thread, value))
            elif what == "option" and value:
                own[account] = replace(before, options={**before.options, option: value})
        media = tuple(
            Attached.of(each, form.get(f"alt{_AT}{each.partition(':')[0]}"))
            for each in form.every("media")
        )
        return cls(
            key=form.get("key") or new_id("draft"),
            accounts=tuple(form.every("account")),
            text=form.get("text"),
            first_comment=form.get("first_comment"),
            media=media,
            own=own,
            fits=form.get("fit") == "auto",
            is_later=form.get("when") == "later",
            in_slot=form.get("when") == "slot",
            at=form.get("at"),
            zone=form.get("zone"),
            saved=form.get("saved"),
        )

    @classmethod
    def of_posts(cls, saved: str, posts: Sequence[Mapping[str, Any]]) -> Self | None:
        """A draft that the API keeps; None for one that holds what this page has no field for."""
        first = posts[0]
        comment = first["firstComment"]
        draft = cls(
            key=new_id("draft"),
            accounts=tuple(each["accountId"] for each in posts),
            text=first["text"],
            first_comment=comment["text"] if comment else "",
            media=tuple(_attached(each) for each in first["mediaRefs"]),
            own={
                each["accountId"]: Own(
                    "" if each["text"] == first["text"] else each["text"], *_options_of(each)
                )
                for each in posts
            },
            saved=saved,
        )
        body = draft.body({each["accountId"]: each["platform"] for each in posts})
        held = zip(body["targets"], posts, strict=True)
        return draft if all(_holds(body, target, post) for target, post in held) else None

    def kept_as(self, saved: str) -> Self:
        """The same, as the API keeps it."""
        return replace(self.renewed(), saved=saved)

    def renewed(self) -> Self:
        """The same under another key."""
        return replace(self, key=new_id("draft"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written or attached yet: that is no mistake."""
        texts = (self.text, *(each.text for each in self.own.values()))
        return not self.media and not any(each.strip() for each in texts)

    def attach(self, written: Sequence[str]) -> Self:
        """With further files, each once."""
        known = {each.id for each in self.media}
        more = [Attached.of(each) for each in written]
        return replace(self, media=(*self.media, *(each for each in more if each.id not in known)))

    def without(self, media_id: str) -> Self:
        """Without one file."""
        return replace(self, media=tuple(each for each in self.media if each.id != media_id))

    def with_own(self, account: str, own: Own) -> Self:
        """With what one account gets changed."""
        return replace(self, own={**self.own, account: own})

    def fitting(self) -> Self:
        """With images that are made to fit."""
        return replace(self, fits=True)

    def saying(self, text: str) -> Self:
        """With another text."""
        return replace(self, text=text)

    def commenting(self, text: str) -> Self:
        """With another first comment."""
        return replace(self, first_comment=text)

    def describing(self, place: str, text: str) -> Self:
        """With another description of the file at `media[n].altText`."""
        media = [
            replace(each, alt_text=text) if place == f"media[{number}].altText" else each
            for number, each in enumerate(self.media)
        ]
        return replace(self, media=tuple(media))

    def text_for(self, account: str) -> str:
        """The text that an account gets."""
        own = self.own.get(account)
        return own.text if own is not None and own.text else self.text

    def body(self, platform_of: Mapping[str, str]) -> dict[str, Any]:
        """The post as the API takes it, its time aside; accounts that are gone are named too."""
        body: dict[str, Any] = {
            "targets": [self._target(each, platform_of.get(each)) for each in self.accounts],
            "text": self.text,
        }
        if self.media:
            body["media"] = [
                {
                    "kind": each.kind,
                    "mediaId": each.id,
                    **({"altText": each.alt_text} if each.alt_text else {}),
                }
                for each in self.media
            ]
        if self.first_comment:
            body["firstComment"] = {"text": self.first_comment}
        if self.fits:
            body["fit"] = "auto"
        return body

    def _target(self, account: str, platform_name: str | None) -> dict[str, Any]:
        target: dict[str, Any] = {"accountId": account}
        own = self.own.get(account)
        if own is None or platform_name is None:
            return target
        if own.text:
            target["text"] = own.text
        platform = platforms()[platform_name]
        fields = {each.name: each for each in option_fields(platform_name)}
        options: dict[str, Any] = {
            name: fields[name].read(value) for name, value in own.options.items() if name in fields
        }
        thread = [{"text": each} for each in own.thread if each.strip()]
        if thread and platform.threads_field:
            options[platform.threads_field] = thread
        if options:
            target["options"] = {"platform": platform_name, **options}
        return target

    def time(self) -> dict[str, str]:
        """When it goes out, as a part of the body; raise where date, time and zone mean nothing."""
        if self.in_slot:
            return {"scheduledAt": "next-slot"}
        if not self.is_later:
            return {}
        return {"scheduledAt": moment(self.at, self.zone)}


def _attached(reference: Mapping[str, Any]) -> Attached:
    """A file of a kept draft; of its type the page needs to know the kind alone."""
    return Attached(reference["mediaId"], f"{reference['kind']}/*", reference.get("altText") or "")


def _options_of(post: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, str]]:
    """The further posts of a thread, and the options, as fields of the form hold them."""
    options = dict(post["options"] or {})
    options.pop("platform", None)
    threads_field = platforms()[post["platform"]].threads_field
    thread = tuple(each["text"] for each in options.pop(threads_field or "", None) or ())
    fields = {each.name for each in option_fields(post["platform"])}
    told = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in options.items()
        if name in fields and isinstance(value, str | int)
    }
    return thread, told


def _holds(body: Mapping[str, Any], target: Mapping[str, Any], post: Mapping[str, Any]) -> bool:
    """Whether the body says of a target all that the API keeps of it."""
    return (
        target.get("text", body["text"]) == post["text"]
        and _files(body.get("media", ())) == _files(post["mediaRefs"])
        and body.get("firstComment") == post["firstComment"]
        and _without_name(target.get("options")) == _without_name(post["options"])
    )


def _files(media: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["mediaId"], each.get("altText") or "") for each in media]


def _without_name(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options themselves: the name of their platform is that of the account."""
    return {name: value for name, value in (options or {}).items() if name != "platform"}
