"""Files by content: each is stored once, under the hash of its bytes, and never changes."""

import hashlib
import re
import secrets
from pathlib import Path

NAME = re.compile(r"[0-9a-f]{32}\.(svg|png|jpg|webp|pdf)")


class Shelf:
    """A folder of files; made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, suffix: str) -> str:
        """Keep the content; returns its name, such as "0f3a….svg"."""
        name = hashlib.sha256(content).hexdigest()[:32] + suffix.lower()
        if not NAME.fullmatch(name):
            raise ValueError(f"files of this kind are not kept: {suffix}")
        path = self.folder / name
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f".{secrets.token_hex(8)}"
            unfinished.write_bytes(content)
            unfinished.replace(path)
        return name

    def path(self, name: str) -> Path | None:
        """Where the file of that name lies, or None if there is none."""
        path = self.folder / name
        return path if NAME.fullmatch(name) and path.is_file() else None
