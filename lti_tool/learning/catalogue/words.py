"""Words of Dutch and English texts, made alike for searching. Pure.

Folding is light and the same for both languages, so that nobody has to say which one they type: accents and capitals
go, endings of plurals, verbs and comparatives go, and what Dutch spelling changes with them is put back (lassen and
las, bedrijven and bedrijf). It need not be right as grammar, only alike for both sides.
"""

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[a-z0-9]+")
COMMON = frozenset({
    "a", "aan", "an", "and", "at", "by", "de", "een", "en", "for", "het", "hoe", "how", "ik", "in", "is", "je", "met",
    "of", "on", "op", "or", "te", "the", "to", "uit", "van", "voor", "with", "your",
})  # fmt: skip
"""Found everywhere, so they say nothing."""
DERIVED = ("heden", "heid", "ness", "ment", "ety", "ly")
AGENTS = ("ingen", "ings", "ing", "eren", "ers", "er")
ENDINGS = ("en", "ed", "es", "e")
FINITE = re.compile(r"(?<=d)t$")
"""Who cuts, in Dutch: snijdt."""
PLURAL = ("s",)
SHORTEST, SHORTEST_BEFORE_AGENT = 3, 4
"""A laser does not weld: from five letters no -er goes."""


@lru_cache(20_000)
def folded(text: str) -> tuple[str, ...]:
    """The words of a text in small letters without accents; single letters are left out (risico's)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    bare = bare.replace("ij", "y")  # as many write it
    return tuple(word for word in WORD.findall(bare) if len(word) > 1 or word.isdigit())


@lru_cache(50_000)
def stem(word: str) -> str:
    """The part that a folded word has in common with its other forms."""
    if word.isdigit():
        return word
    bare = _without(FINITE.sub("", word), DERIVED, SHORTEST)
    for endings, shortest in ((AGENTS, SHORTEST_BEFORE_AGENT), (ENDINGS, SHORTEST), (PLURAL, SHORTEST + 1)):
        shorter = _without(bare, endings, shortest)
        if shorter != bare:
            return _spelled_alike(shorter)
    return _spelled_alike(bare)


def _without(word: str, endings: tuple[str, ...], shortest: int) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)]
    return word


def _spelled_alike(word: str) -> str:
    single = re.sub(r"([aeou])\1", r"\1", word)
    if len(single) > SHORTEST and single[-1] == single[-2]:
        single = single[:-1]
    return single[:-1] + {"v": "f", "z": "s", "y": "i"}.get(single[-1], single[-1])


def slips(one: str, other: str, most: int) -> int | None:
    """How many slips of the typing hand lie between two words: a letter too many, too few, wrong, or two that changed
    places. None for more than `most`.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        last, before, row = before, row, [at]
        for there, its in enumerate(other, start=1):
            cost = min(before[there] + 1, row[there - 1] + 1, before[there - 1] + (letter != its))
            if at > 1 and there > 1 and letter == other[there - 2] and one[at - 2] == its:
                cost = min(cost, last[there - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None
