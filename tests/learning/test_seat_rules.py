"""Who gets a seat: pure, fair to quotas, in order of arrival; and the hours on a hub's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.sessions import rules
from lti_tool.learning.sessions.rules import HERE, Quota, Refusal, Seat, Seats, SessionState, Span, Waiting, Window

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(days=1), NOW - timedelta(days=1)
DELTA, BAKEN, NOBODY = 1, 2, None


def seats(most: int = 8, taken: dict[int | None, int] | None = None, *quotas: Quota) -> Seats:
    return Seats(most, quotas, taken or {}, NOW)


@pytest.mark.parametrize(
    ("given_", "delta", "baken", "nobody"),
    [
        (seats(8), 8, 8, 8),
        (seats(8, {DELTA: 3, NOBODY: 2}), 3, 3, 3),
        (seats(8, {}, Quota(DELTA, 3, LATER)), 8, 5, 5),
        (seats(8, {DELTA: 2}, Quota(DELTA, 3, LATER)), 6, 5, 5),
        (seats(8, {DELTA: 4}, Quota(DELTA, 3, LATER)), 4, 4, 4),  # beyond its quota it takes from all
        (seats(8, {BAKEN: 5}, Quota(DELTA, 3, LATER)), 3, 0, 0),
        (seats(8, {BAKEN: 5}, Quota(DELTA, 3, BEFORE)), 3, 3, 3),  # flowed back
        (seats(8, {BAKEN: 5}, Quota(DELTA, 3, NOW)), 3, 3, 3),
        (seats(8, {}, Quota(DELTA, 4, LATER), Quota(BAKEN, 4, LATER)), 4, 4, 0),
        (seats(8, {NOBODY: 9}), 0, 0, 0),  # a smaller room since
    ],
)
def test_guaranteed_seats_are_free_for_their_own_until_they_flow_back(
    given_: Seats, delta: int, baken: int, nobody: int
) -> None:
    assert (given_.free(DELTA), given_.free(BAKEN), given_.free(NOBODY)) == (delta, baken, nobody)


def test_the_list_is_served_in_order_and_who_finds_none_for_their_school_is_passed_by() -> None:
    free = seats(8, {BAKEN: 5, NOBODY: 1}, Quota(DELTA, 1, LATER))
    waiting = [Waiting(1, BAKEN), Waiting(2, BAKEN), Waiting(3, DELTA), Waiting(4, NOBODY)]
    assert rules.promoted(free, waiting) == (1, 3)


parties = st.sampled_from([DELTA, BAKEN, NOBODY])


@given(st.integers(1, 12), st.lists(parties, max_size=30), st.integers(0, 6), st.integers(0, 6))
def test_no_order_of_arrival_gives_more_seats_than_there_are_or_takes_a_guaranteed_one(
    most: int, arrivals: list[int | None], of_delta: int, of_baken: int
) -> None:
    quotas = tuple(Quota(p, n, LATER) for p, n in ((DELTA, of_delta), (BAKEN, of_baken)) if n)
    if of_delta + of_baken > most:
        return
    taken: dict[int | None, int] = {}
    refused: set[int | None] = set()
    for party in arrivals:
        if Seats(most, quotas, taken, NOW).free(party):
            assert party not in refused  # who came before with the same claim was not passed by
            taken[party] = taken.get(party, 0) + 1
        else:
            refused.add(party)
    assert sum(taken.values()) <= most
    for quota in quotas:
        came = arrivals.count(quota.party)
        assert taken.get(quota.party, 0) >= min(came, quota.seats)


def window(**changes: object) -> Window:
    fields: dict[str, object] = {
        "state": SessionState.PLANNED, "starts_at": NOW + timedelta(days=7), "ends_at": NOW + timedelta(days=8),
        "opens_at": None, "closes_at": NOW + timedelta(days=6), "free_until": NOW + timedelta(days=5),
    }  # fmt: skip
    return Window(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"state": SessionState.CANCELLED}, Refusal.CANCELLED),
        ({"starts_at": NOW}, Refusal.OVER),
        ({"opens_at": NOW + timedelta(seconds=1)}, Refusal.NOT_OPEN),
        ({"opens_at": NOW}, None),
        ({"closes_at": NOW}, Refusal.CLOSED),
    ],
)
def test_a_seat_is_booked_only_while_booking_is_open(changes: dict[str, object], refusal: Refusal | None) -> None:
    assert rules.may_book(window(**changes), NOW) == refusal


@pytest.mark.parametrize(
    ("changes", "seat", "refusal"),
    [
        ({}, Seat.BOOKED, None),
        ({"free_until": NOW}, Seat.BOOKED, Refusal.TERM_OVER),
        ({"free_until": NOW}, Seat.LISTED, None),
        ({"free_until": NOW}, Seat.OFFERED, None),
        ({"starts_at": NOW}, Seat.LISTED, Refusal.OVER),
    ],
)
def test_a_seat_goes_back_freely_until_the_term(
    changes: dict[str, object], seat: Seat, refusal: Refusal | None
) -> None:
    assert rules.may_give_back(window(**changes), seat, NOW) == refusal


def test_an_offer_ends_when_booking_closes_and_is_not_made_in_the_last_hour() -> None:
    assert rules.answer_by(window(), NOW, timedelta(hours=48)) == NOW + timedelta(hours=48)
    soon = window(closes_at=NOW + timedelta(hours=5))
    assert rules.answer_by(soon, NOW, timedelta(hours=48)) == NOW + timedelta(hours=5)
    assert rules.answer_by(window(closes_at=NOW + timedelta(minutes=59)), NOW, timedelta(hours=48)) is None


def test_a_day_lasts_as_long_on_the_nights_that_clocks_change() -> None:
    autumn = rules.local_span(datetime.fromisoformat("2027-10-30T22:00"), timedelta(hours=8))
    assert autumn.ends_at - autumn.starts_at.astimezone(UTC) == timedelta(hours=8)
    assert autumn.ends_at.astimezone(HERE).hour == 5
    spring = rules.local_span(datetime.fromisoformat("2027-03-27T22:00"), timedelta(hours=8))
    assert spring.ends_at.astimezone(HERE).hour == 7


def test_a_series_keeps_its_hour_when_the_clocks_change() -> None:
    days = rules.weekly(datetime.fromisoformat("2027-03-22T09:00"), 2)
    starts = [rules.local_span(day, timedelta(hours=7)).starts_at for day in days]
    assert [start.hour for start in starts] == [9, 9]
    assert [start.astimezone(UTC).hour for start in starts] == [8, 7]


def test_the_hour_that_spring_skips_is_not_on_the_clock() -> None:
    assert not rules.is_on_the_clock(datetime.fromisoformat("2027-03-28T02:30"))
    assert rules.is_on_the_clock(datetime.fromisoformat("2027-03-28T03:00"))
    assert rules.is_on_the_clock(datetime.fromisoformat("2027-10-31T02:30"))


def test_what_ends_as_another_begins_does_not_meet_it() -> None:
    morning, noon = Span(NOW, NOW + timedelta(hours=3)), Span(NOW + timedelta(hours=3), NOW + timedelta(hours=5))
    assert not morning.meets(noon)
    assert not noon.meets(morning)
    assert Span(NOW, NOW + timedelta(hours=4)).meets(noon)
