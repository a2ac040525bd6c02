"""Pages of staff open for staff only, in the browser that signed in."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.models import Appointment, Person
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.protocols.sso import links
from lti_tool.web.extensions import db
from tests import factories

TOOL = "http://localhost:8000"


@pytest.fixture
def client(settings: Settings, database_url: str, tmp_path: object) -> Iterator[FlaskClient]:
    app = create_app(Settings(secret_keys=settings.secret_keys, var_dir=settings.var_dir, database_url=database_url))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


def sign_in(engine: Engine, client: FlaskClient, **post: str) -> None:
    with Session(engine) as session, session.begin():
        secret = factories.staff(writing(session), **post)  # type: ignore[arg-type]
    client.set_cookie("technohub_staff", secret)


def test_nobody_is_led_to_sign_in(client: FlaskClient) -> None:
    answer = client.get("/staff/", base_url=TOOL)
    assert (answer.status_code, answer.location) == (303, "/sign-in/?next=/staff/")


def test_staff_come_in(client: FlaskClient, engine: Engine) -> None:
    sign_in(engine, client)
    assert "Joke Postma" in client.get("/staff/", base_url=TOOL).text


def test_a_post_that_ended_opens_nothing(client: FlaskClient, engine: Engine) -> None:
    sign_in(engine, client, role=StaffRole.HUB_TRAINER, hub="de-smidse")
    with Session(engine) as session, session.begin():
        appointments.dismiss(writing(session), session.scalars(select(Appointment.public_id)).one())
    assert client.get("/staff/", base_url=TOOL).status_code == 403


def test_a_link_signs_in_once(client: FlaskClient, engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        post = Post(StaffRole.CENTRAL_ADMIN, None)
        person = appointments.appoint(writing(session), "joke@desmidse.test", "Joke Postma", post).person_id
        secret = links.make(session, person)
    looked_at = client.get(f"/sign-in/link/{secret}", base_url=TOOL)
    first = client.post(f"/sign-in/link/{secret}", base_url=TOOL, headers={"Origin": TOOL})
    assert (looked_at.status_code, first.status_code) == (200, 303)
    again = [client.post(f"/sign-in/link/{secret}", base_url=TOOL, headers={"Origin": TOOL}),
             client.get(f"/sign-in/link/{secret}", base_url=TOOL)]  # fmt: skip
    assert [(one.status_code, one.location) for one in again] == [(303, "/staff/")] * 2  # kind to whoever comes back
    other = client.application.test_client()
    assert other.get(f"/sign-in/link/{secret}", base_url=TOOL).status_code == 401
    assert other.post(f"/sign-in/link/{secret}", base_url=TOOL, headers={"Origin": TOOL}).status_code == 401


def test_a_learner_with_the_same_address_is_somebody_else(client: FlaskClient, engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        school = factories.platform(writing(session))
        factories.module(session)
        factories.learner(session, school, factories.link(session, school), "joke")
        learner = session.scalars(select(Person)).one()
        learner.email = "joke@desmidse.test"
        session.flush()
        appointed = appointments.appoint(session, "joke@desmidse.test", "Joke", Post(StaffRole.CENTRAL_ADMIN, None))
        assert appointed.person_id != learner.id


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/staff/audit?object=%00", None, 400),
        ("/staff/platforms/%00", None, 400),
        ("/staff/deliveries?platform=%00", None, 400),
        ("/staff/audit?before=99999999999999999999", None, 200),
        ("/staff/deliveries/resend", {"platform": "\x00"}, 400),
        ("/staff/staff", {"email": "a@b.test", "name": "x\x00", "role": "central-admin"}, 400),
        ("/staff/me/accounts/99999999999999999999/disconnect", {}, 404),
        ("/staff/language", {"language": "en", "back": "/staff/\r\nSet-Cookie: a=b"}, 303),
    ],
)
def test_what_no_database_or_header_holds_is_refused_and_no_failure(
    client: FlaskClient, engine: Engine, path: str, form: dict[str, str] | None, status: int
) -> None:
    sign_in(engine, client)
    ask = {"base_url": TOOL, "headers": {"Origin": TOOL}}
    answer = client.get(path, **ask) if form is None else client.post(path, data=form, **ask)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (status, [])
