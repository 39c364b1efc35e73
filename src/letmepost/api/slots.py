"""The queue slots of a profile: the weekly times at which it publishes."""

from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from itertools import islice
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection
from typing_extensions import TypeAliasType

from letmepost.api.answers import Answer
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.kit.clock import wire_time
from letmepost.posts import slot_times
from letmepost.posts.slot_times import WEEKDAYS, SlotPlan, SlotTime
from letmepost.posts.slots import free_slots, read_plan, write_plan
from letmepost.preflight.queue_rules import SLOTS_MAX, SLOTS_MAX_COUNT, SLOTS_TIME_ZONE
from letmepost.preflight.refuse import refuse
from letmepost.tenancy import profiles as profile_use
from letmepost.tenancy.keys import Caller, Scope

slots = Operations("Profiles")

SHOWN = 10
# Of a profile that was never given a plan.
_NO_PLAN = SlotPlan(ZoneInfo("UTC"), ())
Weekday = TypeAliasType("Weekday", slot_times.Weekday)


class WeeklyTime(BaseModel):
    """A time of day on a weekday, on the clocks of the plan's time zone."""

    model_config = ConfigDict(extra="forbid")

    weekday: Weekday
    time: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class PlanSlots(BaseModel):
    """The weekly times of a profile, in place of those that it has; none take them away."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_alias=True)

    time_zone: Annotated[str, Field(max_length=64)]
    times: Annotated[list[WeeklyTime], Field(max_length=1000)]


class Slots(Answer):
    """The weekly times of a profile, and the next of them that are free."""

    profile_id: str
    time_zone: str
    times: list[WeeklyTime]
    next_free: list[datetime]


def _shown(
    connection: Connection, caller: Caller, profile_id: str, now: datetime
) -> Mapping[str, Any]:
    profile_use.get(connection, caller, profile_id)
    plan = read_plan(connection, profile_id) or _NO_PLAN
    free = islice(free_slots(connection, profile_id, plan, now), SHOWN)
    return {
        "profileId": profile_id,
        "timeZone": plan.zone.key,
        "times": [
            {"weekday": WEEKDAYS[each.weekday], "time": f"{each.at:%H:%M}"} for each in plan.times
        ],
        "nextFree": [wire_time(each) for each in free],
    }


@slots.read(
    "/v1/profiles/{id}/slots",
    "getSlots",
    "Read the queue slots of a profile",
    scope=None,
    answer=Slots,
)
async def get_slots(call: Call) -> Reply:
    """Its weekly times, and the next ten slots that no queued post has."""
    profile_id = call.request.path_params["id"]
    now = call.state.clock.now()
    shown = await call.state.database.read(
        lambda connection: _shown(connection, call.caller, profile_id, now)
    )
    return Reply(200, shown)


@slots.write(
    "PUT",
    "/v1/profiles/{id}/slots",
    "setSlots",
    "Set the queue slots of a profile",
    scope=Scope.PROFILES_WRITE,
    body=PlanSlots,
    answer=Slots,
)
async def set_slots(call: Call, body: PlanSlots) -> Reply:
    """Replace its weekly times. Posts that are queued already keep theirs.

    A post with `scheduledAt: "next-slot"` gets the next slot that no queued post of the profile
    has. A time that the clocks leave out comes as much later as they are put forward; one that
    they show twice comes once, the first time.
    """
    profile_id = call.request.path_params["id"]
    plan = _plan_of(body)
    now = call.state.clock.now()

    def write(connection: Connection) -> Mapping[str, Any]:
        profile_use.get(connection, call.caller, profile_id)
        write_plan(connection, profile_id, plan, now)
        changed = {"slots": len(plan.times), "timeZone": plan.zone.key}
        profile_use.record_change(connection, call.caller, call.actor, profile_id, changed, now)
        return _shown(connection, call.caller, profile_id, now)

    return Reply(200, await call.state.database.write(write))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _plan_of(body: PlanSlots) -> SlotPlan:
    if body.time_zone not in _zones():
        raise refuse(SLOTS_TIME_ZONE, actual=body.time_zone)
    if len(body.times) > SLOTS_MAX_COUNT.value:
        raise refuse(SLOTS_MAX, actual=len(body.times))
    times = [
        SlotTime(WEEKDAYS.index(each.weekday), time.fromisoformat(each.time)) for each in body.times
    ]
    return SlotPlan(ZoneInfo(body.time_zone), times)
