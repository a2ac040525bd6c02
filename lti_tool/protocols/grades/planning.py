"""From a changed standing to deliveries: what each link's gradebook should show from now on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.kinds import State
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.service import Place
from lti_tool.protocols.grades import rules
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import DeliveryState, Value
from lti_tool.protocols.grades.words import comment
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.resource_links import members
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import Member, ResourceLink


def plan(session: Session, enrolment_id: int) -> None:
    """Bring the deliveries of an enrolment in step with its standing. The reaction to "standing.changed"."""
    progress.lock(session, enrolment_id)  # of two workers with a message each, the later one sees the newest
    place = progress.place_by_id(session, enrolment_id)
    if place.standing.state is State.NOT_STARTED:
        return
    syllabus = progress.syllabus_of(session, place)
    value = rules.value_of(place.standing, syllabus.points)
    words = comment(place.standing, people.person_of(session, place.person_id).language or "nl")
    for member, link in members.owed(session, enrolment_id):
        road = links.grade_road_of(link)
        makes_at_number = road is links.GradeRoad.MAKES_COLUMN and value.points is not None
        if road is links.GradeRoad.OWN_COLUMN or makes_at_number:
            _want(session, member, link, place, value, words)


def _want(session: Session, member: Member, link: ResourceLink, place: Place, value: Value, words: str) -> None:
    """Let the newest value be what is sent, unless it is what was wanted already."""
    delivery = session.scalars(
        select(Delivery)
        .where(Delivery.resource_link_id == link.id, Delivery.person_id == member.person_id)
        .with_for_update()
    ).one_or_none()
    family = family_named(platforms.by_id(session, link.registration_id).family)
    had_number = delivery is not None and (delivery.had_number or delivery.points is not None)
    if not rules.may_send(value, family, had_number=had_number):
        return
    if delivery is None:
        delivery = _new(member, link)
        session.add(delivery)
    elif _wanted(delivery) == value:
        return
    now = clock.now()
    delivery.enrolment_id, delivery.subject = place.enrolment_id, member.subject
    delivery.activity_progress, delivery.grading_progress = value.activity_progress, value.grading_progress
    delivery.points, delivery.maximum, delivery.comment = value.points, value.maximum, words
    delivery.started_at = place.started_at
    delivery.submitted_at = now if value.activity_progress in ("Submitted", "Completed") else None
    delivery.revision += 1
    delivery.state, delivery.due_at, delivery.attempts, delivery.conflicts = DeliveryState.QUEUED, now, 0, 0
    delivery.failing_since = delivery.reason = delivery.said = None


def _wanted(delivery: Delivery) -> Value:
    return Value(delivery.activity_progress, delivery.grading_progress, delivery.points, delivery.maximum)


def _new(member: Member, link: ResourceLink) -> Delivery:
    return Delivery(
        registration_id=link.registration_id, resource_link_id=link.id, person_id=member.person_id,
        revision=0, timestamp_revision=0, sent_revision=0, had_number=False, conflicts=0,
    )  # fmt: skip
