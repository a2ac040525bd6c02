"""Session fixation, login CSRF and stolen addresses: what is planted in a browser or taken from one opens nothing.

Security Framework 1.0, 5.1.1.4 and 7.3.1. A thief here knows the address of the victim's visit as well.
"""

from typing import Any

import pytest
from flask.testing import FlaskClient

from lti_tool.web import cookies
from lti_tool.web.visits import VisitRecord

THIEF = {"sub": "person-2", "name": "Bilal Aziz"}


def plant(desk: Any, browser: FlaskClient, name: str, value: str) -> None:
    browser.set_cookie(name, value, domain="tool.test", path="/")


def cookie(browser: FlaskClient, name: str = cookies.BROWSER) -> str:
    found = browser.get_cookie(name, domain="tool.test")
    assert found is not None
    return str(found.value)


def must_stay_closed(desk: Any, address: str, browser: FlaskClient) -> None:
    page = desk.open(address, browser)
    assert page.status_code == 401, page.text
    assert "Sanne" not in page.text


def test_an_invented_browser_secret_is_not_taken_over(desk: Any) -> None:
    """R-FLOW-5, R-FLOW-2: a planted `lti_visits` that nobody was given does not own the visit."""
    thief = desk.new_browser()
    for browser in (desk.browser, thief):
        plant(desk, browser, cookies.BROWSER, "chosen-by-a-thief")
    visit = desk.launch().location
    assert cookie(desk.browser) != "chosen-by-a-thief"
    assert desk.open(visit).status_code == 200
    must_stay_closed(desk, visit, thief)


def test_the_secret_of_the_thiefs_own_visit_is_not_taken_over(desk: Any) -> None:
    """R-FLOW-5: nor one that is genuine, from a visit of the thief's own."""
    thief = desk.new_browser()
    desk.launch(THIEF, browser=thief)
    plant(desk, desk.browser, cookies.BROWSER, cookie(thief))
    visit = desk.launch().location
    assert cookie(desk.browser) != cookie(thief)
    assert desk.open(visit).status_code == 200
    must_stay_closed(desk, visit, thief)


def test_a_secret_planted_after_the_launch_does_not_get_the_visit(desk: Any) -> None:
    """R-FLOW-5: the launch's own cookie still opens the page; that hands the visit to no stranger."""
    thief = desk.new_browser()
    desk.launch(THIEF, browser=thief)
    visit = desk.launch().location
    for planted in (cookie(thief), "chosen-by-a-thief"):
        plant(desk, desk.browser, cookies.BROWSER, planted)
        plant(desk, thief, cookies.BROWSER, planted)
        assert desk.open(visit).status_code == 200
        must_stay_closed(desk, visit, thief)


def test_a_planted_launch_cookie_does_not_replace_the_one_of_the_login(desk: Any) -> None:
    """R-FLOW-2: the login names its cookie itself and overwrites what stood there; other values prove nothing."""
    begun = desk.login()
    name = begun.response.headers["Set-Cookie"].partition("=")[0]
    thief = desk.new_browser()
    plant(desk, thief, name, "chosen-by-a-thief")
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce)), thief), 401, "other-browser")


def test_a_launch_cookie_of_another_launch_proves_nothing(desk: Any) -> None:
    """R-FLOW-2: a cookie that is genuine for the thief's login, under the name of the victim's."""
    thief = desk.new_browser()
    own, begun = desk.login(browser=thief), desk.login()
    own_name, name = (one.response.headers["Set-Cookie"].partition("=")[0] for one in (own, begun))
    plant(desk, thief, name, cookie(thief, own_name))
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce)), thief), 401, "other-browser")


def test_somebody_elses_launch_cannot_be_put_into_my_browser(desk: Any) -> None:
    """R-FLOW-2, login CSRF: state and token of the thief's own login do nothing here, and my visit stays mine."""
    mine = desk.launch().location
    thief = desk.new_browser()
    begun = desk.login(browser=thief)
    token = desk.sign(desk.claims(begun.nonce, **THIEF))
    before = cookie(desk.browser)
    desk.must_refuse(desk.post(begun.state, token), 401, "other-browser")
    assert cookie(desk.browser) == before
    assert desk.open(mine).status_code == 200
    assert len(desk.rows(VisitRecord)) == 1


def test_a_browser_that_the_thief_used_before_keeps_nothing_for_the_thief(desk: Any) -> None:
    """R-FLOW-5: on a shared computer the earlier secret, written down, opens no visit of who comes next."""
    first = desk.launch(THIEF).location
    noted = cookie(desk.browser)
    second = desk.launch().location
    assert desk.open(first).status_code == 401
    assert desk.open(second).status_code == 200
    away = desk.new_browser()
    plant(desk, away, cookies.BROWSER, noted)
    must_stay_closed(desk, second, away)


def test_one_persons_visits_in_one_browser_stay_together(desk: Any) -> None:
    """R-LOGIN-10: the same person's second launch ends nothing, and one secret opens both."""
    one = desk.launch({"resource_link": {"id": "link-1"}}).location
    secret = cookie(desk.browser)
    two = desk.launch({"resource_link": {"id": "link-2"}}).location
    assert cookie(desk.browser) == secret
    later = desk.new_browser()  # only the browser's cookie: those of the launches have run out
    plant(desk, later, cookies.BROWSER, secret)
    assert desk.open(one, later).status_code == desk.open(two, later).status_code == 200


def test_of_two_first_launches_at_once_both_visits_stay(desk: Any) -> None:
    """R-LOGIN-10: the last answer's secret wins, and the other visit moves to it by its launch's own cookie."""
    visits = []
    for number in (1, 2):
        desk.browser.delete_cookie(cookies.BROWSER, domain="tool.test", path="/")
        visits.append(desk.launch({"resource_link": {"id": f"link-{number}"}}).location)
    assert [desk.open(visit).status_code for visit in visits] == [200, 200]
    later = desk.new_browser()
    plant(desk, later, cookies.BROWSER, cookie(desk.browser))
    assert [desk.open(visit, later).status_code for visit in visits] == [200, 200]


@pytest.mark.parametrize("header", ["X-Visit-Ticket", "Referer", "X-Forwarded-For"])
def test_a_stolen_address_opens_nothing_whatever_is_sent_with_it(desk: Any, header: str) -> None:
    """R-WEB-6, R-FLOW-2, CWE-598: neither for a stranger nor for somebody with a visit of their own."""
    visit = desk.launch().location
    stranger, neighbour = desk.new_browser(), desk.new_browser()
    desk.launch(THIEF, browser=neighbour)
    for browser in (stranger, neighbour):
        for value in (visit.split("/")[-2], desk.TOOL + visit, "127.0.0.1"):
            page = desk.open(visit, browser, headers={header: value})
            assert page.status_code == 401
            assert "Sanne" not in page.text
