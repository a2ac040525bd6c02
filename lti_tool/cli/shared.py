"""What commands share: settings, a session that commits, and output for people or machines."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base.db import make_engine, writing

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def settings() -> Settings:
    """The settings of the environment, complete enough to run."""
    found = Settings.from_environ()
    found.check()
    found.var_dir.mkdir(parents=True, exist_ok=True)
    return found


@contextmanager
def session() -> Iterator[Session]:
    """A writing session on the database of the settings; commits at the end."""
    engine = make_engine(settings().database)
    with Session(engine) as opened, opened.begin():
        yield writing(opened)
    engine.dispose()


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, nothing: str = "None.") -> None:
    """Print rows as a table, or as a JSON list."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    if not rows:
        click.echo(nothing)
        return
    names = list(rows[0])
    table = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(names))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
