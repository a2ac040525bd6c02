"""What the hub agreed with a school holds at every launch: privacy, hubs, deployments, and its end."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Person
from lti_tool.protocols.platforms.models import Deployment, Registration
from tests.learning import drafts


def agree(desk: Any, **values: Any) -> None:
    with Session(desk.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(**values))


def person(desk: Any) -> tuple[str | None, ...]:
    (found,) = desk.rows(Person)
    return found.name, found.given_name, found.family_name, found.email


@pytest.mark.parametrize(
    ("level", "kept"),
    [
        ("pseudonym", (None, None, None, None)),
        ("name", ("Sanne de Vries", "Sanne", "de Vries", None)),
        ("name-and-email", ("Sanne de Vries", "Sanne", "de Vries", "sanne@school.test")),
    ],
)
def test_what_is_beyond_the_privacy_level_is_not_stored(desk: Any, level: str, kept: tuple[str | None, ...]) -> None:
    agree(desk, privacy_level=level)
    desk.enter()
    assert person(desk) == kept


def test_what_was_stored_before_is_removed_at_the_next_launch(desk: Any) -> None:
    desk.enter()
    agree(desk, privacy_level="pseudonym")
    assert "Sanne" not in desk.enter().text
    assert person(desk) == (None, None, None, None)


def test_all_of_a_school_can_be_brought_to_a_level_at_once(desk_on_each: Any) -> None:
    desk_on_each.enter()
    with Session(desk_on_each.engine) as session, session.begin():
        people.forget_beyond(writing(session), "lti:999", ())
    assert person(desk_on_each)[3] == "sanne@school.test"
    with Session(desk_on_each.engine) as session, session.begin():
        people.forget_beyond(writing(session), "lti:1", ("name",))
    assert person(desk_on_each) == ("Sanne de Vries", None, None, None)


def test_a_link_does_not_open_a_module_of_another_hub(desk: Any) -> None:
    agree(desk, hubs=["other-hub"])
    desk.must_refuse(desk.launch(), 403, "module-of-other-hub")


def test_whoever_had_begun_goes_on_and_nobody_else_begins(desk: Any) -> None:
    desk.enter(sub="person-1")
    agree(desk, hubs=["other-hub"])
    desk.enter(sub="person-1")
    desk.must_refuse(desk.launch({"sub": "person-2"}), 403, "module-of-other-hub")


def test_teachers_are_offered_the_modules_of_their_hubs_only(desk: Any) -> None:
    with Session(desk.engine) as session, session.begin():
        catalogue.seed_hub(writing(session), "het-lab", "Het Lab", "Oost", {"nl": "Techniek"})
        catalogue.publish(session, "smeden", "het-lab", drafts.version_draft())
    agree(desk, hubs=["het-lab"])
    shown = desk.enter(custom=None, roles=[desk.INSTRUCTOR])
    assert 'value="smeden"' in shown.text
    assert f'value="{desk.MODULE}"' not in shown.text
    visit = shown.request.path.rpartition("/")[0]
    chosen = desk.browser.post(
        f"{visit}/place", data={"module": desk.MODULE}, base_url=desk.TOOL, headers={"Origin": desk.TOOL}
    )
    assert chosen.status_code == 403


def test_an_unknown_deployment_waits_once_for_staff(desk_on_each: Any) -> None:
    for code in ("unknown-deployment", "deployment-pending", "deployment-pending"):
        desk_on_each.must_refuse(desk_on_each.launch({"deployment_id": "new"}), 403, code)
    rows = [(row.deployment_id, row.status) for row in desk_on_each.rows(Deployment)]
    assert rows == [(desk_on_each.DEPLOYMENT, "active"), ("new", "pending")]


def test_only_a_genuine_launch_makes_a_deployment_wait(desk: Any, other_key: Any) -> None:
    assert desk.launch({"deployment_id": "new"}, key=other_key).status_code == 401
    assert len(desk.rows(Deployment)) == 1


def test_deployments_are_taken_in_where_that_was_agreed(desk_on_each: Any) -> None:
    desk_on_each.launch({"deployment_id": "new"})
    agree(desk_on_each, accepts_deployments=True)
    desk_on_each.enter(deployment_id="new")
    desk_on_each.enter(deployment_id="newer")
    assert {row.deployment_id: row.status for row in desk_on_each.rows(Deployment)} == {
        desk_on_each.DEPLOYMENT: "active", "new": "active", "newer": "active",
    }  # fmt: skip


def test_no_more_than_fifty_deployments_wait(desk: Any) -> None:
    with Session(desk.engine) as session, session.begin():
        writing(session).add_all(
            Deployment(registration_id=1, deployment_id=f"d{number}", status="pending") for number in range(50)
        )
    desk.must_refuse(desk.launch({"deployment_id": "one-more"}), 403, "unknown-deployment")
    with Session(desk.engine) as session:
        assert len(session.scalars(select(Deployment)).all()) == 51


@pytest.mark.parametrize("status", ["pending", "blocked", "ended"])
def test_a_connection_that_is_not_active_says_so(desk: Any, status: str) -> None:
    begun = desk.login()
    agree(desk, status=status)
    assert desk.ask_login().status_code == 403
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce))), 403, f"platform-{status}")


def test_a_test_environment_is_marked_on_every_page(desk: Any) -> None:
    assert "Proefomgeving" not in desk.enter().text
    agree(desk, environment="test")
    assert "Proefomgeving" in desk.enter().text
