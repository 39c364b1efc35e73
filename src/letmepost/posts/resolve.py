"""Which account each target of a request means."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from letmepost.accounts.queries import Account, unknown_account
from letmepost.platform_kit.platform import not_enabled
from letmepost.platforms import platforms
from letmepost.posts.body import Asked, TargetBody
from letmepost.preflight import request_rules as rules
from letmepost.preflight.refuse import found, refuse
from letmepost.preflight.resource_rules import PLATFORM_UNKNOWN
from letmepost.preflight.run import Finding


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a target means. Without an account its platform may still be known."""

    platform: str | None
    account: Account | None
    violations: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()


def resolve(asked: Asked, accounts: Sequence[Account], *, account_needed: bool) -> list[Resolved]:
    """Resolve every target; raise `not_found` for an account id that the caller cannot see.

    Where no account is needed, a target that names only a platform is one of that platform.
    """
    return [
        _resolve(number, target, accounts, asked.shape, account_needed=account_needed)
        for number, target in enumerate(asked.targets)
    ]


def _resolve(
    number: int,
    target: TargetBody,
    accounts: Sequence[Account],
    shape: str,
    *,
    account_needed: bool,
) -> Resolved:
    place = "account" if shape == "account" else "platform"
    if target.account_id is not None:
        account = next((each for each in accounts if each.id == target.account_id), None)
        if account is None:
            raise unknown_account(target.account_id)
        if target.platform is not None and target.platform != account.platform:
            mismatch = found(
                rules.ACCOUNT_PLATFORM_MISMATCH,
                place,
                target=number,
                actual=account.platform,
                named=target.platform,
            )
            return Resolved(account.platform, account, [mismatch])
        return _with_options(number, target, account.platform, account)
    if target.platform is None:
        return Resolved(None, None, [found(rules.TARGETS_ACCOUNT_REQUIRED, place, target=number)])
    return _by_platform(number, target, accounts, place, account_needed=account_needed)


def _by_platform(
    number: int,
    target: TargetBody,
    accounts: Sequence[Account],
    place: str,
    *,
    account_needed: bool,
) -> Resolved:
    platform = str(target.platform)
    named = [each for each in accounts if each.platform == platform]
    # A test key may have test accounts beside real ones; it means the test ones.
    candidates = [each for each in named if each.sandbox] or named
    if len(candidates) == 1:
        return _with_options(number, target, platform, candidates[0])
    if platform not in platforms() and not account_needed:
        raise refuse(PLATFORM_UNKNOWN, actual=platform, limit=", ".join(platforms()))
    if not account_needed:
        resolved = _with_options(number, target, platform, None)
        without = _checked_without_account(place, number, platform)
        return Resolved(platform, None, resolved.violations, [without])
    known = platforms().get(platform)
    if known is not None and known.publishes_by is None:
        # To say "connect one" would send the caller to a call that says the same.
        raise not_enabled(known)
    rule = rules.AMBIGUOUS if candidates else rules.NOT_CONNECTED
    name = platform if known is not None else None
    return Resolved(name, None, [found(rule, place, target=number, actual=platform)])


@lru_cache(maxsize=1024)
def _checked_without_account(place: str, number: int, platform: str) -> Finding:
    """The same for every request, and a request to validate may have one for each target."""
    return found(rules.CHECKED_WITHOUT_ACCOUNT, place, target=number, actual=platform)


def _with_options(
    number: int, target: TargetBody, platform: str, account: Account | None
) -> Resolved:
    if target.options is None or target.options.platform == platform:
        return Resolved(platform, account)
    mismatch = found(
        rules.OPTIONS_PLATFORM_MISMATCH,
        "options.platform",
        target=number,
        actual=target.options.platform,
        named=platform,
    )
    return Resolved(platform, account, [mismatch])
