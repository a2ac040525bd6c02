"""The address of a self-test opens one platform's doctor, for two weeks."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.protocols.doctor import invite, models
from lti_tool.protocols.platforms import service as platforms
from tests import factories

TOOL = "https://tool.test"


def secret_of(url: str) -> str:
    assert url.startswith(f"{TOOL}/self-test/")
    return url.rpartition("/")[2]


def test_it_opens_its_own_platform(session: Session) -> None:
    mine, other = factories.platform(session), factories.platform(session, "https://other.example")
    secrets = [secret_of(invite.make(session, one.id, TOOL + "/")) for one in (mine, other)]
    assert [invite.registration_of(session, secret) for secret in secrets] == [mine.id, other.id]


def test_the_database_does_not_hold_the_secret(session: Session) -> None:
    secret = secret_of(invite.make(session, factories.platform(session).id, TOOL))
    stored = session.scalars(select(models.SelfTestLink)).one()
    assert secret not in str(vars(stored))


def test_it_ends_after_two_weeks(session: Session) -> None:
    secret = secret_of(invite.make(session, factories.platform(session).id, TOOL))
    with time_machine.travel(clock.now() + timedelta(days=13, hours=23)):
        invite.registration_of(session, secret)
        invite.forget_old(session)
    with time_machine.travel(clock.now() + timedelta(days=14, hours=1)):
        with pytest.raises(NotFound, match="self-test"):
            invite.registration_of(session, secret)
        invite.forget_old(session)
    assert session.scalars(select(models.SelfTestLink)).all() == []


def test_what_was_withdrawn_opens_nothing(session: Session) -> None:
    mine, other = factories.platform(session), factories.platform(session, "https://other.example")
    secret, kept = (secret_of(invite.make(session, one.id, TOOL)) for one in (mine, other))
    assert invite.withdraw(session, mine.id) == 1
    with pytest.raises(NotFound):
        invite.registration_of(session, secret)
    assert invite.registration_of(session, kept) == other.id


@pytest.mark.parametrize("status", ["blocked", "ended"])
def test_it_opens_nothing_of_a_platform_that_was_closed(session: Session, status: str) -> None:
    school = factories.platform(session)
    secret = secret_of(invite.make(session, school.id, TOOL))
    platforms.decide(session, school.public_id, platforms.Status(status))
    with pytest.raises(NotFound):
        invite.registration_of(session, secret)


@pytest.mark.parametrize("guess", ["", "x", "A" * 43, "%00"])
def test_a_guess_opens_nothing(session: Session, guess: str) -> None:
    invite.make(session, factories.platform(session).id, TOOL)
    with pytest.raises(NotFound):
        invite.registration_of(session, guess)
