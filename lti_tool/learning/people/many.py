"""Many people at once, in a bounded number of statements."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.learning.people.models import Person
from lti_tool.learning.people.service import display_name, pseudonym


@dataclass(frozen=True, slots=True)
class Known:
    """How somebody is shown in the lists of their own teachers."""

    public_id: str
    name: str
    """Their pseudonym where no name was told."""
    email: str | None
    student_number: str | None


def shown(session: Session, whose: Select[int]) -> dict[int, Known]:
    """The people whose ids this query finds, in one statement."""
    query: Select[*tuple[Any, ...]] = select(
        Person.id, Person.public_id, Person.name, Person.given_name, Person.family_name, Person.email,
        Person.student_number,
    ).where(Person.id.in_(whose))  # fmt: skip
    return {
        row.id: Known(row.public_id, display_name(row) or pseudonym(row.public_id), row.email, row.student_number)
        for row in session.execute(query)
    }
