"""Run every test: `python -m tools.run_tests [pytest arguments]`. Says first and last what could not be tested.

Starts the PostgreSQL and Redis that it finds (see tools.servers), unless TEST_POSTGRESQL_URL or TEST_REDIS_URL
names one that runs already, and ends them afterwards.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from tools import servers

ROOT = Path(__file__).parents[1]
BY_FILE = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
"""More processes than a small machine has cores: many tests wait. Files in their order: the small slow ones are not
all left for the end."""
BY_TEST = ["-n", "2", "--dist", "load"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
Start = Callable[[Path, Path], AbstractContextManager[str]]


def browser() -> str | None:
    return os.environ.get("LTI_TOOL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def offer(stack: ExitStack, variable: str, name: str, found: Path | None, start: Start) -> str | None:
    """Put a running server's address in the environment; return what remains untested, if anything."""
    if os.environ.get(variable):
        print(f"{name}: {variable} is set", flush=True)
        return None
    if found is None:
        return f"NOT TESTED: {name} (none on this machine and no wheel)"
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="test-", ignore_cleanup_errors=True)))
    try:
        os.environ[variable] = stack.enter_context(start(found, folder))
    except (servers.NotStarted, OSError) as problem:
        return f"NOT TESTED: {name} (did not start: {problem})"
    print(f"{name}: {found}", flush=True)
    return None


def prepare(stack: ExitStack) -> list[str]:
    """Start what there is; the lines about what there is not."""
    untested = [
        offer(stack, "TEST_POSTGRESQL_URL", "PostgreSQL", servers.postgresql_binaries(), servers.postgresql),
        offer(stack, "TEST_REDIS_URL", "Redis", servers.redis_binary(), servers.redis),
    ]
    if found := browser():
        print(f"Chromium: {found}", flush=True)
        os.environ["LTI_TOOL_CHROMIUM"] = found
    else:
        untested.append("NOT TESTED: pages in a browser (no Chromium; apt-get install chromium)")
    if found := os.environ.get("LTI_TOOL_FIREFOX") or shutil.which("firefox-esr"):
        print(f"Firefox: {found}", flush=True)
        os.environ["LTI_TOOL_FIREFOX"] = found
    else:
        untested.append("NOT TESTED: launches in Firefox (none; apt-get install firefox-esr)")
    return [line for line in untested if line]


def tell(lines: list[str]) -> None:
    for line in lines:
        print(line, flush=True)


def run(given: list[str]) -> int:
    """pytest's exit code. Without arguments the drills come last: they take all of the machine."""
    pytest = [sys.executable, "-m", "pytest", "-q", "-rs"]
    if given:
        spread = [] if any(argument.startswith("-n") for argument in given) else BY_FILE
        return subprocess.run([*pytest, *spread, *given], cwd=ROOT, check=False).returncode
    codes = [
        subprocess.run([*pytest, *spread, "-m", which], cwd=ROOT, check=False).returncode
        for which, spread in (("not drill", BY_FILE), ("drill", BY_TEST))
    ]
    return max(codes)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        untested = prepare(stack)
        tell(untested)
        try:
            code = run(sys.argv[1:])
        except KeyboardInterrupt:
            code = 130
        tell(untested)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
