"""A key is published for a day before it signs, and for a fortnight after; two workers make no two of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.vault import Vault
from lti_tool.learning.audit import AuditNote
from lti_tool.protocols.platforms import keylife, toolkeys
from lti_tool.protocols.platforms.models import ToolKey
from lti_tool.worker import Worker

VAULT = Vault(["a secret for tests, long enough"])
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = timedelta(days=90)


def upkeep(session, every=QUARTER, vault=VAULT):
    keylife.upkeep(session, vault, every, iter(()))


def kids(session, *states):
    return [key.kid for key in session.scalars(select(ToolKey).order_by(ToolKey.id)) if key.state in states]


def published(session):
    return [key["kid"] for key in toolkeys.public_key_set(session)["keys"]]


@pytest.fixture
def first(session):
    """The database after a worker's first round: (kid that signs, kid that is next)."""
    upkeep(session)
    return *kids(session, "active"), *kids(session, "next")


def test_the_next_key_is_published_and_signs_nothing(session, first):
    assert published(session) == list(first)
    assert toolkeys.signing_key(session, VAULT).kid == first[0]


def test_rotation_takes_the_next_key_and_makes_another(session, first):
    with time_machine.travel(clock.now() + DAY + HOUR, tick=False):
        done = keylife.rotate(session, VAULT)
    assert (done.kid, done.is_done) == (first[1], True)
    assert toolkeys.signing_key(session, VAULT).kid == first[1]
    assert (kids(session, "retiring"), len(kids(session, "next"))) == ([first[0]], 1)
    assert len(published(session)) == 3


def test_a_key_that_was_published_too_short_waits_and_signs_when_it_may(session, first):
    start = clock.now()
    asked = keylife.rotate(session, VAULT)
    assert (asked.kid, asked.is_done) == (first[1], False)
    for after, signs in ((timedelta(0), first[0]), (DAY - HOUR, first[0]), (DAY + HOUR, first[1])):
        with time_machine.travel(start + after, tick=False):
            upkeep(session, every=None)
            assert toolkeys.signing_key(session, VAULT).kid == signs


@pytest.mark.parametrize(
    ("every", "days", "is_replaced"), [(QUARTER, 89, False), (QUARTER, 91, True), (None, 999, False)]
)
def test_the_schedule_rotates_when_it_is_due(session, first, every, days, is_replaced):
    with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        upkeep(session, every)
        assert (kids(session, "active") == [first[1]]) is is_replaced


def test_a_retired_key_loses_its_private_half_and_keeps_its_kid(session, first):
    start = clock.now()
    with time_machine.travel(start + DAY + HOUR, tick=False):
        keylife.rotate(session, VAULT)
    for days, state in ((14, "retiring"), (16, "retired")):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            upkeep(session)
            key = session.scalars(select(ToolKey).where(ToolKey.kid == first[0])).one()
            assert (key.state, first[0] in published(session)) == (state, state == "retiring")
            assert (key.sealed_private_key is None) is (state == "retired")
    assert key.public_jwk["kid"] == first[0]


def test_after_a_leak_nothing_of_before_is_published(session, first):
    with time_machine.travel(clock.now() + DAY + HOUR, tick=False):
        keylife.rotate(session, VAULT)
        before = set(published(session))
        made = keylife.replace_all(session, VAULT)
    assert toolkeys.signing_key(session, VAULT).kid == made.kid
    assert not before & set(published(session))
    assert {key.sealed_private_key for key in session.scalars(select(ToolKey).where(ToolKey.kid.in_(before)))} == {None}


def test_a_next_key_that_cannot_be_opened_never_signs(session, first):
    stranger = Vault(["another secret of somebody else"])
    with time_machine.travel(clock.now() + QUARTER + DAY, tick=False):
        keylife.upkeep(session, stranger, QUARTER, iter(()))
    assert kids(session, "active") == [first[0]]
    assert first[1] in kids(session, "retired")
    (following,) = kids(session, "next")
    assert following not in first


def test_rotations_stand_in_the_audit(session, first):
    with time_machine.travel(clock.now() + DAY + HOUR, tick=False):
        keylife.rotate(session, VAULT)
    notes = session.execute(select(AuditNote.verb, AuditNote.object_id).order_by(AuditNote.id)).all()
    assert ("staff:tool-key:rotate", first[1]) in [tuple(note) for note in notes]


def test_lines_say_since_and_until_when(session, first):
    active, following = keylife.lines(session, VAULT, QUARTER)
    assert (active.kid, active.state, active.until) == (first[0], "active", active.since + QUARTER)
    assert (following.state, following.until, following.sealed_by) == ("next", active.until, 1)
    by_older = keylife.lines(session, Vault(["a newer one, long enough", "a secret for tests, long enough"]), None)
    assert [(line.until, line.sealed_by) for line in by_older] == [(None, 2), (None, 2)]


@pytest.mark.parametrize("moment", ["first", "due"])
def test_two_at_once_make_one_key(engine, moment):
    if moment == "due":
        with Session(engine) as session, session.begin():
            upkeep(writing(session))
    barrier = Barrier(4)

    def look_after_keys(_):
        barrier.wait(10)
        with Session(engine) as session, session.begin():
            upkeep(writing(session))

    later = QUARTER + DAY if moment == "due" else timedelta(0)
    with time_machine.travel(clock.now() + later), ThreadPoolExecutor(4) as pool:
        list(pool.map(look_after_keys, range(4)))
    with Session(engine) as session:
        assert [len(kids(session, state)) for state in ("active", "next", "retiring")] == [1, 1, moment == "due"]


def test_the_worker_looks_after_the_keys(engine, settings: Settings):
    worker = Worker(replace(settings, key_rotation_days=90), engine)
    start = clock.now()
    worker.tidy()
    with Session(engine) as session:
        (old,), (new,) = kids(session, "active"), kids(session, "next")
    with time_machine.travel(start + QUARTER + DAY):
        worker.tidy()
    worker.close()
    with Session(engine) as session:
        assert (kids(session, "retiring"), kids(session, "active")) == ([old], [new])
