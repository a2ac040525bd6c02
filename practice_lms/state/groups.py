"""Groups of a course: each may stand in a set, and anybody may be in several."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from practice_lms.state.store import Store


@dataclass(frozen=True)
class Group:
    """A group; `set_name` is empty where it stands alone."""

    id: str
    course_id: str
    name: str
    set_name: str = ""


def save_group(store: Store, group: Group, members: Sequence[str]) -> None:
    """Add a group, or change it and who is in it."""
    store.run(
        "INSERT INTO course_groups VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " course_id = excluded.course_id, name = excluded.name, set_name = excluded.set_name",
        (group.id, group.course_id, group.name, group.set_name),
    )
    store.run("DELETE FROM group_members WHERE group_id = ?", (group.id,))
    store.many("INSERT INTO group_members VALUES (?, ?)", [(group.id, one) for one in members])


def groups_of(store: Store, course_id: str) -> list[Group]:
    """The groups of a course by name."""
    rows = store.all("SELECT * FROM course_groups WHERE course_id = ? ORDER BY name, id", (course_id,))
    return [Group(row["id"], row["course_id"], row["name"], row["set_name"]) for row in rows]


def groups_by_member(store: Store, course_id: str) -> dict[str, list[str]]:
    """Ids of the groups that each member is in."""
    rows = store.all(
        "SELECT m.user_id, m.group_id FROM group_members m JOIN course_groups g ON g.id = m.group_id"
        " WHERE g.course_id = ? ORDER BY m.group_id",
        (course_id,),
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["user_id"]].append(row["group_id"])
    return found
