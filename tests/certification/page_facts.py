"""What a browser would make of a page: its skeleton, and whatever in it could run."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

ADDRESSES = ("href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href", "background")
SCHEMES = ("", "https", "mailto")
FORBIDDEN = {"iframe", "object", "embed", "base", "applet", "frame", "math", "style", "template"}


@dataclass
class PageFacts(HTMLParser):
    """Tags and attribute names in their order, and the faults: anything that runs or leads to a program."""

    skeleton: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, html: str) -> "PageFacts":
        found = cls()
        found.feed(html)
        found.close()
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skeleton.append((tag, tuple(name for name, _ in attrs)))
        given = {name: value or "" for name, value in attrs}
        if tag in FORBIDDEN:
            self.faults.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.faults.append(f"<script {given}>")
        if tag == "meta" and "http-equiv" in given:
            self.faults.append(f"<meta {given}>")
        self.faults += [f"{tag} {name}" for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        self.faults += [f"{tag} {name}={given[name]}" for name in ADDRESSES if name in given and is_active(given[name])]

    def handle_data(self, data: str) -> None:
        if self.skeleton and self.skeleton[-1][0] == "script" and data.strip() and self.rawdata_of_script():
            self.faults.append(f"script: {data[:60]}")

    def rawdata_of_script(self) -> bool:
        return self.cdata_elem == "script"


def is_active(address: str) -> bool:
    """True for javascript:, data: and their like, however they are written."""
    plain = "".join(letter for letter in address if ord(letter) > 32).lower()
    return urlsplit(plain.replace("\\", "/")).scheme not in SCHEMES
