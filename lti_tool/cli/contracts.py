"""lti-tool platforms end, export, erase, merge: when a contract ends, or two registrations turn out to be one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

import click
from sqlalchemy import Engine, MetaData, text
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import make_engine, snapshot, writing
from lti_tool.cli.platforms import platforms
from lti_tool.cli.shared import json_option, session, settings, tell
from lti_tool.protocols.contracts import ending, erasing, exporting, merging
from lti_tool.protocols.contracts.models import Erasure

sure_option = click.option("--yes", is_flag=True, help="Do not ask.")


@platforms.command()
@click.argument("platform_id")
@sure_option
@json_option
def end(platform_id: str, yes: bool, as_json: bool) -> None:
    """End the contract with an environment: it launches no more, and no grades are sent to it.

    What it left stays until `export` and `erase`. `approve` takes it up again.
    """
    name = _named(platform_id)
    _ask(f"End the contract with {name}?", yes=yes)
    with session() as opened:
        dropped = ending.end(opened, platform_id)
    line = f"The contract with {name} has ended; {dropped} grades are not sent any more."
    tell(line, as_json=as_json, id=platform_id, dropped=dropped)


@platforms.command()
@click.argument("platform_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def export(platform_id: str, file: Path, as_json: bool) -> None:
    """Write all that the tool holds of an environment to FILE, a ZIP of CSV and JSON. It holds personal data."""
    engine = make_engine(settings().database)
    with Session(engine) as opened, opened.begin():
        found = ending.registration(snapshot(opened), platform_id)
        with _new_file(file) as target:
            for piece in exporting.streamed(opened, found):
                target.write(piece)
    engine.dispose()
    tell(f"Written to {file}. It holds personal data.", as_json=as_json, written=file, bytes=file.stat().st_size)


@contextmanager
def _new_file(file: Path) -> Iterator[IO[bytes]]:
    """For its owner only; no half one stays behind. Raises ClickException."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already.") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    try:
        with file.open("wb") as target:
            yield target
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@platforms.command()
@click.argument("platform_id")
@sure_option
@json_option
@click.pass_obj
def erase(metadata: MetaData, platform_id: str, yes: bool, as_json: bool) -> None:
    """Remove everything personal of an environment whose contract has ended, and write a report.

    The tool may run meanwhile. When it was stopped in between, the same command goes on where it was.
    """
    _ask(f"Erase everything personal of {_named(platform_id)}? It cannot be brought back.", yes=yes)
    engine = make_engine(settings().database)

    @contextmanager
    def open_session() -> Iterator[Session]:
        with Session(engine) as opened, opened.begin():
            yield writing(opened)

    with open_session() as opened:
        erasure_id = erasing.begin(opened, platform_id).id
    erasure = erasing.run(open_session, metadata, erasure_id)
    is_clean = _leave_no_copy(engine)
    engine.dispose()
    report = _report(platform_id, erasure)
    if not is_clean:
        click.echo(
            "The journal of the database is in use and may hold copies of removed rows for a while. It is emptied when "
            "this command is run again, or when the tool is restarted.", err=True,
        )  # fmt: skip
    total = sum(erasure.counts.values())
    tell(
        f"{total} rows erased; report in {report}", as_json=as_json, id=platform_id, erased=erasure.counts,
        report=report, journal_emptied=is_clean,
    )  # fmt: skip


def _leave_no_copy(engine: Engine) -> bool:
    """SQLite overwrites what it deletes (secure_delete), but its journal still holds the pages of before."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
        return True
    raw = engine.raw_connection()
    try:
        (busy, *_) = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        raw.close()


def _report(platform_id: str, erasure: Erasure) -> Path:
    """Counts, when and of which environment; no personal data."""
    folder = settings().var_dir / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"erased-{platform_id}-{clock.now():%Y%m%dT%H%M%S}.json"
    facts = {
        "environment": platform_id, "erasure": erasure.public_id, "begun_at": erasure.begun_at.isoformat(),
        "finished_at": erasure.finished_at and erasure.finished_at.isoformat(),
        "by": "command line" if erasure.begun_by is None else f"person {erasure.begun_by}",
        "rows_erased": dict(sorted(erasure.counts.items())),
    }  # fmt: skip
    file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    return file


@platforms.command()
@click.argument("former_id")
@click.argument("into_id")
@click.option("--moved", is_flag=True, help="The environment has another address now, and its people kept their ids.")
@sure_option
@json_option
def merge(former_id: str, into_id: str, moved: bool, yes: bool, as_json: bool) -> None:
    """Let all that came in through the registration FORMER_ID belong to INTO_ID, and remove the former one.

    For an environment that was registered twice. Its links by the former client id still launch. Nothing is half done:
    it happens as a whole or not at all. Make a backup first; it cannot be undone.
    """
    with session() as opened:
        found = merging.preview(opened, former_id, into_id)
    last = f"{found.last_launch_at:%Y-%m-%d}" if found.last_launch_at else "never"
    _ask(
        f"{found.name} ({found.deployments} deployments, {found.links} links, {found.people} people, "
        f"{found.deliveries} grades; last launch: {last}) becomes a part of {found.into}. Go on?", yes=yes,
    )  # fmt: skip
    if moved:
        _must_have_kept_ids(yes=yes)
    with session() as opened:
        done = merging.merge(opened, former_id, into_id, moved=moved)
    tell(f"{done.name} is a part of {done.into} now.", as_json=as_json, **asdict(done))


def _must_have_kept_ids(*, yes: bool) -> None:
    words = "same people"
    asked = f'Of a moved environment, people with the same id become one person. If that is right, type "{words}"'
    if not yes and click.prompt(asked) != words:
        raise click.ClickException("Nothing was changed.")


def _named(platform_id: str) -> str:
    with session() as opened:
        return ending.registration(opened, platform_id).name


def _ask(question: str, *, yes: bool) -> None:
    if not yes and not click.confirm(question, err=True):
        raise click.ClickException("Nothing was changed.")


GROUP = platforms
"""The group of cli.platforms, to which this module adds its commands."""
