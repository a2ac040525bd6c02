"""Seal everything that is sealed again with the newest secret key, so that an older one can leave the settings.

What is sealed stands in columns whose name begins with "sealed_". A row is changed only while it still holds what was
read, so that the tool may run and renew its tokens meanwhile; what no key opens is left alone and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, MetaData, Row, select, update
from sqlalchemy.orm import Session

from lti_tool.base.vault import Vault

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Count:
    """What became of one column, or of a part of its rows."""

    resealed: int = 0
    already: int = 0
    """Sealed with the newest key before."""
    unopened: int = 0
    """None of the keys opens them."""

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.resealed + other.resealed, self.already + other.already, self.unopened + other.unopened
        )


Sealed = Column[str | None]
Key = str | int


def sealed_columns(metadata: MetaData) -> Iterator[Sealed]:
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if column.name.startswith("sealed_"))


def reseal_some(session: Session, column: Sealed, vault: Vault, after: Key | None) -> tuple[Count, Key | None]:
    """Reseal the rows that follow `after` in the order of the key, at most AT_ONCE; (count, the last one's key).

    The last one's key is None when there were no more rows.
    """
    (key,) = column.table.primary_key.columns
    query = select(key.label("key"), column.label("sealed")).where(column.is_not(None)).order_by(key).limit(AT_ONCE)
    rows = session.execute(query if after is None else query.where(key > after)).all()
    count = Count()
    for row in rows:
        count += _reseal(session, column, vault, row)
    return count, rows[-1].key if rows else None


def _reseal(session: Session, column: Sealed, vault: Vault, row: Row[str, str]) -> Count:
    position = vault.sealed_by(row.sealed)
    if position is None:
        return Count(unopened=1)
    if position == 1:
        return Count(already=1)
    (key,) = column.table.primary_key.columns
    changed = session.execute(
        update(column.table)
        .where(key == row.key, column == row.sealed)
        .values({column: vault.seal(vault.open(row.sealed))})
    )
    return Count(resealed=changed.rowcount)  # type: ignore[attr-defined]
