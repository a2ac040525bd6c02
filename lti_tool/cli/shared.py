"""What commands share: settings, a session that commits, and output for people or machines."""

import errno
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base.db import make_engine, writing

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


class AddressType(click.ParamType[tuple[str, int]]):
    """HOST:PORT; the host may be left out, or be an IPv6 address in brackets."""

    name = "HOST:PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        host, _, port = str(value).rpartition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            self.fail(f"{value!r} is no HOST:PORT, such as 127.0.0.1:8000", param, ctx)
        return host.strip("[]") or "127.0.0.1", int(port)


def must_be_free(host: str, port: int, otherwise: str) -> None:
    """Raises ClickException when somebody listens there already, or nobody may."""
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        problem = f"Port {port} is taken." if taken else f"{host}:{port} cannot be used: {error.strerror}."
        raise click.ClickException(f"{problem} {otherwise}") from None


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


def tell(line: str, *, as_json: bool, **facts: Any) -> None:
    """Print what was done: a line for people, or one JSON object of the facts."""
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str) if as_json else line)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
