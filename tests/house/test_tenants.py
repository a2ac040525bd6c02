"""What belongs to one school is neither shown to another nor changed by it, whatever ids it guesses, on every route."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import tables
from lti_tool.learning.people.staff import StaffRole
from tests.house.town import ADD, ARGUMENTS, FIELDS, TOOL, School, Town, fields_in_use, tenant_tables


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite only: what each route may show does not hang on the database, and the walk takes minutes."""
    shutil.copyfile(sqlite_template, tmp_path / "tool.db")
    return f"sqlite:///{tmp_path / 'tool.db'}"


LEADS_TO_WHOM_IT_NAMES = {"lti.begin"}
"""A login goes to the platform that its `iss` names, whoever asks: that is what a login is."""
MAY_BE_BEGUN_BY_ANYBODY = {"login_attempts"}


def asked(client: FlaskClient, method: str, address: str, fields: dict[str, str]) -> TestResponse:
    given: dict[str, Any] = {"query_string": fields} if method == "GET" else {"data": fields}
    return client.open(address, method=method, base_url=TOOL, headers={"Origin": TOOL}, **given)


def told(answer: TestResponse) -> str:
    return answer.get_data().decode(errors="replace") + str(answer.headers)


def walk(town: Town, own: School, whose: School, who: str) -> tuple[list[str], int]:
    """Ask everything as `who` of `own` with ids of `whose`; what was told of them, and how many requests that were."""
    shown, count = [], 0
    for rule, method in town.routes():
        client = town.staff(own) if who == "staff" else town.visitor(own, who)
        for address in town.addresses(rule, own, whose):
            for fields in town.forms(whose):
                answer, count = asked(client, method, address, fields), count + 1
                assert answer.status_code != 500, f"{method} {address} failed"
                if whose.marker in told(answer) and rule.endpoint not in LEADS_TO_WHOM_IT_NAMES:
                    shown.append(f"{method} {address} told {who} of {own.name} about {whose.name}")
    return shown, count


def test_no_route_shows_or_changes_what_belongs_to_another_school(town: Town) -> None:
    own, *others = town.schools
    before = town.snapshot()
    count = 0
    for whose in others:
        for who in ("learner", "teacher", "staff"):
            shown, asked_for = walk(town, own, whose, who)
            assert shown == []
            count += asked_for
    assert count > 300
    after = town.snapshot()
    theirs = set().union(*(school.rows for school in others))
    assert [row for row in theirs if after.get(row) != before[row]] == []
    assert pointing_at(theirs, set(after) - set(before), after) == []


def pointing_at(theirs: set[Any], new: set[Any], after: dict[Any, dict[str, Any]]) -> list[Any]:
    """New rows that refer to rows of others."""
    return [
        row
        for row in new
        for key in tables.metadata.tables[row[0]].foreign_keys
        if (key.column.table.name, (after[row][key.parent.name],)) in theirs and row[0] not in MAY_BE_BEGUN_BY_ANYBODY
    ]


def test_whoever_it_belongs_to_does_see_it(town: Town) -> None:
    """Else the walk could not find anything."""
    for school in town.schools:
        for role in ("learner", "teacher"):
            page = town.visitor(school, role).get(f"/v/{school.visits[role][0]}/", base_url=TOOL)
            assert page.status_code == 200
            assert school.marker in page.text
        home = town.staff(school, StaffRole.CENTRAL_ADMIN).get("/staff/", base_url=TOOL)
        assert home.status_code == 200


def test_a_change_through_a_guessed_id_would_be_found(town: Town) -> None:
    """The comparison sees one changed column, and one new row that refers to another's."""
    _, bravo, _ = town.schools
    before = town.snapshot()
    browser = town.visitor(bravo, "learner")
    visit = bravo.visits["learner"][0]
    assert asked(browser, "POST", f"/v/{visit}/language", {"language": "en"}).status_code == 303
    after = town.snapshot()
    assert {row[0] for row in bravo.rows if after[row] != before[row]} >= {"people", "visits"}
    person = next(row for row in bravo.rows if row[0] == "people")
    new = ("identities", (-1,))
    assert pointing_at(bravo.rows, {new}, {**after, new: {"person_id": person[1][0]}}) == [new]


def test_the_walk_knows_every_argument_of_every_route(town: Town) -> None:
    unknown = {name: rule.rule for rule, _ in town.routes() for name in rule.arguments if name not in ARGUMENTS}
    assert unknown == {}, f"say in ARGUMENTS of {ADD} what these hold"


def test_the_walk_knows_every_field_of_every_form() -> None:
    unknown = {name for name in fields_in_use() if name not in FIELDS and not name.startswith("q.")}
    assert unknown == set(), f"say in FIELDS of {ADD} what these hold: a table, or values"


def test_every_kind_of_thing_that_a_school_has_stands_in_the_walk(town: Town) -> None:
    for school in town.schools:
        lacking = tenant_tables() - {table for table, _ in school.rows}
        assert lacking == set(), f"make a row of these in _settle of {ADD}"
