"""One SQLite connection, shared by all threads under a lock.

Plain SQL goes in, rows come out. WAL and synchronous=OFF: a practice platform may lose its last second in a
power cut, and the score endpoint has to be quick.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from practice_lms.state.schema import SCHEMA

Row = sqlite3.Row
Values = Sequence[object]


class Store:
    """The data of one platform; in memory when no folder is given."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        file = ":memory:" if folder is None else str(folder / "practice.sqlite3")
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            file, check_same_thread=False, isolation_level=None, cached_statements=256
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        """Every row of the answer."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> Row | None:
        """The first row, or None."""
        with self._lock:
            row: Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def number(self, sql: str, values: Values = ()) -> int:
        """The single number that the question asks for."""
        row = self.one(sql, values)
        found: Any = row[0] if row is not None else 0
        return int(found or 0)

    def run(self, sql: str, values: Values = ()) -> int:
        """Do one statement; gives the id of the row that was added last."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def many(self, sql: str, rows: Sequence[Values]) -> None:
        """Do one statement for every row, all or nothing."""
        with self.transaction():
            self._connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and commit at the end; a transaction inside another joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
