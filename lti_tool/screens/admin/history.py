"""What was done, the newest first: all of it for the centre, what concerns their hubs for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session

from lti_tool.learning import audit
from lti_tool.learning.audit import AuditNote, Scope
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.people import staff as appointments
from lti_tool.protocols.platforms import invitations
from lti_tool.protocols.platforms import service as platforms
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.screens.admin.verbs import FAMILIES, sentence
from lti_tool.web.formats import day
from lti_tool.web.staff import EVERYBODY, Staff, needs_staff
from lti_tool.web.transaction import session

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    actor: str
    what: str
    object_id: str
    object_name: str


@blueprint.get("/audit")
@needs_staff(*EVERYBODY)
def history(staff: Staff) -> str:
    family, object_id = request.args.get("what", audit.STAFF), request.args.get("object", "")[:128]
    family = family if family in FAMILIES else audit.STAFF
    scope = scope_of(session(), staff)
    names = names_of_things(session(), scope)
    notes = audit.listing(
        session(), family=family, object_id=object_id, before=_before(),
        scope=scope, limit=AT_ONCE + 1,
    )  # fmt: skip
    lines = lines_of(session(), notes[:AT_ONCE], names)
    before = notes[AT_ONCE - 1].id if len(notes) > AT_ONCE else None
    return page(
        session(), staff, "admin/history.html", lines=lines, before=before, families=FAMILIES, family=family,
        object_id=object_id, object_name=names.get(object_id, object_id),
    )  # fmt: skip


def _before() -> int | None:
    """The note before which the page begins; whatever is no number of one is the newest."""
    told = request.args.get("before", type=int)
    return told if told is not None and 0 < told < 2**31 else None


def lines_of(session: Session, notes: Sequence[AuditNote], names: dict[str, str]) -> list[Line]:
    actors = appointments.names_of(session, {note.actor_id for note in notes if note.actor_id})
    return [
        Line(
            note.at, actors.get(note.actor_id or 0) or gettext("The tool, or a command"),
            sentence(note.verb, note.facts), note.object_id, names.get(note.object_id, note.object_id),
        )
        for note in notes
    ]  # fmt: skip


def names_of_things(session: Session, scope: Scope | None) -> dict[str, str]:
    """What to call the things within the scope: platforms, invitations, and colleagues and their posts."""
    found = {one.public_id: str(one.name) for one in platforms.names_and_hubs(session)}
    for post in appointments.ever(session):
        name = people.display_name(post.person) or post.person.email or people.pseudonym(post.person.public_id)
        found[post.public_id] = found[post.person.public_id] = name
    schools = people.organisation_names(session)
    for sent in invitations.listing(session):
        school = schools.get(sent.organisation_id or 0, "–")
        found[sent.public_id] = gettext("invitation for %(school)s, %(day)s", school=school, day=day(sent.created_at))
    return {one: name for one, name in found.items() if scope is None or one in scope.object_ids}


def scope_of(session: Session, staff: Staff) -> Scope | None:
    """What concerns the hubs of this person. None: everything.

    Colleagues of whom every post, present or former, is of these hubs, and what was done to them; platforms and
    invitations that name one of the hubs; the hubs' modules.
    """
    hubs = staff.hubs
    if hubs is None:
        return None
    posts = appointments.ever(session)
    elsewhere = {post.person_id for post in posts if post.hub not in hubs}
    ours = [post for post in posts if post.person_id not in elsewhere]
    things = {one.public_id for one in platforms.names_and_hubs(session) if staff.sees(one.hubs)}
    things |= {one.public_id for one in invitations.listing(session) if staff.sees(one.hubs)}
    things |= {post.public_id for post in posts if post.hub in hubs} | {post.person.public_id for post in ours}
    things |= set(catalogue.module_names_of(session, hubs))
    return Scope(actor_ids={post.person_id for post in ours}, object_ids=things)
