"""Which registration a platform that registers itself gets, and what speaks for it. On both databases."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, Forbidden, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import invitations, registering, service
from lti_tool.protocols.platforms.configuration import Configuration
from lti_tool.protocols.platforms.invitations import InvitationDraft, Terms
from lti_tool.protocols.platforms.models import AccessToken, Deployment, Invitation, KeySet, Registration
from lti_tool.protocols.platforms.registering import Granted, How, Kept, Offer
from lti_tool.protocols.platforms.service import PlatformDraft, Status

MOODLE = "https://leren.voorbeeld.test"
PUBLISHED = "/mod/lti/openid-configuration.php"
UPLOADED = "/pluginfile.php/1/user/icon/evil.json"


def configuration(path: str = PUBLISHED, **changes: Any) -> Configuration:
    fields: dict[str, Any] = {
        "url": MOODLE + path, "issuer": MOODLE, "name": "leren.voorbeeld.test", "family": "moodle",
        "auth_login_url": f"{MOODLE}/mod/lti/auth.php", "auth_token_url": f"{MOODLE}/mod/lti/token.php",
        "key_set_url": f"{MOODLE}/mod/lti/certs.php", "registration_url": f"{MOODLE}/mod/lti/openid-registration.php",
        "audience": None, "environment": None,
    }  # fmt: skip
    return Configuration(**(fields | changes))


CONFIGURATION = configuration()
EVIL = configuration(UPLOADED, key_set_url=f"{MOODLE}/pluginfile.php/1/user/icon/keys.json")


def granted(client_id: str = "client-1", deployment_id: str | None = "1") -> Granted:
    return Granted(client_id, deployment_id, {"scopes": ["score"]})


def keep(
    session: Session, *, configuration: Configuration = CONFIGURATION, client_id: str = "client-1",
    deployment_id: str | None = "1", terms: Terms | None = None, sent_token: bool = True,
) -> Kept:  # fmt: skip
    return registering.keep(session, Offer(configuration, granted(client_id, deployment_id), terms, sent_token))


def invite(session: Session, **changes: Any) -> Terms:
    _, code = invitations.make(session, InvitationDraft(**({"school": "Voorbeeld College"} | changes)))
    return invitations.by_code(session, code)


def registrations(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Registration.client_id, Registration.status).order_by(Registration.id))
    return [(row.client_id, row.status) for row in rows]


def active(session: Session, client_id: str = "client-1", **changes: Any) -> Kept:
    return keep(session, client_id=client_id, terms=invite(session), **changes)


def test_without_an_invitation_it_waits(session: Session) -> None:
    kept = keep(session)
    assert (kept.how, kept.platform.status, kept.used_invitation) == (How.NEW, Status.PENDING, False)


def test_with_an_invitation_it_is_active_and_has_what_the_invitation_says(session: Session) -> None:
    catalogue.seed_hub(session, "de-smidse", "De Smidse", "Oost", {"nl": "Techniek"})
    terms = invite(session, hubs=["de-smidse"], privacy_level="pseudonym", accepts_deployments=True)
    kept = keep(session, terms=terms)
    row = session.scalars(select(Registration)).one()
    assert (kept.platform.status, kept.used_invitation) == (Status.ACTIVE, True)
    assert (row.name, row.hubs, row.privacy_level, row.accepts_deployments) == (
        "Voorbeeld College", ["de-smidse"], "pseudonym", True,
    )  # fmt: skip
    assert people.organisation_names(session)[row.organisation_id or 0] == "Voorbeeld College"
    assert row.granted == {"scopes": ["score"]}
    assert session.scalars(select(Deployment.deployment_id)).all() == ["1"]


def test_the_same_client_again_brings_it_up_to_date(session: Session) -> None:
    first = active(session)
    again = keep(session, configuration=configuration(key_set_url=f"{MOODLE}/mod/lti/certs2.php"))
    assert (again.how, again.platform.id, again.platform.status) == (How.AGAIN, first.platform.id, Status.ACTIVE)
    assert again.platform.key_set_url.endswith("certs2.php")


def test_new_addresses_throw_away_what_was_got_at_the_old_ones(session: Session) -> None:
    school = active(session).platform.id
    session.add(KeySet(registration_id=school, keys=[], bucket=3.0, bucket_at=clock.now()))
    session.add(AccessToken(registration_id=school, scopes="score"))
    keep(session, configuration=configuration(key_set_url=f"{MOODLE}/mod/lti/certs2.php"))
    counts = [session.scalar(select(func.count()).select_from(table)) for table in (KeySet, AccessToken)]
    assert counts == [0, 0]


def test_a_new_client_of_a_family_that_checks_tokens_takes_the_place_of_the_old(session: Session) -> None:
    first = active(session)
    second = keep(session, client_id="client-2", sent_token=True)
    assert (second.how, second.platform.id) == (How.REPLACED, first.platform.id)
    assert registrations(session) == [("client-2", "active")]


@pytest.mark.parametrize(
    "changes",
    [
        {"sent_token": False},
        {"configuration": configuration(UPLOADED)},
        {"configuration": configuration("/.well-known/openid-configuration", family="practice")},
    ],
)
def test_a_new_client_for_which_nothing_speaks_waits_beside_the_active_one(
    session: Session, changes: dict[str, Any]
) -> None:
    active(session)
    second = keep(session, client_id="client-2", **changes)
    assert (second.how, second.platform.status) == (How.BESIDE, Status.PENDING)
    assert registrations(session) == [("client-1", "active"), ("client-2", "pending")]


def test_a_family_that_checks_no_token_never_takes_over(session: Session) -> None:
    brightspace = configuration("/d2l/.well-known/openid-configuration", family="brightspace")
    active(session, configuration=brightspace, sent_token=False)
    second = keep(session, configuration=brightspace, client_id="client-2", sent_token=True)
    assert (second.how, second.platform.status) == (How.BESIDE, Status.PENDING)


def test_an_invitation_of_its_own_school_speaks_for_it(session: Session) -> None:
    first = active(session)
    second = keep(session, client_id="client-2", terms=invite(session), sent_token=False)
    assert (second.how, second.platform.id) == (How.REPLACED, first.platform.id)


def test_an_invitation_of_another_school_does_not(session: Session) -> None:
    active(session)
    terms = invite(session, school="Andere School")
    second = keep(session, client_id="client-2", terms=terms, sent_token=False)
    assert (second.how, second.platform.status) == (How.BESIDE, Status.PENDING)


def test_an_invitation_of_another_school_makes_a_connection_of_its_own(session: Session) -> None:
    """Also where the platform's token speaks for it: what was agreed with the first school is the first school's."""
    first = active(session)
    second = keep(session, client_id="client-2", terms=invite(session, school="Andere School"))
    assert (second.how, second.platform.status, second.used_invitation) == (How.BESIDE, Status.ACTIVE, True)
    assert service.by_id(session, first.platform.id) == first.platform


def test_an_invitation_connects_a_test_environment_beside_production_at_once(session: Session) -> None:
    first = active(session)
    second = keep(session, client_id="client-2", terms=invite(session, environment="test"))
    assert (second.how, second.platform.status, second.used_invitation) == (How.BESIDE, Status.ACTIVE, True)
    assert registrations(session) == [("client-1", "active"), ("client-2", "active")]
    assert service.by_id(session, first.platform.id) == first.platform


@pytest.mark.parametrize("changes", [{"sent_token": False}, {"configuration": configuration(UPLOADED)}])
def test_an_invitation_alone_puts_nothing_active_beside(session: Session, changes: dict[str, Any]) -> None:
    active(session)
    second = keep(session, client_id="client-2", terms=invite(session, environment="test"), **changes)
    assert (second.how, second.platform.status, second.used_invitation) == (How.BESIDE, Status.PENDING, False)


def test_registering_again_updates_the_active_one_and_not_what_waits_beside_it(session: Session) -> None:
    first = active(session)
    keep(session, client_id="client-2", sent_token=False)
    third = keep(session, client_id="client-3")
    assert (third.how, third.platform.id) == (How.REPLACED, first.platform.id)
    assert registrations(session) == [("client-3", "active"), ("client-2", "pending")]


def test_one_that_was_never_active_gets_the_new_client(session: Session) -> None:
    first = keep(session, sent_token=False)
    second = keep(session, client_id="client-2", sent_token=False)
    assert (second.how, second.platform.id, second.platform.status) == (How.REPLACED, first.platform.id, "pending")


def test_an_uploaded_file_changes_nothing_of_what_is_there(session: Session) -> None:
    first = active(session).platform
    for configuration_of_a_student in (EVIL, configuration(UPLOADED)):
        with pytest.raises(Conflict) as refused:
            keep(session, configuration=configuration_of_a_student, deployment_id="evil")
        assert refused.value.code == "registration-differs"
    assert service.by_id(session, first.id) == first
    assert session.scalars(select(Deployment.deployment_id)).all() == ["1"]


def test_an_uploaded_file_takes_no_waiting_registration_either(session: Session) -> None:
    keep(session)
    second = keep(session, configuration=EVIL, client_id="client-2", sent_token=True)
    assert second.how is How.BESIDE
    with pytest.raises(Conflict):
        keep(session, configuration=EVIL)


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.ENDED])
def test_a_block_and_an_end_stay(session: Session, status: Status) -> None:
    first = active(session)
    service.decide(session, first.platform.public_id, status)
    assert keep(session, terms=invite(session)).platform.status == status
    beside = keep(session, client_id="client-2", terms=invite(session))
    assert (beside.how, beside.platform.status) == (How.BESIDE, Status.PENDING)


def test_an_issuer_of_many_schools_is_told_apart_by_client_only(session: Session) -> None:
    canvas = configuration(
        family="canvas", issuer="https://canvas.instructure.com", environment="production",
        url="https://sso.canvaslms.com/api/lti/security/openid-configuration",
    )  # fmt: skip
    kept = [active(session, client, configuration=canvas) for client in ("10000000000001", "10000000000002")]
    assert [one.how for one in kept] == [How.NEW, How.NEW]
    assert registrations(session) == [("10000000000001", "active"), ("10000000000002", "active")]


def test_no_more_than_ten_wait_for_one_issuer(session: Session) -> None:
    brightspace = configuration(UPLOADED, family="brightspace")
    active(session, configuration=brightspace)
    evil = [replace(EVIL, family="brightspace", url=f"{EVIL.url}?{number}") for number in range(11)]
    for number in range(10):
        keep(session, configuration=evil[number], client_id=f"evil-{number}")
    with pytest.raises(Conflict) as refused:
        keep(session, configuration=evil[10], client_id="evil-10")
    assert refused.value.code == "registration-too-many"


@pytest.mark.parametrize("family", ["moodle", "brightspace"])
@pytest.mark.parametrize("many", [1, 2, 10])
def test_what_a_student_registered_before_keeps_no_school_out(session: Session, family: str, many: int) -> None:
    """Nor does it become the school's: the student has the address of its self-test."""
    path = {"moodle": PUBLISHED, "brightspace": "/d2l/.well-known/openid-configuration"}[family]
    theirs = [
        keep(session, client_id=f"evil-{number}",
             configuration=replace(EVIL, family=family, url=f"{EVIL.url}?{number}")).platform.id
        for number in range(many)
    ]  # fmt: skip
    school = keep(session, configuration=configuration(path, family=family), terms=invite(session))
    assert (school.platform.status, school.used_invitation) == (Status.ACTIVE, True)
    assert school.platform.id not in theirs
    assert service.for_login(session, MOODLE, "client-1").id == school.platform.id
    with pytest.raises(Forbidden):
        service.for_login(session, MOODLE, "evil-0")


def test_one_that_waits_beside_stands_in_nobodys_way(session: Session) -> None:
    active(session)
    keep(session, client_id="client-2", sent_token=False)
    assert service.for_login(session, MOODLE, None).client_id == "client-1"


def test_two_active_ones_must_be_told_apart(session: Session) -> None:
    fields = {"name": "School", "issuer": MOODLE, "deployment_ids": ["1"], "auth_login_url": MOODLE,
              "auth_token_url": MOODLE, "key_set_url": MOODLE}  # fmt: skip
    for client in ("client-1", "client-2"):
        service.add(session, PlatformDraft(client_id=client, **fields))  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        service.for_login(session, MOODLE, None)


@pytest.mark.parametrize("clients", [("client-1", "client-1"), ("client-1", "client-2")])
def test_two_at_once_make_one(engine: Engine, clients: tuple[str, str]) -> None:
    start, hows, problems = threading.Barrier(2), [], []

    def register(client_id: str) -> None:
        try:
            start.wait(5)
            with Session(engine) as session, session.begin():
                hows.append(keep(writing(session), client_id=client_id, sent_token=False).how)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=register, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with Session(engine) as session:
        assert (problems, len(registrations(session))) == ([], 1)
    assert sorted(hows) == sorted([How.NEW, How.AGAIN if clients[0] == clients[1] else How.REPLACED])


def test_the_last_use_of_an_invitation_goes_to_one_of_two(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        terms = invite(writing(session))
    start, used = threading.Barrier(2), []

    def spend() -> None:
        start.wait(5)
        with Session(engine) as session, session.begin():
            used.append(invitations.spend(writing(session), terms.id))

    threads = [threading.Thread(target=spend) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(used) == [False, True]


def test_who_comes_too_late_for_the_last_use_waits_for_staff(session: Session) -> None:
    terms = invite(session)
    assert invitations.spend(session, terms.id)
    kept = keep(session, terms=terms)
    assert (kept.platform.status, kept.used_invitation) == (Status.PENDING, False)


def test_an_invitation_opens_nothing_when_it_is_over(session: Session) -> None:
    made, code = invitations.make(session, InvitationDraft())
    invitations.withdraw(session, made.public_id)
    _, expired = invitations.make(session, InvitationDraft())
    session.scalars(select(Invitation).order_by(Invitation.id.desc())).first().expires_at = (  # type: ignore[union-attr]
        clock.now() - timedelta(seconds=1)
    )
    _, used = invitations.make(session, InvitationDraft())
    invitations.spend(session, invitations.by_code(session, used).id)
    refusals = []
    for one in (code, expired, used, "verzonnen"):
        with pytest.raises((Forbidden, NotFound)) as refused:
            invitations.by_code(session, one)
        refusals.append(refused.value.code)
    assert refusals == ["invitation-withdrawn", "invitation-expired", "invitation-used", "invitation"]


def test_the_code_of_an_invitation_is_kept_nowhere(session: Session) -> None:
    made, code = invitations.make(session, InvitationDraft())
    assert code not in str(vars(made))


def test_a_school_is_the_same_school_however_it_is_written(session: Session) -> None:
    assert people.school_named(session, "Voorbeeld College") == people.school_named(session, " voorbeeld  college ")


def test_an_invitation_of_one_hub_does_not_take_a_platform_of_another(session: Session) -> None:
    for hub in ("de-smidse", "het-lab"):
        catalogue.seed_hub(session, hub, hub, "Oost", {"nl": "Techniek"})
    keep(session, terms=invite(session, hubs=["de-smidse"]))
    second = keep(session, client_id="client-2", terms=invite(session, hubs=["het-lab"]), sent_token=False)
    assert (second.how, second.platform.status) == (How.BESIDE, Status.PENDING)
