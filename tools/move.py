"""Copy everything from one database to another, empty one: `python -m tools.move FROM_URL TO_URL`.

For the move from SQLite to PostgreSQL (or back). Stop the tool and its workers first. The target gets its tables
from the migrations; it must hold no rows. Ends with a count of both sides, and changes nothing when they differ.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from lti_tool.base import migrations, schema
from lti_tool.base.db import make_engine
from lti_tool.base.schema import Tables
from lti_tool.tables import metadata

AT_ONCE = 1000
Later = tuple[Table, list[Column[Any]]]


class NotMoved(Exception):
    """Why nothing was moved."""


def move(source_url: str, target_url: str) -> dict[str, int]:
    """Rows copied per table. Raises NotMoved."""
    _must_exist(source_url)
    source, target = make_engine(source_url), make_engine(target_url)
    migrations.upgrade(target_url)
    with source.connect() as old, target.connect().execution_options(writes=True) as new, new.begin():
        if schema.tables(old) is not Tables.CURRENT:
            raise NotMoved("The source is of another version. First: lti-tool db upgrade")
        tables = metadata.sorted_tables
        if any(new.scalar(select(func.count()).select_from(table)) for table in tables):
            raise NotMoved("The target holds rows already.")
        copied = {table.name: _copy(old, new, table) for table in tables}
        for table in tables:
            _link(old, new, table)
            _count_on(new, table)
        for name, rows in copied.items():
            if new.scalar(select(func.count()).select_from(metadata.tables[name])) != rows:
                raise NotMoved(f"{name} did not arrive complete.")
    source.dispose()
    target.dispose()
    return copied


def _must_exist(source_url: str) -> None:
    """SQLite would make an empty file of a mistyped name."""
    url = make_url(source_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise NotMoved(f"There is no database {url.database}.")


def _circular(table: Table) -> list[Column[Any]]:
    """Columns that point to a table which comes later; filled when both are there."""
    return [key.parent for key in table.foreign_keys if key.use_alter]


def _rows(old: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = old.execute(select(table).order_by(*table.primary_key)).mappings()
    while batch := result.fetchmany(AT_ONCE):
        yield [dict(row) for row in batch]


def _copy(old: Connection, new: Connection, table: Table) -> int:
    left_out, rows = {column.name: None for column in _circular(table)}, 0
    for batch in _rows(old, table):
        new.execute(table.insert(), [row | left_out for row in batch])
        rows += len(batch)
    return rows


def _link(old: Connection, new: Connection, table: Table) -> None:
    circular = [column.name for column in _circular(table)]
    for batch in _rows(old, table) if circular else ():
        for row in batch:
            new.execute(table.update().where(table.c.id == row["id"]).values({name: row[name] for name in circular}))


def _count_on(new: Connection, table: Table) -> None:
    """Let PostgreSQL hand out ids after the highest one."""
    if new.dialect.name != "postgresql" or "id" not in table.c:
        return
    highest = new.scalar(select(func.max(table.c.id)))
    if highest is not None:
        new.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))


def main() -> int:
    if len(sys.argv) != 3:
        print("Say from where to where: python -m tools.move sqlite:////path/tool.db postgresql+psycopg://...")
        return 2
    try:
        copied = move(sys.argv[1], sys.argv[2])
    except NotMoved as problem:
        print(f"Nothing was moved. {problem}")
        return 1
    except (ArgumentError, DBAPIError) as problem:
        told = str(problem.orig if isinstance(problem, DBAPIError) else problem).strip()
        print(f"Nothing was moved. The database says: {told.partition(chr(10))[0]}")
        return 1
    for name, rows in copied.items():
        print(f"{rows:8} {name}")
    print("Everything is there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
