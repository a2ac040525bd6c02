"""The two pages that are made from the source: docs/settings.md and docs/commands.md.

python -m tools.docs            write them
python -m tools.docs --check    change nothing; exit code 1 when a page is not what the source says
"""

import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from config import default
from config.default import PREFIX, Settings
from lti_tool.__main__ import lti_tool

DOCS = Path(__file__).parents[1] / "docs"
FIELD = re.compile(r"    (?P<name>[a-z_]+): (?P<kind>[^=]+?) = (?P<value>.+)")
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of Settings, as its source says it."""

    variable: str
    kind: str
    value: str
    meaning: str


def settings() -> list[Setting]:
    """All settings in the order of the source. A comment holds for its field and those right below it."""
    found: list[Setting] = []
    comment: list[str] = []
    fresh = True
    for line in inspect.getsource(Settings).splitlines():
        if line.startswith("    # "):
            comment = [line[6:]] if fresh else [*comment, line[6:]]
            fresh = False
        elif field := FIELD.fullmatch(line):
            meaning = " ".join(comment)
            found.append(Setting(PREFIX + field["name"].upper(), field["kind"], field["value"], meaning))
            fresh = True
        elif line.startswith("    @"):
            break
    return found


def settings_page() -> str:
    rows = [f"| `{s.variable}` | {_default(s.value)} | {s.meaning.replace('|', '&#124;')} |" for s in settings()]
    intro = (inspect.getdoc(default) or "").strip()
    return "\n".join(
        ["# Settings", "", "Made from `config/default.py` by `python -m tools.docs`.", "", intro, "",
         "| variable | default | meaning |", "|---|---|---|", *rows, ""]
    )  # fmt: skip


def _default(value: str) -> str:
    text = value.removeprefix('Path("').removesuffix('")').strip('"')
    return f"`{text}`" if text and text != "()" else "none"


def commands(
    command: click.Command, name: str = "lti-tool", above: click.Context | None = None
) -> list[tuple[str, str]]:  # fmt: skip
    """(name, help) of a command and all below it."""
    look = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, parent=above, info_name=name.split()[-1], **look)
    found = [(name, command.get_help(context))]
    below: dict[str, click.Command] = getattr(command, "commands", {})
    for sub in sorted(below):
        found += commands(below[sub], f"{name} {sub}", context)
    return found


def commands_page() -> str:
    parts = ["# Commands", "", "Made from `lti-tool --help` by `python -m tools.docs`."]
    for name, text in commands(lti_tool):
        parts += ["", f"## {name}", "", "```text", text.rstrip(), "```"]
    return "\n".join([*parts, ""])


def pages() -> dict[Path, str]:
    return {DOCS / "settings.md": settings_page(), DOCS / "commands.md": commands_page()}


def stale() -> list[str]:
    """Names of the pages that are not what the source says."""
    return [path.name for path, text in pages().items() if not path.exists() or path.read_text() != text]


def main() -> int:
    if "--check" in sys.argv:
        wrong = stale()
        if wrong:
            print(f"out of step with the source: {', '.join(wrong)}. Run: python -m tools.docs")
        return 1 if wrong else 0
    for path, text in pages().items():
        path.write_text(text)
        print(path.relative_to(DOCS.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
