"""lti-tool modules: bring modules in from folders, and out again; publish and withdraw their versions."""

from dataclasses import asdict
from pathlib import Path

import click

from lti_tool.base import files
from lti_tool.cli import seed_format
from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.learning.catalogue import service as catalogue

version_option = click.option("--version", "number", type=click.IntRange(1), metavar="N", help="This version of it.")


@click.group()
def modules() -> None:
    """Modules that hubs offer."""


@modules.command("list")
@click.option("--all", "every", is_flag=True, help="Every version, also drafts and withdrawn ones.")
@json_option
def listing(every: bool, as_json: bool) -> None:
    """Show all published modules, with the id that a link in a course names."""
    with session() as opened:
        rows = [
            {"id": o.public_id, "version": o.number, "title": o.title.get("nl"), "hub": o.hub_name}
            for o in catalogue.offers(opened)
        ]
        if every:
            rows = [
                {"id": v.module.public_id, "version": v.number, "state": v.state, "title": v.title.get("nl"),
                 "hub": v.module.hub.name}
                for v in catalogue.versions(opened)
            ]  # fmt: skip
    show(rows, as_json=as_json, nothing="No module yet. `lti-tool seed` brings the examples in.")


@modules.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--draft", "as_draft", is_flag=True, help="Keep it unpublished, in the place of an earlier draft.")
@json_option
def import_folder(folder: Path, as_draft: bool, as_json: bool) -> None:
    """Publish the module in FOLDER (see docs/modules.md). A version that was published before stays as it is."""
    with session() as opened:
        brought = seed_format.bring_in(opened, folder, files.Shelf(settings().files_dir), as_draft=as_draft)
    tell(str(brought), as_json=as_json, **asdict(brought))


@modules.command("export")
@click.argument("module_id")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def export(module_id: str, folder: Path, as_json: bool) -> None:
    """Write the current version of a module to FOLDER, in the format that `import` reads."""
    with session() as opened:
        count = seed_format.take_out(opened, module_id, folder, files.Shelf(settings().files_dir))
    tell(f"{count} files written to {folder}.", as_json=as_json, id=module_id, folder=folder, files=count)


@modules.command()
@click.argument("module_id")
@version_option
@json_option
def publish(module_id: str, number: int | None, as_json: bool) -> None:
    """Publish the newest draft of a module, or once more a version that was withdrawn. It never changes from then."""
    with session() as opened:
        number = catalogue.release(opened, module_id, number).number
    tell(f"{module_id}: version {number} is published.", as_json=as_json, id=module_id, version=number)


@modules.command()
@click.argument("module_id")
@version_option
@json_option
def withdraw(module_id: str, number: int | None, as_json: bool) -> None:
    """Keep newcomers from the current version of a module, or from version N. Who began in it goes on in it."""
    with session() as opened:
        number = catalogue.withdraw(opened, module_id, number).number
        left = [offer.number for offer in catalogue.offers(opened) if offer.public_id == module_id]
    newcomers = f"get version {left[0]}" if left else "are refused: no version is published"
    line = f"{module_id}: version {number} is withdrawn. Newcomers {newcomers}."
    tell(line, as_json=as_json, id=module_id, version=number, current=left[0] if left else None)
