"""People, courses and who is in which course.

Roles are the platform's own words (teacher, student); what they become in a message is in `lti.roles`.
"""

from dataclasses import dataclass
from enum import StrEnum

from practice_lms.state.store import Row, Store


class CourseRole(StrEnum):
    """What someone is in a course."""

    TEACHER = "teacher"
    STUDENT = "student"


@dataclass(frozen=True)
class User:
    """Someone of the school; `id` is the `sub` that tools see."""

    id: str
    given: str
    family: str
    email: str
    is_admin: bool = False
    is_test: bool = False

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}".strip()

    @property
    def initials(self) -> str:
        """Two letters for a round badge."""
        return (self.given[:1] + self.family.rsplit(" ", 1)[-1][:1]).upper()


@dataclass(frozen=True)
class Course:
    """A course; the context of its links."""

    id: str
    title: str
    label: str


@dataclass(frozen=True)
class Member:
    """Someone in a course; status as NRPS has it (Active, Inactive)."""

    user: User
    role: CourseRole
    status: str


def _user(row: Row) -> User:
    return User(
        row["id"], row["given"], row["family"], row["email"], bool(row["is_admin"]), bool(row["is_test"])
    )


def _course(row: Row) -> Course:
    return Course(row["id"], row["title"], row["label"])


def add_user(store: Store, user: User) -> None:
    """Add someone, or change their name and address."""
    store.run(
        "INSERT INTO users (id, given, family, email, is_admin, is_test) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET given = excluded.given, family = excluded.family,"
        " email = excluded.email, is_admin = excluded.is_admin, is_test = excluded.is_test",
        (user.id, user.given, user.family, user.email, user.is_admin, user.is_test),
    )


def find_user(store: Store, user_id: str) -> User | None:
    """The user with exactly this id."""
    row = store.one("SELECT * FROM users WHERE id = ?", (user_id,))
    return _user(row) if row is not None else None


def people_to_choose(store: Store) -> list[User]:
    """Everyone a visitor may be, without those made in bulk; at most 60, as they were added."""
    return [
        _user(row) for row in store.all("SELECT * FROM users WHERE bulk = 0 ORDER BY is_test, id LIMIT 60")
    ]


def add_course(store: Store, course: Course) -> None:
    """Add a course, or change its title."""
    store.run(
        "INSERT INTO courses (id, title, label, position)"
        " VALUES (?, ?, ?, (SELECT COUNT(*) FROM courses)) ON CONFLICT (id)"
        " DO UPDATE SET title = excluded.title, label = excluded.label",
        (course.id, course.title, course.label),
    )


def find_course(store: Store, course_id: str) -> Course | None:
    """The course with exactly this id."""
    row = store.one("SELECT * FROM courses WHERE id = ?", (course_id,))
    return _course(row) if row is not None else None


def courses_of(store: Store, user: User) -> list[Course]:
    """The courses someone is in; all of them for an administrator."""
    if user.is_admin:
        return [_course(row) for row in store.all("SELECT * FROM courses ORDER BY position")]
    rows = store.all(
        "SELECT c.* FROM courses c JOIN memberships m ON m.course_id = c.id"
        " WHERE m.user_id = ? AND m.status = 'Active' ORDER BY c.position",
        (user.id,),
    )
    return [_course(row) for row in rows]


def enrol(store: Store, course_id: str, user_id: str, role: CourseRole, status: str = "Active") -> None:
    """Put someone in a course, or change what they are there."""
    store.run(
        "INSERT INTO memberships VALUES (?, ?, ?, ?) ON CONFLICT (course_id, user_id)"
        " DO UPDATE SET role = excluded.role, status = excluded.status",
        (course_id, user_id, role, status),
    )


def leave(store: Store, course_id: str, user_id: str) -> None:
    """Take someone out of a course, as if they had never been there."""
    store.run("DELETE FROM memberships WHERE course_id = ? AND user_id = ?", (course_id, user_id))


def members(store: Store, course_id: str, role: CourseRole | None = None) -> list[Member]:
    """Everyone in a course, teachers first, then by family name."""
    rows = store.all(
        "SELECT u.*, m.role, m.status FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE m.course_id = ? AND (? IS NULL OR m.role = ?)"
        " ORDER BY m.role DESC, u.is_test, u.family, u.id",
        (course_id, role, role),
    )
    return [Member(_user(row), CourseRole(row["role"]), row["status"]) for row in rows]


def roster(store: Store, course_id: str, role: CourseRole | None, start: int, size: int) -> list[Member]:
    """A stretch of the members by user id, which costs the same however large the course is."""
    rows = store.all(
        "SELECT u.*, m.role, m.status FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE m.course_id = ? AND (? IS NULL OR m.role = ?) ORDER BY m.user_id LIMIT ? OFFSET ?",
        (course_id, role, role, size, start),
    )
    return [Member(_user(row), CourseRole(row["role"]), row["status"]) for row in rows]


def count_members(store: Store, course_id: str, role: CourseRole | None = None) -> int:
    """How many are in a course, of one role when asked."""
    return store.number(
        "SELECT COUNT(*) FROM memberships WHERE course_id = ? AND (? IS NULL OR role = ?)",
        (course_id, role, role),
    )


def role_in(store: Store, course_id: str, user_id: str) -> CourseRole | None:
    """What someone is in a course; None when they are no active member."""
    row = store.one(
        "SELECT role FROM memberships WHERE course_id = ? AND user_id = ? AND status = 'Active'",
        (course_id, user_id),
    )
    return CourseRole(row["role"]) if row is not None else None
