"""Write the next migration: `python -m tools.migrate "what changes"` makes migrations/versions/0007_what_changes.py.

What changed is found by comparing the models with a fresh SQLite database that has all earlier migrations. Read
the file before you keep it: a rename is seen as a loss and a gain, and data is never moved by itself.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command

from lti_tool.base.migrations import alembic_config
from lti_tool.base.schema import MIGRATIONS, known


def next_number() -> str:
    return f"{int(max(known(), default='0')) + 1:04d}"


def write(message: str) -> Path:
    number, words = next_number(), re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    with tempfile.TemporaryDirectory() as folder:
        config = alembic_config(f"sqlite:///{folder}/empty.db")
        config.set_main_option("file_template", f"{number}_{words}")
        command.upgrade(config, "head")
        command.revision(config, message=message, autogenerate=True, rev_id=number)
    return MIGRATIONS / "versions" / f"{number}_{words}.py"


def main() -> int:
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        print('Say what changes: python -m tools.migrate "let modules have an image"')
        return 2
    path = write(sys.argv[1].strip())
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=False)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
