"""Catalogues of any size, for measuring: copies of the modules that are there, each with a number in its title."""

from itertools import count, cycle
from typing import Any

from sqlalchemy import func, insert, inspect, select, update
from sqlalchemy.orm import Session

from lti_tool.base.db import Base, new_public_id
from lti_tool.learning.catalogue.models import Activity, Module, Version


def fill(session: Session, size: int) -> None:
    """Let there be this many modules that are offered."""
    offered = Module.current_version_id.is_not(None)
    models = session.scalars(select(Module).where(offered).order_by(Module.id).limit(5)).all()
    lacking = size - (session.scalar(select(func.count()).where(offered)) or 0)
    first = {table: (session.scalar(select(func.max(table.id))) or 0) + 1 for table in (Module, Version, Activity)}
    rows: dict[type[Base], list[dict[str, Any]]] = {Module: [], Version: [], Activity: []}
    activity_ids = count(first[Activity])
    for number, model in zip(range(lacking), cycle(models), strict=False):
        version = session.get_one(Version, model.current_version_id)
        module_id, version_id = first[Module] + number, first[Version] + number
        title = {language: f"{text} {number}" for language, text in version.title.items()}
        rows[Module].append(_row(model, id=module_id, public_id=new_public_id(), current_version_id=None))
        rows[Version].append(_row(version, id=version_id, module_id=module_id, title=title))
        rows[Activity] += [_row(one, id=next(activity_ids), version_id=version_id) for one in version.activities]
    for table, made in rows.items():
        if made:
            session.execute(insert(table), made)
    of_module = select(func.max(Version.id)).where(Version.module_id == Module.id).scalar_subquery()
    session.execute(update(Module).where(Module.id >= first[Module]).values(current_version_id=of_module))


def _row(entity: Base, **changed: Any) -> dict[str, Any]:
    return {column.key: getattr(entity, column.key) for column in inspect(type(entity)).column_attrs} | changed
