"""Staff come in by a one-time link; nobody learns who is staff; sessions end when they should."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.outbox import Message
from lti_tool.learning.audit import AuditNote
from lti_tool.protocols.sso.models import LinkRequest, LoginLink
from lti_tool.web.staff import StaffSession
from tests.protocols import mailbox
from tests.protocols.mailbox import Mailbox
from tests.screens.office import COORDINATOR, TOOL, Office, Offices

SENDER = "noreply@hub.test"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox.running() as made:
        yield made


@pytest.fixture
def office(offices: Offices, box: Mailbox) -> Office:
    return offices(smtp_url=box.url, mail_from=SENDER)


def count(office: Office, model: type) -> int:
    with Session(office.engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.mail
def test_a_link_by_mail_signs_in(office: Office, box: Mailbox) -> None:
    office.appoint("Joke@DeSmidse.test")
    desk = office.desk()
    asked = desk.post("/sign-in/mail", {"email": " joke@desmidse.test "}, **{"Accept-Language": "en"})
    assert (asked.status_code, asked.location) == (303, "/sign-in/mailed")
    assert "is on its way" in desk.get("/sign-in/mailed", **{"Accept-Language": "en"}).text
    assert box.mails == []  # not inside the request
    office.worker.run_until_idle()
    assert box.mails[0]["To"] == "Joke@DeSmidse.test"
    assert box.mails[0]["Subject"] == "Your link to sign in to Technohub"
    path = box.link().removeprefix(TOOL)
    assert 'method="post"' in desk.get(path).text
    assert desk.post(path).location == "/staff/"
    assert "Joke Postma" in desk.get("/staff/").text


@pytest.mark.mail
def test_the_mail_speaks_dutch_too(office: Office, box: Mailbox) -> None:
    office.appoint("joke@desmidse.test")
    office.desk().post("/sign-in/mail", {"email": "joke@desmidse.test"}, **{"Accept-Language": "nl"})
    office.worker.run_until_idle()
    assert box.mails[0]["Subject"] == "Je link om in te loggen bij Technohub"
    assert "15 minuten" in box.mails[0].get_content()


@pytest.mark.mail
def test_nobody_learns_whether_an_address_is_staff(office: Office, box: Mailbox) -> None:
    office.appoint("joke@desmidse.test")
    answers, statements = [], []
    for address in ("joke@desmidse.test", "nobody@desmidse.test"):
        desk = office.desk()
        with office.counting() as asked:
            answer = desk.post("/sign-in/mail", {"email": address})
        statements.append([re.sub(r"\d+", "?", one) for one in asked])
        answers.append((answer.status_code, answer.data, answer.location, sorted(answer.headers.keys())))
    assert answers[0] == answers[1]
    assert statements[0] == statements[1] != []
    office.worker.run_until_idle()
    assert [mail["To"] for mail in box.mails] == ["joke@desmidse.test"]


@pytest.mark.mail
def test_a_former_member_of_staff_gets_no_mail(office: Office, box: Mailbox) -> None:
    office.appoint("mirjam@centrum.test")
    post = office.appoint("joke@desmidse.test", COORDINATOR, "de-smidse")
    assert office.signed_in(office.appoint("a@b.test")).post(f"/staff/staff/{post}/end").status_code == 303
    office.desk().post("/sign-in/mail", {"email": "joke@desmidse.test"})
    office.worker.run_until_idle()
    assert box.mails == []


def test_neither_address_nor_link_lies_readable_in_the_database(office: Office) -> None:
    office.desk().post("/sign-in/mail", {"email": "joke@desmidse.test"})
    with Session(office.engine) as session:
        stored = [str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in ("link_requests", "outbox")]
    assert [one for one in stored if "desmidse" in one] == []
    assert count(office, Message) == count(office, LinkRequest) == 1


@pytest.mark.mail
def test_an_address_gets_three_mails_and_nobody_is_told(office: Office, box: Mailbox) -> None:
    office.appoint("joke@desmidse.test")
    answers = {office.desk().post("/sign-in/mail", {"email": "joke@desmidse.test"}).status_code for _ in range(5)}
    office.worker.run_until_idle()
    assert (answers, len(box.mails)) == ({303}, 3)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        office.desk().post("/sign-in/mail", {"email": "joke@desmidse.test"})
        office.worker.run_until_idle()
    assert len(box.mails) == 4


def test_a_network_that_asks_too_often_is_told_to_wait(office: Office) -> None:
    def ask(number: int) -> tuple[int, str | None]:
        answer = office.desk().post("/sign-in/mail", {"email": f"somebody-{number}@desmidse.test"})
        return answer.status_code, answer.headers.get("Retry-After")

    assert {ask(number) for number in range(10)} == {(303, None)}
    status, after = ask(11)
    assert status == 429
    assert 840 <= int(after or 0) <= 900
    with time_machine.travel(clock.now() + timedelta(seconds=int(after or 0) + 1)):
        assert ask(12)[0] == 303


def test_without_a_mail_server_the_page_says_whom_to_ask(offices: Offices) -> None:
    office = offices()
    page = office.desk().get("/sign-in/", **{"Accept-Language": "en"}).text
    assert "Ask the central administrator" in page
    assert 'type="email"' not in page
    assert office.desk().post("/sign-in/mail", {"email": "a@b.test"}).status_code == 400
    assert count(office, LinkRequest) == 0


NO_ADDRESS = ("", "joke", "a@b.test\r\nBcc: x@y.test", "a b@c.test", "<a@b.test>", "a@" + "b" * 400)


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_what_is_no_address_is_refused_before_anything_is_stored(office: Office, address: str) -> None:
    assert office.desk().post("/sign-in/mail", {"email": address}).status_code == 400
    assert count(office, LinkRequest) == 0


def test_a_link_lasts_15_minutes_and_only_the_newest_counts(office: Office) -> None:
    post = office.appoint("joke@desmidse.test")
    older, newer = office.link_for(post), office.link_for(post)
    assert [office.desk().get(path).status_code for path in (older, newer)] == [401, 200]
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1)):
        assert office.desk().post(newer).status_code == 401


def test_a_link_of_another_site_signs_nobody_in(office: Office) -> None:
    path, desk = office.link_for(office.appoint("joke@desmidse.test")), office.desk()
    assert desk.post(path, Origin="https://evil.test").status_code == 403
    assert desk.post(path).status_code == 303


def test_each_sign_in_makes_a_new_secret_and_ends_the_former(office: Office) -> None:
    post = office.appoint("joke@desmidse.test")
    desk = office.signed_in(post)
    before = desk.cookie
    desk.client.set_cookie("technohub_staff", before or "")
    desk.post(office.link_for(post))
    assert desk.cookie not in (None, before)
    planted = office.desk()
    planted.client.set_cookie("technohub_staff", before or "")
    assert planted.get("/staff/").status_code == 303
    planted.client.set_cookie("technohub_staff", "chosen-by-a-stranger")
    planted.post(office.link_for(post))
    assert planted.cookie != "chosen-by-a-stranger"


def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    desk = office.signed_in(office.appoint("joke@desmidse.test"))
    kept = desk.cookie
    assert desk.post("/sign-in/out").status_code == 303
    desk.client.set_cookie("technohub_staff", kept or "")
    assert desk.get("/staff/").location == "/sign-in/?next=/staff/"


@pytest.mark.parametrize(("minutes", "status"), [(119, 200), (121, 303)])
def test_an_idle_session_ends(office: Office, minutes: int, status: int) -> None:
    desk = office.signed_in(office.appoint("joke@desmidse.test"))
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        assert desk.get("/staff/me").status_code == status


def test_a_session_that_is_used_all_day_ends_too(office: Office) -> None:
    desk, began = office.signed_in(office.appoint("joke@desmidse.test")), clock.now()
    statuses = []
    for hours in range(1, 14):
        with time_machine.travel(began + timedelta(hours=hours)):
            statuses.append(desk.get("/staff/me").status_code)
    assert statuses == [200] * 12 + [303] or statuses == [200] * 11 + [303] * 2


def test_own_sessions_are_shown_and_ended(office: Office) -> None:
    post = office.appoint("joke@desmidse.test")
    linux = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    phone = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36"
    one, two, three = office.signed_in(post, **{"User-Agent": linux}), *(
        office.signed_in(post, **{"User-Agent": phone}) for _ in "23"
    )  # fmt: skip
    page = one.get("/staff/me", **{"Accept-Language": "en"}).text
    assert [page.count(name) for name in ("<strong>Firefox, Linux", "<strong>Chrome, Android")] == [1, 2]
    assert page.count("This browser") == 1
    named = re.findall(r'name="session" value="([^"]+)"', page)
    one.post("/staff/me/sessions/end", {"session": named[0]})
    assert sorted(desk.get("/staff/me").status_code for desk in (two, three)) == [200, 303]
    one.post("/staff/me/sessions/end")
    assert [desk.get("/staff/me").status_code for desk in (one, two, three)] == [200, 303, 303]


def test_nobody_ends_the_sessions_of_others(office: Office) -> None:
    joke, kevin = (office.signed_in(office.appoint(f"{name}@desmidse.test")) for name in ("joke", "kevin"))
    with Session(office.engine) as session:
        ids = session.scalars(select(StaffSession.public_id).order_by(StaffSession.id)).all()
    kevin.post("/staff/me/sessions/end", {"session": ids[0]})
    assert joke.get("/staff/me").status_code == 200


ELSEWHERE = (
    "//evil.test", "https://evil.test/staff/", "/staff/\\evil", "/sign-in/", "/staffx", "/staff/\r\nX: y",
    "javascript:x",
)  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_signing_in_leads_to_our_own_pages_only(office: Office, wanted: str) -> None:
    client = office.signed_in(office.appoint("joke@desmidse.test")).client
    led_to = [client.get("/sign-in/", base_url=TOOL, query_string={"next": one}) for one in (wanted, "/staff/me?a=b")]
    assert [one.location for one in led_to] == ["/staff/", "/staff/me?a=b"]


def test_signing_in_and_out_is_noted(office: Office) -> None:
    office.signed_in(office.appoint("joke@desmidse.test")).post("/sign-in/out")
    with Session(office.engine) as session:
        verbs = session.scalars(select(AuditNote.verb).order_by(AuditNote.id)).all()
    assert verbs[-2:] == ["staff:session:begin", "staff:session:end"]


def test_the_worker_forgets_what_is_over(office: Office) -> None:
    post = office.appoint("joke@desmidse.test")
    office.signed_in(post)
    office.link_for(post)
    office.desk().post("/sign-in/mail", {"email": "a@b.test"})
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        office.worker.tidy()
    assert [count(office, one) for one in (StaffSession, LoginLink, LinkRequest)] == [1, 0, 0]
    with time_machine.travel(clock.now() + timedelta(days=31)):
        office.worker.tidy()
    assert count(office, StaffSession) == 0
