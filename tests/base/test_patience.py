"""Who waits for another server holds a thread: only so many, and never all for one server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lti_tool.base.errors import Busy
from lti_tool.base.patience import Patience

SLOW, OTHER, THIRD = "https://slow.example/keys", "https://other.example/keys", "https://third.example/keys"


@contextmanager
def others_waiting(patience: Patience, *urls: str) -> Iterator[None]:
    """One thread for each of these, which waits until the end."""
    ready, end = threading.Barrier(len(urls) + 1), threading.Event()

    def wait(url: str) -> None:
        with patience.waiting_for(url, may_be_last=True):
            ready.wait(timeout=5)
            end.wait(timeout=5)

    threads = [threading.Thread(target=wait, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    ready.wait(timeout=5)
    try:
        yield
    finally:
        end.set()
        for thread in threads:
            thread.join(timeout=5)


def is_free(patience: Patience, url: str, *, may_be_last: bool = False) -> bool:
    try:
        with patience.waiting_for(url, may_be_last=may_be_last):
            return True
    except Busy:
        return False


def test_one_server_never_has_all_places() -> None:
    patience = Patience(3)
    with others_waiting(patience, SLOW, SLOW):
        assert not is_free(patience, SLOW, may_be_last=True)
        assert not is_free(patience, SLOW.upper().replace("KEYS", "other"), may_be_last=True)
        assert is_free(patience, OTHER, may_be_last=True)


def test_the_last_place_is_for_launches() -> None:
    patience = Patience(3)
    with others_waiting(patience, SLOW, OTHER):
        assert not is_free(patience, THIRD)
        assert is_free(patience, THIRD, may_be_last=True)


def test_all_places_together_are_bounded() -> None:
    patience = Patience(3)
    with others_waiting(patience, SLOW, SLOW, OTHER):
        with pytest.raises(Busy) as told, patience.waiting_for(THIRD, may_be_last=True):
            pass
        assert (told.value.code, told.value.status) == ("servers-busy", 503)
        assert told.value.after_s == 2.0


def test_a_place_comes_free_however_the_wait_ends() -> None:
    patience = Patience(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), patience.waiting_for(SLOW):
            raise ZeroDivisionError
    assert is_free(patience, SLOW)


def test_a_thread_that_has_a_place_needs_no_other() -> None:
    patience = Patience(2)
    with others_waiting(patience, OTHER), patience.waiting_for(SLOW, may_be_last=True):
        with patience.waiting_for(SLOW), patience.waiting_for(THIRD):
            pass
        assert not is_free_for_others(patience, THIRD)
    with others_waiting(patience, OTHER):
        assert is_free(patience, SLOW, may_be_last=True)


def is_free_for_others(patience: Patience, url: str) -> bool:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(is_free(patience, url, may_be_last=True)))
    thread.start()
    thread.join(timeout=5)
    return found == [True]


def test_an_address_that_cannot_be_read_is_bounded_too() -> None:
    patience = Patience(2)
    with others_waiting(patience, "http://[", "https://x.example"):
        assert not is_free(patience, "http://[", may_be_last=True)
