"""What a result becomes in the column of the gradebook, for a form that is not saved yet: which share, which mark."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Syllabus
from lti_tool.protocols.grades import scales
from lti_tool.protocols.grades.scales import Row, Yardstick
from lti_tool.protocols.grades.words import spoken
from lti_tool.protocols.resource_links.rules import Columns, Scale, Terms
from lti_tool.web.formats import precise
from lti_tool.web.i18n import page_language

Near = Callable[[float], float]
SLIDING = (Scale.POINTS, Scale.GRADE)


@dataclass(frozen=True, slots=True)
class Step:
    """From this share of the points on (of a sliding scale: at this share)."""

    percent: float
    word: str
    cell: str
    """What stands in the column."""
    is_pass: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    steps: Sequence[Step]
    """None of them: there are no points to be written."""
    is_sliding: bool


def mapping(
    session: Session, version_id: int | None, terms: Terms, maximum: float | None, near: Near
) -> Mapping | None:  # fmt: skip
    """Of the version that newcomers get. `maximum` is that of the one column, None where only the platform knows it.

    None where there is no column, or the version lacks the activity.
    """
    syllabus = catalogue.syllabus(session, version_id) if version_id is not None else None
    if syllabus is None or terms.columns is Columns.NONE or (terms.activity and not syllabus.has(terms.activity)):
        return None
    sticks = _sticks(syllabus, terms, maximum, near)
    is_one = len({stick.column for stick in sticks}) == 1 or terms.scale in (Scale.GRADE, Scale.OGV)
    rows = scales.mapping(terms.scale, sticks[0]) if sticks else []
    return Mapping([_step(row, sticks[0], terms.scale, is_one=is_one) for row in rows], terms.scale in SLIDING)


def _sticks(syllabus: Syllabus, terms: Terms, maximum: float | None, near: Near) -> list[Yardstick]:
    """One per column that has points."""
    if terms.columns is Columns.EACH and terms.activity is None:
        return [scales.yardstick(syllabus, step.key, near) for step in syllabus.steps if step.points]
    stick = scales.yardstick(syllabus, terms.activity, near)
    stick = stick if maximum is None else replace(stick, maximum=maximum)
    return [stick] if stick.points else []


def _step(row: Row, stick: Yardstick, scale: Scale, *, is_one: bool) -> Step:
    percent = round(row.points / stick.points * 100, 1)
    passed = gettext("Passed") if row.is_pass else gettext("Not passed")
    return Step(percent, spoken(row.mark, page_language()) or passed, _cell(row, scale, percent, is_one), row.is_pass)


def _cell(row: Row, scale: Scale, percent: float, is_one: bool) -> str:
    """The number; of columns that have each their own maximum the share."""
    if is_one:
        told = {"points": precise(round(row.mark.points, 2)), "all": precise(round(row.mark.maximum, 2))}
        return str(gettext("%(points)s of %(all)s", **told))
    share = percent if scale is Scale.POINTS else 100 if row.is_pass else 0
    return str(gettext("%(percent)s%% of the points of the part", percent=precise(share)))
