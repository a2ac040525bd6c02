"""What the late policy of a link takes off a learner's result. Asked only where the due time has passed."""

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.progress import deduction, lateness
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.deduction import Counted
from lti_tool.screens.learner.desk import Desk


def counted(session: Session, desk: Desk) -> Counted | None:
    """None where nothing is taken off."""
    policy = desk.dates.policy
    takes_off = policy.closes or policy.percent_per_day > 0
    if policy.due_at is None or not takes_off or clock.now() < lateness.end_of(policy.due_at):
        return None
    return deduction.counted(desk.syllabus, progress.all_proofs(session, desk.place.enrolment_id), policy)
