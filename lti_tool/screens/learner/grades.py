"""The learner's own grades: where each of them is on its way to the course."""

from sqlalchemy.orm import Session

from lti_tool.protocols.grades.receipts import Receipt, receipts
from lti_tool.web.visits import Visit


def receipts_for(session: Session, visit: Visit) -> tuple[Receipt, ...]:
    """One receipt per link that owes this learner a grade; none for who is no learner here."""
    if visit.role != "learner" or visit.cohort_id is None:
        return ()
    return receipts(session, visit.person_id, visit.cohort_id)
