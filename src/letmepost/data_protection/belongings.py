"""Which rows of which table belong to an organization, or to one profile of it.

Every table is here; a test fails for one that is not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, false, or_, select

from letmepost.accounts.tables import accounts, connect_links, consents
from letmepost.api.tables import idempotency_keys
from letmepost.jobs.tables import jobs
from letmepost.media.tables import media, media_uploads
from letmepost.posts.tables import (
    attempts,
    posts,
    publication_media,
    publications,
    slot_plans,
)
from letmepost.tenancy.tables import (
    api_keys,
    audit_log,
    invites,
    members,
    oauth_grants,
    oauth_tokens,
    organizations,
    password_resets,
    profiles,
    removed_members,
    request_log,
    sessions,
)
from letmepost.webhooks.tables import events, webhook_deliveries, webhook_endpoints


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is: an organization's, or that of one of its profiles."""

    organization_id: str
    profile_id: str | None = None


Condition = Callable[[Subject], ColumnElement[bool]]


def _in_profile(table: Table) -> Condition:
    """Rows with an organization and a profile of their own."""

    def condition(subject: Subject) -> ColumnElement[bool]:
        ours = table.c.organization_id == subject.organization_id
        if subject.profile_id is None:
            return ours
        return and_(ours, table.c.profile_id == subject.profile_id)

    return condition


def _of_organization(column: Any) -> Condition:  # noqa: ANN401 - a column, or an expression
    """Rows that belong to no profile: they go with the organization alone."""

    def condition(subject: Subject) -> ColumnElement[bool]:
        if subject.profile_id is not None:
            return false()
        found: ColumnElement[bool] = column == subject.organization_id
        return found

    return condition


def _ids(table: Table, subject: Subject) -> Select[Any]:
    return select(table.c.id).where(BELONGS[table](subject))


def _members_own(table: Table) -> Condition:
    def condition(subject: Subject) -> ColumnElement[bool]:
        return table.c.member_id.in_(_ids(members, subject))

    return condition


def _profile(subject: Subject) -> ColumnElement[bool]:
    ours = profiles.c.organization_id == subject.organization_id
    if subject.profile_id is None:
        return ours
    return and_(ours, profiles.c.id == subject.profile_id)


def _post(subject: Subject) -> ColumnElement[bool]:
    """Of a profile: what went to its accounts and to no other's."""
    ours = posts.c.organization_id == subject.organization_id
    if subject.profile_id is None:
        return ours
    rows = publications.c
    here = select(rows.post_id).where(BELONGS[publications](subject))
    elsewhere = select(rows.post_id).where(rows.profile_id != subject.profile_id)
    return and_(ours, posts.c.id.in_(here), posts.c.id.not_in(elsewhere))


def _grant(subject: Subject) -> ColumnElement[bool]:
    """Those of the keys too, which cannot go while a grant names them."""
    keys = _ids(api_keys, subject)
    return or_(
        _in_profile(oauth_grants)(subject),
        oauth_grants.c.api_key_id.in_(keys),
        oauth_grants.c.exchanged_key_id.in_(keys),
    )


def _job(subject: Subject) -> ColumnElement[bool]:
    return or_(
        *(
            jobs.c.key.in_(_ids(each, subject))
            for each in (publications, accounts, webhook_endpoints)
        )
    )


def _answer(subject: Subject) -> ColumnElement[bool]:
    ours = idempotency_keys.c.organization_id == subject.organization_id
    if subject.profile_id is None:
        return ours
    # The others say nothing of a profile, and are gone within a day.
    return and_(ours, idempotency_keys.c.post_id.in_(_ids(posts, subject)))


BELONGS: Final[Mapping[Table, Condition]] = {
    organizations: _of_organization(organizations.c.id),
    profiles: _profile,
    slot_plans: lambda subject: slot_plans.c.profile_id.in_(_ids(profiles, subject)),
    accounts: _in_profile(accounts),
    connect_links: _in_profile(connect_links),
    consents: _in_profile(consents),
    api_keys: _in_profile(api_keys),
    members: _of_organization(members.c.organization_id),
    sessions: _members_own(sessions),
    password_resets: _members_own(password_resets),
    invites: _of_organization(invites.c.organization_id),
    removed_members: _of_organization(removed_members.c.organization_id),
    request_log: _in_profile(request_log),
    oauth_grants: _grant,
    oauth_tokens: lambda subject: oauth_tokens.c.grant_id.in_(_ids(oauth_grants, subject)),
    audit_log: _in_profile(audit_log),
    media: _in_profile(media),
    media_uploads: _in_profile(media_uploads),
    posts: _post,
    publications: _in_profile(publications),
    attempts: lambda subject: attempts.c.publication_id.in_(_ids(publications, subject)),
    publication_media: lambda subject: or_(
        publication_media.c.publication_id.in_(_ids(publications, subject)),
        publication_media.c.media_id.in_(_ids(media, subject)),
    ),
    events: _in_profile(events),
    webhook_endpoints: _in_profile(webhook_endpoints),
    webhook_deliveries: lambda subject: or_(
        webhook_deliveries.c.endpoint_id.in_(_ids(webhook_endpoints, subject)),
        webhook_deliveries.c.event_id.in_(_ids(events, subject)),
    ),
    jobs: _job,
    idempotency_keys: _answer,
}
# Tables that hold nothing of an organization, and why.
NOBODYS: Final[Mapping[str, str]] = {
    "oauth_clients": "programs that introduced themselves; those that nobody allows are forgotten",
    "openid_attempts": "sign-ins under way, which name nobody and are gone within minutes",
    "version_notices": "which version of a platform's API was told to end",
}


def exists(connection: Connection, subject: Subject) -> bool:
    """Whether there is such an organization, and such a profile of it."""
    ours = profiles.c.organization_id == subject.organization_id
    if subject.profile_id is not None:
        query = select(profiles.c.id).where(ours, profiles.c.id == subject.profile_id)
    else:
        query = select(organizations.c.id).where(organizations.c.id == subject.organization_id)
    return connection.execute(query).first() is not None


def object_keys(connection: Connection, subject: Subject) -> list[str]:
    """The keys of all stored objects."""
    return [
        key
        for table in (media, media_uploads)
        for key in connection.execute(
            select(table.c.storage_key).where(
                BELONGS[table](subject), table.c.storage_key.is_not(None)
            )
        ).scalars()
    ]
