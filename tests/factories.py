"""Small makers of what tests stand on. Each returns what it made; none commits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.service import ActivityDraft, VersionDraft
from lti_tool.learning.kinds import Proof
from lti_tool.learning.people import service as people
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.service import Profile
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.rules import Standing
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.service import Platform, PlatformDraft
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from lti_tool.protocols.resource_links.service import Arrival, Coming
from lti_tool.web import staff as staff_sessions

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES = tuple(AGS + name for name in ("lineitem", "lineitem.readonly", "result.readonly", "score"))
CLIENT_ID = "technohub-oefen"


def module(session: Session, public_id: str = "cobots", *, extras: int = 9, required: int = 1) -> int:
    """A published module of pages worth 100 points together: `r1`.. must be read, `e1`.. may be."""
    catalogue.seed_hub(session, "hub", "Technohub", "Oost", {"nl": "Techniek"})
    keys = [f"r{number}" for number in range(1, required + 1)] + [f"e{number}" for number in range(1, extras + 1)]
    activities = tuple(
        ActivityDraft(
            key=key, kind="page", title={"nl": key}, minutes=5, points=100 / len(keys),
            required=key.startswith("r"), after=(), settings={"markdown": {"nl": "Lees dit."}},
        )
        for key in keys
    )  # fmt: skip
    draft = VersionDraft(
        number=1, title={"nl": "Cobots"}, summary={"nl": "Over cobots"}, pass_points=55, activities=activities
    )
    catalogue.publish(session, public_id, "hub", draft)
    return catalogue.module_id(session, public_id)


def platform(session: Session, url: str = "https://school.example", **changes: Any) -> Platform:
    """A registration of the practice platform at `url`, with deployment 1."""
    fields: dict[str, Any] = {
        "name": "School", "issuer": url, "client_id": CLIENT_ID, "deployment_ids": ["1"],
        "auth_login_url": f"{url}/oidc/auth", "auth_token_url": f"{url}/oauth/token",
        "key_set_url": f"{url}/lti/jwks.json", "family": "practice",
    }  # fmt: skip
    return platforms.add(session, PlatformDraft(**(fields | changes)))


def link(session: Session, school: Platform, module_public_id: str = "cobots", **changes: Any) -> ResourceLink:
    """A link that opens the module and was launched once; by default with a column of its own."""
    fields: dict[str, Any] = {
        "registration_id": school.id, "client_id": school.client_id, "deployment_id": "1",
        "resource_link_id": "link-1", "title": "Cobots veilig inzetten", "context_id": "course-1",
        "context_title": "Mechatronica 4B", "module": module_public_id,
        "lineitem_url": f"{school.issuer}/lineitems/1?type_id=1", "lineitems_url": None, "ags_scopes": SCOPES,
    }  # fmt: skip
    given = fields | changes
    named = {"module": given.pop("module")} | ({} if given.pop("wants_grades", True) else {"grades": "off"})
    given["named"] = {name: text for name, text in named.items() if text} | given.pop("terms", {})
    return links.arrive(session, Arrival(**given))


def learner(
    session: Session, school: Platform, placed: ResourceLink, subject: str = "sanne", *, role: str = "learner",
    is_test: bool = False,
) -> int:  # fmt: skip
    """Somebody who came in through the link; returns the id of their enrolment."""
    person = people.recognise(session, f"lti:{school.id}", subject, Profile(name=subject))
    assert placed.cohort_id is not None
    assert placed.module_id is not None
    place = progress.enrol(session, placed.cohort_id, person.id, placed.module_id)
    links.join(session, Coming(placed.id, person.id, subject, role, is_test), place.enrolment_id)
    return place.enrolment_id


def read(session: Session, enrolment_id: int, *keys: str, at: datetime | None = None) -> Standing:
    """The learner reads these pages; the standing afterwards."""
    place = progress.place_by_id(session, enrolment_id)
    syllabus = progress.syllabus_of(session, place)
    standing = place.standing
    for key in keys:
        proof = Proof("read", at or clock.now(), {})
        standing = progress.record(session, enrolment_id, syllabus.step(key), proof, key="read")
    return standing


def open_page(session: Session, enrolment_id: int, key: str) -> Standing:
    """The learner opens a page without having read it."""
    place = progress.place_by_id(session, enrolment_id)
    step = progress.syllabus_of(session, place).step(key)
    return progress.record(session, enrolment_id, step, Proof("opened", clock.now(), {}), key="opened")


def staff(
    session: Session, role: StaffRole = StaffRole.CENTRAL_ADMIN, hub: str | None = None, *, name: str = "Joke Postma",
    email: str = "joke@desmidse.test",
) -> str:  # fmt: skip
    """A member of staff with an open session; returns the secret of the cookie `web.staff.cookie_name()`."""
    person_id = appointments.appoint(session, email, name, Post(role, hub)).person_id
    return staff_sessions.begin(session, person_id, way_in="link", browser="Firefox, Linux")


def facts(row: Any, *names: str) -> Mapping[str, Any]:
    """These columns of a row, for comparing in one assertion."""
    return {name: getattr(row, name) for name in names}


__all__ = [
    "AGS", "CLIENT_ID", "SCOPES", "Member", "facts", "learner", "link", "module", "open_page", "platform", "read",
    "staff",
]  # fmt: skip
