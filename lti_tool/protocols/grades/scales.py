"""How a result is written in the gradebook: points, a grade of 1 to 10, onvoldoende-voldoende-goed, pass or fail. Pure.

A column holds a number of a maximum (AGS 2.0, 3.2.8, 3.4.4); the word that belongs to it travels in the comment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from lti_tool.learning.catalogue.rules import Syllabus
from lti_tool.protocols.grades.rules import points_of
from lti_tool.protocols.resource_links.rules import Scale

LOWEST, CUT, HIGHEST = Decimal(1), Decimal("5.5"), Decimal(10)
TENTH, PERCENT = Decimal("0.1"), Decimal("0.01")
GOOD_SHARE = 0.8
OF_TEN = 10.0


class Word(StrEnum):
    """What a number of the column means to people; `words.spoken` says it."""

    INSUFFICIENT = "insufficient"
    SUFFICIENT = "sufficient"
    GOOD = "good"
    PASSED = "passed"
    FAILED = "failed"
    GRADE = "grade"
    """The number itself, with one decimal."""


_OGV = {Word.INSUFFICIENT: 4.0, Word.SUFFICIENT: 6.0, Word.GOOD: 8.0}


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in the column. `word` None: the points say it all."""

    points: float
    maximum: float
    word: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What a share of the points is measured against."""

    points: float
    """All that can be earned."""
    pass_points: float
    good_share: float = GOOD_SHARE
    """From this share of the points a sufficient result is good."""
    maximum: float | None = None
    """Of a column of points; None: the points. Some platforms take no other than a whole number up to 100."""

    def passes(self, share: float) -> bool:
        return round(share * self.points, 4) >= self.pass_points

    @property
    def column(self) -> float:
        """The maximum of a column of points."""
        return self.points if self.maximum is None else self.maximum

    @property
    def pass_share(self) -> float:
        return min(1.0, self.pass_points / self.points) if self.points else 0.0


def yardstick(
    syllabus: Syllabus, activity_key: str | None = None, near: Callable[[float], float] = float
) -> Yardstick:
    """Of a module, or of one activity of it: that is passed at the module's own share of the points.

    `near` tells the maximum that the platform takes for these points (families.Choosing.maximum_near).
    Raises NotFound("activity").
    """
    points = syllabus.step(activity_key).points if activity_key else syllabus.points
    pass_points = round(points * syllabus.pass_points / syllabus.points, 4)
    percent = syllabus.about.get("good_percent")
    good = percent / 100 if isinstance(percent, int | float) and 0 < percent <= 100 else GOOD_SHARE
    return Yardstick(points=points, pass_points=pass_points, good_share=good, maximum=near(points))


def maximum_of(scale: Scale, maximum: float) -> float:
    """The maximum of a column on this scale; `maximum` is that of a column of points."""
    return OF_TEN if scale in (Scale.GRADE, Scale.OGV) else maximum


def mark(scale: Scale, share: float, stick: Yardstick) -> Mark:
    """What a share (0..1) of the points becomes in the column."""
    maximum = maximum_of(scale, stick.column)
    passed = stick.passes(share)
    if scale is Scale.GRADE:
        return Mark(_grade(share, stick, passed=passed), maximum, Word.GRADE)
    if scale is Scale.OGV:
        good = passed and round(share, 6) >= stick.good_share
        word = Word.GOOD if good else Word.SUFFICIENT if passed else Word.INSUFFICIENT
        return Mark(_OGV[word], maximum, word)
    if scale is Scale.PASSED:  # Canvas reads anything below the maximum as incomplete
        return Mark(maximum if passed else 0.0, maximum, Word.PASSED if passed else Word.FAILED)
    return Mark(points_of(share, maximum), maximum)


def mark_of(scale: Scale, points: float, maximum: float) -> Mark:
    """The mark that these points of a column of this scale are."""
    words: dict[Scale, dict[float, Word]] = {
        Scale.OGV: {points: word for word, points in _OGV.items()},
        Scale.PASSED: {0.0: Word.FAILED, maximum: Word.PASSED},
        Scale.GRADE: {points: Word.GRADE},
    }
    return Mark(points, maximum, words.get(scale, {}).get(points))


def _grade(share: float, stick: Yardstick, *, passed: bool) -> float:
    """Two straight lines that meet at 5.5 where one passes; rounding never carries anybody across."""
    at, cut = Decimal(str(share)), Decimal(str(stick.pass_share))
    if passed:
        above = (at - cut) / (1 - cut) if cut < 1 else Decimal(1)
        return float(max(CUT, _tenths(CUT + (HIGHEST - CUT) * above)))
    return float(min(CUT - TENTH, _tenths(LOWEST + (CUT - LOWEST) * at / cut)))


def _tenths(grade: Decimal) -> Decimal:
    return min(HIGHEST, grade.quantize(TENTH, rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Row:
    """From these points on (of all that can be earned) the column shows this mark."""

    points: float
    mark: Mark
    is_pass: bool


def mapping(scale: Scale, stick: Yardstick) -> list[Row]:
    """What will stand in the gradebook, from nothing to all: the steps of the scale, or examples of a sliding one."""
    cut, good = stick.pass_points, stick.good_share * stick.points
    if scale is Scale.PASSED:
        chosen = {0.0, cut}
    elif scale is Scale.OGV:
        chosen = {0.0, cut, max(cut, good)}
    else:
        chosen = {0.0, _cents(cut / 2), cut, _cents((cut + stick.points) / 2), stick.points}
    return [_row(scale, points, stick) for points in sorted(chosen)]


def _row(scale: Scale, points: float, stick: Yardstick) -> Row:
    share = min(1.0, points / stick.points)
    return Row(points, mark(scale, share, stick), stick.passes(share))


def _cents(points: float) -> float:
    return float(Decimal(str(points)).quantize(PERCENT, rounding=ROUND_HALF_UP))
