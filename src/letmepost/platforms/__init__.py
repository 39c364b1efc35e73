"""The platforms, found by listing this folder and the entry-point group `letmepost.platforms`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from letmepost.kit.clock import Clock
from letmepost.platform_kit.platform import Platform
from letmepost.preflight.connect_rules import CONNECT_RULES
from letmepost.preflight.cross_rules import CROSS_RULES
from letmepost.preflight.delivery_rules import DELIVERY_RULES
from letmepost.preflight.media_rules import MEDIA_RULES
from letmepost.preflight.oauth_rules import OAUTH_RULES
from letmepost.preflight.openid_rules import OPENID_RULES
from letmepost.preflight.queue_rules import QUEUE_RULES
from letmepost.preflight.request_rules import REQUEST_RULES
from letmepost.preflight.resource_rules import RESOURCE_RULES
from letmepost.preflight.rule import Rule
from letmepost.preflight.sign_in_rules import SIGN_IN_RULES
from letmepost.preflight.url_rules import URL_RULES
from letmepost.preflight.webhook_rules import WEBHOOK_RULES

if TYPE_CHECKING:
    # A server simulates nothing, so it need not load what draws a simulator's pages.
    from letmepost.platform_kit.simulator import PlatformSimulator

ENTRY_POINT_GROUP = "letmepost.platforms"


@cache
def platforms() -> Mapping[str, Platform]:
    """Every platform by name, in alphabetical order."""
    found = [
        importlib.import_module(f"{__name__}.{folder.name}").PLATFORM
        for folder in pkgutil.iter_modules(__path__)
        if folder.ispkg
    ]
    found += [entry.load() for entry in entry_points(group=ENTRY_POINT_GROUP)]
    return {platform.name: platform for platform in sorted(found, key=lambda each: each.name)}


def simulators(clock: Clock | None = None) -> "list[PlatformSimulator]":
    """A new simulator of every platform that has one."""
    return [
        importlib.import_module(f"{platform.package}.simulator").create_simulator(clock)
        for platform in platforms().values()
        if platform.publishes_by is not None
    ]


@cache
def catalogue() -> Mapping[str, Rule]:
    """Every rule by id: of requests, of what they work with, of files, and of each platform."""
    rules = [
        *REQUEST_RULES,
        *RESOURCE_RULES,
        *CONNECT_RULES,
        *MEDIA_RULES,
        *DELIVERY_RULES,
        *QUEUE_RULES,
        *CROSS_RULES,
        *URL_RULES,
        *WEBHOOK_RULES,
        *OAUTH_RULES,
        *SIGN_IN_RULES,
        *OPENID_RULES,
    ]
    for platform in platforms().values():
        rules += platform.rules
    return {each.id: each for each in rules}


def rules_for(platform: Platform) -> tuple[Rule, ...]:
    """Every rule that holds for a post on a platform: those of any platform, then its own."""
    of_addresses = URL_RULES if platform.fetches_media_urls else ()
    return (*CROSS_RULES, *of_addresses, *platform.rules)
