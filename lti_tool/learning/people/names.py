"""Names as people look for them: found whatever their accents, and in the order of family names. Pure."""

import unicodedata

PARTICLES = frozenset(
    (
        "'s", "'t", "aan", "bij", "d'", "de", "den", "der", "des", "el", "het", "in", "op", "over", "te", "ten", "ter",
        "toe", "tot", "uit", "van", "von",
    )
)  # fmt: skip
"""Before a Dutch family name; nobody looks for De Vries at the D."""
_LETTERS = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})

SortKey = tuple[bool, str, str, str]


def plain(text: str) -> str:
    """In small letters without accents, so that "eline" finds "Éline"."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def sort_key(name: str | None, given: str | None, family: str | None) -> SortKey:
    """By family name without what stands before it, then by given name. Whoever told no name comes last.

    Where only a whole name was told, its last word counts as the family name, with the particles before it.
    """
    if not family:
        given, family = _apart(name or given or "")
    words = plain(family).split()
    first = next((number for number, word in enumerate(words) if word not in PARTICLES), 0)
    return not words, " ".join(words[first:]), plain(given or ""), " ".join(words[:first])


def _apart(name: str) -> tuple[str, str]:
    """Given and family name of a whole one: "Sanne de Vries", or "Vries, Sanne"."""
    family, comma, given = name.partition(",")
    if comma:
        return given.strip(), family
    words = name.split()
    begin = len(words) - 1
    while begin > 1 and plain(words[begin - 1]) in PARTICLES:
        begin -= 1
    return " ".join(words[:begin]), " ".join(words[begin:])
