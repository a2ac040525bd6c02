"""Remove all that is personal of a platform whose contract has ended.

In slices, each in a short transaction of its own that also counts what it removed: nobody waits for long, and after a
crash the next call goes on where the last one stopped. The registration, its deployments and the counts stay.
What belongs to a platform is found by its keys in the tables, so that a new table joins by itself.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, delete, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning import audit, privacy
from lti_tool.protocols.contracts.ending import authority, must_have_ended, owners, registration
from lti_tool.protocols.contracts.models import Erasure
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.resource_links.models import ResourceLink

STAY = frozenset({"registrations", "deployments", "erasures"})
LAST = ("resource_links", "contexts")
"""The runs of links are found by the links, so these go after the runs."""
AT_ONCE = privacy.AT_ONCE
Counts = dict[str, int]
Open = Callable[[], Any]
"""Gives a writing session as a context manager that commits at its end."""


def begin(session: Session, public_id: str, *, actor_id: int | None = None) -> Erasure:
    """The erasure of this platform that was begun and not finished, or a new one.

    Raises NotFound("unknown-platform"), Conflict("platform-not-ended").
    """
    found = registration(session, public_id)
    must_have_ended(found)
    open_one = select(Erasure).where(Erasure.registration_id == found.id, Erasure.finished_at.is_(None))
    begun = session.scalars(open_one).first()
    if begun is None:
        begun = Erasure(registration_id=found.id, begun_at=clock.now(), begun_by=actor_id, counts={})
        session.add(begun)
        session.flush()
        audit.note(session, "staff:platform:erase", actor_id=actor_id, object_id=public_id)
    return begun


def run(open_session: Open, metadata: MetaData, erasure_id: int) -> Erasure:
    """Do all slices that are left, and finish."""
    for number in range(len(_parts())):
        while _one(open_session, metadata, erasure_id, number):
            pass
    with open_session() as session:
        erasure: Erasure = session.get_one(Erasure, erasure_id)
        erasure.finished_at = clock.now()
        found = session.get_one(Registration, erasure.registration_id)
        audit.note(
            session, "staff:platform:erased", actor_id=erasure.begun_by, object_id=found.public_id, **erasure.counts
        )
        session.flush()
        session.expunge(erasure)
    return erasure


def _one(open_session: Open, metadata: MetaData, erasure_id: int, part: int) -> bool:
    """One slice of a part, in a transaction of its own; False when nothing of it was left."""
    with open_session() as session:
        erasure = session.get_one(Erasure, erasure_id)
        found = session.get_one(Registration, erasure.registration_id)
        removed = _parts()[part](session, metadata, found)
        erasure.counts = {
            name: erasure.counts.get(name, 0) + removed.get(name, 0) for name in {*erasure.counts, *removed}
        }
        return any(removed.values())


Part = Callable[[Session, MetaData, Registration], Counts]


def _parts() -> tuple[Part, ...]:
    return (_what_leans_on_links, _work, _runs, _people, _links)


def _what_leans_on_links(session: Session, metadata: MetaData, found: Registration) -> Counts:
    return _first_rows(session, _leaning(metadata, found, last=False))


def _links(session: Session, metadata: MetaData, found: Registration) -> Counts:
    """With them what was seen in launches as a deployment, and was never accepted."""
    deployments = metadata.tables["deployments"]
    pending = (deployments.c.registration_id == found.id) & (deployments.c.status == "pending")
    return _first_rows(session, chain(_leaning(metadata, found, last=True), ((deployments, pending),)))


def _work(session: Session, _metadata: MetaData, found: Registration) -> Counts:
    return privacy.forget_work(session, privacy.runs(session, owners(session, found.id)))


def _runs(session: Session, _metadata: MetaData, found: Registration) -> Counts:
    """The links let go of their runs first."""
    mine = ResourceLink.registration_id == found.id
    session.execute(update(ResourceLink).where(mine).values(cohort_id=None, module_id=None))
    return privacy.forget_runs(session, privacy.runs(session, owners(session, found.id)))


def _people(session: Session, _metadata: MetaData, found: Registration) -> Counts:
    return privacy.forget_people(session, authority(found))


def _first_rows(session: Session, wanted: Iterator[tuple[Table, ColumnElement[bool]]]) -> Counts:
    """Remove some rows of the first table that has any."""
    for table, mine in wanted:
        (key, *_) = table.primary_key.columns
        chosen = select(key).where(mine).limit(AT_ONCE)
        count = int(session.execute(delete(table).where(key.in_(chosen))).rowcount)  # type: ignore[attr-defined]
        if count:
            return {table.name: count}
    return {}


def _leaning(
    metadata: MetaData, found: Registration, *, last: bool
) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Tables whose rows point to this platform, its deployments or its links, those that others point to last."""
    links = select(ResourceLink.id).where(ResourceLink.registration_id == found.id)
    deployments = select(Deployment.id).where(Deployment.registration_id == found.id)
    targets: dict[str, Any] = {
        "registrations": [found.id], "deployments": deployments, "resource_links": links,
    }  # fmt: skip
    for table in reversed(metadata.sorted_tables):
        if table.name in STAY or (table.name in LAST) is not last:
            continue
        for target, ids in targets.items():
            for key in table.foreign_keys:
                if key.column.table.name == target:
                    yield table, key.parent.in_(ids)
