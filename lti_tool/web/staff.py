"""Staff who signed in: their sessions, kept in the database, and the guard of their pages.

Staff work in a window of their own, never in a platform's frame. So their cookie is a first-party one
(SameSite=Lax, `__Host-` under https) and has nothing to do with visits. docs/decisions/0010.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, redirect, request, url_for
from sqlalchemy import ForeignKey, Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.wrappers import Response

from lti_tool.base import clock
from lti_tool.base.db import Base, Id, PublicId
from lti_tool.base.errors import Forbidden, Invalid, NotFound, Unauthorised
from lti_tool.base.vault import fingerprint
from lti_tool.learning.people import service as people
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.web import headers
from lti_tool.web.extensions import tool
from lti_tool.web.guards import must_come_from_us
from lti_tool.web.transaction import SAFE_METHODS, apart, session

View = TypeVar("View", bound=Callable[..., Any])
TOUCH_EVERY = timedelta(minutes=1)
EVERYBODY = tuple(StaffRole)
WHO_MAY_CHANGE = (StaffRole.CENTRAL_ADMIN, StaffRole.HUB_COORDINATOR)


class StaffSession(Base):
    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_began_at", "began_at"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    """Fingerprint of the cookie."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    way_in: Mapped[str] = mapped_column(String(16))
    """"link" or "oidc"."""
    browser: Mapped[str] = mapped_column(String(64))
    """For its owner to recognise it: "Firefox, Linux"."""
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who is at work here, and for which hubs."""

    person_id: int
    session_id: str
    posts: tuple[Post, ...]
    language: str | None = None

    @property
    def is_central(self) -> bool:
        return any(post.role is StaffRole.CENTRAL_ADMIN for post in self.posts)

    @property
    def hubs(self) -> frozenset[str] | None:
        """Public ids of the hubs of which this person may see things; None: of all."""
        return None if self.is_central else frozenset(post.hub for post in self.posts if post.hub)

    @property
    def runs(self) -> frozenset[str] | None:
        """The hubs for which this person may change things; None: all."""
        if self.is_central:
            return None
        return frozenset(p.hub for p in self.posts if p.hub and p.role is StaffRole.HUB_COORDINATOR)

    def sees(self, hubs: Sequence[str]) -> bool:
        """True if a thing of these hubs is theirs to see. A thing of all hubs (none named) is the centre's."""
        return self.hubs is None or bool(self.hubs & set(hubs))

    def may_change(self, hubs: Sequence[str]) -> bool:
        """True if all hubs of the thing are theirs to run."""
        return self.runs is None or (bool(hubs) and set(hubs) <= self.runs)


def begin(session: Session, person_id: int, *, way_in: str, browser: str) -> str:
    """Open a session; returns the secret for the cookie."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        StaffSession(
            secret=fingerprint(secret), person_id=person_id, way_in=way_in, browser=browser[:64], began_at=now,
            seen_at=now,
        )
    )  # fmt: skip
    return secret


def find(session: Session, secret: str | None) -> StaffSession | None:
    """The session of this cookie, unless it ended or lasted too long."""
    if not secret:
        return None
    found = session.scalars(select(StaffSession).where(StaffSession.secret == fingerprint(secret))).one_or_none()
    return found if found is not None and _is_open(found) else None


def _is_open(found: StaffSession) -> bool:
    settings, now = tool().settings, clock.now()
    idle, longest = timedelta(minutes=settings.staff_idle_minutes), timedelta(hours=settings.staff_max_hours)
    return found.ended_at is None and now <= found.seen_at + idle and now <= found.began_at + longest


def sessions_of(session: Session, person_id: int) -> Sequence[StaffSession]:
    """The open sessions of a person, the last used first."""
    query = select(StaffSession).where(StaffSession.person_id == person_id, StaffSession.ended_at.is_(None))
    return [one for one in session.scalars(query.order_by(StaffSession.seen_at.desc())) if _is_open(one)]


def end(session: Session, person_id: int, public_id: str | None = None, *, but: str | None = None) -> int:
    """End one session of this person, or all of them (`but` the one with that id); returns how many."""
    query = update(StaffSession).where(StaffSession.person_id == person_id, StaffSession.ended_at.is_(None))
    if public_id is not None:
        query = query.where(StaffSession.public_id == public_id)
    if but is not None:
        query = query.where(StaffSession.public_id != but)
    return int(session.execute(query.values(ended_at=clock.now())).rowcount)  # type: ignore[attr-defined]


def forget_old(session: Session, *, before: datetime) -> None:
    session.execute(delete(StaffSession).where(StaffSession.began_at < before))


def cookie_name() -> str:
    return "__Host-technohub_staff" if tool().settings.public_url.startswith("https:") else "technohub_staff"


def set_cookie(response: Response, secret: str) -> None:
    """Keep the session in this browser until it closes; an empty secret takes it out."""
    age = None if secret else 0
    response.set_cookie(
        cookie_name(), secret, max_age=age, path="/", httponly=True, samesite="Lax",
        secure=tool().settings.public_url.startswith("https:"),
    )  # fmt: skip


def needs_staff(*roles: StaffRole) -> Callable[[View], View]:
    """Only staff who hold one of these posts may call this route. Others are asked to sign in."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> Any:
            must_come_from_us()
            headers.frame_by("'none'")
            _must_be_texts()
            found = find(session(), request.cookies.get(cookie_name()))
            if found is None:
                return _ask_to_sign_in()
            staff = _staff_of(found)
            if not {post.role for post in staff.posts} & set(roles):
                raise Forbidden("staff-role")
            _keep_alive(found)
            return view(staff, **arguments)

        guarded.guard = roles  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def _must_be_texts() -> None:
    """PostgreSQL stores and compares no text with a zero byte in it. Raises Invalid("form")."""
    given = (*(request.view_args or {}).values(), *request.args.values(), *request.form.values())
    if any("\x00" in str(text) for text in given):
        raise Invalid("form")


def _staff_of(found: StaffSession) -> Staff:
    person = people.person_of(session(), found.person_id)
    staff = Staff(person.id, found.public_id, appointments.posts_of(session(), person.id), person.language)
    g.staff, g.language = staff, person.language
    return staff


def _ask_to_sign_in() -> Response:
    if request.method not in SAFE_METHODS:
        raise Unauthorised("staff-session")
    return redirect(url_for("sso.sign_in", next=request.full_path.rstrip("?")), 303)


def _keep_alive(found: StaffSession) -> None:
    if clock.now() - found.seen_at < TOUCH_EVERY:
        return
    query = update(StaffSession).where(StaffSession.id == found.id).values(seen_at=clock.now())
    if request.method in SAFE_METHODS:
        with apart() as own:
            own.execute(query)
    else:
        session().execute(query)


def must_see(staff: Staff, hubs: Sequence[str]) -> None:
    """Raises NotFound("page") for things of other hubs: that they exist is not told either."""
    if not staff.sees(hubs):
        raise NotFound("page")


def must_run(staff: Staff, hubs: Sequence[str]) -> None:
    """Raises NotFound("page") for things of other hubs, Forbidden("staff-role") where they may only look."""
    must_see(staff, hubs)
    if not staff.may_change(hubs):
        raise Forbidden("staff-role")
