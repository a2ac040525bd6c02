"""The comment beside a score says what is open, in the learner's language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Reached, Stage, State, Verdict
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import rules
from lti_tool.protocols.grades.words import comment

TITLES = {
    "lezen": {"nl": "Wat maakt een robot samenwerkend?", "en": "What makes a robot collaborative?"},
    "opdracht": {"nl": "Werkplan", "en": "Work plan"},
    "toets": {"nl": "Toets", "en": "Quiz"},
    "extra": {"nl": "Verder lezen", "en": "Further reading"},
}
STEPS = tuple(
    Step(number, key, "page", title, 5, 0 if key == "extra" else 40, key != "extra", (), None)
    for number, (key, title) in enumerate(TITLES.items(), start=1)
)
MODULE = Syllabus(1, 1, "m", 1, "Hub", {"nl": "Cobots"}, {}, {}, 55.5, STEPS)
TODO, BUSY, WAITING, DONE = State.NOT_STARTED, State.IN_PROGRESS, State.WAITING, State.DONE


def said(language, *states, fraction=1.0, module=MODULE):
    """The comment when the module's activities are in these states, in order; the rest not begun."""
    given = dict.fromkeys((step.key for step in module.steps), Verdict(TODO))
    for step, state in zip(module.steps, states, strict=False):
        given[step.key] = Verdict(state, fraction if state is DONE else None)
    return comment(module, rules.standing(module, given), language)


@pytest.mark.parametrize(
    ("language", "states", "words"),
    [
        ("nl", (), "Nog te doen: Wat maakt een robot samenwerkend?, Werkplan, Toets."),
        ("en", (DONE, BUSY), "Still to do: Work plan, Quiz."),
        ("nl", (BUSY, DONE, DONE), "Nog te doen: Wat maakt een robot samenwerkend?"),
        ("nl", (DONE, WAITING, TODO), "Nog te doen: Toets. Wacht op beoordeling: Werkplan."),
        ("en", (DONE, WAITING, DONE), "Waiting to be assessed: Work plan."),
        ("nl", (DONE, DONE, DONE), "Module afgerond: behaald."),
    ],
)
def test_what_is_open_is_named(language, states, words):
    assert said(language, *states) == words


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "Nog niet behaald: daarvoor zijn 55,5 of meer punten nodig."),
        ("en", "Not passed yet: that takes 55.5 points or more."),
    ],
)
def test_too_few_points_are_never_called_the_end(language, words):
    assert said(language, DONE, DONE, DONE, fraction=0.2) == words


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(("count", "length"), [(1, 2000), (2, 450), (40, 60), (1000, 1), (3, 400)])
@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_a_comment_fits_its_column_whatever_the_titles(language, count, length, waiting):
    steps = tuple(
        replace(STEPS[0], key=str(number), title={"nl": "é" * length}, points=1) for number in range(count)
    )
    module = replace(MODULE, steps=steps, pass_points=1)
    states = [WAITING if waiting and number % waiting == 0 else TODO for number in range(count)]
    assert 0 < len(said(language, *states, module=module)) <= 500


def test_titles_that_have_no_room_are_counted():
    steps = tuple(replace(STEPS[0], key=str(n), title={"nl": f"Deel {n:>045}"}) for n in range(10))
    assert said("nl", module=replace(MODULE, steps=steps)).endswith("6 en nog 3.")


def recognised(school, **told):
    """A launch of Sanne's, as far as her language goes."""
    with Session(school.engine) as session, session.begin():
        return people.recognise(writing(session), f"lti:{school.platform.id}", "sanne", Profile(**told)).id


def test_the_comment_speaks_as_the_last_launch_did_else_dutch(school):
    learner = school.enter()
    for points, told in enumerate(({}, {"launch_language": "en"}, {}), start=1):
        recognised(school, **told)
        school.earn(learner, points)
        school.deliver()
    comments = [score["body"]["comment"] for score in school.scores()]
    assert [one.split(":")[0] for one in comments] == ["Nog niet behaald", "Not passed yet", "Not passed yet"]


def test_the_persons_own_choice_comes_before_the_launch(school):
    learner = school.enter()
    person_id = recognised(school, launch_language="en")
    with Session(school.engine) as session, session.begin():
        people.choose_language(writing(session), person_id, "nl")
    school.read(learner)
    school.deliver()
    assert [score["body"]["comment"] for score in school.scores()] == ["Nog te doen: Proef."]


def test_a_day_that_is_booked_is_named_with_its_date():
    step = MODULE.steps[1]
    at = datetime(2027, 3, 16, 23, 30, tzinfo=UTC)  # half past midnight of the 17th at the hub
    given = {one.key: Verdict(DONE, 1.0) for one in MODULE.steps} | {
        step.key: Verdict(BUSY, reached=Reached(Stage.BOOKED, at))
    }
    standing = rules.standing(MODULE, given)
    assert comment(MODULE, standing, "nl") == "Nog te doen: Werkplan (17 maart)."
    assert comment(MODULE, standing, "en") == "Still to do: Work plan (17 March)."


def test_enough_points_with_one_part_too_weak_says_what_is_the_matter():
    given = {one.key: Verdict(DONE, 1.0) for one in MODULE.steps}
    given[MODULE.steps[1].key] = Verdict(DONE, 1.0, is_enough=False)
    standing = rules.standing(MODULE, given)
    assert standing.passed is False
    assert comment(MODULE, standing, "nl") == "Nog niet behaald: één onderdeel is nog niet voldoende."
