"""lti-tool modules: bring modules in from folders, and out again."""

from pathlib import Path

import click

from lti_tool.base import files
from lti_tool.cli import seed_format
from lti_tool.cli.shared import json_option, session, settings, show
from lti_tool.learning.catalogue import service as catalogue


@click.group()
def modules() -> None:
    """Modules that hubs offer."""


@modules.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Show all published modules, with the id that a link in a course names."""
    with session() as opened:
        rows = [
            {"id": o.public_id, "version": o.number, "title": o.title.get("nl"), "hub": o.hub_name}
            for o in catalogue.offers(opened)
        ]
    show(rows, as_json=as_json, nothing="No module yet. `lti-tool seed` brings the examples in.")


@modules.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def import_folder(folder: Path) -> None:
    """Publish the module in FOLDER (see docs/modules.md). A version that was published before stays as it is."""
    with session() as opened:
        click.echo(seed_format.bring_in(opened, folder, files.Shelf(settings().files_dir)))


@modules.command("export")
@click.argument("module_id")
@click.argument("folder", type=click.Path(path_type=Path))
def export(module_id: str, folder: Path) -> None:
    """Write the current version of a module to FOLDER, in the format that `import` reads."""
    with session() as opened:
        count = seed_format.take_out(opened, module_id, folder, files.Shelf(settings().files_dir))
    click.echo(f"{count} files written to {folder}.")
