"""Many people at once, in a bounded number of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.people.names import SortKey, sort_key
from lti_tool.learning.people.service import PERSONAL, Profile, changes, display_name, pseudonym

_PEOPLE = cast(Table, Person.__table__)
_FIELDS = (*PERSONAL, "launch_language")
NOBODY = Profile()


def recognise(
    session: Session, authority: str, told: Mapping[str, Profile], keeps: Collection[str]
) -> dict[str, int]:
    """The people known by these subjects of an authority, made at first sight: their ids by subject.

    As `service.recognise`, for all in four statements. Where another transaction makes one of them at the same moment,
    this raises IntegrityError: try again then, and find them.
    """
    known = _known(session, authority, told)
    differ = {row.id: found for subject, row in known.items() if (found := changes(row, told[subject], keeps))}
    _change(session, {row.id: row for row in known.values()}, differ)
    new = [subject for subject in sorted(told) if subject not in known]
    return {subject: row.id for subject, row in known.items()} | _make(session, authority, new, told, keeps)


def _known(session: Session, authority: str, subjects: Collection[str]) -> dict[str, Row[Any]]:
    query: Select[*tuple[Any, ...]] = (
        select(Identity.subject, _PEOPLE.c.id, *(_PEOPLE.c[name] for name in _FIELDS))
        .join(_PEOPLE, _PEOPLE.c.id == Identity.person_id)
        .where(Identity.authority == authority, Identity.subject.in_(subjects))
    )
    return {row.subject: row for row in session.execute(query)}


def _change(session: Session, rows: Mapping[int, Row[Any]], differ: Mapping[int, dict[str, str | None]]) -> None:
    """In the order of their ids, as everybody does who changes several: so nobody waits for one another."""
    if differ:
        all_fields = [
            {"this": one, **{name: getattr(rows[one], name) for name in _FIELDS}, **differ[one]}
            for one in sorted(differ)
        ]
        session.connection().execute(
            update(_PEOPLE)
            .where(_PEOPLE.c.id == bindparam("this"))
            .values({name: bindparam(name) for name in _FIELDS}),
            all_fields,
        )


def _make(
    session: Session, authority: str, subjects: list[str], told: Mapping[str, Profile], keeps: Collection[str]
) -> dict[str, int]:
    if not subjects:
        return {}
    names, now = {subject: new_public_id() for subject in subjects}, clock.now()
    nobody: dict[str, str | None] = dict.fromkeys(_FIELDS)
    rows = [
        {"public_id": names[one], "created_at": now, **nobody, **changes(NOBODY, told[one], keeps)}
        for one in subjects
    ]
    made = session.execute(insert(_PEOPLE).returning(_PEOPLE.c.public_id, _PEOPLE.c.id), rows).all()
    ids: dict[str, int] = {row.public_id: row.id for row in made}
    found = {subject: ids[public_id] for subject, public_id in names.items()}
    identities = [{"authority": authority, "subject": one, "person_id": found[one]} for one in subjects]
    session.execute(insert(cast(Table, Identity.__table__)), identities)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """How somebody is shown in the lists of their own teachers."""

    public_id: str
    name: str
    """Their pseudonym where no name was told."""
    email: str | None
    student_number: str | None


_NAMES = (Person.name, Person.given_name, Person.family_name)
_TOLD = (Person.public_id, Person.email, Person.student_number)


def with_names(query: Select[Any], person_id: Any, *, is_all_told: bool = False) -> Select[Any]:
    """The same rows with what their people are called; with all that was told where `known` is to read them."""
    return query.join(Person, Person.id == person_id).add_columns(*_NAMES, *(_TOLD if is_all_told else ()))


def known(row: Row[Any]) -> Known:
    """Of a row of `with_names`."""
    name = display_name(row) or pseudonym(row.public_id)
    return Known(row.public_id, name, row.email, row.student_number)


def place_in_order(row: Row[Any]) -> tuple[SortKey, int]:
    """By what rows of `with_names` are sorted wherever a class is listed; the rest of the order is by person_id."""
    return sort_key(row.name, row.given_name, row.family_name), row.person_id


def with_public_id(query: Select[Any], person_id: Any, name: str) -> Select[Any]:
    """The same rows, each with the public id of its person in a column of this name."""
    return query.add_columns(Person.public_id.label(name)).join(Person, Person.id == person_id)


def shown(session: Session, whose: Select[int]) -> dict[int, Known]:
    """The people whose ids this query finds, in one statement."""
    query: Select[*tuple[Any, ...]] = select(Person.id, *_NAMES, *_TOLD).where(Person.id.in_(whose))
    return {row.id: known(row) for row in session.execute(query)}


@dataclass(frozen=True, slots=True)
class Told:
    """Which facts anybody of a group has."""

    numbers: bool
    emails: bool


def told(session: Session, whose: Select[Any]) -> Told:
    """Of the people whose ids this query finds."""
    counts = select(func.count(Person.student_number), func.count(Person.email)).where(Person.id.in_(whose))
    numbers, emails = session.execute(counts).one()
    return Told(bool(numbers), bool(emails))


def id_where(public_id: str) -> Select[int]:
    """A query for the id of the person of this public id."""
    return select(Person.id).where(Person.public_id == public_id)
