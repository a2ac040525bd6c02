"""What the doctor finds at a real platform: all green when it is well, and one thing at a time when it is not."""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.protocols.doctor.lights import Light, Topic
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms.models import Registration
from lti_tool.web.extensions import db
from tests.protocols.conftest import School
from tests.protocols.surgery import COURSE, Surgery, states

ALL_GREEN = dict.fromkeys(tuple(Topic), "green")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite only: what is asked here is the platform. The pages, links and commands are tried on each database."""
    shutil.copyfile(sqlite_template, tmp_path / "tool.db")
    return f"sqlite:///{tmp_path / 'tool.db'}"


@pytest.fixture
def surgery(school: School) -> Iterator[Surgery]:
    app = create_app(school.settings)
    made = Surgery(school, app, app.test_client())
    made.place_link()
    yield made
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def well(surgery: Surgery) -> Surgery:
    """After a test launch as a student."""
    assert surgery.launch().status_code == 303
    return surgery


def test_a_healthy_platform_is_green_all_over(well: Surgery) -> None:
    lights = well.examine()
    assert states(lights) == ALL_GREEN
    assert lights["keys"].facts["count"] == 1
    assert lights["keys"].facts["bits"] == 2048
    assert lights["roster"].facts["members"] == 5
    assert lights["roster"].facts["learners"] == 4
    assert well.trials() == []


def test_before_any_launch_nothing_is_green_that_a_launch_must_show(surgery: Surgery) -> None:
    lights = surgery.examine()
    grey = dict.fromkeys(("launch", "person", "grades", "roster"), "grey")
    assert states(lights) == ALL_GREEN | grey
    assert lights["grades"].code == "needs-launch"


def test_whether_teachers_can_choose_is_told_by_what_was_granted_and_then_by_a_launch(well: Surgery) -> None:
    """Grey while nobody knows, amber for a registration of before, and what happens goes before what was told."""
    def seen() -> tuple[str, str]:
        light = well.examine()["choosing"]
        return light.state, light.code

    assert seen() == ("green", "choosing-granted")
    well.grant("LtiResourceLinkRequest")
    assert seen() == ("amber", "choosing-not-granted")
    well.sql("UPDATE registrations SET granted = '{}'")
    assert seen() == ("grey", "choosing-unknown")
    well.watch()
    well.choose("sanne")
    assert seen() == ("red", "choosing-refused")
    assert well.choose("fatima").status_code == 303
    assert seen() == ("green", "choosing-ok")


def test_a_launch_by_a_former_client_is_examined_as_that_client(well: Surgery) -> None:
    """The platform knows no other: the services that it named are that client's."""
    with Session(well.school.engine) as session, session.begin():
        registration = writing(session).get_one(Registration, well.school.platform.id)
        clients.keep(session, registration, "client-of-tomorrow")
    assert states(well.examine()) == ALL_GREEN


BROKEN: dict[str, tuple[dict[str, Any], dict[str, tuple[str, str]]]] = {
    "key set down": ({"jwks": "error"}, {"keys": ("red", "keys-status")}),
    "key set empty": ({"jwks": "empty"}, {"keys": ("red", "keys-none")}),
    "key set hangs": ({"jwks": "hang"}, {"keys": ("red", "keys-no-answer")}),
    "clock ahead": ({"clock_skew_s": 300}, {"clock": ("red", "clock-ahead")}),
    "clock behind": ({"clock_skew_s": -90}, {"clock": ("red", "clock-behind")}),
    "clock drifts": ({"clock_skew_s": 20}, {"clock": ("amber", "clock-drifts")}),
    "no scope for scores": (
        {"withheld": "score"}, {"scopes": ("red", "scopes-missing"), "grades": ("grey", "needs-scope")}
    ),
    "no scope for columns": (
        {"withheld": "lineitem"}, {"scopes": ("red", "scopes-missing"), "grades": ("grey", "needs-scope")}
    ),
    "no scope for the roster": (
        {"withheld": "members"}, {"scopes": ("amber", "scopes-fewer"), "roster": ("grey", "needs-scope")}
    ),
    "no scope for results": ({"withheld": "result"}, {"scopes": ("amber", "scopes-fewer")}),
    "columns stay": ({"column_removal": False}, {"grades": ("amber", "grades-left-behind")}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_the_rest_stays_green(well: Surgery, name: str) -> None:
    switches, wanted = BROKEN[name]
    well.school.misbehave(**switches)
    lights = well.examine()
    assert {topic: (lights[topic].state, lights[topic].code) for topic in wanted} == wanted
    assert states(lights) == ALL_GREEN | {topic: state for topic, (state, _) in wanted.items()}


SILENT: dict[str, tuple[dict[str, Any], dict[str, tuple[str, str]]]] = {
    "no grade service": ({"ags": "none"}, {"grades": ("red", "grades-not-offered")}),
    "only its own column": ({"ags": "lineitem_only"}, {"grades": ("amber", "grades-own-column")}),
    "no roster": ({"nrps": False}, {"roster": ("amber", "roster-not-offered")}),
    "no e-mail": ({"emails": False}, {"person": ("amber", "person-no-email")}),
    "no names": ({"names": False}, {"person": ("amber", "person-no-name-no-email")}),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_a_launch_leaves_out_is_named_and_the_rest_stays_green(surgery: Surgery, name: str) -> None:
    switches, wanted = SILENT[name]
    surgery.school.misbehave(**switches)
    assert surgery.launch().status_code == 303
    lights = surgery.examine()
    assert {topic: (lights[topic].state, lights[topic].code) for topic in wanted} == wanted
    assert states(lights) == ALL_GREEN | {topic: state for topic, (state, _) in wanted.items()}


def test_a_refused_launch_is_told_with_its_reason(well: Surgery) -> None:
    well.school.misbehave(clock_skew_s=300)
    assert well.launch().status_code == 401
    well.school.misbehave(clock_skew_s=0)
    lights = well.examine()
    assert states(lights) == ALL_GREEN | {"launch": "red", "clock": "red"}
    assert lights["launch"].facts["refusal"] == "token-time"
    assert lights["clock"].facts["where"] == "launch"


def test_a_platform_that_gives_no_token_says_why_in_its_own_words(well: Surgery) -> None:
    well.school.fail("token", status=401, times=100)
    lights = well.examine()
    grey = dict.fromkeys(("scopes", "grades", "roster"), "grey")
    assert states(lights) == ALL_GREEN | {"access": "red"} | grey
    assert lights["access"].facts["status"] == 401
    assert "this answer was planned to fail" in lights["access"].facts["said"]


def test_a_tool_without_any_scope_is_known_and_may_do_nothing(well: Surgery) -> None:
    well.school.misbehave(ags="no_scopes")
    lights = well.examine()
    assert (lights["access"].state, lights["scopes"].state) == ("green", "red")


def test_every_page_of_the_roster_is_read(well: Surgery) -> None:
    well.school.control("bulk", {"course": COURSE, "students": 120})
    assert well.examine()["roster"].facts | {"learners": 0} == {
        "members": 125, "pages": 3, "learners": 0, "teachers": 1, "others": 0,
    }  # fmt: skip


def test_a_page_that_is_missing_breaks_the_roster_off(well: Surgery) -> None:
    well.school.control("bulk", {"course": COURSE, "students": 120})
    well.school.misbehave(roster_third_page=False)
    lights = well.examine()
    assert states(lights) == ALL_GREEN | {"roster": "red"}
    assert lights["roster"].code == "roster-breaks-off"
    assert (lights["roster"].facts["page"], lights["roster"].facts["members"]) == (3, 100)


def test_a_teacher_is_asked_to_open_the_link_as_a_student(surgery: Surgery) -> None:
    surgery.launch("fatima")
    light = surgery.examine()["grades"]
    assert (light.state, light.code) == ("amber", "grades-no-learner")
    assert surgery.trials() == []


@pytest.mark.parametrize(
    ("group", "fault", "code"),
    [
        ("scores", {"status": 422}, "grades-score-refused"),
        ("scores", {"status": 503}, "grades-score-refused"),
        ("scores", {"kind": "drop"}, "grades-unreachable"),
        ("results", {"status": 500}, "grades-read-refused"),
        ("results", {"kind": "drop"}, "grades-unreachable"),
    ],
)
def test_the_column_is_removed_whatever_step_fails(
    well: Surgery, group: str, fault: dict[str, Any], code: str
) -> None:
    well.school.fail(group, **fault)
    assert well.examine()["grades"].code == code
    assert well.trials() == []


def test_a_column_whose_making_was_not_confirmed_is_removed_too(well: Surgery) -> None:
    """The first call to line items lists them; the second makes one, and its answer is lost."""
    well.school.misbehave(slow_ms={"lineitems": 400})
    well.school.control("counts", None, "DELETE")
    finding: list[Light] = []
    run = threading.Thread(target=lambda: finding.append(well.examine()["grades"]))
    run.start()
    while not well.school.counts()["requests"].get("lineitems"):
        time.sleep(0.02)
    well.school.fail("lineitems", kind="lost")
    run.join()
    assert [light.code for light in finding] == ["grades-unreachable"]
    assert well.school.counts()["requests"]["lineitems"] == 4, "listed, made, listed again, removed"
    assert well.trials() == []


def test_what_a_run_that_died_left_behind_is_removed_by_the_next(well: Surgery) -> None:
    well.school.misbehave(column_removal=False)
    for _ in range(3):
        assert well.examine()["grades"].code == "grades-left-behind"
    assert len(well.trials()) == 1, "left-overs do not pile up"
    well.school.misbehave(column_removal=True)
    assert well.examine()["grades"].state == "green"
    assert well.trials() == []


@pytest.mark.slow
def test_a_slow_platform_ends_within_the_bound(well: Surgery) -> None:
    groups = ("jwks", "token", "scores", "lineitems", "results", "roster")
    well.school.misbehave(slow_ms=dict.fromkeys(groups, 900))
    began = time.monotonic()
    lights = well.examine()
    assert time.monotonic() - began < 15
    assert lights["keys"].state == "green"


@pytest.mark.slow
def test_a_platform_that_hangs_ends_soon(well: Surgery) -> None:
    groups = ("jwks", "token", "scores", "lineitems", "results", "roster")
    well.school.misbehave(slow_ms=dict.fromkeys(groups, 30_000))
    began = time.monotonic()
    lights = well.examine()
    assert time.monotonic() - began < 6
    assert {lights["keys"].code, lights["access"].code} == {"keys-no-answer", "access-no-answer"}


