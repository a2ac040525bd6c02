"""The end of a contract: nothing is sent any more, all can be taken along, and nothing personal is left."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from lti_tool import tables
from lti_tool.base import clock
from lti_tool.base.db import snapshot, writing
from lti_tool.base.errors import Conflict, Forbidden
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people.models import Identity, Person
from lti_tool.protocols.contracts import ending, erasing, exporting
from lti_tool.protocols.contracts.models import Erasure
from lti_tool.protocols.grades import claims, planning
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import AccessToken, Registration
from lti_tool.protocols.platforms.service import Platform, Status
from lti_tool.protocols.resource_links.models import Group, ResourceLink, Roster
from lti_tool.protocols.roster import keeping, rules
from tests import factories

MARKER = "Zonnebloemveld"
"""Stands in the name of every person, course and link of the school that goes."""


@dataclass
class Town:
    """Two schools; one of them goes, and one learner is at both."""

    engine: Engine
    goes: Platform
    stays: Platform
    enrolments: list[int] = field(default_factory=list)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield writing(session)

    def erase(self) -> Erasure:
        with self.writing() as session:
            begun = erasing.begin(session, self.goes.public_id).id
        return erasing.run(self.writing, tables.metadata, begun)


def settle(session: Session, school: Platform, marker: str, learners: int) -> list[int]:
    found = []
    link = factories.link(session, school, title=f"Link {marker}", context_title=f"Klas {marker}")
    for number in range(learners):
        enrolment_id = factories.learner(session, school, link, f"{marker}-{number}")
        factories.read(session, enrolment_id, "r1")
        planning.plan(session, enrolment_id)
        found.append(enrolment_id)
    session.add(AccessToken(registration_id=school.id, scopes="a", sealed_token="x"))
    launches.note_refusal(session, "K7Q2-9MPX", school.id, "unknown-deployment", {"deployment": marker})
    return found


@pytest.fixture
def town(engine: Engine) -> Iterator[Town]:
    catalogue.forget_syllabi()
    with Session(engine) as session, session.begin():
        factories.module(writing(session), extras=0)
        goes = factories.platform(session, "https://gaat.example", name="School die gaat")
        stays = factories.platform(session, "https://blijft.example", name="School die blijft")
        made = Town(engine, goes, stays, settle(session, goes, MARKER, 3))
        settle(session, stays, "Blijvend", 2)
        both = session.scalars(select(Identity).where(Identity.subject == f"{MARKER}-0")).one()
        session.add(Identity(authority=f"lti:{stays.id}", subject="at-both", person_id=both.person_id))
    yield made
    catalogue.forget_syllabi()


def counts(engine: Engine) -> dict[str, int]:
    with Session(engine) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.metadata.tables.items()
        }


def test_nothing_is_sent_after_the_end(town: Town) -> None:
    with town.writing() as session:
        assert ending.end(session, town.goes.public_id) == 3
        assert ending.end(session, town.goes.public_id) == 0, "a second time changes nothing"
    with Session(town.engine) as session:
        rows = session.execute(select(Delivery.registration_id, Delivery.state, Delivery.reason)).all()
        assert {tuple(row)[1:] for row in rows if row[0] == town.goes.id} == {("dropped", "platform-ended")}
        assert {row[1] for row in rows if row[0] == town.stays.id} == {"queued"}
        assert session.scalars(select(AccessToken.registration_id)).all() == [town.stays.id]
        assert [one.registration_id for one in claims.waiting(session)] == [town.stays.id]
        ended = session.get_one(Registration, town.goes.id)
        assert (ended.status, ended.ended_at is None) == ("ended", False)


def test_what_is_proved_after_the_end_is_not_queued(town: Town) -> None:
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
        session.execute(text("DELETE FROM deliveries"))
        for enrolment_id in town.enrolments:
            planning.plan(session, enrolment_id)
        assert session.scalars(select(Delivery.id)).all() == []


def test_a_launch_is_told_that_the_contract_ended(town: Town) -> None:
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
        with pytest.raises(Forbidden, match="platform-ended"):
            platforms.for_login(session, town.goes.issuer, None)


def test_a_contract_can_be_taken_up_again(town: Town) -> None:
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
        platforms.decide(session, town.goes.public_id, Status.ACTIVE)
        assert session.get_one(Registration, town.goes.id).ended_at is None


def exported(engine: Engine, school: Platform) -> zipfile.ZipFile:
    with Session(engine) as session:
        found = snapshot(session).get_one(Registration, school.id)
        return zipfile.ZipFile(io.BytesIO(b"".join(exporting.streamed(session, found))))


def test_the_export_holds_all_of_one_platform_and_nothing_of_others(town: Town) -> None:
    archive = exported(town.engine, town.goes)
    assert archive.testzip() is None
    assert "School die gaat" in archive.read("LEESMIJ.txt").decode()
    sheets = (
        "personen", "cursussen", "groepen", "links", "deelnemers", "standen", "bewijs", "pogingen", "praktijkdagen",
        "aanwezigheid", "beoordelingen", "cijfers",
    )  # fmt: skip
    assert set(archive.namelist()) == {"LEESMIJ.txt", *(f"{one}.{kind}" for one in sheets for kind in ("csv", "json"))}
    found = {one: json.loads(archive.read(f"{one}.json")) for one in sheets}
    assert [len(found[one]) for one in sheets] == [3, 1, 0, 1, 3, 3, 3, 0, 0, 0, 0, 3]
    assert {one["name"] for one in found["personen"]} == {f"{MARKER}-{number}" for number in range(3)}
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Blijvend" not in everything


def whom_a_roster_named(town: Town) -> None:
    """Somebody who never came in, in a group of the course; and when the roster was read."""
    with town.writing() as session:
        mine = ResourceLink.registration_id == town.goes.id
        link = session.scalars(select(ResourceLink).where(mine)).one()
        named = rules.named_in([{
            "user_id": "r1", "roles": ["Learner"], "name": f"{MARKER}-roster", "lis_person_sourcedid": "s1234567",
            "group_enrollments": [{"group_id": "team-a"}],
        }])  # fmt: skip
        kept = platforms.kept(town.goes.privacy_level)
        keeping.keep(session, link.id, link.cohort_id, f"lti:{town.goes.id}", named, kept, clock.now())
        session.add(Group(context_id=link.context_id, group_id="team-a", name="Team A"))
        session.add(Roster(resource_link_id=link.id, attempts=0, is_of_course=False, counted=1))


def test_whom_only_a_roster_named_is_exported_too(town: Town) -> None:
    whom_a_roster_named(town)
    archive = exported(town.engine, town.goes)
    found = {one: json.loads(archive.read(f"{one}.json")) for one in ("personen", "deelnemers", "groepen")}
    (person,) = [one for one in found["personen"] if one["id_at_platform"] == "r1"]
    (member,) = [one for one in found["deelnemers"] if one["id_at_platform"] == "r1"]
    assert (person["name"], person["student_number"]) == (f"{MARKER}-roster", "s1234567")
    assert (member["last_launch_at"], member["group_ids"]) == (None, ["team-a"])
    assert member["seen_at"]
    assert [one["name"] for one in found["groepen"]] == ["Team A"]


def test_whom_only_a_roster_named_is_erased_too(town: Town) -> None:
    whom_a_roster_named(town)
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
        begun = erasing.begin(session, town.goes.public_id).id
    erasing.run(town.writing, tables.metadata, begun)
    with town.writing() as session:
        assert session.scalars(select(Roster.resource_link_id)).all() == []
        assert session.scalars(select(Group.name)).all() == []
        assert session.execute(text("SELECT count(*) FROM people WHERE student_number IS NOT NULL")).scalar() == 0


def test_the_sheets_open_in_a_dutch_spreadsheet(town: Town) -> None:
    with town.writing() as session:
        session.execute(text("UPDATE enrolments SET score = 0.75"))
        session.execute(text("UPDATE people SET name = '=1+1' WHERE name LIKE '%-1'"))
    archive = exported(town.engine, town.goes)
    raw = archive.read("standen.csv").decode()
    assert raw.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(raw.lstrip("\ufeff")), delimiter=";"))
    assert [(row["score"], row["passed"]) for row in rows] == [("0,75", "ja")] * 3
    people = csv.DictReader(io.StringIO(archive.read("personen.csv").decode().lstrip("\ufeff")), delimiter=";")
    assert "'=1+1" in {row["name"] for row in people}, "a name is no formula"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_text_is_worked_out_by_a_spreadsheet(first: str) -> None:
    """As OWASP lists them, those of full width too."""
    lines = "".join(exporting.csv_lines(iter([{"name": f"{first}1+1"}])))
    (row,) = csv.DictReader(io.StringIO(lines.lstrip("\ufeff"), newline=""), delimiter=";")
    assert row["name"] == f"'{first}1+1"


def test_only_an_ended_contract_is_erased(town: Town) -> None:
    with town.writing() as session, pytest.raises(Conflict, match="platform-not-ended"):
        erasing.begin(session, town.goes.public_id)


def test_erasing_leaves_nothing_of_the_school_and_all_of_others(town: Town) -> None:
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
    before = counts(town.engine)
    report = town.erase()
    after = counts(town.engine)
    gone = {name: before[name] - after[name] for name in before if before[name] > after[name]}
    assert gone == {name: count for name, count in report.counts.items() if count}, "the report tells what went"
    assert gone == {
        "deliveries": 3, "members": 3, "evidence": 3, "enrolments": 3, "cohorts": 1, "identities": 3, "people": 2,
        "resource_links": 1, "contexts": 1, "refused_launches": 1, "deployments": 1,
    }  # fmt: skip
    assert report.finished_at is not None
    with Session(town.engine) as session:
        assert [value for value in dump(session) if MARKER in value] == []
        at_both = session.scalars(select(Identity.person_id).where(Identity.subject == "at-both")).one()
        assert session.get(Person, at_both) is not None
        assert session.get(Registration, town.goes.id) is not None, "so that launches are still told why"


def dump(session: Session) -> Iterator[str]:
    """Every value of every table but the names of people whom another school knows too."""
    keep = select(Identity.person_id).where(Identity.subject == "at-both").scalar_subquery()
    for name, table in tables.metadata.tables.items():
        query = select(table).where(table.c.id != keep) if name == "people" else select(table)
        yield from (str(tuple(row)) for row in session.execute(query))


@pytest.mark.parametrize("slices", [1, 2, 3, 5, 8])
def test_an_erasure_that_was_killed_goes_on_where_it_was(town: Town, slices: int, monkeypatch: Any) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    with town.writing() as session:
        ending.end(session, town.goes.public_id)
        begun = erasing.begin(session, town.goes.public_id).id
    before, done = counts(town.engine), 0

    @contextmanager
    def until_killed() -> Iterator[Session]:
        nonlocal done
        done += 1
        with town.writing() as session:
            yield session
            if done > slices:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erasing.run(until_killed, tables.metadata, begun)
    report = town.erase()
    after = counts(town.engine)
    gone = {name: before[name] - after[name] for name in before if before[name] > after[name]}
    assert report.id == begun
    assert gone == {name: count for name, count in report.counts.items() if count}
