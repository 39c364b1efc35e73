"""Files on their way to LinkedIn: uploaded one after the other, then waited for.

Nothing of this is seen by anybody until a post names it.
"""

from dataclasses import dataclass, replace

from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater, Waiting
from letmepost.platform_kit.platform import MediaSource, PublishTask
from letmepost.platforms.linkedin.errors import (
    FORBIDDEN,
    Asking,
    not_answered,
    refusal,
    rejected,
    unavailable,
)
from letmepost.platforms.linkedin.rest import (
    LinkedInClient,
    RefusedError,
    encoded,
    initialized,
)
from letmepost.platforms.linkedin.video import upload_video

FIRST_LOOK_AFTER_SECONDS = 3.0
LOOK_SELDOMER_SECONDS = 120.0
PROCESSING_DEADLINE_SECONDS = 1800.0

_READING_SCOPES = frozenset({"r_organization_social", "r_member_social"})


@dataclass(frozen=True)
class NotReadyError(Exception):
    """The files are not ready; the attempt ends in `waiting`."""

    waiting: Waiting


async def ready_files(task: PublishTask, client: LinkedInClient, author: str) -> list[str]:
    """The URNs of the attached files, in order, once they can be posted.

    Raises `NotReadyError` while LinkedIn works on one, `RefusedError` when it refuses one.
    """
    known: list[str] = list(task.checkpoint.get("files", ()))
    if len(known) < len(task.media):
        await _upload_rest(task, client, author, known)
        raise NotReadyError(_waiting(task, known, since=task.now.timestamp()))
    # What was ready once is not asked about again.
    for number in range(task.checkpoint.get("ready", 0), len(known)):
        if _may_look(task, known[number]):
            await _look(task, client, known, number)
    return known


async def _upload_rest(
    task: PublishTask, client: LinkedInClient, author: str, known: list[str]
) -> None:
    """Upload the files that are not there yet; what is there is kept when one fails."""
    try:
        while len(known) < len(task.media):
            known.append(await _upload(task, client, task.media[len(known)], author))
    except NoAnswerError as error:
        raise RefusedError(_later(task, known, TryLater(error=not_answered(error)))) from error
    except RefusedError as error:
        if isinstance(error.outcome, TryLater):
            raise RefusedError(_later(task, known, error.outcome)) from error
        raise


def _later(task: PublishTask, known: list[str], outcome: TryLater) -> TryLater:
    return replace(outcome, checkpoint={**task.checkpoint, "files": known})


async def _upload(
    task: PublishTask, client: LinkedInClient, source: MediaSource, author: str
) -> str:
    kind = source.facts.kind
    asking = Asking.of(task, author)
    if kind == "video":
        return await upload_video(client, source, author, asking)
    value = await initialized(client, f"{kind}s", {"owner": author}, asking)
    urn, address = value.get(kind), value.get("uploadUrl")
    if not isinstance(urn, str) or not isinstance(address, str):
        raise RefusedError(TryLater(error=unavailable("no address to upload to was given")))
    answer = await client.upload(
        address, source.stream, source.facts.size_bytes, source.facts.content_type
    )
    if not answer.ok:
        raise RefusedError(refusal(answer, asking))
    return urn


def _may_look(task: PublishTask, urn: str) -> bool:
    """Whether it is worth a request of the day's 150 to ask how far a file is.

    Images and documents are shown to those only who may read posts.
    """
    scopes = task.account_details.get("scopes")
    return ":video:" in urn or scopes is None or bool(_READING_SCOPES & set(scopes))


async def _look(task: PublishTask, client: LinkedInClient, known: list[str], number: int) -> None:
    """Ask how far a file is; return where it may be posted, as far as one is told."""
    urn = known[number]
    kind = urn.split(":")[2]
    try:
        answer = await client.read(f"{kind}s/{encoded(urn)}")
    except NoAnswerError as error:
        raise RefusedError(_later(task, known, TryLater(error=not_answered(error)))) from error
    if answer.status == FORBIDDEN:
        return
    if not answer.ok:
        refused = refusal(answer, Asking.of(task))
        kept = _later(task, known, refused) if isinstance(refused, TryLater) else refused
        raise RefusedError(kept)
    match _status(answer):
        case "AVAILABLE":
            return
        case "PROCESSING_FAILED":
            raise RefusedError(Rejected(error=rejected(_failure(answer), answer.shown())))
        case _:
            _wait_on(task, known, number, answer)


def _status(answer: Answer) -> str:
    document = answer.document if isinstance(answer.document, dict) else {}
    return str(document.get("status", ""))


def _failure(answer: Answer) -> str:
    document = answer.document if isinstance(answer.document, dict) else {}
    return str(document.get("processingFailureReason") or "a file could not be processed")


def _wait_on(task: PublishTask, known: list[str], number: int, answer: Answer) -> None:
    since = float(task.checkpoint.get("since", task.now.timestamp()))
    if task.now.timestamp() - since > PROCESSING_DEADLINE_SECONDS:
        # What hangs for that long does so for good: the next try uploads anew.
        error = unavailable("a file is still being processed after half an hour", answer.shown())
        raise RefusedError(TryLater(error=error))
    raise NotReadyError(_waiting(task, known, since=since, ready=number))


def _waiting(task: PublishTask, known: list[str], *, since: float, ready: int = 0) -> Waiting:
    """Each look costs one of the day's requests, so they become seldomer."""
    waited = task.now.timestamp() - since
    return Waiting(
        checkpoint={
            **task.checkpoint,
            "files": known,
            "ready": ready,
            "since": since,
            "at": task.now.timestamp(),
        },
        look_after_seconds=min(max(FIRST_LOOK_AFTER_SECONDS, waited / 2), LOOK_SELDOMER_SECONDS),
    )
