"""Posts in lists: newest first by filters, and on the days of a calendar."""

from typing import Any

from letmepost.api import post_answers
from letmepost.api.call import Call, Reply
from letmepost.api.operation import Operations
from letmepost.api.parameters import CALENDAR, PAGE, POST_FILTERS, WORDS_MAX_CHARACTERS
from letmepost.api.reading import (
    DEFAULT_DAYS,
    DEFAULT_PER_DAY,
    MAX_DAYS,
    MAX_PER_DAY,
    cursor,
    day,
    how_many,
    limit,
    moment,
    one_of,
    page,
    row_place,
    words,
    zone,
)
from letmepost.content.errors import ErrorCode
from letmepost.kit.clock import wire_time
from letmepost.platforms import platforms
from letmepost.posts.calendar import FilledDay, days_of, read_days
from letmepost.posts.queries import (
    Filters,
    list_publications,
    publications_by_id,
    time_place,
)
from letmepost.posts.show import publication_json
from letmepost.tenancy.keys import Scope

post_lists = Operations("Posts")


@post_lists.read(
    "/v1/posts",
    "listPosts",
    "List posts, newest first",
    scope=Scope.POSTS_READ,
    answer=post_answers.PostPage,
    query=(*POST_FILTERS, *PAGE),
)
async def list_posts(call: Call) -> Reply:
    """Every publication that the key may see, by filters, a page at a time."""
    query = call.request.query_params
    most = limit(query)
    filters = Filters(
        profile_id=query.get("profileId"),
        platforms=one_of(query, "platform", list(platforms())),
        statuses=one_of(query, "status", list(post_answers.PostStatus)),
        error_codes=one_of(query, "errorCode", [code.value for code in ErrorCode]),
        contains=words(query, "q", most=WORDS_MAX_CHARACTERS),
        created_after=moment(query, "after"),
        created_before=moment(query, "before"),
        time_from=moment(query, "timeFrom"),
        time_before=moment(query, "timeBefore"),
    )
    after = cursor(query)
    rows = await call.state.database.read(
        lambda connection: list_publications(
            connection, call.caller, filters, limit=most + 1, after=after
        )
    )
    place = time_place if filters.by_time else row_place
    return Reply(200, page(rows, most, place, publication_json))


@post_lists.read(
    "/v1/calendar",
    "getCalendar",
    "Read the posts of some days",
    scope=Scope.POSTS_READ,
    answer=post_answers.Calendar,
    query=CALENDAR,
)
async def get_calendar(call: Call) -> Reply:
    """The days of a time zone from one on, with the first posts of each, by time.

    A post stands on the day for which it is scheduled, or else on that on which it was created.
    Drafts, canceled and deleted posts are left out. A day begins at midnight there, and has 23 or
    25 hours where clocks are changed.
    """
    query = call.request.query_params
    of_zone = zone(query, "zone")
    first = day(query, "first") or call.state.clock.now().astimezone(of_zone).date()
    count = how_many(query, "days", default=DEFAULT_DAYS, most=MAX_DAYS)
    shown = how_many(query, "perDay", default=DEFAULT_PER_DAY, most=MAX_PER_DAY)
    days = days_of(first, count, of_zone)
    filled = await call.state.database.read(
        lambda connection: read_days(
            connection,
            call.caller,
            days,
            publications_by_id,
            profile_id=query.get("profileId"),
            shown=shown,
        )
    )
    return Reply(200, {"zone": of_zone.key, "days": [_day_json(each) for each in filled]})


def _day_json(filled: FilledDay[dict[str, Any]]) -> dict[str, object]:
    day = filled.day
    return {
        "date": day.date.isoformat(),
        "startsAt": wire_time(day.start),
        "endsAt": wire_time(day.end),
        "posts": [publication_json(row) for row in filled.publications],
        "more": filled.more,
    }
