"""What happens to a score (AGS 2.0, 3.4), on a good platform and in the manner of others."""

from typing import Any

import pytest
import requests
from practice_double import RESULT, RESULTS_TYPE, SCORE, SCORE_TYPE, Platform, score


def standing(platform: Platform, user: str = "sanne") -> dict[str, Any]:
    return next(one for one in platform.column()["results"] if one["user_id"] == user)


def test_a_score_is_recorded_on_the_scale_of_its_column(platform: Platform) -> None:
    answer = platform.send_score(score(comment="Goed gedaan"))

    assert (answer.status_code, answer.content) == (204, b"")
    now = standing(platform)
    assert (now["score"], now["comment"], now["grading"]) == (80.0, "Goed gedaan", "FullyGraded")
    received = platform.column()["scores"]
    assert received[0]["body"]["scoreGiven"] == 8
    assert (received[0]["status"], received[0]["verdict"]) == (204, "recorded_scaled")


def test_a_score_above_the_maximum_becomes_the_maximum(platform: Platform) -> None:
    platform.send_score(score(scoreGiven=12))

    assert standing(platform)["score"] == 100.0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"userId": None}, 400),
        ({"timestamp": None}, 400),
        ({"activityProgress": None}, 400),
        ({"gradingProgress": None}, 400),
        ({"activityProgress": "Klaar"}, 400),
        ({"gradingProgress": "Klaar"}, 400),
        ({"scoreMaximum": None}, 400),
        ({"scoreMaximum": 0}, 400),
        ({"scoreGiven": -1}, 400),
        ({"scoreGiven": "8"}, 400),
        ({"scoreGiven": True}, 400),
        ({"timestamp": "2026-11-20T10:00:00"}, 400),
        ({"timestamp": "2026-02-31T10:00:00Z"}, 400),
        ({"timestamp": "gisteren"}, 400),
        ({"comment": 5}, 400),
        ({"scoringUserId": ""}, 400),
        ({"eigen": 1}, 400),
        ({"submission": {"startedAt": "2026-11-20T10:00:00Z", "submittedAt": "2026-11-20T09:00:00Z"}}, 400),
        ({"userId": "niemand"}, 404),
        ({"userId": "mirjam"}, 400),
        ({"userId": "fatima"}, 400),
    ],
)
def test_an_unsound_score_is_refused_and_kept_in_the_history(
    platform: Platform, changes: dict[str, Any], status: int
) -> None:
    answer = platform.send_score({**score(), **changes} if None not in changes.values() else score(**changes))

    assert answer.status_code == status
    assert answer.json()["error_description"]
    column = platform.column()
    assert column["results"] == []
    assert [one["status"] for one in column["scores"]] == [status]


def test_an_extension_under_a_url_is_taken(platform: Platform) -> None:
    sent = score() | {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}

    assert platform.send_score(sent).status_code == 204


@pytest.mark.parametrize(
    ("told", "launched"),
    [
        ({"submission_type": "basic_lti_launch", "submission_data": "https://tool.test/work/1"}, True),
        ({"submission_type": "online_url", "submission_data": "https://tool.test/work/1"}, False),
        ({"submission_type": "basic_lti_launch", "submission_data": "https://tool.test/work/1",
          "new_submission": False}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_the_address_of_a_new_submission_is_launched_from_the_gradebook(
    platform: Platform, told: dict[str, Any], launched: bool
) -> None:
    """As Canvas does: "Score", `https://canvas.instructure.com/lti/submission`."""
    platform.send_score(score() | {"https://canvas.instructure.com/lti/submission": told})
    number = platform.column()["id"]
    begun = platform.control("launch", user="fatima", link="cobots", submission_of="sanne", lineitem=number)
    assert (begun["fields"]["target_link_uri"] == "https://tool.test/work/1") is launched
    address = f"{platform.url}/launch/submission/mechatronica-4b/{number}/sanne"
    answer = requests.get(address, cookies=begun["cookie"], timeout=10)
    assert answer.status_code == (200 if launched else 404)


@pytest.mark.parametrize(
    ("style", "second", "status"),
    [
        ("spec", "2026-11-20T09:59:59.999Z", 409),
        ("spec", "2026-11-20T10:00:00.100Z", 204),
        ("spec", "2026-11-20T10:00:00.900Z", 204),
        ("spec", "2026-11-20T10:30:00.000+01:00", 409),
        ("moodle", "2026-11-20T10:00:00.900Z", 409),
        ("moodle", "2026-11-20T10:00:01.000Z", 204),
    ],
)
def test_an_older_timestamp_is_a_conflict(platform: Platform, style: str, second: str, status: int) -> None:
    platform.misbehave(timestamps=style)
    platform.send_score(score(at="2026-11-20T10:00:00.100Z"))

    assert platform.send_score(score(at=second, scoreGiven=2)).status_code == status
    assert standing(platform)["score"] == (20.0 if status == 204 else 80.0)


@pytest.mark.parametrize(("erases", "left"), [(False, 80.0), (True, None)])
def test_a_state_without_a_number_erases_only_in_the_manner_of_moodle(
    platform: Platform, erases: bool, left: float | None
) -> None:
    platform.misbehave(numberless_erases=erases)
    platform.send_score(score())

    later = score(
        at="2026-11-20T11:00:00.000Z", scoreGiven=None, scoreMaximum=None, gradingProgress="PendingManual"
    )

    assert platform.send_score(later).status_code == 204
    assert (standing(platform)["score"], standing(platform)["grading"]) == (left, "PendingManual")


def test_a_score_that_is_not_final_is_ignored_in_the_manner_of_canvas(platform: Platform) -> None:
    platform.misbehave(only_final=True)

    assert platform.send_score(score(gradingProgress="Pending")).status_code == 204
    assert platform.column()["results"] == []


def test_a_locked_grade_of_the_teacher_stands(platform: Platform) -> None:
    platform.control("grade", lineitem=platform.column()["id"], user="sanne", score=55, locked=True)

    assert platform.send_score(score(at="2999-01-01T00:00:00.000Z")).status_code == 204
    assert standing(platform)["score"] == 55.0
    assert platform.column()["scores"][-1]["verdict"] == "kept_typed"


def test_scores_goes_before_the_query(platform: Platform) -> None:
    headers = platform.tool.bearer(platform.url, SCORE) | {"Content-Type": SCORE_TYPE}
    address = platform.column()["url"]

    def status(changed: str) -> int:
        return requests.post(changed, json=score(), headers=headers, timeout=10).status_code

    assert status(address.replace("?", "/scores?")) == 204
    assert status(address + "/scores") == 405
    assert status(address.partition("?")[0] + "/scores") == 404


def test_media_type_token_and_scope_are_demanded(platform: Platform) -> None:
    assert platform.send_score(score(), **{"Content-Type": "application/json"}).status_code == 415
    assert platform.send_score(score(), Authorization="Bearer verzonnen").status_code == 401
    assert platform.send_score(score(), **platform.tool.bearer(platform.url, RESULT)).status_code == 403


def test_results_show_the_grade_that_stands(platform: Platform) -> None:
    platform.send_score(score())
    platform.send_score(score("youssef", scoreGiven=4, comment="Nog eens"))
    headers = platform.tool.bearer(platform.url, RESULT) | {"Accept": RESULTS_TYPE}
    address = platform.column()["url"].replace("?", "/results?")

    everyone = requests.get(address, headers=headers, timeout=10)
    one = requests.get(address + "&user_id=youssef", headers=headers, timeout=10).json()

    assert everyone.headers["Content-Type"] == RESULTS_TYPE
    assert {result["userId"]: result["resultScore"] for result in everyone.json()} == {
        "sanne": 80.0,
        "youssef": 40.0,
    }
    assert [(result["resultMaximum"], result["comment"]) for result in one] == [(100.0, "Nog eens")]
    assert requests.get(address, headers=headers | {"Accept": "*/*"}, timeout=10).status_code == 406
