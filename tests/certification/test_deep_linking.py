"""Deep Linking 2.0: the request is verified like a launch, and the answer is one that a platform can take.

The cases of the certification guide (6.2) and of the specification's sections 2 to 4. Here the platform is the forging
desk; test_deep_linking_round.py has practice_lms take the answers.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.people.models import Person
from lti_tool.protocols.deep_linking.items import Picture, Words
from lti_tool.protocols.deep_linking.models import ChoiceRequest
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Columns, Late, Scale
from tests.certification.choosing import DL, MODULE, choose, item, place, wanted, wanting
from tests.certification.test_races import at_once

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
CONTEXT = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


# The request


def test_a_teacher_comes_to_the_chooser(desk_on_each: Any) -> None:
    """R-DL-1; DL 2.1, 2.2: a request is verified like a launch, and opens no link."""
    launched = choose(desk_on_each)
    assert launched.status_code == 303, launched.text
    assert launched.location.endswith("/place")
    assert desk_on_each.open(launched.location).status_code == 200
    (request,) = desk_on_each.rows(ChoiceRequest)
    assert (request.client_id, request.deployment_id) == (desk_on_each.CLIENT, desk_on_each.DEPLOYMENT)
    assert not desk_on_each.rows(ResourceLink)
    assert not desk_on_each.rows(Member)


def test_the_start_of_such_a_visit_is_the_chooser_too(desk: Any) -> None:
    """A reload of the launch, and the address of the visit without more, lead there."""
    launched = choose(desk)
    home = desk.open(launched.location.removesuffix("place"))
    assert (home.status_code, home.location.partition("#")[0]) == (303, launched.location)


@pytest.mark.parametrize(
    "missing", ["deep_link_return_url", "accept_types", "accept_presentation_document_targets"]
)
def test_required_settings_are_required(desk: Any, missing: str) -> None:
    """R-DL-1; DL 4.4.1."""
    refused = choose(desk, **{missing: None})
    desk.must_refuse(refused, 400, "claim-missing")
    assert missing in refused.text
    assert not desk.rows(ChoiceRequest)
    assert not desk.rows(Person)


@pytest.mark.parametrize("settings", [None, "x", [], {}, 5])
def test_a_request_without_settings_is_refused(desk: Any, settings: Any) -> None:
    """R-DL-1."""
    refused = choose(desk, {DL + "deep_linking_settings": settings})
    desk.must_refuse(refused, 400, "claim-missing")


@pytest.mark.parametrize("name", ["accept_types", "accept_presentation_document_targets"])
@pytest.mark.parametrize("value", ["ltiResourceLink", {"a": 1}, [1], 5, True])
def test_settings_of_the_wrong_type_are_refused(desk: Any, name: str, value: Any) -> None:
    """R-DL-1, R-CLAIM-20."""
    desk.must_refuse(choose(desk, **{name: value}), 400, "claim-type")


@pytest.mark.parametrize(
    "optional",
    [
        {"accept_media_types": 5}, {"accept_multiple": "yes"}, {"accept_lineitem": []}, {"auto_create": {}},
        {"title": 5, "text": []}, {"title": "", "text": ""}, {"accept_media_types": ["a/b", 5]},
        {"accept_types": [], "accept_presentation_document_targets": []}, {"unknown": {"deep": [1]}},
        {"accept_media_types": None, "accept_multiple": None, "accept_lineitem": None, "auto_create": None},
    ],
)  # fmt: skip
def test_optional_settings_may_be_anything(desk: Any, optional: dict[str, Any]) -> None:
    """R-CLAIM-11, R-CLAIM-12, R-CLAIM-20."""
    launched = choose(desk, **optional)
    assert launched.status_code == 303, launched.text
    assert place(desk, launched).items == []


def test_what_the_platform_wants_is_read(desk: Any) -> None:
    """DL 4.4.1: all of it."""
    told = wanted(
        desk,
        choose(
            desk, accept_types=["link", "ltiResourceLink"], accept_media_types="image/*, text/html", title="Week 3",
            text="Kies iets", accept_lineitem=False, auto_create=False, data="x",
        ),
    )  # fmt: skip
    assert (told.accept_types, told.accept_media_types) == (("link", "ltiResourceLink"), ("image/*", "text/html"))
    assert (told.title, told.text, told.course) == ("Week 3", "Kies iets", "Mechatronica 4B")
    assert (told.accept_multiple, told.accept_lineitem, told.auto_create) == (True, False, False)
    assert (told.takes_links, told.has_data, told.is_answered) == (True, True, False)
    silent = wanted(desk, choose(desk, accept_multiple=None, accept_lineitem=None, auto_create=None))
    assert (silent.most_items, silent.accept_lineitem, silent.makes_columns) == (1, None, True)


CHOOSERS = [
    [CONTEXT + "Instructor"], [CONTEXT + "ContentDeveloper"], [CONTEXT + "Administrator"], ["Instructor"],
    [INSTITUTION + "Administrator"], [SYSTEM + "Administrator"], [CONTEXT + "Instructor", CONTEXT + "Learner"],
]  # fmt: skip
OTHERS = [
    [CONTEXT + "Learner"], [CONTEXT + "Mentor"], [], [INSTITUTION + "Instructor"], [INSTITUTION + "Faculty"],
    [CONTEXT + "Learner", INSTITUTION + "Administrator"], ["urn:x:Instructor"],
    ["http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor"],
]  # fmt: skip


@pytest.mark.parametrize("roles", CHOOSERS)
def test_teachers_choose_and_administrators_whom_the_platform_lets(desk: Any, roles: list[str]) -> None:
    """R-DL-10."""
    assert choose(desk, {"roles": roles}).status_code == 303


@pytest.mark.parametrize("roles", OTHERS)
def test_nobody_else_chooses(desk: Any, roles: list[str]) -> None:
    """R-DL-10, R-CLAIM-15: a plain refusal, and nothing is kept of who came."""
    refused = choose(desk, {"roles": roles})
    desk.must_refuse(refused, 403, "choosing-not-yours")
    assert not desk.rows(Person)
    assert not desk.rows(ChoiceRequest)


@pytest.mark.parametrize(
    ("locale", "words"), [("nl-NL", "Alleen docenten kiezen modules"), ("en-GB", "Only teachers choose modules")]
)
def test_the_refusal_is_told_in_either_language(desk: Any, locale: str, words: str) -> None:
    refused = choose(desk, {"roles": [desk.LEARNER], "launch_presentation": {"locale": locale}})
    assert words in refused.text


def test_an_administrator_sees_no_class(desk: Any) -> None:
    """R-CLAIM-15: choosing is all that the role gives; a link of the course stays closed to it."""
    assert choose(desk, {"roles": [INSTITUTION + "Administrator"]}).status_code == 303
    page = desk.enter(roles=[INSTITUTION + "Administrator"])
    assert 'data-role="none"' in page.text


# The answer


def test_an_answer_is_one_field_in_a_form_for_the_platform(desk_on_each: Any) -> None:
    """R-DL-2, R-DL-3; DL 2.3, 4.5; SEC 5.2; CERT 6.2."""
    desk = desk_on_each
    sent = place(desk, choose(desk), [item()])
    assert sent.fields == {"JWT"}
    assert sent.url == wanting()["deep_link_return_url"]
    assert sent.sends_itself
    assert "<button" in sent.page, "for browsers without scripts"
    assert (sent.header["alg"], sent.header["typ"]) == ("RS256", "JWT")
    assert sent.claims["iss"] == desk.CLIENT
    assert sent.claims["aud"] == desk.ISSUER
    assert 0 < sent.claims["exp"] - sent.claims["iat"] <= 3600
    assert len(sent.claims["nonce"]) >= 16
    assert sent.claims[desk.CLAIM + "message_type"] == "LtiDeepLinkingResponse"
    assert sent.claims[desk.CLAIM + "version"] == "1.3.0"
    assert sent.claims[desk.CLAIM + "deployment_id"] == desk.DEPLOYMENT


def test_nothing_chosen_is_an_answer_too(desk_on_each: Any) -> None:
    """R-DL-2; DL 4.5.6: an empty list, with words for the person."""
    sent = place(desk_on_each, choose(desk_on_each), message="Niets gekozen")
    assert sent.items == []
    assert sent.claims[DL + "msg"] == "Niets gekozen"


@pytest.mark.parametrize(
    "data", ["x", "", "Ünï çødé \U0001f600", "\x00 \ud800", " <b>\"'&\n", 5, {"a": [1, None]}, False]
)
def test_data_goes_back_as_it_came(desk_on_each: Any, data: Any) -> None:
    """R-DL-4; DL 4.5.5: opaque, so whatever it is."""
    sent = place(desk_on_each, choose(desk_on_each, data=data))
    assert sent.claims[DL + "data"] == data


def test_no_data_goes_back_where_none_came(desk: Any) -> None:
    """R-DL-4."""
    assert DL + "data" not in place(desk, choose(desk)).claims


def test_long_data_goes_back_and_too_long_a_message_is_refused(desk: Any) -> None:
    """R-DL-4, R-ERR-2: sixty thousand characters are echoed; a megabyte is no message that we read."""
    long = "d" * 60_000
    assert place(desk, choose(desk, data=long)).claims[DL + "data"] == long
    refused = choose(desk, data="d" * 1_000_000)
    assert refused.status_code in (400, 413)
    assert "d" * 100 not in refused.text


def test_an_item_is_a_link_with_all_that_was_chosen(desk: Any) -> None:
    """R-DL-5, R-DL-6, R-DL-7; DL 3.2: each member of an item, by its schema."""
    at = datetime(2027, 1, 4, 7, 30, tzinfo=UTC)
    (told,) = place(
        desk,
        choose(desk),
        [
            item(
                text="Acht uur", maximum=10, label="Cobots", grades_released=True, activity="toets", has_own_run=True,
                scale=Scale.GRADE, language="en", opens_at=at, closes_at=at + timedelta(days=30),
                due_at=at + timedelta(days=20), late=Late.DEDUCT, late_percent=5,
                thumbnail=Picture("/static/icon.png", 128, 128),
            )
        ],
    ).items  # fmt: skip
    custom, review = told.pop("custom"), told["lineItem"].pop("submissionReview")
    assert review["url"] == f"{desk.TOOL}/lti/launch"
    assert told == {
        "type": "ltiResourceLink",
        "title": "Cobots veilig inzetten",
        "text": "Acht uur",
        "url": f"{desk.TOOL}/lti/launch?module={MODULE}",
        "icon": {"url": f"{desk.TOOL}/static/icon.png", "width": 128, "height": 128},
        "thumbnail": {"url": f"{desk.TOOL}/static/icon.png", "width": 128, "height": 128},
        "lineItem": {
            "scoreMaximum": 10, "label": "Cobots", "resourceId": MODULE, "tag": "technohub", "gradesReleased": True,
        },
        "available": {"startDateTime": "2027-01-04T07:30:00Z", "endDateTime": "2027-02-03T07:30:00Z"},
        "submission": {"endDateTime": "2027-01-24T07:30:00Z"},
        "iframe": {"width": 1024, "height": 700},
    }  # fmt: skip
    assert all(isinstance(value, str) for value in custom.values())
    assert custom == {
        "placement": "placement-1", "module": MODULE, "activity": "toets", "run": "own", "scale": "grade",
        "language": "en", "opens": "2027-01-04T07:30:00Z", "closes": "2027-02-03T07:30:00Z",
        "due": "2027-01-24T07:30:00Z", "late": "deduct", "late_percent": "5",
        "opens_there": "$ResourceLink.available.startDateTime",
        "closes_there": "$ResourceLink.available.endDateTime",
        "due_there": "$ResourceLink.submission.endDateTime",
        "context_history": "$Context.id.history", "link_history": "$ResourceLink.id.history",
    }  # fmt: skip
    assert desk.open(told["icon"]["url"].removeprefix(desk.TOOL)).content_type == "image/png"


def test_the_order_is_the_teachers(desk: Any) -> None:
    """R-DL-5."""
    titles = ["c", "a", "b"]
    sent = place(desk, choose(desk), [item(title=title, placement=title) for title in titles])
    assert [one["title"] for one in sent.items] == titles


@pytest.mark.parametrize(
    ("accept_lineitem", "columns", "has_column"),
    [
        (True, Columns.ONE, True), (None, Columns.ONE, True), (False, Columns.ONE, False),
        (True, Columns.NONE, False), (True, Columns.EACH, False),
    ],
)  # fmt: skip
def test_a_column_comes_along_where_the_platform_makes_it(
    desk: Any, accept_lineitem: bool | None, columns: Columns, has_column: bool
) -> None:
    """R-DL-6; DL 4.4.1: silence about line items is no refusal. Columns per activity the tool makes itself."""
    (told,) = place(desk, choose(desk, accept_lineitem=accept_lineitem), [item(columns=columns)]).items
    assert ("lineItem" in told) is has_column


@pytest.mark.parametrize(
    ("targets", "opens_in", "told"),
    [
        (["iframe", "window"], "", "iframe"), (["window"], "", "window"), (["window", "iframe"], "window", "window"),
        (["iframe"], "window", "iframe"), (["embed"], "", None), ([], "", None),
    ],
)  # fmt: skip
def test_an_item_is_shown_in_a_way_that_the_platform_has(
    desk: Any, targets: list[str], opens_in: str, told: str | None
) -> None:
    """R-DL-5; DL 4.4.1 accept_presentation_document_targets."""
    (one,) = place(desk, choose(desk, accept_presentation_document_targets=targets), [item(opens_in=opens_in)]).items
    assert {"iframe", "window"} & set(one) == ({told} if told else set())


def test_one_item_where_the_platform_takes_one(desk: Any) -> None:
    """R-DL-5; DL 4.4.1 accept_multiple."""
    launched = choose(desk, accept_multiple=False)
    with pytest.raises(Invalid, match="choice-too-many"):
        place(desk, launched, [item(), item(placement="placement-2")])
    assert len(place(desk, launched, [item()]).items) == 1


def test_nothing_but_an_empty_answer_where_no_links_are_taken(desk: Any) -> None:
    """R-DL-5; DL 4.4.1 accept_types: the request is taken, and can be answered."""
    launched = choose(desk, accept_types=["file", "html"])
    assert not wanted(desk, launched).takes_links
    with pytest.raises(Invalid, match="choice-type"):
        place(desk, launched, [item()])
    assert place(desk, launched, words=Words(errormsg="Hier kan niets")).claims[DL + "errormsg"] == "Hier kan niets"


def test_all_four_kinds_of_words_are_texts(desk: Any) -> None:
    """R-DL-9; DL 4.5: kept to a length that fits into pages and logs; what is empty is left out."""
    words = Words(msg="Gelukt", errormsg="Mis", log="choice 1", errorlog="x" * 5000)
    claims = place(desk, choose(desk), words=words).claims
    told = {name: claims.get(DL + name) for name in ("msg", "errormsg", "log", "errorlog")}
    assert told == {"msg": "Gelukt", "errormsg": "Mis", "log": "choice 1", "errorlog": "x" * 1000}
    assert not {DL + name for name in told} & set(place(desk, choose(desk)).claims)


@pytest.mark.parametrize(
    ("family", "maximum", "fits", "near"),
    [
        ("moodle", 10, True, 10), ("moodle", 12.5, False, 13), ("moodle", 150, False, 100), ("moodle", 0.4, False, 1),
        ("canvas", 12.5, True, 12.5), ("generic", 150, True, 150), ("generic", 0, False, 0.01),
    ],
)  # fmt: skip
def test_points_are_those_that_the_family_takes(
    desk: Any, family: str, maximum: float, fits: bool, near: float
) -> None:
    """R-DL-6: Moodle takes whole points from 1 to 100, and drops the grade of others without a word."""
    desk.register(family=family)
    launched = choose(desk)
    assert wanted(desk, launched).maximum_near(maximum) == near
    if not fits:
        with pytest.raises(Invalid, match="choice-maximum"):
            place(desk, launched, [item(maximum=maximum)])
        maximum = near
    (told,) = place(desk, launched, [item(maximum=maximum)]).items
    assert told["lineItem"]["scoreMaximum"] == maximum


@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_tool_proposes_fits_every_family(family: str) -> None:
    limits = FAMILIES[family].choosing
    assert all(limits.takes_maximum(limits.maximum_near(points)) for points in (0, 0.5, 7, 33.335, 100, 100_000))


def test_a_title_is_needed(desk: Any) -> None:
    """R-DL-5."""
    with pytest.raises(Invalid, match="choice-title"):
        place(desk, choose(desk), [item(title="  ")])


# Once


def test_pressed_twice_the_same_answer_goes(desk_on_each: Any) -> None:
    """R-DL-3: one nonce per request, so that a platform which took the answer knows it again."""
    desk = desk_on_each
    launched = choose(desk)
    first, second = (place(desk, launched, [item(placement=name)]) for name in ("placement-1", "placement-2"))
    assert second.claims["nonce"] == first.claims["nonce"]
    assert second.items == first.items
    assert (first.sends_itself, second.sends_itself) == (True, False)


def test_pressed_in_two_tabs_at_once_one_answer_goes(desk_on_each: Any) -> None:
    """R-DL-3: of many at the same moment one makes the answer; the others get that one."""
    desk = desk_on_each
    launched = choose(desk)
    sent = at_once(lambda number: place(desk, launched, [item(placement=f"placement-{number}")]), list(range(6)))
    assert len({one.claims["nonce"] for one in sent}) == 1
    assert [one.sends_itself for one in sent].count(True) == 1


def test_another_choice_of_the_same_request_is_refused(desk_on_each: Any) -> None:
    """Nobody knows whether the first arrived: a second one might place twice."""
    desk = desk_on_each
    launched = choose(desk)
    place(desk, launched, [item()])
    assert wanted(desk, launched).is_answered
    for others in ([item(title="Iets anders")], [item(), item()], []):
        with pytest.raises(Conflict, match="choice-answered"):
            place(desk, launched, others)
    again = choose(desk)
    assert place(desk, again, [item(title="Iets anders")]).items[0]["title"] == "Iets anders"


def test_who_chose_nothing_may_choose_still(desk: Any) -> None:
    """An empty answer places nothing, so that it binds nobody."""
    launched = choose(desk)
    empty = place(desk, launched)
    sent = place(desk, launched, [item()])
    assert (empty.sends_itself, sent.sends_itself) == (True, True)
    assert empty.claims["nonce"] != sent.claims["nonce"]


def test_a_launch_that_is_no_request_has_nothing_to_answer(desk: Any) -> None:
    launched = desk.launch({"roles": [desk.INSTRUCTOR]})
    with pytest.raises(NotFound, match="choice"):
        place(desk, launched, [item()])


def test_each_request_has_its_own_nonce(desk: Any) -> None:
    """R-DL-3."""
    assert len({place(desk, choose(desk)).claims["nonce"] for _ in range(3)}) == 3


def test_the_answer_comes_from_the_client_of_the_request(desk: Any) -> None:
    """R-DL-3: a registration may have had another client id; the platform that asks knows that one."""
    sent = place(desk, choose(desk), [item()])
    assert sent.claims["iss"] == desk.CLIENT


# What comes back


def test_address_and_parameters_of_an_item_open_what_was_placed(desk_on_each: Any) -> None:
    """R-DL-8; DL 3.2: the platform launches with what the item said; the link is born then."""
    desk = desk_on_each
    (told,) = place(desk, choose(desk), [item(activity=None, has_own_run=True, language="en")]).items
    assert not desk.rows(ResourceLink)
    page = desk.enter(target_link_uri=told["url"], custom=told["custom"], resource_link={"id": "placed-1"})
    assert "data-role" in page.text
    (link,) = desk.rows(ResourceLink)
    assert (link.placement, link.has_own_run, link.language, link.opens_at) == ("placement-1", True, "en", None)
    assert link.module_id is not None


def test_an_address_alone_opens_the_module_where_a_platform_loses_the_parameters(desk: Any) -> None:
    """R-DL-8."""
    (told,) = place(desk, choose(desk), [item()]).items
    desk.enter(target_link_uri=told["url"], custom=None, resource_link={"id": "placed-1"})
    assert desk.rows(ResourceLink)[0].module_id is not None
