"""Keep what a roster says: a page at a time, in a bounded number of statements, each in the caller's transaction.

Only a complete reading lets anybody leave. Nobody is removed, and no work is touched.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.db import UtcDateTime
from lti_tool.learning.people import many as people
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links.models import Member
from lti_tool.protocols.resource_links.roles import Role
from lti_tool.protocols.roster.rules import Named

_MEMBERS = cast(Table, Member.__table__)
_KEPT = ("role", "is_test", "group_ids", "left_at", "enrolment_id")
_CHANGE = (
    update(_MEMBERS)
    .where(_MEMBERS.c.id == bindparam("this"))
    .values({name: bindparam(name, type_=_MEMBERS.c[name].type) for name in _KEPT})
)
Facts = dict[str, Any]


def keep(
    session: Session, link_id: int, cohort_id: int | None, authority: str, named: Sequence[Named],
    keeps: Sequence[str], at: datetime,
) -> None:  # fmt: skip
    """Let these people be in the class, as the roster that was begun `at` this time names them.

    Who has begun the link's run elsewhere on the platform is owed a grade through this link too.
    """
    ids = people.recognise(session, authority, {one.subject: one.profile for one in named}, keeps)
    by_person = {ids[one.subject]: one for one in named}
    enrolled = progress.enrolled(session, cohort_id, list(by_person)) if cohort_id is not None else {}
    query = select(_MEMBERS).where(_MEMBERS.c.resource_link_id == link_id, _MEMBERS.c.person_id.in_(by_person))
    there = {row.person_id: row for row in session.execute(query)}
    told = {one: _facts(there.get(one), by_person[one], enrolled.get(one)) for one in sorted(by_person)}
    _add(session, link_id, {one: by_person[one] for one in told if one not in there}, told)
    _change(session, there, told)
    mine = _MEMBERS.c.resource_link_id == link_id, _MEMBERS.c.person_id.in_(by_person)
    session.execute(update(_MEMBERS).where(*mine).values(seen_at=at))
    for one, facts in told.items():
        if _is_newly_owed(there.get(one), facts):
            outbox.put(session, progress.CHANGED, enrolment_id=facts["enrolment_id"])


def _facts(member: Row[Any] | None, named: Named, enrolment_id: int | None) -> Facts:
    """What a member is from now on. A launch knows roles and test users that a roster may leave out."""
    came = member is not None and member.last_launch_at is not None
    role = member.role if came and member is not None and named.role is Role.NONE else str(named.role)
    groups = named.group_ids if named.group_ids is not None else (member.group_ids if member is not None else ())
    return {
        "role": role,
        "is_test": named.is_test or (came and member is not None and member.is_test),
        "group_ids": list(groups),
        "left_at": None,
        "enrolment_id": (member.enrolment_id if member is not None else None) or enrolment_id,
    }


def _add(session: Session, link_id: int, new: Mapping[int, Named], told: Mapping[int, Facts]) -> None:
    rows = [
        {"resource_link_id": link_id, "person_id": one, "subject": named.subject, "last_launch_at": None, **told[one]}
        for one, named in new.items()
    ]
    if rows:
        session.execute(insert(_MEMBERS), rows)


def _change(session: Session, there: Mapping[int, Row[Any]], told: Mapping[int, Facts]) -> None:
    differ = [
        {"this": row.id, **told[one]}
        for one, row in sorted(there.items())
        if any(getattr(row, name) != told[one][name] for name in _KEPT)
    ]
    if differ:
        session.connection().execute(_CHANGE, differ)


def _is_newly_owed(member: Row[Any] | None, facts: Facts) -> bool:
    if facts["enrolment_id"] is None or facts["role"] != Role.LEARNER or facts["is_test"]:
        return False
    return member is None or (member.enrolment_id, member.role, member.left_at, member.is_test) != (
        facts["enrolment_id"], Role.LEARNER, None, False
    )  # fmt: skip


def counted(session: Session, link_id: int, at: datetime) -> int:
    """How many people the roster that was begun `at` this time named."""
    mine = Member.resource_link_id == link_id, Member.seen_at == at
    return session.scalar(select(func.count()).where(*mine)) or 0


def let_leave(session: Session, link_id: int, at: datetime, now: datetime) -> None:
    """Mark whom the complete roster that was begun `at` this time did not name.

    Who came in since is there, and test users stand in no roster.
    """
    columns = _MEMBERS.c
    session.execute(
        update(_MEMBERS)
        .where(
            columns.resource_link_id == link_id, columns.left_at.is_(None), columns.is_test.is_(False),
            or_(columns.seen_at.is_(None), columns.seen_at < at),
            or_(columns.last_launch_at.is_(None), columns.last_launch_at < at),
        )
        .values(left_at=bindparam("now", now, type_=UtcDateTime()))
    )  # fmt: skip
