"""What must hold after a chaos run, looked up in the ledger and at the simulator."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, select

from letmepost.jobs.tables import jobs
from letmepost.posts.ledger import JOB_KIND, TERMINAL
from letmepost.posts.tables import attempts, publications
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN
from letmepost.webhooks.tables import events
from tests.chaos.scene import Scene
from tests.platforms.cast import Cast
from tests.server_process import call

TERMINAL_EVENTS = frozenset(f"post.{state}" for state in TERMINAL)


@dataclass
class Report:
    """The figures of a run, and a sentence for everything that should not be."""

    database: str
    publications: int
    platform: str = ""
    states: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    lost: int = 0
    unknown: int = 0
    attempts: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    calls_cut: int = 0
    calls_refused_as_already_there: int = 0
    webhooks: int = 0
    webhooks_again: int = 0
    kills: int = 0
    database_restarts: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As it is written beside the table."""
        return asdict(self)


@dataclass(frozen=True)
class Ledger:
    """Everything that the database says of the posts."""

    publications: Sequence[Mapping[str, Any]]
    attempts: Mapping[str, Sequence[Mapping[str, Any]]]
    events: Mapping[str, Sequence[Mapping[str, Any]]]
    jobs: Sequence[Mapping[str, Any]]


def read_ledger(connection: Connection) -> Ledger:
    """Read it all."""
    return Ledger(
        _rows(connection, publications, "created_at"),
        _grouped(_rows(connection, attempts, "number"), "publication_id"),
        _grouped(_rows(connection, events, "sequence"), "subject_id"),
        [row for row in _rows(connection, jobs, "created_at") if row["kind"] == JOB_KIND],
    )


def _rows(connection: Connection, table: Table, order: str) -> list[Mapping[str, Any]]:
    found = connection.execute(select(table).order_by(table.c[order]))
    return [dict(row._mapping) for row in found]


def _grouped(rows: Sequence[Mapping[str, Any]], by: str) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row[by]), []).append(row)
    return groups


def judge(report: Report, ledger: Ledger, scene: Scene, simulator_url: str) -> None:
    """Fill in the report."""
    there: dict[tuple[str, str], list[str]] = {}
    for entry in call(f"{simulator_url}/_simulator/timeline").body:
        there.setdefault((entry["account"], entry["text"]), []).append(entry["id"])
    creates = _creates(scene.cast, call(f"{simulator_url}/_simulator/requests").body)
    report.states = dict(Counter(row["state"] for row in ledger.publications))
    report.duplicates = sum(len(ids) - 1 for ids in there.values())
    made = [each for rows in ledger.attempts.values() for each in rows]
    endings = Counter(f"{each['purpose']} {each['outcome']}" for each in made)
    report.attempts = dict(sorted(endings.items()))
    calls = [status for statuses in creates.values() for status in statuses]
    report.calls, report.calls_cut = len(calls), calls.count(None)
    report.calls_refused_as_already_there = calls.count(scene.cast.already_there)
    if len(ledger.publications) != report.publications:
        report.problems.append(f"{len(ledger.publications)} publications are in the ledger.")
    if report.duplicates:
        report.problems.append(f"{report.duplicates} posts are there more than once.")
    report.problems += [f"job {job['key']} is left." for job in ledger.jobs]
    for row in ledger.publications:
        found = there.pop((scene.names[row["account_id"]], row["text"]), [])
        unknown = (row["error"] or {}).get("rule") == OUTCOME_UNKNOWN.id
        report.unknown += unknown
        lost = (row["state"] == "published") != bool(found) and not unknown
        report.lost += lost
        sent = [each for each in ledger.attempts.get(row["id"], ()) if each["sending_at"]]
        problems = [
            *_state_problems(row, found, unknown=unknown, hidden=row["account_id"] in scene.hidden),
            *_event_problems(row, ledger.events.get(row["id"], ())),
            *_attempt_problems(row, ledger.attempts.get(row["id"], ())),
        ]
        if len(creates.get(row["text"], ())) > len(sent):
            problems.append("was sent more often than the ledger says")
        report.problems += [f"{row['id']} ({row['text']}) {each}." for each in problems]
    report.problems += [f"{text!r} of {who} is there and unknown here." for who, text in there]


def judge_webhooks(report: Report, ledger: Ledger, received: Sequence[Mapping[str, Any]]) -> None:
    """Every event of a post has come, at least once, and one that ends it once alone."""
    came: dict[str, dict[str, tuple[int, str]]] = {}
    for event in received:
        about = came.setdefault(str(event["data"].get("id")), {})
        about[event["id"]] = (event["sequence"], event["type"])
    report.webhooks = len(received)
    report.webhooks_again = len(received) - sum(map(len, came.values()))
    for row in ledger.publications:
        told = [each["type"] for each in ledger.events.get(row["id"], ())]
        restored = [type_ for _, type_ in sorted(came.get(row["id"], {}).values())]
        if restored != told:
            report.problems.append(f"{row['id']} was told of as {restored}, and had {told}.")
        if [each for each in restored if each in TERMINAL_EVENTS] != [f"post.{row['state']}"]:
            report.problems.append(f"{row['id']} is {row['state']}, and its end was told so.")


def _creates(cast: Cast, requests: Sequence[Mapping[str, Any]]) -> dict[str, list[int | None]]:
    """The answers to every call that may create a post, by its text; None for a cut one."""
    found: dict[str, list[int | None]] = {}
    for request in requests:
        if request["method"] == "POST" and cast.create in request["path"]:
            text = cast.text_of(request["body"])
            found.setdefault(text, []).append(request["status"])
    return found


def _state_problems(
    row: Mapping[str, Any], found: Sequence[str], *, unknown: bool, hidden: bool
) -> Iterator[str]:
    state = row["state"]
    if state not in TERMINAL:
        yield f"is still {state}"
    elif state == "published":
        # An address of the post ends in its id there, where the id is not the address itself.
        if not any(row["platform_uri"].endswith(each) for each in found):
            yield f"is published as {row['platform_uri']}, and there as {found}"
    elif not unknown:
        yield f"has ended as {state}: {row['error']}"
    elif not hidden:
        yield "is unknown though its account shows what was posted"


def _event_problems(row: Mapping[str, Any], happened: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    numbers = [each["sequence"] for each in happened]
    if numbers != list(range(1, row["event_count"] + 1)):
        yield f"has events numbered {numbers} of {row['event_count']}"
    types = [each["type"] for each in happened]
    terminal = [each for each in types if each in TERMINAL_EVENTS]
    if types[:2] != ["post.validated", "post.queued"] or terminal != [f"post.{row['state']}"]:
        yield f"has the events {types} and is {row['state']}"


def _attempt_problems(row: Mapping[str, Any], made: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    numbers = [each["number"] for each in made]
    if numbers != list(range(1, row["attempt_count"] + 1)):
        yield f"has attempts numbered {numbers} of {row['attempt_count']}"
    still_open = [each["number"] for each in made if each["finished_at"] is None]
    if still_open or any(each["outcome"] is None for each in made):
        yield f"has attempts without an end: {still_open}"
    tried = [each for each in made if each["purpose"] != "verify"]
    if row["state"] == "published":
        endings = [each["outcome"] for each in tried]
        if endings.count("published") != 1 or endings[-1] != "published":
            yield f"is published after attempts that ended as {endings}"
    for before, after in pairwise(tried):
        looking = before["purpose"] == "reconcile" and before["outcome"] == "interrupted"
        if (looking or before["outcome"] == "unknown") is not (after["purpose"] == "reconcile"):
            yield f"went from {before['outcome']} to {after['purpose']}"
