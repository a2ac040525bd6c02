"""lti-tool: the console command. Serving and working here, upkeep in `cli`."""

import logging
import os

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy.exc import DBAPIError, ProgrammingError

from config.default import PREFIX, SettingError, Settings
from lti_tool import tables
from lti_tool.base.errors import ToolError
from lti_tool.cli import admin, contracts, staff
from lti_tool.cli.days import days
from lti_tool.cli.keys import keys
from lti_tool.cli.modules import modules
from lti_tool.cli.shared import AddressType, must_be_free
from lti_tool.cli.words import in_words
from lti_tool.demo import run as demo_run
from lti_tool.demo import tell_staff_link
from lti_tool.web.observability import set_up_logging
from lti_tool.worker import Worker


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110, "obj": tables.metadata}
)
@click.version_option(package_name="technohub-lti-tool")
def lti_tool() -> None:
    """Technohub modules in learning environments, by LTI 1.3."""


@lti_tool.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, type=AddressType())
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads of each.")
@click.option(
    "--grace", default=15, show_default=True, type=click.IntRange(1, 600),
    help="Seconds that answers under way may take at a stop; then open connections are cut.",
)
def serve(bind: tuple[str, int], workers: int, threads: int, grace: int) -> None:
    """Serve the tool over HTTP; put a proxy with TLS before it. The worker runs apart: lti-tool worker."""
    Settings.from_environ().check()
    host, port = bind
    must_be_free(host, port, "Choose another with --bind.")
    os.environ.setdefault(f"{PREFIX}WAITING_THREADS", str(max(1, threads - 1)))
    Granian(
        "lti_tool.app:app_from_environ", factory=True, address=host, port=port, interface=Interfaces.WSGI,
        workers=workers, blocking_threads=threads, respawn_failed_workers=True, log_level=LogLevels.error,
        workers_kill_timeout=grace,
    ).serve()  # fmt: skip


@lti_tool.command()
def worker() -> None:
    """Send grades and tidy up, until told to stop. Run one or more beside `serve`."""
    settings = Settings.from_environ()
    settings.check()
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    set_up_logging(settings)
    logging.getLogger("huey").setLevel(logging.WARNING)
    Worker(settings).run()


@lti_tool.command()
@click.option("--check", is_flag=True, help="Drive it without a browser, and stop: exit code 0 if the grade arrived.")
@click.option("--reload", is_flag=True, help="Start again when code changes.")
@click.option("--link", is_flag=True, help="Only print a new link with which staff sign in to the demo that runs.")
def demo(check: bool, reload: bool, link: bool) -> None:
    """Try everything on this machine: the tool, its worker and a practice learning environment."""
    if link:
        return tell_staff_link()
    raise SystemExit(demo_run(check=check, reload=reload))


for command in (*admin.COMMANDS, *staff.COMMANDS, keys, modules, days, contracts.GROUP):
    lti_tool.add_command(command)


def main() -> None:
    """Run the command line; refusals are one plain line."""
    try:
        lti_tool()
    except SettingError as error:
        raise SystemExit(f"Error: {error}") from None
    except ToolError as error:
        raise SystemExit(f"Error: {in_words(error)}") from None
    except DBAPIError as error:
        first_line = str(error.orig).strip().partition("\n")[0]
        is_missing = isinstance(error, ProgrammingError) or "no such" in first_line
        hint = "\nTables missing? lti-tool db upgrade" if is_missing else ""
        raise SystemExit(f"Error: the database says: {first_line}{hint}") from None


if __name__ == "__main__":
    main()
