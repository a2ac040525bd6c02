"""From a changed standing to deliveries: what each link's gradebook should show from now on."""

from collections import defaultdict
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.service import Place
from lti_tool.protocols.grades import columns, leftover, rules, values
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.grades.rules import DeliveryState, Value
from lti_tool.protocols.grades.values import Entry, Learner
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.resource_links import members
from lti_tool.protocols.resource_links.members import Owed
from lti_tool.protocols.resource_links.service import GradeRoad

_DELIVERIES = cast(Table, Delivery.__table__)
_C = _DELIVERIES.c
# Built once: on this road, building a statement costs more than running it.
_PLANNED = (
    select(
        _C.id, _C.resource_link_id, _C.state, _C.had_number, _C.activity_progress, _C.grading_progress, _C.points,
        _C.maximum, _C.comment, _C.lease_until, _C.activity_key, _C.reason, _C.said, _C.due_at, _C.attempts,
        _C.conflicts, _C.failing_since, _C.sent_points, _C.is_sure, _C.lease_owner,
    )
    .where(_C.person_id == bindparam("owner"), _C.resource_link_id.in_(bindparam("links", expanding=True)))
    .order_by(_C.id)
    .with_for_update()
)  # fmt: skip
_WANT = (
    "enrolment_id", "subject", "points", "maximum", "comment", "activity_progress", "grading_progress", "started_at",
    "submitted_at", "state", "due_at", "attempts", "conflicts", "failing_since", "reason", "said",
)  # fmt: skip
_CHANGE = (
    update(_DELIVERIES)
    .where(_C.id == bindparam("row_id"))
    .values(revision=_C.revision + 1, **{name: bindparam(name, type_=_C[name].type) for name in _WANT})
)
_DROP = (
    update(_DELIVERIES)
    .where(_C.id == bindparam("row_id"))
    .values(revision=_C.revision + 1, state=DeliveryState.DROPPED.value)
)
_INSERT = insert(_DELIVERIES)
_OPEN_ROADS = (GradeRoad.OWN_COLUMN, GradeRoad.MAKES_COLUMN)
_UNSENT = (DeliveryState.QUEUED, DeliveryState.PARKED)


def plan(session: Session, enrolment_id: int) -> None:
    """Bring the deliveries of an enrolment in step with its standing. The reaction to "standing.changed".

    The newest standing wins: the enrolment is locked before it is read, so that of two workers with a message
    each, the later one sees what the earlier one saw, or newer.
    """
    try:
        enrolment = progress.lock(session, enrolment_id)
    except NoResultFound:
        return
    place = progress.place_by_id(session, enrolment.id)
    owed = members.owed(session, enrolment_id)
    if not owed:
        return
    learner = _learner(session, place)
    planned = _planned(session, place.person_id, [one.resource_link_id for one in owed])
    for one in owed:
        mine = planned.pop(one.resource_link_id, {})
        for entry in values.entries(one, learner):
            _want(session, one, mine.pop(entry.activity_key, None), learner, entry)
        for delivery in mine.values():  # of a column that the link has no longer
            _drop(session, delivery)


def _learner(session: Session, place: Place) -> Learner:
    return Learner(
        place, progress.syllabus_of(session, place), place.standing,
        partial(progress.all_proofs, session, place.enrolment_id),
        people.language_of(people.person_of(session, place.person_id)),
    )  # fmt: skip


def plan_link(session: Session, resource_link_id: int) -> None:
    """The same for all who came in through a link, whose way to the gradebook changed, or what it shows."""
    columns.change(session, resource_link_id)
    for enrolment_id in members.enrolments(session, resource_link_id):
        plan(session, enrolment_id)


def _planned(session: Session, person_id: int, link_ids: list[int]) -> dict[int, dict[str, AnyRow]]:
    """This person's deliveries by these links and their columns; locked."""
    found: dict[int, dict[str, AnyRow]] = defaultdict(dict)
    for row in session.execute(_PLANNED, {"owner": person_id, "links": link_ids}):
        found[row.resource_link_id][row.activity_key] = row
    return found


def _want(session: Session, owed: Owed, delivery: AnyRow | None, learner: Learner, entry: Entry) -> None:
    """Let the newest value be what is sent, unless it is what was wanted already."""
    if not _can_go(session, owed, delivery, learner, entry):
        if delivery is not None and _is_over(owed, delivery, entry):
            _drop(session, delivery, has_no_result=_lost_its_number(owed, delivery, entry))
        return
    wanted = _columns(learner.place, owed, entry)
    if delivery is None:
        first = {
            "public_id": new_public_id(), "person_id": owed.person_id, "registration_id": owed.registration_id,
            "resource_link_id": owed.resource_link_id, "activity_key": entry.activity_key, "revision": 1,
            "timestamp_revision": 0, "had_number": False,
        }  # fmt: skip
        session.execute(_INSERT, wanted | _fresh(clock.now()) | first)
    elif _is_held(delivery):
        if _differs(delivery, entry):
            session.execute(_CHANGE, wanted | _as_held(delivery) | {"row_id": delivery.id})
    elif _differs(delivery, entry) or delivery.state == DeliveryState.DROPPED:
        session.execute(_CHANGE, wanted | _fresh(_due_at(delivery)) | {"row_id": delivery.id})


def _drop(session: Session, delivery: AnyRow, *, has_no_result: bool = False) -> None:
    if delivery.state in _UNSENT or (has_no_result and delivery.state == DeliveryState.SETTLED):
        session.execute(_DROP, {"row_id": delivery.id})


def _is_held(delivery: AnyRow) -> bool:
    return delivery.state == DeliveryState.PARKED and delivery.reason in rules.HELD


def _is_over(owed: Owed, delivery: AnyRow, entry: Entry) -> bool:
    """What was wanted must not be sent any more: the way is closed, or it is no longer true."""
    return owed.road not in _OPEN_ROADS or _differs(delivery, entry)


def _lost_its_number(owed: Owed, delivery: AnyRow, entry: Entry) -> bool:
    """What was sent and stands there holds no longer: there is no result now."""
    return owed.road in _OPEN_ROADS and entry.value.points is None and delivery.points is not None


def _can_go(session: Session, owed: Owed, delivery: AnyRow | None, learner: Learner, entry: Entry) -> bool:
    if owed.road not in _OPEN_ROADS:
        return False
    had_number = delivery is not None and delivery.had_number
    may_send = rules.may_send(entry.value, family_named(owed.family), had_number=had_number)
    if not may_send and not _empties(delivery, learner, entry):
        return False
    makes_one_for_a_number = owed.road is GradeRoad.OWN_COLUMN or entry.value.points is not None
    return makes_one_for_a_number or _has_column(session, owed.resource_link_id, entry.activity_key)


def _empties(delivery: AnyRow | None, learner: Learner, entry: Entry) -> bool:
    """The number that stands there is to go, for a teacher's act took it away (see leftover)."""
    if delivery is None or entry.value.points is not None or not leftover.may_stand(delivery):
        return False
    is_done = delivery.points is None and delivery.state == DeliveryState.SETTLED
    return not is_done and any(leftover.is_act(proof) for _, proof in learner.proofs())


def _has_column(session: Session, resource_link_id: int, activity_key: str) -> bool:
    url = session.scalar(
        select(LineItem.url).where(
            LineItem.resource_link_id == resource_link_id, LineItem.activity_key == activity_key
        )
    )
    return url is not None


def _differs(delivery: AnyRow, entry: Entry) -> bool:
    before = Value(
        delivery.activity_progress, delivery.grading_progress, delivery.points, delivery.maximum
    )
    return before != entry.value or bool(delivery.comment != entry.comment)


def _columns(place: Place, owed: Owed, entry: Entry) -> dict[str, Any]:
    value = entry.value
    submitted = value.activity_progress in ("Submitted", "Completed")
    return {
        "enrolment_id": place.enrolment_id, "subject": owed.subject, "points": value.points,
        "maximum": value.maximum, "comment": entry.comment, "activity_progress": value.activity_progress,
        "grading_progress": value.grading_progress, "started_at": place.started_at,
        "submitted_at": (place.finished_at or clock.now()) if submitted else None,
    }  # fmt: skip


def _as_held(delivery: AnyRow) -> dict[str, Any]:
    """The school's own value stands: a newer one of ours is kept and waits with it."""
    names = ("state", "due_at", "attempts", "conflicts", "failing_since", "reason", "said")
    return {name: getattr(delivery, name) for name in names}


def _fresh(due_at: datetime) -> dict[str, Any]:
    """A delivery that was never tried."""
    return {
        "state": DeliveryState.QUEUED.value, "due_at": due_at, "attempts": 0, "conflicts": 0, "failing_since": None,
        "reason": None, "said": None,
    }  # fmt: skip


def _due_at(delivery: AnyRow) -> datetime:
    """Now; but a message that is in a worker's hand comes first, and its end (or its lease's) frees the row."""
    now = clock.now()
    return max(now, delivery.lease_until or now)
