"""lti-tool keys: the keys with which the tool signs, and what seals them."""

from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from lti_tool.base import reseal as sealing
from lti_tool.base.db import make_engine, writing
from lti_tool.base.reseal import Count, Sealed
from lti_tool.base.vault import Vault
from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.protocols.platforms import keylife


@click.group()
def keys() -> None:
    """The tool's signing keys."""


@keys.command()
@click.option(
    "--now", "at_once", is_flag=True,
    help="For a leaked or lost key: a new one signs at once, and none of the earlier ones is published any more.",
)
@json_option
def rotate(at_once: bool, as_json: bool) -> None:
    """Let the next key sign; the former one stays published for 14 days.

    A next key that was not published for 24 hours yet waits: a platform that keeps the tool's key set would not know
    it. The worker then lets it sign as soon as it may.
    """
    vault = Vault(settings().secret_keys)
    with session() as opened:
        done = keylife.replace_all(opened, vault) if at_once else keylife.rotate(opened, vault)
    line = f"New key: {done.kid}"
    if not done.is_done:
        line = (
            f"Key {done.kid} must be published for 24 hours before it signs. The worker lets it sign at "
            f"{done.at:%Y-%m-%d %H:%M} UTC. Was a key leaked? lti-tool keys rotate --now"
        )
    tell(line, as_json=as_json, **asdict(done))


@keys.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """Show all keys: state, since and until when, and which of LTI_TOOL_SECRET_KEYS seals it (1 is the first)."""
    chosen = settings()
    with session() as opened:
        rows = [asdict(line) for line in keylife.lines(opened, Vault(chosen.secret_keys), chosen.key_rotation)]
    show(rows, as_json=as_json, nothing="No key yet; one is made when it is first needed.")


@keys.command()
@json_option
@click.pass_obj
def reseal(metadata: MetaData, as_json: bool) -> None:
    """Seal every secret in the database again with the first of LTI_TOOL_SECRET_KEYS. The tool may run meanwhile.

    Afterwards the others can be taken out. Exit code 1 when something is left that none of them opens.
    """
    vault = Vault(settings().secret_keys)
    rows: list[dict[str, Any]] = [
        {"what": f"{column.table.name}.{column.name}"} | asdict(_reseal(column, vault))
        for column in sealing.sealed_columns(metadata)
    ]
    show(rows, as_json=as_json)
    if any(row["unopened"] for row in rows):
        click.echo(
            "None of LTI_TOOL_SECRET_KEYS opens what is counted as unopened; it was left as it is. Add the key that "
            "sealed it, or make it anew: lti-tool keys rotate --now for tool keys; the rest renews itself.", err=True,
        )  # fmt: skip
        raise SystemExit(1)


def _reseal(column: Sealed, vault: Vault) -> Count:
    """In short transactions, so that nobody waits for long."""
    engine = make_engine(settings().database)
    total, last = Count(), None
    while True:
        with Session(engine) as opened, opened.begin():
            count, last = sealing.reseal_some(writing(opened), column, vault, last)
        total += count
        if last is None:
            engine.dispose()
            return total
