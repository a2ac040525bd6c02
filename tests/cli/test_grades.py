"""lti-tool deliveries and standings: what staff read, and what they can set right."""

from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import outbox
from lti_tool.base.db import make_engine, writing
from lti_tool.base.outbox import Message
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.models import Delivery
from tests import factories


@pytest.fixture
def engine(run: Any, settings: Settings) -> Any:
    """The command's database, with one learner who finished a module."""
    catalogue.forget_syllabi()
    made = make_engine(settings.database)
    with Session(made) as session, session.begin():
        factories.module(writing(session), extras=0)
        school = factories.platform(session)
        enrolment = factories.learner(session, school, factories.link(session, school))
        factories.read(session, enrolment, "r1")
        planning.plan(session, enrolment)
        session.execute(text("DELETE FROM outbox"))
    yield made
    made.dispose()
    catalogue.forget_syllabi()


def park(engine: Any, **values: Any) -> str:
    with Session(engine) as session, session.begin():
        writing(session).execute(update(Delivery).values(state="parked", **values))
        return str(session.scalars(select(Delivery.public_id)).one())


def test_the_members_of_a_listed_delivery_are_these(engine: Any, ask: Any) -> None:
    park(engine, reason="grade-not-allowed", said="no")
    (line,) = ask("deliveries", "list")
    assert sorted(line) == [
        "accepted_at", "attempts", "due_at", "learner", "link_title", "platform", "platform_id", "points", "public_id",
        "reason", "said", "state", "why",
    ]  # fmt: skip
    assert (line["state"], line["reason"], line["said"], line["points"]) == ("parked", "grade-not-allowed", "no", 100)
    assert line["why"] == "The learning environment does not let the tool write grades here."
    assert ask("deliveries", "list", "--state", "settled") == []
    assert ask("deliveries", "list", "--platform", line["platform_id"]) == [line]
    assert ask("deliveries", "list", "--platform", "nobody") == []


def test_what_was_set_aside_is_queued(engine: Any, run: Any, ask: Any) -> None:
    park(engine, reason="score-refused")
    assert run("deliveries", "retry", "--all").output.startswith("1 queued")
    assert ask("deliveries", "list")[0]["state"] == "queued"


def test_what_was_queued_is_counted_for_machines(engine: Any, ask: Any) -> None:
    park(engine, reason="score-refused")
    assert ask("deliveries", "retry", "--all") == {"queued": 1}
    assert ask("deliveries", "retry", "--all") == {"queued": 0}


def test_one_is_queued_by_its_id(engine: Any, run: Any) -> None:
    assert run("deliveries", "retry", park(engine)).output.startswith("1 queued")


def test_nothing_to_send_again_is_said(engine: Any, run: Any) -> None:
    every = run("deliveries", "retry", "--all")
    assert (every.exit_code, every.output.strip()) == (0, "Nothing was set aside to be sent again.")
    one = run("deliveries", "retry", "unknown")
    assert one.exit_code == 1
    assert "nothing is sent again" in one.output
    assert "queued" not in one.output
    assert run("deliveries", "retry").exit_code == 2


def test_changes_that_could_not_be_worked_out_are_shown_and_taken_up_again(engine: Any, run: Any) -> None:
    with Session(engine) as session, session.begin():
        outbox.put(writing(session), "standing.changed", enrolment_id=1)
        session.flush()
        session.execute(update(Message).values(failures=outbox.MOST_FAILURES))
    assert "1 changes could not be worked out" in run("deliveries", "list").stderr
    assert run("deliveries", "retry", "--all").output.startswith("1 queued")
    assert run("deliveries", "list").stderr == ""


def test_a_standing_that_was_tampered_with_is_found_and_repaired(engine: Any, run: Any, ask: Any) -> None:
    assert run("standings", "check").output.strip() == "1 standings checked, no differences."
    with Session(engine) as session, session.begin():
        writing(session).execute(text("UPDATE enrolments SET score = 0.01, passed = 0"))
    found = run("standings", "check")
    assert found.exit_code == 1
    assert "0.01" in found.output
    assert run("standings", "check", "--repair").exit_code == 0
    assert ask("standings", "check") == []
    with Session(engine) as session:
        assert session.scalars(select(Message.topic)).all() == ["standing.changed"], "the grade follows"


def test_evidence_that_was_tampered_with_is_found(engine: Any, run: Any) -> None:
    with Session(engine) as session, session.begin():
        writing(session).execute(text("DELETE FROM evidence"))
    assert run("standings", "check").exit_code == 1
