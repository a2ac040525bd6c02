"""The learner's own grades: where each of them is on its way to the course."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades.receipts import Receipt, receipts
from lti_tool.protocols.grades.scales import Mark
from lti_tool.protocols.grades.words import spoken
from lti_tool.web.i18n import localised, page_language
from lti_tool.web.visits import Visit

LOOKS_S = (1, 2, 2, 3, 5, 10, 20, 40, 60, 60)
"""A page that stays open looks after so many seconds whether a grade arrived, and then leaves it."""
SURE_AFTER = 3
"""A grade that was just earned may not be on its way yet: so many looks also when all seems quiet."""


def receipts_for(session: Session, visit: Visit) -> tuple[Receipt, ...]:
    """One receipt per link that owes this learner a grade; none for who is no learner here."""
    if visit.role != "learner" or visit.cohort_id is None:
        return ()
    return receipts(session, visit.person_id, visit.cohort_id)


def first_look(session: Session, visit: Visit) -> dict[str, object]:
    """What the receipts' part of the page shows."""
    return _facts(session, visit, 0)


def look_again(session: Session, visit: Visit, look: int, seen: str) -> dict[str, object]:
    """What its second, third... look shows; `has_changed` when that differs from what the page has seen."""
    facts = _facts(session, visit, look)
    return facts | {"has_changed": facts["seen"] != seen}


def _facts(session: Session, visit: Visit, look: int) -> dict[str, object]:
    found = receipts_for(session, visit)
    is_moving = any(receipt.state in ("sending", "retrying", "emptying") for receipt in found)
    looks_on = 0 <= look < len(LOOKS_S) and visit.role == "learner" and (is_moving or look < SURE_AFTER)
    return {
        "receipts": found, "titles": _titles(session, visit, found), "spoken": _spoken,
        "seen": ".".join(f"{receipt.state}{receipt.points}" for receipt in found), "look": look,
        "look_again_in": LOOKS_S[look] if looks_on else None,
    }  # fmt: skip


def _titles(session: Session, visit: Visit, found: Sequence[Receipt]) -> dict[str, str]:
    """Of the activities that have columns of their own; asked only where there are some."""
    if visit.cohort_id is None or not any(receipt.activity_key for receipt in found):
        return {}
    place = progress.place(session, visit.cohort_id, visit.person_id)
    steps = progress.syllabus_of(session, place).steps if place else ()
    return {step.key: localised(step.title) for step in steps}


def _spoken(mark: Mark) -> str:
    return spoken(mark, page_language())
