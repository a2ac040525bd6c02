"""When a link is open for a learner: by its dates, by the minute, and by the time that a teacher gave."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti_tool.learning.progress.decisions import EVERYTHING, Act, Decision
from lti_tool.protocols.resource_links.dates import Dates, Door
from lti_tool.protocols.resource_links.rules import Late

AT = datetime(2026, 9, 11, 12, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def longer(until: datetime, link: str = "a") -> tuple[Decision, ...]:
    return (Decision(act=Act.EXTENDED, at=AT, by=1, reason="Ziek", token="t", until=until, link=link),)


@pytest.mark.parametrize(
    ("dates", "now", "door"),
    [
        ({}, AT, Door.OPEN),
        ({"opens_at": AT}, AT - SECOND, Door.NOT_YET),
        ({"opens_at": AT}, AT, Door.OPEN),
        ({"closes_at": AT}, AT + 59 * SECOND, Door.OPEN),
        ({"closes_at": AT}, AT + MINUTE, Door.CLOSED),
        ({"due_at": AT}, AT + HOUR, Door.OPEN),
        ({"due_at": AT, "late": Late.DEDUCT}, AT + HOUR, Door.OPEN),
        ({"due_at": AT, "late": Late.CLOSE}, AT + 59 * SECOND, Door.OPEN),
        ({"due_at": AT, "late": Late.CLOSE}, AT + MINUTE, Door.CLOSED),
        ({"due_at": AT, "closes_at": AT + HOUR, "late": Late.CLOSE}, AT + MINUTE, Door.CLOSED),
        ({"due_at": AT + HOUR, "closes_at": AT, "late": Late.ACCEPT}, AT + MINUTE, Door.CLOSED),
        ({"late": Late.CLOSE}, AT, Door.OPEN),
    ],
)
def test_when_a_link_is_open(dates: dict[str, Any], now: datetime, door: Door) -> None:
    assert Dates("a", **dates).hours({}, now).door is door


@pytest.mark.parametrize(
    ("key", "link", "asked", "door"),
    [
        (EVERYTHING, "a", "toets", Door.OPEN), ("toets", "a", "toets", Door.OPEN),
        ("toets", "a", "lezen", Door.CLOSED), ("toets", "a", EVERYTHING, Door.CLOSED),
        (EVERYTHING, "b", "toets", Door.CLOSED),
    ],
)  # fmt: skip
def test_more_time_goes_before_due_and_closing(key: str, link: str, asked: str, door: Door) -> None:
    dates = Dates("a", due_at=AT, closes_at=AT, late=Late.CLOSE)
    hours = dates.hours({key: longer(AT + HOUR, link)}, AT + 2 * MINUTE, asked)
    assert hours.door is door
    assert hours.is_longer is (door is Door.OPEN)


def test_more_time_opens_nothing_early_and_never_shortens() -> None:
    dates = Dates("a", opens_at=AT + HOUR, due_at=AT + 2 * HOUR)
    hours = dates.hours({EVERYTHING: longer(AT + MINUTE)}, AT)
    assert (hours.door, hours.due_at, hours.is_longer) == (Door.NOT_YET, AT + 2 * HOUR, False)


@pytest.mark.parametrize(
    ("late", "percent", "closes"), [(Late.ACCEPT, 0, False), (Late.DEDUCT, 15, False), (Late.CLOSE, 0, True)]
)
def test_the_policy_of_a_link(late: Late, percent: int, closes: bool) -> None:
    policy = Dates("a", due_at=AT, late=late, late_percent=15).policy
    assert (policy.due_at, policy.percent_per_day, policy.closes, policy.link) == (AT, percent, closes, "a")
