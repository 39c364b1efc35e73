"""Tables of the ledger: posts as asked for, their publications, and every attempt."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, func, text
from sqlalchemy import UniqueConstraint as Unique

from letmepost.kit.database import Id, Json, Timestamp, metadata

posts = Table(
    "posts",
    metadata,
    # The API calls a post a batch: `batch_...`.
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("api_key_id", Id, nullable=True),
    Column("request_id", String(128), nullable=True),
    # The body's shape, `targets` or `account`; a replay answers in the same one.
    Column("shape", String(16), nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("scheduled_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    # The API calls a publication a post: `post_...`.
    Column("id", Id, primary_key=True),
    Column("post_id", Id, ForeignKey("posts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=False),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("platform", String(40), nullable=False),
    # draft | queued | claimed | sending | waiting | unknown | published | rejected | failed
    # | canceled | deleted
    Column("state", String(16), nullable=False),
    Column("text", Text, nullable=False),
    # The whole input: media, first comment, options, and what else the caller gave.
    Column("content", Json, nullable=False),
    # Chosen before the first try and the same over all tries: record keys, times.
    Column("plan", Json, nullable=False),
    # What the last attempt left for the next: container ids, upload offsets.
    Column("checkpoint", Json, nullable=False),
    Column("warnings", Json, nullable=False),
    # What the rules refuse in a post that is saved as a draft; null in all others.
    Column("violations", Json, nullable=True),
    Column("error", Json, nullable=True),
    Column("error_code", String(40), nullable=True),
    Column("platform_uri", Text, nullable=True),
    Column("platform_cid", String(255), nullable=True),
    # The addresses of the posts after the first one, in a thread; null stands for none.
    Column("thread_uris", Json, nullable=True),
    Column("first_comment_uri", Text, nullable=True),
    Column("first_comment_cid", String(255), nullable=True),
    # Of text and files, to find the same content sent twice.
    Column("content_sha256", String(64), nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("attempt_count", Integer, nullable=False),
    # Tries that ended in `TryLater` or in a look-up that could not tell; what backoff counts.
    Column("failed_tries", Integer, nullable=False),
    Column("event_count", Integer, nullable=False),
    Column("scheduled_at", Timestamp, nullable=True),
    Column("published_at", Timestamp, nullable=True),
    Column("verified_at", Timestamp, nullable=True),
    # While the platform is asked to delete the post; null again however that ends.
    Column("delete_asked_at", Timestamp, nullable=True),
    # Why the post is still there, after the last attempt to delete it.
    Column("delete_error", Json, nullable=True),
    Column("deleted_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    Unique("post_id", "position"),
    Index("ix_publications_listing", "organization_id", "created_at", "id"),
    Index("ix_publications_standing", "organization_id", "state", "created_at", "id", "profile_id"),
    Index("ix_publications_state", "state", "updated_at"),
    Index("ix_publications_due", "state", "scheduled_at"),
    Index("ix_publications_same_content", "content_sha256", "created_at"),
    Index("ix_publications_account_times", "account_id", "scheduled_at"),
    Index(
        "ix_publications_deleting",
        "delete_asked_at",
        sqlite_where=text("delete_asked_at IS NOT NULL"),
        postgresql_where=text("delete_asked_at IS NOT NULL"),
    ),
)

# When a publication goes out or went out: at its time, or else when it was asked for.
time_of_post = func.coalesce(publications.c.scheduled_at, publications.c.created_at)
Index("ix_publications_times", publications.c.organization_id, time_of_post, publications.c.id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("publication_id", Id, ForeignKey("publications.id"), nullable=False),
    Column("number", Integer, nullable=False),
    # publish | reconcile | verify | delete
    Column("purpose", String(16), nullable=False),
    Column("started_at", Timestamp, nullable=False),
    # Committed before the first call that may create something upstream.
    Column("sending_at", Timestamp, nullable=True),
    Column("finished_at", Timestamp, nullable=True),
    Column("outcome", String(16), nullable=True),
    Column("error_code", String(40), nullable=True),
    Column("error_message", Text, nullable=True),
    Column("platform_response", Json, nullable=True),
    Column("transcript", Json, nullable=False),
    Unique("publication_id", "number"),
    Index("ix_attempts_finished", "finished_at"),
)

# The weekly times at which a profile publishes.
slot_plans = Table(
    "slot_plans",
    metadata,
    Column("profile_id", Id, ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True),
    # A name of the IANA time zone database.
    Column("time_zone", String(64), nullable=False),
    # `{"weekday": "monday", "time": "09:00"}`, in the order of the week.
    Column("times", Json, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
)

# The files that a publication needs, so that a file knows its publications.
publication_media = Table(
    "publication_media",
    metadata,
    Column("publication_id", Id, ForeignKey("publications.id"), primary_key=True),
    Column("media_id", Id, ForeignKey("media.id"), primary_key=True, index=True),
)
