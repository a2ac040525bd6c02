"""Width and height of our own pictures, so that a page keeps room for them and does not jump while they load."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

from lti_tool.base.files import Shelf

Size = tuple[int, int]
SizeOf = Callable[[str], Size | None]
VIEW_BOX = re.compile(rb'<svg\b[^>]*\bviewBox="[\d.+-]+[ ,]+[\d.+-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"')
PNG = b"\x89PNG\r\n\x1a\n"
HEAD_BYTES = 2048


def sizes_on(shelf: Shelf) -> SizeOf:
    """Finds the size of a picture on this shelf by its address, such as /media/0f3a.svg."""

    def size_of(address: str) -> Size | None:
        path = shelf.path(address.removeprefix("/media/"))
        return _size(path) if path else None

    return size_of


def _size(path: Path) -> Size | None:
    """Of drawings and PNG; others go without."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(PNG) and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    match = VIEW_BOX.search(head) if path.suffix == ".svg" else None
    return (round(float(match[1])), round(float(match[2]))) if match else None
