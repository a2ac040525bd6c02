"""Keep the Dutch catalogue in step with the source texts, which are English.

    python -m tools.messages            update lti_tool/translations/nl/LC_MESSAGES/messages.po
    python -m tools.messages --check    change nothing; fail when a text is missing, fuzzy, obsolete or broken
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "lti_tool" / "translations"
CATALOGUE = TRANSLATIONS / "nl" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}


def extracted() -> Catalog:
    """Every source text of the package."""
    with (TRANSLATIONS / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = Catalog()
    texts = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS, directory_filter=_is_ours)
    for _path, _line, message, comments, context in sorted(texts, key=lambda text: str(text[2])):
        found.add(message, None, [], auto_comments=comments, context=context)
    return found


def _is_ours(directory: str) -> bool:
    path = Path(directory)
    return path == ROOT or path.relative_to(ROOT).parts[0] == "lti_tool"


def known() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="nl", project="lti_tool", version="1", fuzzy=False)
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="nl")


def update(catalogue: Catalog) -> None:
    """Take over new texts and drop those that are gone."""
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# Dutch texts of lti_tool. Write with: python -m tools.messages"
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as target:
        write_po(target, catalogue, width=110, no_location=True, sort_output=True)
    placeholders = ("Report-Msgid-Bugs-To", "PO-Revision-Date", "Last-Translator", "Language-Team", "Generated-By")
    lines = CATALOGUE.read_text().splitlines(keepends=True)
    CATALOGUE.write_text("".join(line for line in lines if not line.startswith(tuple(f'"{p}' for p in placeholders))))


def faults(catalogue: Catalog) -> list[str]:
    """What keeps the catalogue from being complete, one line each."""
    wanted = {message.id for message in extracted() if message.id}
    there = {message.id: message for message in catalogue if message.id}
    return [
        *(f"missing: {text!r}" for text in wanted - set(there)),
        *(f"obsolete: {text!r}" for text in set(there) - wanted),
        *(f"obsolete: {text!r}" for text in catalogue.obsolete),
        *(f"not translated: {text!r}" for text, message in there.items() if not _is_full(message.string)),
        *(f"fuzzy: {text!r}" for text, message in there.items() if message.fuzzy),
        *(f"{error}: {message.id!r}" for message, errors in catalogue.check() for error in errors),
    ]


def _is_full(text: str | list[str] | tuple[str, ...] | None) -> bool:
    return all([text] if isinstance(text, str) else text or [""])


def main(arguments: list[str]) -> int:
    catalogue = known()
    if "--check" not in arguments:
        update(catalogue)
    found = sorted(faults(catalogue))
    print(*found, sep="\n")
    print(f"{len(catalogue)} texts, {len(found)} to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
