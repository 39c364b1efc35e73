"""Check a request whole: its shape, its targets, its files, and every rule of every target."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from letmepost.accounts.queries import Account, AccountDirectory, account_facts
from letmepost.content.draft import Draft
from letmepost.kit.clock import wire_time
from letmepost.kit.database import Database
from letmepost.media.library import MediaLibrary
from letmepost.platforms import platforms
from letmepost.posts.advice import Advice
from letmepost.posts.attach import Attachments, Source, attach, source_of
from letmepost.posts.body import NEXT_SLOT, Asked, MediaBody, NextSlot
from letmepost.posts.cover import cover_of
from letmepost.posts.fit import Fitting, foresee
from letmepost.posts.linked_pages import LinkedPages, findings_of, linked_pages
from letmepost.posts.reach import Reach
from letmepost.posts.recent import QuotaForecast
from letmepost.posts.resolve import Resolved, resolve
from letmepost.posts.wanted import Wanted, wanted_of
from letmepost.preflight import delivery_rules
from letmepost.preflight import request_rules as rules
from letmepost.preflight.applied import ran
from letmepost.preflight.queue_rules import DRAFT_TIME
from letmepost.preflight.refuse import found, refuse, refuse_all
from letmepost.preflight.resource_rules import PROFILE_SCOPE_MISMATCH
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check
from letmepost.tenancy.keys import Caller


@dataclass(slots=True)
class Examined:
    """One target with everything that was found of it; without an account it cannot go out.

    `unkept` are those of its violations that leave nothing to save: who it is for, or which file.
    """

    number: int
    platform: str | None
    account: Account | None
    draft: Draft
    media: Sequence[MediaBody]
    options: Mapping[str, Any] | None
    violations: list[Finding]
    warnings: list[Finding]
    # What was made of an image, by the image's place.
    fitted: Mapping[int, Source] = field(default_factory=dict)
    unkept: list[Finding] = field(default_factory=list)
    in_slot: bool = False


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """One target that may go out: its account, its draft, and where each file comes from.

    With `in_slot` its time is that of a queue slot, which is taken when the post is written.
    `violations`, as the API shows them, has only one that is saved as it is.
    """

    account: Account
    draft: Draft
    media: Sequence[MediaBody]
    options: Mapping[str, Any] | None
    warnings: Sequence[Finding]
    fitted: Mapping[int, Source] = field(default_factory=dict)
    # The ids of the rules that were asked.
    rules: Sequence[str] = ()
    in_slot: bool = False
    violations: Sequence[Mapping[str, Any]] = ()

    @property
    def files(self) -> Iterator[tuple[MediaBody, Source | None]]:
        """Every file with its source: what was made of it stands in its place."""
        for number, item in enumerate(self.media):
            yield item, self.fitted.get(number) or source_of(item)


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that may go out."""

    asked: Asked
    targets: Sequence[CheckedTarget]
    attachments: Attachments


@dataclass(frozen=True)
class Checker:
    """What checking needs of the process. `rules` are those of each platform, limits set."""

    database: Database
    directory: AccountDirectory
    library: MediaLibrary
    forecast: QuotaForecast
    rules: Mapping[str, tuple[Rule, ...]]
    docs_url: str
    advice: Advice
    pages: LinkedPages
    reach: Reach

    async def check(self, caller: Caller, asked: Asked, now: datetime) -> Checked:
        """The request, ready to be published; raise with every violation that can be found.

        One that is saved as a draft is ready with its violations: it raises only with those that
        leave nothing to save.
        """
        examined, attachments = await self.examine(caller, asked, now, refit=True)
        violations = [
            each
            for target in examined
            for each in (target.unkept if asked.saved else target.violations)
        ]
        if violations:
            attachments.discard()
            raise refuse_all(
                violations, self.docs_url, await self._choices(caller, examined, violations[0])
            )
        targets = [
            CheckedTarget(
                each.account,
                each.draft,
                each.media,
                each.options,
                each.warnings,
                each.fitted,
                ran(self.rules[each.account.platform], each.draft),
                each.in_slot,
                [found.to_json(self.docs_url) for found in each.violations],
            )
            for each in examined
            if each.account is not None
        ]
        return Checked(asked, targets, attachments)

    async def examine(
        self,
        caller: Caller,
        asked: Asked,
        now: datetime,
        *,
        account_needed: bool = True,
        refit: bool = False,
    ) -> tuple[list[Examined], Attachments]:
        """Every target with what is wrong with it.

        With `refit`, images are mended where the request asks for it; otherwise it is only said.
        Raises where the request has no targets to speak of, or names what the caller cannot see.
        """
        _refuse_shape(caller, asked, now)
        accounts = [
            account
            for account in await self.directory.usable(caller)
            if asked.profile_id in (None, account.profile_id)
        ]
        resolved = resolve(asked, accounts, account_needed=account_needed)
        wanted = await wanted_of(self.database, caller, asked, resolved, now)
        items = [item for each in wanted for item in each.media]
        covers = [cover_of(each.options) for each in wanted]
        items += [cover[1] for cover in covers if cover is not None]
        attachments = await attach(self.library, self.database, caller.organization_id, items)
        try:
            gone = await self.pages.gone(
                url for each in wanted for _, url in linked_pages(each.options).values()
            )
            described = [
                self._describe(number, what, target, attachments, caller)
                for number, (what, target) in enumerate(zip(wanted, resolved, strict=True))
            ]
            examined = [each for each, _ in described]
            if asked.fit == "auto":
                await self._fit(examined, attachments, refit=refit)
            for each, findings in described:
                each.unkept = [*each.violations, *findings]
                if each.platform is not None:
                    self._run(each)
                    each.violations += await self._unreachable(each)
                each.violations += findings
                each.violations += findings_of(each.draft.options, gone, each.number)
        except BaseException:
            attachments.discard()
            raise
        _note_duplicates(wanted, examined)
        await self._forecast(examined, now)
        return examined, attachments

    def _describe(
        self,
        number: int,
        wanted: Wanted,
        resolved: Resolved,
        attachments: Attachments,
        caller: Caller,
    ) -> tuple[Examined, list[Finding]]:
        """A target before its rules are run, and what is wrong with how its files are named."""
        account, platform = resolved.account, resolved.platform
        media, findings = attachments.draft_media(
            wanted.media,
            profile_id=account.profile_id if account else caller.profile_id,
            platform=platform or "",
            target=number,
        )
        options = wanted.options
        cover = None
        if (named := cover_of(options)) is not None:
            (cover,), wrong = attachments.draft_media(
                [named[1]],
                profile_id=account.profile_id if account else caller.profile_id,
                platform=platform or "",
                target=number,
            )
            findings += [replace(each, at=named[0]) for each in wrong]
        draft = Draft(
            text=wanted.text or "",
            media=media,
            cover=cover,
            first_comment=wanted.first_comment.text if wanted.first_comment else None,
            options=options,
            account=account_facts(account) if account else {},
            scheduled_at=wanted.scheduled_at,
        )
        examined = Examined(
            number=number,
            platform=platform,
            account=account,
            draft=draft,
            media=wanted.media,
            options=options.model_dump(by_alias=True, exclude_defaults=True) if options else None,
            violations=list(resolved.violations),
            warnings=list(resolved.warnings),
            in_slot=wanted.in_slot,
        )
        return examined, findings

    async def _fit(
        self, examined: Sequence[Examined], attachments: Attachments, *, refit: bool
    ) -> None:
        """Put mended images into the drafts, or only the facts that they would have."""
        fitting = Fitting(self.library, attachments)
        try:
            for each in examined:
                if each.platform is None:
                    continue
                rules = self.rules[each.platform]
                if refit:
                    fitted = await fitting.fit(rules, each.draft, each.media, each.number)
                else:
                    fitted = foresee(rules, each.draft, each.number)
                each.draft, each.fitted = fitted.draft, fitted.sources
                each.warnings += fitted.warnings
        finally:
            fitting.discard_unused()

    def _run(self, examined: Examined) -> None:
        """Run the rules of the target's platform."""
        draft, number = examined.draft, examined.number
        platform = platforms()[str(examined.platform)]
        report = check(self.rules[platform.name], draft, target=number)
        violations = list(report.violations)
        if not draft.text and not draft.media and any(each.at == "text" for each in violations):
            # One cause, one violation: the platform's own word for an empty text is the same.
            violations = [each for each in violations if each.at != "text"]
            violations.insert(0, found(rules.TEXT_REQUIRED, "text", target=number))
        examined.violations += violations
        examined.warnings += report.warnings
        if draft.first_comment and not platform.takes_first_comment:
            unsupported = rules.FIRST_COMMENT_UNSUPPORTED
            examined.warnings.append(
                found(unsupported, "firstComment", target=number, actual=platform.title)
            )

    async def _unreachable(self, examined: Examined) -> list[Finding]:
        """Files that the platform has to fetch and cannot; test keys reach no platform."""
        account = examined.account
        if account is not None and account.sandbox:
            return []
        platform = platforms()[str(examined.platform)]
        details = account.details if account else {}
        return await self.reach.findings(platform, examined.draft, details, examined.number)

    async def _forecast(self, examined: list[Examined], now: datetime) -> None:
        """Add what is known of the accounts: paused and slowed ones, and quotas that fill."""
        for each in examined:
            account, at = each.account, each.draft.scheduled_at
            if account is None:
                continue
            if account.paused_at is not None:
                paused = delivery_rules.ACCOUNT_PAUSED
                each.warnings.append(found(paused, "accountId", target=each.number))
            if (until := account.slowed(now)) is not None:
                slowed, end = delivery_rules.ACCOUNT_SLOWED, wire_time(until)
                each.warnings.append(found(slowed, "accountId", target=each.number, actual=end))
            if at is not None:
                each.warnings += await self.forecast.warnings(
                    each.number, account.id, account.platform, at
                )

    async def _choices(
        self, caller: Caller, examined: Sequence[Examined], first: Finding
    ) -> Mapping[str, Any] | None:
        """What the caller could have named: accounts, or what the account itself says."""
        if first.rule is not rules.AMBIGUOUS:
            account = next((each.account for each in examined if each.number == first.target), None)
            return await self.advice.on(caller, account, first.rule.id)
        return {
            "candidates": [
                {"accountId": each.id, "displayName": each.display_name}
                for each in await self.directory.usable(caller)
                if each.platform == first.actual
            ]
        }


def _refuse_shape(caller: Caller, asked: Asked, now: datetime) -> None:
    if not asked.targets:
        raise refuse(rules.TARGETS_REQUIRED)
    if len(asked.targets) > rules.TARGETS_MAX_COUNT.value:
        raise refuse(rules.TARGETS_MAX, actual=len(asked.targets))
    times = [
        at for at in (asked.scheduled_at, *(each.scheduled_at for each in asked.targets)) if at
    ]
    if asked.saved and (asked.publish_now or times):
        raise refuse(DRAFT_TIME)
    if asked.publish_now and times:
        raise refuse(rules.MODE_CONFLICT)
    if asked.profile_id is not None and not caller.sees(asked.profile_id):
        raise refuse(PROFILE_SCOPE_MISMATCH)
    for at in times:
        refuse_time(at, now)


def refuse_time(at: datetime | NextSlot, now: datetime) -> None:
    """Raise when a time is not ahead, or so far ahead that it must be a mistake."""
    if at == NEXT_SLOT:
        return
    if at < now + timedelta(seconds=rules.SCHEDULE_AHEAD_SECONDS.value):
        raise refuse(rules.SCHEDULE_FUTURE, actual=wire_time(at))
    years: int = rules.SCHEDULE_HORIZON_YEARS.value
    if at > now + timedelta(days=366 * years):
        raise refuse(rules.SCHEDULE_HORIZON, actual=wire_time(at))


def _note_duplicates(wanted: Sequence[Wanted], examined: Sequence[Examined]) -> None:
    """Refuse the same content twice on one account."""
    ids = [each.account.id for each in examined if each.account]
    if len(set(ids)) == len(ids):
        return
    seen: list[tuple[str, Wanted]] = []
    for what, each in zip(wanted, examined, strict=True):
        if each.account is None:
            continue
        place = (each.account.id, what)
        if place in seen:
            rule = rules.DUPLICATE_ACCOUNT
            twice = found(rule, "accountId", target=each.number, actual=each.account.id)
            each.violations.insert(0, twice)
        seen.append(place)
