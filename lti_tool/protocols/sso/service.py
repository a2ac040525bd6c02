"""What is done to colleagues: appointed, let in by a link, sent away with the last post.

Ways in that somebody opened with fewer rights open no more of them: whoever could hand out a link for a person may have
used it, and connected an account of their own.
"""

from sqlalchemy.orm import Session

from lti_tool.base.vault import Vault
from lti_tool.learning import audit
from lti_tool.learning.people import accounts
from lti_tool.learning.people import service as people
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.staff import Post
from lti_tool.protocols.sso import links, wishes
from lti_tool.web import staff


def show_link(session: Session, public_url: str, person_id: int, *, actor_id: int | None) -> str:
    """The address of a new link, to be handed over by whoever asked for it."""
    _note_link(session, person_id, actor_id, "show")
    return wishes.address(public_url, links.make(session, person_id))


def mail_link(session: Session, vault: Vault, public_url: str, person_id: int, *, actor_id: int) -> None:
    """Mail this person a new link, in their own language. Raises Invalid("no-address")."""
    _note_link(session, person_id, actor_id, "mail")
    language = people.language_of(people.person_of(session, person_id))
    wishes.send(session, vault, public_url, person_id, language=language)


def _note_link(session: Session, person_id: int, actor_id: int | None, how: str) -> None:
    about = people.person_of(session, person_id).public_id
    audit.note(session, f"staff:login-link:{how}", actor_id=actor_id, object_id=about)


def appoint(session: Session, email: str, name: str, post: Post, *, actor_id: int | None = None) -> str:
    """Give a post; returns its id. Whoever gets rights of another hub with it, or of all, signs in anew.

    Raises Invalid("staff-post").
    """
    known = appointments.by_email(session, email)
    held = appointments.posts_of(session, known.id) if known else ()
    if known is not None and not {None, post.hub} & {one.hub for one in held}:
        close_ways_in(session, known.id)
    return appointments.appoint(session, email, name, post, actor_id=actor_id).public_id


def close_ways_in(session: Session, person_id: int) -> None:
    """Sign this person out everywhere; links and accounts of before let nobody in any more."""
    staff.end(session, person_id)
    links.forget(session, person_id)
    accounts.disconnect_all(session, person_id)


def dismiss(session: Session, public_id: str, *, actor_id: int) -> None:
    """End a post; whoever holds none any more loses all ways in. Raises what staff.dismiss raises."""
    person_id = appointments.dismiss(session, public_id, actor_id=actor_id).person_id
    session.flush()
    if not appointments.posts_of(session, person_id):
        close_ways_in(session, person_id)
