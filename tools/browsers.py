"""Try every cell of the browser matrix and write what was seen into docs/browsers.md: `python -m tools.browsers`.

A browser that is not on this machine keeps the table that it had.
"""

import os
import shutil
import subprocess
import sys

from tests.matrix import table
from tests.matrix.cells import EVERY_CELL

BROWSERS = ("Chromium", "Firefox")


def main() -> int:
    """1 when a browser lacks cells, or when a result is not what the rule in tests/matrix/cells.py expects."""
    shutil.rmtree(table.RESULTS, ignore_errors=True)
    files = [f"tests/matrix/test_{name.lower()}.py" for name in BROWSERS]
    command = [sys.executable, "-m", "tools.run_tests", *files]
    tried = subprocess.run(command, cwd=table.ROOT, env=os.environ | {EVERY_CELL: "yes"}, check=False)
    for name in BROWSERS:
        found = table.remembered(name)
        if found is None:
            print(f"{name}: not every cell was seen; its table stays as it was")
            continue
        table.write(name, *found)
        print(f"{name} {found[0]}: written")
    if tried.returncode not in (0, 1):
        return tried.returncode
    rule = [sys.executable, "-m", "pytest", "-q", "tests/matrix/test_cells.py"]
    return subprocess.run(rule, cwd=table.ROOT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
