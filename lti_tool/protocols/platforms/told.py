"""Values that a platform tells, in its tokens and answers: of the right kind, storable, or absent."""

LONGEST = 255


def storable(text: str) -> str:
    """The text without NULs, and with "?" for half surrogate pairs (a cut emoji), which are no Unicode."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def text(value: object, longest: int = LONGEST) -> str | None:
    """A text cut to its length; None for anything else, and for nothing."""
    return storable(value)[:longest].strip() or None if isinstance(value, str) else None


def identifier(value: object) -> str | None:
    """An identifier as it came; None where it is none. Cut or trimmed, it might be another's."""
    is_one = isinstance(value, str) and 0 < len(value) <= LONGEST and value == storable(value)
    return str(value) if is_one else None


def subject(value: object) -> str | None:
    """Who somebody is on the platform: an identifier, which some write as a number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**100:
        return str(value)
    return identifier(value)
