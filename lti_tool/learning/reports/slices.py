"""Many people in slices that every database takes as the parameters of one statement."""

from collections.abc import Collection, Iterator

AT_ONCE = 10_000


def slices(person_ids: Collection[int]) -> Iterator[list[int]]:
    everybody = list(person_ids)
    for first in range(0, len(everybody), AT_ONCE):
        yield everybody[first : first + AT_ONCE]
