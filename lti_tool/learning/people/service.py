"""Recognise a person; keep what their school tells of them up to date."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning.people.models import Identity, Organisation, Person


@dataclass(frozen=True, slots=True)
class Profile:
    """What a school told. None: not told, which never erases what was told before."""

    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    launch_language: str | None = None
    student_number: str | None = None


_KNOWN = (
    select(Person)
    .join(Identity, Identity.person_id == Person.id)
    .where(Identity.authority == bindparam("authority"), Identity.subject == bindparam("subject"))
)


PERSONAL = ("name", "given_name", "family_name", "email", "student_number")


def recognise(
    session: Session, authority: str, subject: str, profile: Profile, keeps: Collection[str] = PERSONAL
) -> Person:
    """The person known by (authority, subject), made at first sight. People are never matched by e-mail.

    Of what is PERSONAL only these fields are kept; what was kept of others before is removed.
    """
    person = session.scalars(_KNOWN, {"authority": authority, "subject": subject}).one_or_none()
    if person is None:
        person = Person(created_at=clock.now())
        session.add(Identity(authority=authority, subject=subject, person=person))
    _tell(person, profile, keeps)
    session.flush()
    return person


_LIMITS = (
    ("name", 255), ("given_name", 255), ("family_name", 255), ("email", 320), ("student_number", 255),
    ("launch_language", 16),
)  # fmt: skip


def ids_known_by(authority: str) -> Select[int]:
    """A query for the ids of everybody known by this authority."""
    return select(Identity.person_id).where(Identity.authority == authority)


def forget_beyond(session: Session, authority: str, keeps: Collection[str]) -> None:
    """Remove, of everybody known by this authority, what is PERSONAL and not one of these fields."""
    gone = {field: None for field in PERSONAL if field not in keeps}
    if gone:
        theirs = ids_known_by(authority)
        session.execute(
            update(Person).where(Person.id.in_(theirs)).values(gone).execution_options(synchronize_session=False)
        )


def _tell(person: Person, profile: Profile, keeps: Collection[str]) -> None:
    for field, value in changes(person, profile, keeps).items():
        setattr(person, field, value)


def changes(person: Person | Row[Any] | Profile, profile: Profile, keeps: Collection[str]) -> dict[str, str | None]:
    """What of a person becomes another, now that a school told this."""
    found: dict[str, str | None] = {}
    for field, limit in _LIMITS:
        has, told = getattr(person, field), getattr(profile, field)
        if field in PERSONAL and field not in keeps:
            if has is not None:
                found[field] = None
        elif told and told[:limit] != has:
            found[field] = told[:limit]
    return found


def pseudonym(public_id: str) -> str:
    """Four characters that stand for somebody whose name was not told, such as "7F3A"."""
    letters = "".join(character for character in public_id.upper() if character.isalnum())
    return (letters + "0000")[:4]


def pseudonyms(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """What stands for these people where names are not shown."""
    rows = session.execute(select(Person.id, Person.public_id).where(Person.id.in_(person_ids)))
    return {person_id: pseudonym(public_id) for person_id, public_id in rows}


def find(session: Session, public_id: str) -> Row[Any] | None:
    """The columns of the person of this public id."""
    return session.execute(select(*_PEOPLE.c).where(_PEOPLE.c.public_id == public_id)).one_or_none()


def names(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """How these people are shown to who may know their names; their pseudonym where none was told."""
    rows = session.execute(select(*_PEOPLE.c).where(_PEOPLE.c.id.in_(person_ids)))
    return {row.id: display_name(row) or pseudonym(row.public_id) for row in rows}


def display_name(person: Person | Row[Any]) -> str | None:
    """The name to show, or None where only the pseudonym may be shown."""
    joined = " ".join(part for part in (person.given_name, person.family_name) if part)
    return person.name or joined or None


def choose_language(session: Session, person_id: int, language: str) -> None:
    session.get_one(Person, person_id).language = language


def language_of(person: Person | Row[Any]) -> str:
    """The person's own choice, else what their last launch spoke, else Dutch."""
    return person.language or person.launch_language or "nl"


_PEOPLE = cast(Table, Person.__table__)
_BY_ID: Select[Any] = select(*_PEOPLE.c).where(_PEOPLE.c.id == bindparam("person_id"))


def person_of(session: Session, person_id: int) -> Row[Any]:
    """The columns of a person, to read."""
    return session.execute(_BY_ID, {"person_id": person_id}).one()


def id_of(session: Session, public_id: str) -> int | None:
    """The inner id of a person; None where there is nobody of that public id."""
    return session.scalar(select(Person.id).where(Person.public_id == public_id))


def seed_organisation(session: Session, public_id: str, kind: str, name: str) -> None:
    """Make or rename an organisation."""
    found = session.scalars(select(Organisation).where(Organisation.public_id == public_id)).one_or_none()
    if found is None:
        session.add(Organisation(public_id=public_id, kind=kind, name=name))
    else:
        found.kind, found.name = kind, name


def school_named(session: Session, name: str) -> int:
    """The id of the school of this name, made where there is none; case does not matter."""
    wanted = " ".join(name.split())[:255]
    schools = session.scalars(select(Organisation).where(Organisation.kind == "school")).all()
    found = next((one for one in schools if one.name.casefold() == wanted.casefold()), None)
    if found is None:
        found = Organisation(kind="school", name=wanted)
        session.add(found)
        session.flush()
    return found.id


def organisation_names(session: Session) -> dict[int, str]:
    """Every organisation's name by its id."""
    return {row.id: row.name for row in session.execute(select(Organisation.id, Organisation.name))}


def organisation_id(session: Session, public_id: str) -> int:
    """Raises NotFound("organisation")."""
    found = session.scalar(select(Organisation.id).where(Organisation.public_id == public_id))
    if found is None:
        raise NotFound("organisation", organisation=public_id[:64])
    return found


def join_identities(session: Session, former: str, authority: str) -> dict[int, int]:
    """Let those whom one authority knows be known by the other: who is the same becomes one, and who became whom.

    The former person stays until nothing refers to them any more (`drop_people`).
    """
    theirs: dict[str, int] = dict(session.execute(_known_by(authority)).all())
    became = {}
    for subject, person_id in session.execute(_known_by(former)).all():
        if subject in theirs and theirs[subject] != person_id:
            became[person_id] = theirs[subject]
    same = delete(Identity).where(Identity.authority == former, Identity.subject.in_(_subjects(authority)))
    session.execute(same.execution_options(synchronize_session=False))
    session.execute(update(Identity).where(Identity.authority == former).values(authority=authority))
    for old, new in became.items():
        session.execute(update(Identity).where(Identity.person_id == old).values(person_id=new))
        _complete(session.get_one(Person, new), session.get_one(Person, old))
    session.flush()
    return became


def known_by(session: Session, authority: str) -> int:
    """How many people this authority knows."""
    return session.scalar(select(func.count()).where(Identity.authority == authority)) or 0


def _known_by(authority: str) -> Select[str, int]:
    return select(Identity.subject, Identity.person_id).where(Identity.authority == authority)


def _subjects(authority: str) -> Any:
    return select(Identity.subject).where(Identity.authority == authority).scalar_subquery()


def _complete(person: Person, former: Person) -> None:
    """What only the former one told."""
    for field in (*PERSONAL, "language", "launch_language"):
        if not getattr(person, field):
            setattr(person, field, getattr(former, field))


def drop_people(session: Session, person_ids: Collection[int]) -> None:
    session.execute(delete(Person).where(Person.id.in_(person_ids)))
