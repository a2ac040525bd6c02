"""lti-tool db, deliveries, standings, seed: the tool's own upkeep."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url

from lti_tool.base import migrations, outbox, schema
from lti_tool.base.files import Shelf
from lti_tool.base.schema import Tables
from lti_tool.cli import backups, seed_format
from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.grades.words import why

SEEDS = Path(__file__).parents[1] / "seeds"


@click.command()
@json_option
def seed(as_json: bool) -> None:
    """Bring in the example hubs, organisations and modules. Can be repeated."""
    with session() as opened:
        found = seed_format.seed(opened, SEEDS, Shelf(settings().files_dir))
    tell("\n".join(map(str, found)), as_json=as_json, modules=[asdict(one) for one in found])


@click.group()
def db() -> None:
    """The database."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the tables to the form that this version of the tool needs."""
    with session() as opened:
        if schema.tables(opened.connection()) is Tables.NEWER:
            raise click.ClickException(
                "The database was upgraded by a newer version of the tool, on which this one works but cannot "
                "build. Install that version, or restore the backup from before."
            )
    migrations.upgrade(settings().database)
    tell("The database is up to date.", as_json=as_json, migration=schema.known()[-1])


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Write a consistent copy of the database to FILE while the tool runs."""
    backups.write(make_url(settings().database), file)
    line = f"Written to {file}. Keep the files folder and LTI_TOOL_SECRET_KEYS with it."
    tell(line, as_json=as_json, written=file)


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces the whole database. Is the tool stopped, and are you sure?")
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put the database back as it was in FILE. Stop the tool and its worker first."""
    backups.put_back(make_url(settings().database), file)
    tell("Restored.", as_json=as_json, restored=file)


@click.group()
def deliveries() -> None:
    """Grades on their way to gradebooks."""


@deliveries.command("list")
@click.option("--state", type=click.Choice([str(s) for s in DeliveryState]), help="Only these.")
@click.option("--platform", help="Only those to the environment with this id.")
@json_option
def list_deliveries(state: str | None, platform: str | None, as_json: bool) -> None:
    """Show deliveries, the longest waiting first. Names are not shown."""
    with session() as opened:
        chosen = Chosen(platform=platform, state=DeliveryState(state) if state else None)
        lines = backlog.listing(opened, chosen)
        unplanned = outbox.set_aside(opened)
    rows: list[dict[str, Any]] = [{name: getattr(line, name) for name in line.__slots__} for line in lines]
    for row in rows:
        row["why"] = why(row["reason"], "en") if row["reason"] else None
    show(rows, as_json=as_json, nothing="No deliveries.")
    if unplanned:
        click.echo(f"{unplanned} changes could not be worked out (see the worker's log): retry --all", err=True)


@deliveries.command()
@click.argument("delivery_id", required=False)
@click.option("--all", "every", is_flag=True, help="All that were set aside.")
@json_option
def retry(delivery_id: str | None, every: bool, as_json: bool) -> None:
    """Send DELIVERY_ID again, or with --all everything that was set aside."""
    if bool(delivery_id) == every:
        raise click.UsageError("Give the id of a delivery, or --all.")
    with session() as opened:
        count = backlog.resend(opened, Chosen(delivery=delivery_id)) + (outbox.revive(opened) if every else 0)
    if not count and not every:
        raise click.ClickException("No delivery with this id was set aside or sent; nothing is sent again.")
    queued, nothing = f"{count} queued; the worker sends within a minute.", "Nothing was set aside to be sent again."
    tell(queued if count else nothing, as_json=as_json, queued=count)


@click.group()
def standings() -> None:
    """Where learners stand."""


@standings.command()
@click.option("--repair", is_flag=True, help="Correct what differs; grades follow.")
@json_option
def check(repair: bool, as_json: bool) -> None:
    """Work every standing out again from its evidence and report differences. Exit code 1 if there are any."""
    with session() as opened:
        checked, found = progress.check_standings(opened, repair=repair)
    rows = [
        {"enrolment": d.enrolment_id, "stored": f"{d.stored.state} {d.stored.score}",
         "from_evidence": f"{d.recomputed.state} {d.recomputed.score}"}
        for d in found
    ]  # fmt: skip
    show(rows, as_json=as_json, nothing=f"{checked} standings checked, no differences.")
    if found and not repair:
        raise SystemExit(1)


COMMANDS = (seed, db, deliveries, standings)
