"""python -m practice_lms: start a practice platform. Exit code 2 when it cannot start."""

import argparse
import sys
from pathlib import Path

from practice_lms.config import PracticeConfig
from practice_lms.server import PortTaken, serve
from practice_lms.state.faults import GROUPS


def config_from(arguments: list[str]) -> PracticeConfig:
    """The configuration that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m practice_lms", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="port to listen on; 0 takes a free one")
    parser.add_argument("--tool", default="http://localhost:8000", help="base address of the tool")
    parser.add_argument("--data", type=Path, help="folder for the data; in memory when left out")
    parser.add_argument("--public-url", default="", help="issuer, when a proxy stands in front")
    parser.add_argument(
        "--slow",
        action="append",
        default=[],
        metavar="GROUP=MS",
        help=f"fixed delay; groups: {', '.join(GROUPS)}",
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing at the start")
    chosen = parser.parse_args(arguments)
    try:
        slow_ms = {group: int(ms) for group, ms in (one.split("=") for one in chosen.slow)}
    except ValueError:
        parser.error("--slow wants GROUP=MS, such as scores=5")
    if not set(slow_ms) <= set(GROUPS):
        parser.error(f"--slow knows the groups {', '.join(GROUPS)}")
    return PracticeConfig(
        chosen.host, chosen.port, chosen.tool, chosen.data, chosen.quiet, chosen.public_url, slow_ms
    )


def main() -> int:
    """Serve until stopped."""
    try:
        serve(config_from(sys.argv[1:]))
    except PortTaken as taken:
        sys.stderr.write(f"practice platform: {taken} is taken or not allowed; choose another --port\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"practice platform: cannot start: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
