"""Check a request whole: its shape, its targets, its files, and every rule of every target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from letmepost.accounts.queries import Account, AccountDirectory, unknown_account
from letmepost.content.draft import Draft
from letmepost.kit.clock import wire_time
from letmepost.kit.database import Database
from letmepost.media.library import MediaLibrary
from letmepost.platforms import platforms
from letmepost.posts.attach import Attachments, attach
from letmepost.posts.body import Asked, MediaBody, TargetBody
from letmepost.posts.recent import QuotaForecast
from letmepost.preflight import delivery_rules
from letmepost.preflight import request_rules as rules
from letmepost.preflight.refuse import found, refuse, refuse_all
from letmepost.preflight.resource_rules import PROFILE_SCOPE_MISMATCH
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check
from letmepost.tenancy.keys import Caller


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """One target that may go out: its account, its draft, and the files as they were named."""

    account: Account
    draft: Draft
    media: Sequence[MediaBody]
    options: Mapping[str, Any] | None
    warnings: Sequence[Finding]


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

    async def check(self, caller: Caller, asked: Asked, now: datetime) -> Checked:
        """The request, ready to be published; raise with every violation that can be found."""
        _refuse_shape(caller, asked, now)
        accounts = [
            account
            for account in await self.directory.usable(caller)
            if asked.profile_id in (None, account.profile_id)
        ]
        chosen = self._resolve(asked, accounts)
        effective = [_effective(asked, target) for target in asked.targets]
        duplicates = _duplicates(effective, chosen)
        items = [item for target in effective for item in target.media or ()]
        attachments = await attach(self.library, self.database, caller.organization_id, items)
        try:
            targets, violations = self._run(effective, chosen, attachments)
        except BaseException:
            attachments.discard()
            raise
        if duplicates or violations:
            attachments.discard()
            raise refuse_all([*duplicates, *violations], self.docs_url)
        return Checked(asked, await self._warned(targets), attachments)

    async def _warned(self, targets: list[CheckedTarget]) -> list[CheckedTarget]:
        """Add what is known of the accounts: paused ones, and quotas that will be full."""
        warned = []
        for number, target in enumerate(targets):
            more: list[Finding] = []
            account, at = target.account, target.draft.scheduled_at
            if account.paused_at is not None:
                more.append(found(delivery_rules.ACCOUNT_PAUSED, "accountId", target=number))
            if at is not None:
                more += await self.forecast.warnings(number, account.id, account.platform, at)
            warned.append(replace(target, warnings=[*target.warnings, *more]) if more else target)
        return warned

    def _resolve(self, asked: Asked, accounts: list[Account]) -> list[Account]:
        chosen: list[Account] = []
        findings: list[Finding] = []
        for number, target in enumerate(asked.targets):
            resolved = _resolve_one(number, target, accounts, asked.shape)
            if isinstance(resolved, Account):
                chosen.append(resolved)
            else:
                findings.append(resolved)
        if findings:
            error = refuse_all(findings, self.docs_url)
            if findings[0].rule is rules.AMBIGUOUS:
                platform = findings[0].actual
                error.platform_response = {
                    "candidates": [
                        {"accountId": each.id, "displayName": each.display_name}
                        for each in accounts
                        if each.platform == platform
                    ]
                }
            raise error
        return chosen

    def _run(
        self,
        effective: list[TargetBody],
        chosen: list[Account],
        attachments: Attachments,
    ) -> tuple[list[CheckedTarget], list[Finding]]:
        targets, violations = [], []
        for number, (target, account) in enumerate(zip(effective, chosen, strict=True)):
            media, findings = attachments.draft_media(
                target.media or (),
                profile_id=account.profile_id,
                platform=account.platform,
                target=number,
            )
            draft = Draft(
                text=target.text or "",
                media=media,
                first_comment=target.first_comment.text if target.first_comment else None,
                options=target.options,
                account=account.details,
                scheduled_at=target.scheduled_at,
            )
            report = check(self.rules[account.platform], draft, target=number)
            found_here = [*report.violations, *findings]
            if not target.text and not media and any(each.at == "text" for each in found_here):
                # One cause, one violation: the platform's own word for an empty text is the same.
                found_here = [each for each in found_here if each.at != "text"]
                found_here.insert(0, found(rules.TEXT_REQUIRED, "text", target=number))
            violations += found_here
            warnings = list(report.warnings)
            if draft.first_comment and not platforms()[account.platform].takes_first_comment:
                warnings.append(
                    found(
                        rules.FIRST_COMMENT_UNSUPPORTED,
                        "firstComment",
                        target=number,
                        actual=platforms()[account.platform].title,
                    )
                )
            options = target.options
            targets.append(
                CheckedTarget(
                    account=account,
                    draft=draft,
                    media=target.media or (),
                    options=options.model_dump(by_alias=True, exclude_defaults=True)
                    if options is not None
                    else None,
                    warnings=warnings,
                )
            )
        return targets, violations


def _refuse_shape(caller: Caller, asked: Asked, now: datetime) -> None:
    if not asked.targets:
        raise refuse(rules.TARGETS_REQUIRED)
    if len(asked.targets) > rules.TARGETS_MAX_COUNT.value:
        raise refuse(rules.TARGETS_MAX, actual=len(asked.targets))
    times = [
        at for at in (asked.scheduled_at, *(each.scheduled_at for each in asked.targets)) if at
    ]
    if asked.publish_now and times:
        raise refuse(rules.MODE_CONFLICT)
    if asked.profile_id is not None and not caller.sees(asked.profile_id):
        raise refuse(PROFILE_SCOPE_MISMATCH)
    for at in times:
        refuse_time(at, now)


def refuse_time(at: datetime, now: datetime) -> None:
    """Raise when a time is not ahead, or so far ahead that it must be a mistake."""
    if at < now + timedelta(seconds=rules.SCHEDULE_AHEAD_SECONDS.value):
        raise refuse(rules.SCHEDULE_FUTURE, actual=wire_time(at))
    years: int = rules.SCHEDULE_HORIZON_YEARS.value
    if at > now + timedelta(days=366 * years):
        raise refuse(rules.SCHEDULE_HORIZON, actual=wire_time(at))


def _resolve_one(
    number: int, target: TargetBody, accounts: list[Account], shape: str
) -> Account | Finding:
    place = "account" if shape == "account" else "platform"
    if target.account_id is not None:
        account = next((each for each in accounts if each.id == target.account_id), None)
        if account is None:
            raise unknown_account(target.account_id)
        if target.platform is not None and target.platform != account.platform:
            return found(
                rules.ACCOUNT_PLATFORM_MISMATCH,
                place,
                target=number,
                actual=account.platform,
                named=target.platform,
            )
    elif target.platform is None:
        return found(rules.TARGETS_ACCOUNT_REQUIRED, place, target=number)
    else:
        named = [each for each in accounts if each.platform == target.platform]
        # A test key may have test accounts beside real ones; it means the test ones.
        candidates = [each for each in named if each.sandbox] or named
        if len(candidates) != 1:
            rule = rules.AMBIGUOUS if candidates else rules.NOT_CONNECTED
            return found(rule, place, target=number, actual=target.platform)
        account = candidates[0]
    if target.options is not None and target.options.platform != account.platform:
        return found(
            rules.OPTIONS_PLATFORM_MISMATCH,
            "options.platform",
            target=number,
            actual=target.options.platform,
            named=account.platform,
        )
    return account


def _effective(asked: Asked, target: TargetBody) -> TargetBody:
    return target.model_copy(
        update={
            "text": asked.text if target.text is None else target.text,
            "media": asked.media if target.media is None else target.media,
            "first_comment": target.first_comment or asked.first_comment,
            "scheduled_at": target.scheduled_at or asked.scheduled_at,
        }
    )


def _duplicates(effective: list[TargetBody], chosen: list[Account]) -> list[Finding]:
    findings = []
    seen: list[tuple[str, TargetBody]] = []
    if len({account.id for account in chosen}) == len(chosen):
        return []
    for number, (target, account) in enumerate(zip(effective, chosen, strict=True)):
        alike = _without_account(target)
        if any(account.id == other and alike == before for other, before in seen):
            findings.append(
                found(rules.DUPLICATE_ACCOUNT, "accountId", target=number, actual=account.id)
            )
        seen.append((account.id, alike))
    return findings


def _without_account(target: TargetBody) -> TargetBody:
    return target.model_copy(update={"account_id": None, "platform": None})
