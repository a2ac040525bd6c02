"""The rules of grades as tables, and what must hold for every course of events."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.kinds import State
from lti_tool.learning.progress.rules import Standing
from lti_tool.protocols.grades import rules
from lti_tool.protocols.grades.rules import Fate, Value
from lti_tool.protocols.platforms.families import FAMILIES

NOON = datetime(2026, 11, 23, 12, 0, 0, 250000, tzinfo=UTC)
OPEN, BUSY, DONE = State.NOT_STARTED, State.IN_PROGRESS, State.DONE


@pytest.mark.parametrize(
    ("lineitem", "wanted"),
    [
        (  # Moodle
            "https://moodle.test/mod/lti/services.php/2/lineitems/16/lineitem?type_id=2",
            "https://moodle.test/mod/lti/services.php/2/lineitems/16/lineitem/scores?type_id=2",
        ),
        (  # Canvas
            "https://school.instructure.com/api/lti/courses/12/line_items/7",
            "https://school.instructure.com/api/lti/courses/12/line_items/7/scores",
        ),
        (  # Blackboard
            "https://bb.test/learn/api/v1/lti/courses/_101_1/lineItems/_5_1",
            "https://bb.test/learn/api/v1/lti/courses/_101_1/lineItems/_5_1/scores",
        ),
        (  # D2L Brightspace
            "https://d2l.test/d2l/api/lti/ags/2.0/deployment/8f-1/orgunit/6606/lineitems/44",
            "https://d2l.test/d2l/api/lti/ags/2.0/deployment/8f-1/orgunit/6606/lineitems/44/scores",
        ),
        (  # itslearning
            "https://itslearning.test/restapi/lti/ags/v2/lineitems/9?context=3&sig=a%2Fb%3D",
            "https://itslearning.test/restapi/lti/ags/v2/lineitems/9/scores?context=3&sig=a%2Fb%3D",
        ),
        ("https://lms.test/lineitem/", "https://lms.test/lineitem/scores"),
        ("https://lms.test/lineitem?next=/a/?b=c", "https://lms.test/lineitem/scores?next=/a/?b=c"),
    ],
)
def test_scores_go_before_the_query(lineitem, wanted):
    assert rules.scores_url(lineitem) == wanted
    results = rules.result_url(lineitem, "sanne").replace("?user_id=sanne", "").replace("&user_id=sanne", "")
    assert results == wanted.replace("/scores", "/results")


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [
        (Standing(OPEN, {"a": OPEN}, 0, None, None), Value("Initialized", "NotReady", None, 50)),
        (Standing(BUSY, {"a": BUSY, "b": OPEN}, 0, None, None), Value("Started", "NotReady", None, 50)),
        (Standing(BUSY, {"a": DONE, "b": OPEN}, 0.5, None, None), Value("InProgress", "NotReady", None, 50)),
        (Standing(State.WAITING, {"a": State.WAITING}, 0, None, None), Value("Submitted", "PendingManual", None, 50)),
        (Standing(DONE, {"a": DONE}, 1, 0.0, False), Value("Completed", "FullyGraded", 0.0, 50)),
        (Standing(DONE, {"a": DONE}, 1, 0.333333, False), Value("Completed", "FullyGraded", 16.67, 50)),
        (Standing(DONE, {"a": DONE}, 1, 1.0, True), Value("Completed", "FullyGraded", 50.0, 50)),
    ],
)
def test_states_are_truthful(standing, wanted):
    assert rules.value_of(standing, 50) == wanted


@pytest.mark.parametrize(
    ("family", "activity", "points", "had_number", "wanted"),
    [
        ("practice", "InProgress", None, False, True),
        ("practice", "InProgress", None, True, False),
        ("practice", "Initialized", None, False, False),
        ("moodle", "InProgress", None, False, False),
        ("generic", "InProgress", None, False, False),
        ("moodle", "Completed", 0.0, True, True),
        ("moodle", "InProgress", 5.0, False, True),
    ],
)
def test_without_a_number_only_where_nothing_is_erased(family, activity, points, had_number, wanted):
    value = Value(activity, "NotReady", points, 10)
    assert rules.may_send(value, FAMILIES[family], had_number=had_number) is wanted


@given(st.sampled_from(sorted(FAMILIES)), st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=30))
def test_never_without_a_number_after_a_number(family, course):
    sent = []
    for points in course:
        value = Value("InProgress", "NotReady", points, 100)
        if rules.may_send(value, FAMILIES[family], had_number=any(one is not None for one in sent)):
            sent.append(points)
    first = next((at for at, points in enumerate(sent) if points is not None), len(sent))
    assert None not in sent[first:]
    if not FAMILIES[family].takes_numberless_scores:
        assert None not in sent


@given(
    st.sampled_from(sorted(FAMILIES)),
    st.lists(st.integers(-2_000_000, 3_000_000), min_size=1, max_size=40),
)
def test_timestamps_strictly_increase_and_are_never_in_the_future(family_name, steps_us):
    """Whatever the clock does, also when it is set back."""
    family, now, stamps = FAMILIES[family_name], NOON, []
    for step in steps_us:
        now += timedelta(microseconds=step)
        stamp = rules.stamp(stamps[-1] if stamps else None, now, family)
        if stamp > now:  # held until then
            assert stamp <= stamps[-1] + timedelta(seconds=1)
            now = stamp
            assert rules.stamp(stamps[-1], now, family) == stamp
        stamps.append(stamp)
    if family.compares_seconds:
        stamps = [stamp.replace(microsecond=0) for stamp in stamps]
    assert all(before < after for before, after in pairwise(stamps))


@pytest.mark.parametrize(
    ("status", "after_s", "fate", "reason", "holds"),
    [
        (200, None, Fate.ACCEPTED, None, False),
        (204, None, Fate.ACCEPTED, None, False),
        (409, None, Fate.CONFLICT, "score-conflict", False),
        (429, None, Fate.RETRY, "platform-busy", True),
        (429, 20.0, Fate.RETRY, "platform-busy", True),
        (503, 20.0, Fate.RETRY, "platform-busy", True),
        (503, None, Fate.RETRY, "platform-fails", False),
        (500, None, Fate.RETRY, "platform-fails", False),
        (504, None, Fate.RETRY, "platform-fails", False),
        (408, None, Fate.RETRY, "platform-fails", False),
        (400, None, Fate.PARK, "score-refused", False),
        (401, None, Fate.RETRY, "grade-not-allowed", False),
        (401, 20.0, Fate.RETRY, "grade-not-allowed", False),
        (403, None, Fate.PARK, "grade-not-allowed", False),
        (404, None, Fate.PARK, "line-item-gone", False),
        (410, None, Fate.PARK, "line-item-gone", False),
        (422, None, Fate.PARK, "score-refused", False),
        (302, None, Fate.PARK, "score-refused", False),
    ],
)
def test_what_an_answer_means(status, after_s, fate, reason, holds):
    outcome = rules.outcome_of(status, b"", after_s)
    assert (outcome.fate, outcome.reason, outcome.holds_platform) == (fate, reason, holds)


def test_the_platforms_words_are_kept_short_and_storable():
    said = rules.outcome_of(422, b"no\x00pe \xff" + b"x" * 1000, None).said
    assert said is not None
    assert "\x00" not in said
    assert len(said) <= 500


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_delays_have_bounds(attempts, chance):
    seconds = rules.retry_delay(attempts, None, chance).total_seconds()
    assert 2 <= seconds <= rules.LONGEST_RETRY_S
    if attempts == 1:
        assert seconds < 5


def test_delay_that_was_asked_is_kept():
    assert rules.retry_delay(7, 42.0, 0.5) == timedelta(seconds=42)


def test_whoever_asks_for_no_delay_gets_a_little():
    assert rules.retry_delay(1, 0.0, 0.5) == rules.hold(0.0) == timedelta(seconds=1)
    assert rules.hold(None) < timedelta(seconds=5)


@given(st.floats(0, 1))
def test_the_first_retry_comes_after_two_to_three_seconds(chance):
    assert 2 <= rules.retry_delay(1, None, chance).total_seconds() <= 3


def test_the_longest_delays_are_spread_too():
    assert rules.retry_delay(30, None, 0.0) < rules.retry_delay(30, None, 1.0) <= timedelta(hours=1)
