"""Posts: publish, check, read, change, and wait for them."""

from __future__ import annotations

from typing_extensions import Unpack

from letmepost_sdk.exchange import Exchange, Sleep
from letmepost_sdk.filters import CalendarFilters, Moment, PostFilters
from letmepost_sdk.operation import DriverT, Iteration, Operation, Resource, Walk, text_of
from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import (
    Batch,
    Calendar,
    Canceled,
    DeletedPost,
    EditBody,
    Post,
    PostBody,
    PostPage,
    PostWithAttempts,
    PublishBody,
    Retried,
    RetryBody,
    Validation,
)

UNFINISHED = ("queued", "publishing")
ASK_AGAIN_SECONDS = 0.5
ASK_AGAIN_MAX_SECONDS = 5.0


class Posts(Resource[DriverT]):
    """Posts. A post on one account has an id of its own; a batch holds those of one call."""

    @Operation
    def create(
        self,
        body: PostBody,
        *,
        wait_seconds: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Exchange[Batch]:
        """Publish on every target, now or at `scheduledAt`; the result of each target.

        The server waits for the platforms up to 30 seconds, or `wait_seconds` up to 120; 0 answers
        at once. What is still on its way then has the status `publishing`. Raises
        `PreflightFailedError` where a documented limit is broken: then nothing was sent anywhere.
        """
        return self._call("POST", "/v1/posts", given=options, body=body, wait_seconds=wait_seconds)

    @Operation
    def validate(self, body: PostBody, **options: Unpack[CallOptions]) -> Exchange[Validation]:
        """Check a post against every rule; nothing is sent or stored."""
        return self._call("POST", "/v1/posts/validate", given=options, body=body)

    @Operation
    def list(self, **filters: Unpack[PostFilters]) -> Exchange[PostPage]:
        """One page of posts, newest first."""
        return self._call("GET", "/v1/posts", given=filters)

    @Iteration
    def iterate(self, **filters: Unpack[PostFilters]) -> Walk[Post]:
        """Every post, newest first; `limit` is the size of a page."""
        return self._walk("/v1/posts", given=filters)

    @Operation
    def calendar(self, **filters: Unpack[CalendarFilters]) -> Exchange[Calendar]:
        """The days of a time zone, with the first posts of each."""
        return self._call("GET", "/v1/calendar", given=filters)

    @Operation
    def get(self, post_id: str, **options: Unpack[CallOptions]) -> Exchange[PostWithAttempts]:
        """One post with every attempt."""
        return self._call("GET", "/v1/posts/{id}", post_id, given=options)

    @Operation
    def update(
        self, post_id: str, body: EditBody, **options: Unpack[CallOptions]
    ) -> Exchange[Post]:
        """Change the time or the content of a queued post, or the content of a draft."""
        return self._call("PATCH", "/v1/posts/{id}", post_id, given=options, body=body)

    @Operation
    def reschedule(
        self, post_id: str, scheduled_at: Moment, **options: Unpack[CallOptions]
    ) -> Exchange[Post]:
        """Give a queued post another time. Raises ValueError for a time without a time zone."""
        body: EditBody = {"scheduledAt": text_of(scheduled_at)}
        return self._call("PATCH", "/v1/posts/{id}", post_id, given=options, body=body)

    @Operation
    def cancel(self, post_id: str, **options: Unpack[CallOptions]) -> Exchange[Canceled]:
        """Cancel a queued post."""
        return self._call("DELETE", "/v1/posts/{id}", post_id, given=options)

    @Operation
    def delete(
        self,
        post_id: str,
        *,
        wait_seconds: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Exchange[Canceled | DeletedPost]:
        """Delete a published post on its platform, cancel a queued one, or remove a draft."""
        return self._call(
            "DELETE",
            "/v1/posts/{id}",
            post_id,
            given={**options, "upstream": True},
            wait_seconds=wait_seconds,
        )

    @Operation
    def publish(
        self,
        post_id: str,
        body: PublishBody | None = None,
        *,
        wait_seconds: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Exchange[Post]:
        """Publish a draft now, or at `scheduledAt`.

        What a new post would be refused for, it is refused for, and stays a draft.
        """
        return self._call(
            "POST",
            "/v1/posts/{id}/publish",
            post_id,
            given=options,
            body=body,
            wait_seconds=wait_seconds,
        )

    @Operation
    def retry(
        self, post_id: str, body: RetryBody | None = None, **options: Unpack[CallOptions]
    ) -> Exchange[Retried]:
        """Try a post again that has failed, was rejected or canceled."""
        return self._call("POST", "/v1/posts/{id}/retry", post_id, given=options, body=body)

    @Operation
    def wait(
        self, post_id: str, *, patience_seconds: float = 120.0, **options: Unpack[CallOptions]
    ) -> Exchange[PostWithAttempts]:
        """Read a post until it is neither queued nor publishing; the post as it then is.

        Raises TimeoutError after `patience_seconds` of pauses.
        """
        pause_seconds, waited_seconds = ASK_AGAIN_SECONDS, 0.0
        while True:
            post: PostWithAttempts = yield from self._call(
                "GET", "/v1/posts/{id}", post_id, given=options
            )
            if post["status"] not in UNFINISHED:
                return post
            if waited_seconds >= patience_seconds:
                raise TimeoutError(f"{post_id} is still {post['status']}.")
            yield Sleep(pause_seconds)
            waited_seconds += pause_seconds
            pause_seconds = min(2 * pause_seconds, ASK_AGAIN_MAX_SECONDS)


class Batches(Resource[DriverT]):
    """What calls of `posts.create` have made."""

    @Operation
    def get(self, batch_id: str, **options: Unpack[CallOptions]) -> Exchange[Batch]:
        """The answer of `posts.create`, as it stands now."""
        return self._call("GET", "/v1/batches/{id}", batch_id, given=options)

    @Operation
    def replace(
        self, batch_id: str, body: PostBody, **options: Unpack[CallOptions]
    ) -> Exchange[Batch]:
        """Keep another post in the place of one whose targets are all drafts."""
        return self._call("PUT", "/v1/batches/{id}", batch_id, given=options, body=body)

    @Operation
    def publish(
        self,
        batch_id: str,
        body: PublishBody | None = None,
        *,
        wait_seconds: int | None = None,
        **options: Unpack[CallOptions],
    ) -> Exchange[Batch]:
        """Publish every target that is a draft, now or at `scheduledAt`: all of them, or none."""
        return self._call(
            "POST",
            "/v1/batches/{id}/publish",
            batch_id,
            given=options,
            body=body,
            wait_seconds=wait_seconds,
        )
