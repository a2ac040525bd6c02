"""Messages and what reacts to them: together or not at all, exactly once, and one bad one stops no other."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.db import Base, make_engine, writing
from lti_tool.base.outbox import Message


@pytest.fixture
def store(tmp_path):
    made = make_engine(f"sqlite:///{tmp_path / 'outbox.db'}")
    Base.metadata.create_all(made, tables=[Message.__table__])
    yield made
    made.dispose()


def put(engine, *numbers, topic="told"):
    with Session(engine) as session, session.begin():
        writing(session)
        for number in numbers:
            outbox.put(session, topic, number=number)


def waiting(engine):
    with Session(engine) as session:
        return [message.payload["number"] for message in session.scalars(select(Message).order_by(Message.id))]


def test_messages_are_reacted_to_in_order_and_once(store):
    heard = []
    put(store, *range(250))
    assert outbox.react(store, {"told": lambda session, number: heard.append(number)}) == 250
    assert heard == list(range(250))
    assert outbox.react(store, {"told": lambda session, number: heard.append(number)}) == 0


def test_a_message_of_a_change_that_was_undone_does_not_exist(store):
    with pytest.raises(RuntimeError), Session(store) as session, session.begin():
        outbox.put(writing(session), "told", number=1)
        raise RuntimeError
    assert waiting(store) == []


def test_news_is_told_once(store):
    with Session(store) as session, session.begin():
        assert not outbox.has_news(session)
        outbox.put(writing(session), "told", number=1)
        assert outbox.has_news(session)
        assert not outbox.has_news(session)


def test_a_poisonous_message_blocks_no_other(store):
    heard = []

    def hear(session, number):
        if number == 3:
            raise ValueError("poison")
        heard.append(number)

    put(store, *range(6))
    outbox.react(store, {"told": hear})
    assert sorted(set(heard)) == [0, 1, 2, 4, 5]
    assert waiting(store) == [3]
    put(store, 6)
    outbox.react(store, {"told": hear})
    assert heard[-1] == 6


def test_an_unknown_topic_blocks_no_other(store):
    heard = []
    put(store, 1, topic="unheard-of")
    put(store, 2)
    outbox.react(store, {"told": lambda session, number: heard.append(number)})
    assert heard == [2]


def test_a_fault_that_passes_within_minutes_loses_nothing(store):
    """A full disk or a lock must not set a message aside in the blink of an eye."""
    heard, tries = [], []

    def hear(session, number):
        tries.append(number)
        if len(tries) < 4:
            raise OSError("for a while")
        heard.append(number)

    put(store, 1)
    with time_machine.travel(clock.now(), tick=False) as hand:
        for _ in range(20):
            outbox.react(store, {"told": hear})
            hand.shift(30)
    assert heard == [1]


def test_after_some_failures_it_is_set_aside_for_people(store):
    def fail(session, number):
        raise ValueError

    put(store, 1)
    with time_machine.travel(clock.now(), tick=False) as hand:
        for _ in range(30):
            outbox.react(store, {"told": fail})
            hand.shift(timedelta(hours=1))
    with Session(store) as session:
        assert session.scalars(select(Message.failures)).one() == outbox.MOST_FAILURES
        assert outbox.set_aside(session) == 1


def test_failures_are_five_seconds_to_ten_minutes_apart(store):
    tries = []

    def fail(session, number):
        tries.append(clock.now())
        raise ValueError

    put(store, 1)
    with time_machine.travel(clock.now(), tick=False) as hand:
        for _ in range(1500):
            outbox.react(store, {"told": fail})
            hand.shift(1)
    tries = tries[::2]  # in its batch, and alone
    assert len(tries) == outbox.MOST_FAILURES
    apart = [(later - earlier).total_seconds() for earlier, later in pairwise(tries)]
    assert 5 <= apart[0] <= 6
    assert apart == sorted(apart)
    assert apart[-1] <= 630


def test_what_was_set_aside_is_taken_up_again(store):
    heard = []
    put(store, 1)
    with Session(store) as session, session.begin():
        writing(session).execute(update(Message).values(failures=outbox.MOST_FAILURES))
    assert outbox.react(store, {"told": lambda session, number: heard.append(number)}) == 0
    with Session(store) as session, session.begin():
        assert outbox.revive(writing(session)) == 1
        assert outbox.set_aside(session) == 0
    outbox.react(store, {"told": lambda session, number: heard.append(number)})
    assert heard == [1]


def test_within_a_batch_all_workers_keep_one_order_and_each_subject_its_own(store):
    heard = []
    put(store, 5, 30, 5)
    put(store, 30, topic="changed")
    reactions = {name: lambda session, number, name=name: heard.append((number, name)) for name in ("told", "changed")}
    outbox.react(store, reactions)
    assert heard == [(5, "told"), (5, "told"), (30, "told"), (30, "changed")]


def test_what_a_failed_reaction_wrote_is_undone(store):
    def half(session, number):
        outbox.put(session, "told", number=99)
        session.flush()
        raise ValueError

    put(store, 1)
    outbox.react(store, {"told": half})
    assert waiting(store) == [1]
