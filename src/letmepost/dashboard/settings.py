"""The page of settings: one's own password and sessions, the members, and invites."""

from sqlalchemy import Connection
from starlette.responses import Response

from letmepost.dashboard.visit import Acts, Visit
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import MEMBER_UNKNOWN, PASSWORD_WRONG
from letmepost.tenancy import invites, members, password_changes, sessions
from letmepost.tenancy.members import Role
from letmepost.tenancy.passwords import refuse_password

NOTE_CHARACTERS = 120


async def show(visit: Visit) -> Response:
    """The page; a link that was just made is shown once."""
    member, now = visit.member, visit.dashboard.clock.now()

    def read(connection: Connection) -> dict[str, object]:
        organization_id = member.organization_id
        is_owner = member.role is Role.OWNER
        return {
            "has_password": members.has_password(connection, member.email),
            "sessions": sessions.list_sessions(connection, member.id, now),
            "members": members.list_members(connection, organization_id),
            "invites": invites.list_invites(connection, organization_id, now) if is_owner else [],
        }

    shown = await visit.dashboard.database.read(read)
    return await visit.page(
        "settings.html",
        session_id=visit.session.id,
        invite_link=visit.secret,
        provider=visit.dashboard.provider,
        **shown,
    )


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    await visit.perform(_ACTS)
    return await show(visit)


async def _change_password(visit: Visit) -> None:
    dashboard, member = visit.dashboard, visit.member
    await dashboard.throttle.count(f"member {member.id}", member.email)
    found = await dashboard.database.read(
        lambda connection: members.find_password(connection, member.email)
    )
    current = visit.form.get("current")
    if not await dashboard.passwords.match(current, found[1] if found else None):
        raise refuse(PASSWORD_WRONG)
    await dashboard.throttle.succeeded(member.email)
    refuse_password(visit.form.get("password"))
    hashed = await dashboard.passwords.hash(visit.form.get("password"))

    by, now = visit.actor, dashboard.clock.now()

    def write(connection: Connection) -> None:
        password_changes.change_password(connection, member.id, hashed, by=by, now=now)
        sessions.end_others(connection, member, visit.session.id, by=by, now=now)

    await dashboard.database.write(write)
    visit.notice = "The password is changed, and your other sessions have ended."


async def _end_session(visit: Visit) -> None:
    session_id, now = visit.form.get("id"), visit.dashboard.clock.now()
    await visit.dashboard.database.write(
        lambda connection: sessions.end(
            connection, visit.member, session_id, by=visit.actor, now=now
        )
    )
    visit.notice = "The session has ended."


async def _end_other_sessions(visit: Visit) -> None:
    now = visit.dashboard.clock.now()
    await visit.dashboard.database.write(
        lambda connection: sessions.end_others(
            connection, visit.member, visit.session.id, by=visit.actor, now=now
        )
    )
    visit.notice = "Your other sessions have ended."


async def _invite(visit: Visit) -> None:
    role, note, now = _role(visit), visit.form.get("note").strip(), visit.dashboard.clock.now()
    token = await visit.dashboard.database.write(
        lambda connection: invites.invite(
            connection,
            visit.member,
            role=role,
            note=note[:NOTE_CHARACTERS],
            by=visit.actor,
            now=now,
        )
    )
    visit.notice = "The invite link is made. It is shown here once, and works once within a week."
    visit.secret = f"{visit.dashboard.public_url}/dashboard/invite/{token}"


async def _withdraw(visit: Visit) -> None:
    invite_id, now = visit.form.get("id"), visit.dashboard.clock.now()
    await visit.dashboard.database.write(
        lambda connection: invites.withdraw_invite(
            connection, visit.member, invite_id, by=visit.actor, now=now
        )
    )
    visit.notice = "The invite link no longer works."


async def _change_role(visit: Visit) -> None:
    member_id, role, now = visit.form.get("id"), _role(visit), visit.dashboard.clock.now()
    await visit.dashboard.database.write(
        lambda connection: members.change_role(
            connection, visit.member, member_id, role, by=visit.actor, now=now
        )
    )
    visit.notice = "The role is changed."


async def _remove(visit: Visit) -> None:
    member_id, now = visit.form.get("id"), visit.dashboard.clock.now()
    await visit.dashboard.database.write(
        lambda connection: members.remove_member(
            connection, visit.member, member_id, by=visit.actor, now=now
        )
    )
    visit.notice = "The member is removed, and so are all their sessions."


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.form.get("role"))
    except ValueError:
        raise refuse(MEMBER_UNKNOWN) from None


_ACTS: Acts = {
    "password": _change_password,
    "end-session": _end_session,
    "end-other-sessions": _end_other_sessions,
    "invite": _invite,
    "withdraw": _withdraw,
    "role": _change_role,
    "remove": _remove,
}
