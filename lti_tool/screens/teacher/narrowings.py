"""Which parts of a class may be looked at, each with how many they are."""

from dataclasses import dataclass

from lti_tool.screens.teacher.asking import LEFT, ONLY
from lti_tool.screens.teacher.roll import Roll
from lti_tool.screens.teacher.words import ONLY_WORDS


@dataclass(frozen=True, slots=True)
class Narrowing:
    only: str
    words: str
    count: int


def narrowings(roll: Roll) -> list[Narrowing]:
    """Everybody, then those parts that have anybody in them; about grades only where the link sends any."""
    counted = {only: sum(map(fits, roll.here)) for only, fits in ONLY.items()} | {LEFT: len(roll.left)}
    if not roll.link.sends_grades:
        counted["no-result"] = 0
    return [
        Narrowing(only, str(ONLY_WORDS[only]), count) for only, count in counted.items() if count or not only
    ]
