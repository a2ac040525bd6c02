"""How often one may ask: by address and by platform, in bounded memory, with an honest Retry-After."""

import timeit
import tracemalloc
from datetime import timedelta

import pytest
import time_machine

from lti_tool.web.limits import Buckets, network_of


def test_a_bucket_gives_what_it_holds_and_then_says_how_long_to_wait() -> None:
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False) as travel:
        buckets = Buckets(30, 600)
        assert [buckets.take("a") for _ in range(30)] == [0.0] * 30
        wait_s = buckets.take("a")
        assert wait_s == pytest.approx(20)
        travel.shift(timedelta(seconds=wait_s))
        assert buckets.take("a") == 0.0
        assert buckets.take("a") == pytest.approx(20)
        travel.shift(timedelta(seconds=600))
        assert [buckets.take("a") for _ in range(30)] == [0.0] * 30
        assert buckets.take("a") > 0


def test_asking_on_while_refused_does_not_lengthen_the_wait() -> None:
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        buckets = Buckets(2, 60)
        waits = [buckets.take("a") for _ in range(1000)]
        assert waits[:2] == [0.0, 0.0]
        assert waits[2] == waits[-1] == pytest.approx(30)


def test_names_do_not_share_a_bucket() -> None:
    buckets = Buckets(1, 60)
    assert buckets.take("a") == 0.0
    assert buckets.take("b") == 0.0
    assert buckets.take("a", "b") == 0.0
    assert buckets.take("a") > 0


def test_hundreds_of_thousands_of_invented_addresses_take_bounded_memory() -> None:
    tracemalloc.start()
    buckets = Buckets(1500, 60)
    for number in range(300_000):
        buckets.take(network_of(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(buckets) <= 100_000
    assert held < 16_000_000
    assert peak < 20_000_000


def test_a_flooder_is_not_forgotten_among_some_thousands_of_others() -> None:
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        buckets = Buckets(1, 60)
        buckets.take("flooder")
        for number in range(49_000):
            buckets.take(str(number))
        assert buckets.take("flooder") > 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "not:an:address", False),
    ],
)
def test_who_counts_as_one_address(one: str, other: str, is_same: bool) -> None:
    assert (network_of(one) == network_of(other)) is is_same


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False) as travel:
        buckets = Buckets(2, 60)
        for _ in range(3):
            buckets.take("a")
        travel.shift(timedelta(hours=-5))
        assert buckets.take("a") == pytest.approx(30)
        travel.shift(timedelta(seconds=30))
        assert buckets.take("a") == 0.0


def test_counting_costs_microseconds() -> None:
    """A launch has 7 ms; the budget here leaves room for a busy machine."""
    buckets = Buckets(1500, 60)
    assert min(timeit.repeat(lambda: buckets.take(network_of("2001:db8::1")), number=1000)) / 1000 < 0.000_1
