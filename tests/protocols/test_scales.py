"""What a result becomes in the gradebook: the four scales, their edges, and the table that a teacher sees first."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.protocols.grades import scales
from lti_tool.protocols.grades.scales import Mark, Word, Yardstick, mapping, mark, maximum_of
from lti_tool.protocols.grades.words import spoken
from lti_tool.protocols.resource_links.rules import Scale

STICK = Yardstick(points=100, pass_points=55)


@pytest.mark.parametrize(
    ("scale", "share", "points", "maximum", "word"),
    [
        (Scale.POINTS, 0.0, 0, 100, None),
        (Scale.POINTS, 0.7325, 73.25, 100, None),
        (Scale.GRADE, 0.0, 1.0, 10, Word.GRADE),
        (Scale.GRADE, 0.275, 3.3, 10, Word.GRADE),
        (Scale.GRADE, 0.5499, 5.4, 10, Word.GRADE),
        (Scale.GRADE, 0.55, 5.5, 10, Word.GRADE),
        (Scale.GRADE, 0.73, 7.3, 10, Word.GRADE),
        (Scale.GRADE, 1.0, 10.0, 10, Word.GRADE),
        (Scale.OGV, 0.54, 4, 10, Word.INSUFFICIENT),
        (Scale.OGV, 0.55, 6, 10, Word.SUFFICIENT),
        (Scale.OGV, 0.799999, 6, 10, Word.SUFFICIENT),
        (Scale.OGV, 0.8, 8, 10, Word.GOOD),
        (Scale.PASSED, 0.5499, 0, 100, Word.FAILED),
        (Scale.PASSED, 0.55, 100, 100, Word.PASSED),
    ],
)
def test_each_scale_says_what_the_share_of_the_points_is(scale, share, points, maximum, word):
    assert mark(scale, share, STICK) == Mark(points, maximum, word)


SHARES = some.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000)
STICKS = some.tuples(some.integers(1, 1000), some.integers(0, 1000)).map(
    lambda pair: Yardstick(points=pair[0], pass_points=min(pair))
)


@given(SHARES, STICKS)
def test_a_grade_never_rounds_anybody_across_the_pass_mark(share, stick):
    grade = mark(Scale.GRADE, share, stick).points
    assert (grade >= 5.5) == stick.passes(share)
    assert 1 <= grade <= 10
    assert round(grade * 10) == pytest.approx(grade * 10)


@given(SHARES, SHARES, STICKS, some.sampled_from(list(Scale)))
def test_who_earns_more_never_gets_less(one, other, stick, scale):
    low, high = sorted((one, other))
    assert mark(scale, low, stick).points <= mark(scale, high, stick).points


@given(SHARES, STICKS, some.sampled_from(list(Scale)))
def test_a_mark_fits_its_column(share, stick, scale):
    found = mark(scale, share, stick)
    assert 0 <= found.points <= found.maximum == maximum_of(scale, stick.column)


def test_a_platform_that_takes_whole_maxima_gets_points_of_those():
    stick = Yardstick(points=55.5, pass_points=30, maximum=56)
    assert mark(Scale.POINTS, 0.5, stick) == Mark(28, 56)
    assert mark(Scale.PASSED, 1.0, stick) == Mark(56, 56, Word.PASSED)
    assert mark(Scale.GRADE, 1.0, stick) == Mark(10, 10, Word.GRADE)


@pytest.mark.parametrize("scale", list(Scale))
def test_the_table_for_the_teacher_shows_just_what_will_be_sent(scale):
    rows = mapping(scale, STICK)
    assert [row.points for row in rows] == sorted({row.points for row in rows})
    assert [row.mark for row in rows] == [mark(scale, row.points / 100, STICK) for row in rows]
    assert next(row.points for row in rows if row.is_pass) == 55
    assert rows[0].points == 0


def test_good_begins_no_lower_than_the_pass_mark():
    strict = Yardstick(points=100, pass_points=90)
    assert [row.mark.word for row in mapping(Scale.OGV, strict)] == [Word.INSUFFICIENT, Word.GOOD]


STEPS = tuple(Step(number, f"s{number}", "page", {}, 5, 20.0, True, (), None) for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("key", "about", "wanted"),
    [
        (None, {}, Yardstick(points=60, pass_points=33, maximum=60)),
        ("s2", {}, Yardstick(points=20, pass_points=11, maximum=20)),
        (None, {"good_percent": 70}, Yardstick(points=60, pass_points=33, good_share=0.7, maximum=60)),
        (None, {"good_percent": "much"}, Yardstick(points=60, pass_points=33, maximum=60)),
    ],
)
def test_an_activity_is_measured_by_the_modules_share_to_pass(key, about, wanted):
    module = Syllabus(1, 1, "m", 1, "Hub", {}, {}, about, 33, STEPS)
    assert scales.yardstick(module, key) == wanted


@pytest.mark.parametrize(
    ("scale", "share", "nl", "en"),
    [
        (Scale.POINTS, 0.73, "", ""),
        (Scale.GRADE, 0.73, "Cijfer 7,3", "Grade 7.3"),
        (Scale.OGV, 0.3, "Onvoldoende", "Insufficient"),
        (Scale.OGV, 0.6, "Voldoende", "Sufficient"),
        (Scale.OGV, 0.9, "Goed", "Good"),
        (Scale.PASSED, 0.9, "Behaald", "Passed"),
        (Scale.PASSED, 0.1, "Niet behaald", "Not passed"),
    ],
)
def test_the_word_is_said_in_the_language_of_the_reader(scale, share, nl, en):
    found = mark(scale, share, STICK)
    assert (spoken(found, "nl"), spoken(found, "en")) == (nl, en)
