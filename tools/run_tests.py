"""Run every test: `python -m tools.run_tests` (make test runs the checks first). Says what could not be tested."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str | None:
    return os.environ.get("LTI_TOOL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def main() -> int:
    untested = [] if browser() else ["NOT TESTED: pages in a browser (no Chromium; apt-get install chromium)"]
    untested.append("NOT TESTED: PostgreSQL and Redis (the tests use SQLite only for now)")
    for line in untested:
        print(line, flush=True)
    arguments = [sys.executable, "-m", "pytest", "-n", "2", "-q", "-rs", *sys.argv[1:]]
    code = subprocess.run(arguments, cwd=ROOT, check=False).returncode
    for line in untested:
        print(line)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
