"""Three schools on one tool, each with all that a school can have, and the ways to ask every address of the tool.

What belongs to a school is what came into the database while it was made; so a new table joins by itself once
`_settle` makes a row of it. `ARGUMENTS` and `FIELDS` say what the parts of addresses and forms may hold: a new name
fails the walks until it stands there.
"""

import itertools
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from config.default import Settings
from lti_tool import tables
from lti_tool.app import create_app
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.base.vault import fingerprint
from lti_tool.learning.assessment.models import Judgement
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Hub
from lti_tool.learning.people.models import Organisation
from lti_tool.learning.people.staff import StaffRole
from lti_tool.learning.progress import attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions.models import Booking, HubSession, Mark, SeatQuota, Trainer
from lti_tool.protocols.contracts.models import Erasure
from lti_tool.protocols.deep_linking.models import ChoiceRequest
from lti_tool.protocols.deep_linking.settings import Settings as DeepLinkingSettings
from lti_tool.protocols.doctor.models import CheckRun, SelfTestLink, TestLaunch
from lti_tool.protocols.grades.models import Delivery, LineItem, Pace
from lti_tool.protocols.lti.models import LoginAttempt, RefusedLaunch, SpentNotice
from lti_tool.protocols.platforms.models import (
    AccessToken,
    Deployment,
    FormerClient,
    Invitation,
    KeySet,
    NoticeHandler,
    Registration,
    RegistrationRun,
)
from lti_tool.protocols.resource_links.models import Group, Member, Roster
from lti_tool.protocols.sso import links as login_links
from lti_tool.protocols.sso.models import SignInAttempt
from lti_tool.web import cookies, staff
from lti_tool.web.extensions import db
from lti_tool.web.visits import VisitRecord
from tests import factories
from tests.learning import drafts

TOOL = "https://tool.test"
ROOT = Path(__file__).parents[2]
ADD = "tests/house/town.py"

Row = tuple[str, tuple[Any, ...]]
"""A table and the primary key in it."""

ARGUMENTS: Mapping[str, str | tuple[Any, ...]] = {
    "visit_id": "visits",
    "key": ("lezen", "toets", "*"),
    "person": "people",
    "act": ("excuse", "correct", "extend-back"),
    "suffix": ("csv", "xlsx"),
    "number": (1,),
    "name": ("0" * 32 + ".svg",),
    "filename": ("app.css",),
    "secret": ("nothing",),
    "public_id": "registrations",
    "code": ("nothing",),
    "provider": ("nothing",),
    "post_id": "appointments",
    "account_id": "identities",
    "platform_id": "registrations",
    "launch_id": "test_launches",
    "invitation_id": "invitations",
    "family": ("moodle",),
    "module_id": ("cobots", "other"),
    "piece": ("nothing",),
    "day": "hub_sessions",
}
"""What stands in addresses: the table whose ids it names, or these values."""

FIELDS: Mapping[str, str | tuple[Any, ...]] = {
    "language": ("nl",), "back": ("/",), "run": ("own", "shared"), "module": ("cobots",),
    "again": ("failed", "all"), "stands": ("ours", "school"), "show": ("held", ""), "column": ("", "toets"),
    "from_column": ("",), "from_show": ("held",), "from_page": ("1",),
    "delivery": "deliveries", "platform": "registrations", "typed": ("x",),
    "look": ("1",), "seen": ("x",), "attempt": ("1",), "page": ("1",), "saves": ("0",), "csrf": ("x",),
    "next": ("/staff/",), "connect": ("1",), "before": ("999999",), "what": ("staff:", ""),
    "code": ("x",), "mailed": "appointments",
    "session": "staff_sessions", "object": "registrations", "email": ("new@hub.test",), "name": ("Nieuw",),
    "role": ("hub-trainer", "central-admin"), "hub": ("hub-bravo", "hub-charlie"),
    "words": ("cobots",), "theme": ("",), "level": ("mbo-4",), "length": ("short",), "speaks": ("nl", ""),
    "activity": ("toets", ""), "how": ("show", "up"), "piece": ("nothing",), "revision": ("0",), "title": ("Nieuw",),
    "columns": ("one", "none"), "scale": ("grade",), "maximum": ("10",), "opens": ("2026-11-02T09:00",), "due": ("",),
    "closes": ("2026-12-01T09:00",), "late": ("deduct",), "late_percent": ("10",), "version": ("1",),
    "sent": ("x",), "JWT": ("x",),
    "only": ("stuck", "left"), "group": ("mine",), "find": ("marker",), "sort": ("a.lezen", "x"), "order": ("down",),
    "state": ("parked", "state-x"), "id_token": ("a.b.c",), "ticket": ("x",), "waits": ("0",), "error": ("x",),
    "iss": ("https://bravo.example", "https://charlie.example"), "client_id": ("bravo", "charlie"),
    "login_hint": ("x",), "target_link_uri": (TOOL + "/lti/launch",), "lti_message_hint": ("x",),
    "lti_deployment_id": ("1",), "lti_storage_target": ("_parent",),
    "decision": ("block", "approve"), "deployment": ("pending",), "deployment_ids": ("1",), "hubs": ("hub-bravo",),
    "issuer": ("https://new.example",), "auth_login_url": ("https://new.example/a",), "uses": ("1",), "days": ("1",),
    "auth_token_url": ("https://new.example/t",), "key_set_url": ("https://new.example/k",), "audience": ("x",),
    "school": ("Nieuw",), "privacy_level": ("pseudonym",), "environment": ("test",), "accepts_deployments": ("1",),
    "privacy": ("name",),
    "openid_configuration": ("https://10.0.0.1/configuration",), "registration_token": ("x",),
    "reason": ("Omdat",), "token": ("x",), "seen_result": ("x",), "points": ("1",), "attempts": ("1",),
    "until": ("2027-01-01T09:00",), "done": ("correct",),
    "day": ("x",), "confirmed": ("yes",), "instead_of": "hub_sessions",
    "first": ("2026-09-01",), "shown": ("",), "choice": ("fresh", "shared"), "saved": ("1",),
}  # fmt: skip
"""What forms and queries hold: likewise."""


@dataclass
class School:
    name: str
    marker: str
    """Stands in every name and title of this school, and nowhere else."""
    rows: set[Row] = field(default_factory=set)
    visits: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Role -> public id of the visit, secret of the browser's cookie."""
    registration_id: int = 0

    def ids(self, engine: Engine, table: str) -> list[str]:
        """Every id, inner and public, of this school's rows of a table."""
        columns = tables.metadata.tables[table].columns
        names = [name for name in ("public_id", "id", "reference") if name in columns]
        if not names:
            names = [column.name for column in tables.metadata.tables[table].primary_key]
        with engine.connect() as connection:
            found = connection.execute(select(tables.metadata.tables[table])).mappings().all()
        mine = [row for row in found if (table, _key(table, row)) in self.rows]
        return [str(row[name]) for row in mine for name in names]


class Town:
    def __init__(self, folder: Path, database: str) -> None:
        settings = Settings(
            secret_keys=("a secret for tests, long enough",), var_dir=folder, public_url=TOOL, database_url=database,
            security_contact="mailto:security@tool.test", **dict.fromkeys(LIMITS, "off"),
        )  # fmt: skip
        self.settings, self.app = settings, create_app(settings)
        self.engine = make_engine(settings.database)
        with self.writing() as session:
            catalogue.seed_hub(session, "hub", "Technohub", "Oost", {"nl": "Techniek"})
            catalogue.publish(session, "cobots", "hub", drafts.version_draft())
        self.schools = [self._found(name) for name in ("alfa", "bravo", "charlie")]

    def close(self) -> None:
        self.engine.dispose()
        with self.app.app_context():
            db.engine.dispose()

    def writing(self) -> Any:
        return _Writing(self.engine)

    def snapshot(self) -> dict[Row, dict[str, Any]]:
        """Every row of every table."""
        with self.engine.connect() as connection:
            return {
                (name, _key(name, row)): dict(row)
                for name, table in tables.metadata.tables.items()
                for row in connection.execute(select(table)).mappings()
            }

    def _found(self, name: str) -> School:
        before = set(self.snapshot())
        school = School(name, f"Marker{secrets.token_hex(5)}{name}")
        with self.writing() as session:
            _settle(session, school)
        school.rows = set(self.snapshot()) - before
        return school

    # --- browsers

    def visitor(self, school: School, role: str) -> FlaskClient:
        """The browser in which this visit is open."""
        client = self.app.test_client()
        client.set_cookie(cookies.BROWSER, school.visits[role][1], domain="tool.test", secure=True)
        return client

    def staff(self, school: School, role: StaffRole = StaffRole.HUB_COORDINATOR) -> FlaskClient:
        """A browser with a fresh session of the school's hub's staff, or of the centre's."""
        hub = None if role is StaffRole.CENTRAL_ADMIN else f"hub-{school.name}"
        with self.writing() as session:
            secret = factories.staff(session, role, hub, name=f"Staf {school.name}", email=f"staf@{school.name}.test")
        client = self.app.test_client()
        with self.app.app_context():
            client.set_cookie(staff.cookie_name(), secret, domain="tool.test", secure=True)
        return client

    # --- addresses

    def addresses(self, rule: Rule, own: School, whose: School) -> Iterator[str]:
        """The route's addresses with ids of `whose`; the visit is in turn theirs and our own."""
        names = sorted(rule.arguments)
        choices = [self._values(ARGUMENTS, name, whose) for name in names]
        if "visit_id" in names:
            choices[names.index("visit_id")] += [visit for visit, _ in own.visits.values()]
        adapter = self.app.url_map.bind("tool.test", url_scheme="https")
        for values in itertools.product(*choices):
            yield adapter.build(rule.endpoint, dict(zip(names, values, strict=True)))

    def forms(self, whose: School) -> Iterator[dict[str, str]]:
        """Nothing, for pages that list; then every field of every form at once, with ids of `whose`."""
        yield {}
        values = {name: self._values(FIELDS, name, whose) or ["x"] for name in FIELDS}
        for turn in range(max(map(len, values.values()))):
            yield {name: str(found[turn % len(found)]) for name, found in values.items()}

    def _values(self, names: Mapping[str, str | tuple[Any, ...]], name: str, whose: School) -> list[Any]:
        if name not in names:
            raise AssertionError(f"{ADD}: say in ARGUMENTS what {name!r} in an address holds")
        meant = names[name]
        return whose.ids(self.engine, meant) if isinstance(meant, str) else list(meant)

    def routes(self) -> list[tuple[Rule, str]]:
        """Every route with each of its methods."""
        return [
            (rule, method)
            for rule in self.app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]


LIMITS = ("limit_login", "limit_launch", "limit_register", "limit_sign_in", "limit_platform")


class _Writing:
    def __init__(self, engine: Engine) -> None:
        self._session = Session(engine)

    def __enter__(self) -> Session:
        return writing(self._session)

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self._session.commit()
        self._session.close()


def _key(table: str, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in tables.metadata.tables[table].primary_key)


def _settle(session: Session, school: School) -> None:
    """All that a school can have."""
    name, marker, now = school.name, school.marker, clock.now()
    url, later = f"https://{name}.example", now + timedelta(days=3)
    organisation = Organisation(public_id=f"school-{name}", kind="school", name=f"School {marker}")
    session.add(organisation)
    session.flush()
    catalogue.seed_hub(session, f"hub-{name}", f"Hub {marker}", "Oost", {"nl": "Techniek"})
    platform = factories.platform(
        session, url, name=f"LMS {marker}", client_id=f"client-{marker}", deployment_ids=[f"deployment-{marker}"],
    )  # fmt: skip
    school.registration_id = platform.id
    registration = session.get_one(Registration, platform.id)
    registration.hubs, registration.organisation_id = [f"hub-{name}"], organisation.id
    registration.configuration_url = f"{url}/{marker}/openid-configuration"
    link = factories.link(
        session, platform, deployment_id=f"deployment-{marker}", title=f"Link {marker}", context_title=f"Klas {marker}",
        lineitem_url=f"{url}/{marker}/lineitems/1", resource_link_id=f"link-{marker}", context_id=f"course-{marker}",
    )  # fmt: skip
    for role in ("learner", "teacher"):
        enrolment_id = factories.learner(session, platform, link, f"{role}-{marker}", role=role)
        person_id = session.scalars(select(Member.person_id).where(Member.enrolment_id == enrolment_id)).one()
        factories.read(session, enrolment_id, "lezen")
        place = progress.place_by_id(session, enrolment_id)
        attempts.begin(session, enrolment_id, progress.syllabus_of(session, place).step("toets"), limit=2)
        _visit(session, school, role, person_id, link.id, link.cohort_id)
        if role == "learner":
            session.add(_delivery(platform.id, link.id, person_id, enrolment_id, marker))
            _day_at_the_hub(session, f"hub-{name}", organisation.id, enrolment_id, person_id)
    pending = Deployment(registration_id=platform.id, deployment_id=f"pending-{marker}", status="pending")
    staff_secret = factories.staff(
        session, StaffRole.HUB_COORDINATOR, f"hub-{name}", name=f"Staf {marker}", email=f"eigen-{marker}@{name}.test"
    )
    assert staff_secret
    staff_id = session.scalars(select(staff.StaffSession.person_id).order_by(staff.StaffSession.id.desc())).first()
    assert staff_id is not None
    login_links.make(session, staff_id)
    invitation = Invitation(
        code=fingerprint(marker), organisation_id=organisation.id, hubs=[f"hub-{name}"], environment="production",
        privacy_level="name-and-email", accepts_deployments=False, uses=5, expires_at=later, created_at=now,
        created_by=staff_id,
    )  # fmt: skip
    session.add_all([pending, invitation])
    session.flush()
    visit_id = session.scalars(select(VisitRecord.id).where(VisitRecord.public_id == f"visit-{name}-teacher")).one()
    facts = {"deployment": marker}
    session.add_all([
        RefusedLaunch(
            at=now, reference=f"REF-{name}", registration_id=platform.id, code="unknown-deployment", facts=facts
        ),
        LoginAttempt(
            state=fingerprint(marker), public_id=f"begun-{name}", nonce="n", secret="s", registration_id=platform.id,
            parameters={"login_hint": marker}, expires_at=later,
        ),
        RegistrationRun(
            at=now, reference=f"RUN-{name}", configuration_url=f"{url}/{marker}", issuer=url, step="done",
            registration_id=platform.id, invitation_id=invitation.id, facts=facts,
        ),
        FormerClient(registration_id=platform.id, issuer=url, client_id=f"former-{marker}", replaced_at=now),
        Erasure(registration_id=platform.id, begun_at=now, finished_at=now, counts={marker: 1}),
        CheckRun(registration_id=platform.id, at=now, asked_by="staff", lights=[]),
        TestLaunch(
            public_id=f"test-{name}", registration_id=platform.id, at=now, reference=f"TEST-{name}",
            deployment_id=f"deployment-{marker}", facts=facts, services={}, subject=f"learner-{marker}",
        ),
        SelfTestLink(
            secret=fingerprint("self-test" + marker), registration_id=platform.id, made_at=now, expires_at=later
        ),
        KeySet(registration_id=platform.id, keys=[{"kid": marker}], bucket=1.0, bucket_at=now),
        AccessToken(registration_id=platform.id, scopes=marker, sealed_token="x"),
        LineItem(resource_link_id=link.id, url=f"{url}/{marker}/lineitems/2"),
        Pace(registration_id=platform.id, allowance=1.0, allowance_at=now),
        SpentNotice(registration_id=platform.id, nonce=fingerprint("notice" + marker), at=now),
        NoticeHandler(deployment_id=link.deployment_id, service_url=f"{url}/{marker}/handlers", client_id=marker),
        Roster(resource_link_id=link.id, attempts=0, is_of_course=False, said=marker),
        Group(context_id=link.context_id, group_id=marker, name=f"Groep {marker}"),
        ChoiceRequest(
            visit_id=visit_id, registration_id=platform.id, client_id=platform.client_id,
            deployment_id=f"deployment-{marker}", settings=_wants(url, marker).kept(), basket={},
        ),
        SignInAttempt(
            state=fingerprint("sign-in" + marker), browser="b", provider="test", sealed_verifier="x",
            next_path="/staff/", expires_at=later,
        ),
    ])  # fmt: skip


def _day_at_the_hub(session: Session, hub: str, school_id: int, enrolment_id: int, person_id: int) -> None:
    now = clock.now()
    hub_id = session.scalars(select(Hub.id).where(Hub.public_id == hub)).one()
    day = HubSession(
        hub_id=hub_id, module_id=catalogue.module_id(session, "cobots"), activity_key="dag", place="Hal", directions={},
        safety={}, language="nl", starts_at=now, ends_at=now, least_seats=1, most_seats=8, booking_closes_at=now,
        free_until=now, state="planned", revision=0, created_at=now,
    )  # fmt: skip
    session.add(day)
    session.flush()
    session.add_all([
        SeatQuota(session_id=day.id, organisation_id=school_id, seats=2, returns_at=now),
        Trainer(session_id=day.id, person_id=person_id),
        Booking(
            session_id=day.id, enrolment_id=enrolment_id, activity_key="dag", organisation_id=school_id, state="booked",
            revision=1, asked_at=now, changed_at=now,
        ),
        Judgement(
            enrolment_id=enrolment_id, activity_key="werk", submission=1, revision=1, levels={}, comment="",
            role="trainer", version_id=1, rubric="x", at=now,
        ),
        Mark(
            session_id=day.id, enrolment_id=enrolment_id, revision=1, what="present", at=now, made_at=now, how="tap",
            saw=0, token=secrets.token_hex(8),
        ),
    ])  # fmt: skip


def _visit(session: Session, school: School, role: str, person_id: int, link_id: int, cohort_id: int | None) -> None:
    public_id, browser, now = f"visit-{school.name}-{role}", secrets.token_urlsafe(24), clock.now()
    session.add(
        VisitRecord(
            public_id=public_id, browser=fingerprint(browser), ticket=fingerprint(secrets.token_hex()),
            state=fingerprint(public_id), storage_frame="_parent", storage_origin=f"https://{school.name}.example",
            frame_ancestors=f"https://{school.name}.example",
            return_url=f"https://{school.name}.example/{school.marker}/return", person_id=person_id, role=role,
            cohort_id=cohort_id, resource_link_id=link_id, language="nl", began_at=now, seen_at=now,
        )
    )  # fmt: skip
    school.visits[role] = public_id, browser


def _wants(url: str, marker: str) -> DeepLinkingSettings:
    return DeepLinkingSettings(
        issuer=url, return_url=f"{url}/{marker}/choices", accept_types=("ltiResourceLink",), targets=("iframe",),
        accept_multiple=True, course=f"Klas {marker}", has_data=True, data=marker,
    )  # fmt: skip


def _delivery(registration_id: int, link_id: int, person_id: int, enrolment_id: int, marker: str) -> Delivery:
    now = clock.now()
    return Delivery(
        registration_id=registration_id, resource_link_id=link_id, person_id=person_id, enrolment_id=enrolment_id,
        subject=f"learner-{marker}", revision=1, activity_progress="Completed", grading_progress="FullyGraded",
        points=8.0, maximum=10.0, comment=f"Comment {marker}", state="parked", due_at=now, attempts=3,
        timestamp_revision=0, conflicts=0, had_number=True, reason="score-refused", said=f"Said {marker}",
    )  # fmt: skip


def fields_in_use() -> set[str]:
    """The names of fields in all templates, and those that the code reads of forms and queries."""
    controls = re.compile(r"<(?:input|button|select|textarea)\b[^>]*?\bname=\"([^\"{]+)\"", re.DOTALL)
    read = re.compile(r"\b(?:form|args|parameters)(?:\.get|\.getlist|\.pop)?[\[(]\s*\"([\w.-]+)\"")
    found: set[str] = set()
    for pattern, suffix in ((controls, "*.html"), (read, "*.py")):
        for path in (ROOT / "lti_tool").rglob(suffix):
            found |= set(pattern.findall(path.read_text()))
    return found


def tenant_tables() -> set[str]:
    """The tables whose rows belong to a school: they lead to a registration, a person or an organisation."""
    roots = {"registrations", "people", "organisations"}
    found: set[str] = set(roots)
    while True:
        more = {
            name
            for name, table in tables.metadata.tables.items()
            if any(key.column.table.name in found for key in table.foreign_keys)
        } - found
        if not more:
            return found
        found |= more
