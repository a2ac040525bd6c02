"""What teachers decide of the learner of a visit, done behind the pages; and how to find that learner's page."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import acts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Signed
from lti_tool.learning.progress.decisions import EVERYTHING
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.web.visits import VisitRecord
from tests.browser.stage import Stage


def _record(session: Session, visit: str) -> VisitRecord:
    return session.scalars(select(VisitRecord).where(VisitRecord.public_id == visit)).one()


def person_of(stage: Stage, visit: str) -> str:
    """The public id of who is in this visit."""
    with Session(stage.engine) as session:
        return str(people.person_of(session, _record(session, visit).person_id).public_id)


def link_of(stage: Stage, visit: str) -> str:
    """The platform's own id of the link of this visit."""
    with Session(stage.engine) as session:
        return session.get_one(ResourceLink, _record(session, visit).resource_link_id).resource_link_id


def decide(stage: Stage, visit: str) -> None:
    """The learner is excused from the first page, gets another result for the quiz, and more time for everything."""
    with Session(stage.engine) as session, session.begin():
        writing(session)
        record = _record(session, visit)
        assert record.cohort_id is not None
        place = progress.place(session, record.cohort_id, record.person_id)
        assert place is not None
        steps = progress.syllabus_of(session, place).steps
        link = session.get_one(ResourceLink, record.resource_link_id).public_id

        def signed(key: str, reason: str) -> Signed:
            seen = acts.sheet(session, place.enrolment_id)[key].seen
            return Signed(record.person_id, reason, f"token-{key}", seen)

        acts.excuse(session, place.enrolment_id, steps[0], signed(steps[0].key, "Deed dit al op het werk"))
        quiz, toets = steps[-1], signed(steps[-1].key, "Vraag 3 was onduidelijk; goed gerekend")
        acts.correct(session, place.enrolment_id, quiz, toets, fraction=0.95)
        longer = signed(EVERYTHING, "Was ziek van 2 tot 6 maart")
        until = clock.now() + timedelta(days=3)
        acts.extend(session, place.enrolment_id, None, longer, until=until, link=link)
