"""Copies of the whole database: SQLite by its own backup, PostgreSQL by pg_dump, pg_restore and psql.

A copy holds personal data, so only its owner may read it. Putting one back succeeds as a whole or changes nothing.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import IO

import click
from sqlalchemy.engine import URL

EMPTY = """
SET client_min_messages = warning;
SET lock_timeout = '10s';
DO $$ DECLARE found text; BEGIN
  FOR found IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE 'DROP TABLE ' || found || ' CASCADE';
  END LOOP;
END $$;
"""
"""Also the tables that only a later version knows: left behind, they would be in the way of its next upgrade."""

NEWER_CLIENT = b"SET transaction_timeout = 0;\n"
"""pg_restore 17 writes this for every server; one before 17 does not know it."""


def write(url: URL, file: Path) -> None:
    """Raises ClickException; no half copy stays behind."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already.") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    try:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(str(url.database)), file)
        else:
            _run(["pg_dump", "--format=custom", f"--file={file}", _libpq(url)], url)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def put_back(url: URL, file: Path) -> None:
    """Raises ClickException."""
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(file, Path(str(url.database)))
    else:
        _restore_postgresql(url, file)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not _is_ours(source):
        raise click.ClickException(f"{source} is no SQLite database of the tool.")
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise click.ClickException(f"{source} cannot be copied to {target}: {error}.") from None


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path)) as database:
        try:
            return bool(database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone())
        except sqlite3.DatabaseError:
            return False


def _restore_postgresql(url: URL, file: Path) -> None:
    """In one transaction, and not before pg_restore has read the file to its end."""
    with tempfile.TemporaryFile() as written, tempfile.TemporaryFile() as script:
        _run(["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file)], url, stdout=written)
        written.seek(0)
        script.writelines(line for line in written if line != NEWER_CLIENT)
        script.seek(0)
        _run(
            ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
             f"--command={EMPTY}", "--file=-", _libpq(url)],
            url, stdin=script, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def _libpq(url: URL) -> str:
    """The address without the password: everybody on the machine can read the arguments of a command."""
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return plain.render_as_string()


def _run(
    arguments: Sequence[str], url: URL, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | int | None = None
) -> None:
    environ = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    try:
        subprocess.run(arguments, check=True, env=environ, stdin=stdin, stdout=stdout)
    except FileNotFoundError:
        raise click.ClickException(f"{arguments[0]} is not on this machine (package postgresql-client).") from None
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{arguments[0]} failed ({error.returncode}); nothing was changed.") from None
