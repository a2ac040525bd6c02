"""Every light has words in both languages, for every family; and what platforms say is told without secrets."""

import re
from pathlib import Path

import pytest

from lti_tool.base.wire import Answer
from lti_tool.protocols import doctor
from lti_tool.protocols.doctor.calls import place, said_of
from lti_tool.protocols.doctor.facts import facts_of, services_of
from lti_tool.protocols.doctor.lights import Light, State, Topic
from lti_tool.protocols.doctor.words import told
from lti_tool.protocols.doctor.words.findings import FINDINGS
from lti_tool.protocols.doctor.words.mending import NOTHING_TO_DO
from lti_tool.protocols.lti.claims import AGS_CLAIM, CLAIM
from lti_tool.protocols.platforms.families import FAMILIES

SOURCES = Path(str(doctor.__file__)).parent.glob("*.py")
LAMPS = re.compile(r'\b(?:green|amber|red|grey|_refused|lamp)\(\s*(?:Topic\.\w+,\s*)?"([a-z-]+)"')
GOOD = {"keys-ok", "clock-ok", "launch-ok", "person-ok", "person-as-agreed", "access-ok", "scopes-all", "grades-ok",
        "grades-unread", "roster-ok"}  # fmt: skip


def test_every_code_that_is_lit_has_words() -> None:
    lit = {code for path in SOURCES for code in LAMPS.findall(path.read_text())}
    assert len(lit) > 35
    assert lit - set(FINDINGS) == set()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_whatever_is_not_well_says_how_to_mend_it(family: str, language: str) -> None:
    for code in set(FINDINGS) - GOOD - NOTHING_TO_DO:
        topic = next((topic for topic in Topic if code.startswith(topic)), Topic.GRADES)
        words = told(Light(topic, State.RED, code, {}), family, language)
        assert words.title, code
        assert words.what.endswith((".", "?")), code
        assert words.steps or code == "clock-unknown", code


def test_dutch_is_no_english() -> None:
    for code in FINDINGS:
        dutch, english = (told(Light(Topic.KEYS, State.GREEN, code, {}), "moodle", one).what for one in ("nl", "en"))
        assert dutch != english, code


SECRETS = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJjbGllbnQtMSIsInN1YiI6ImNsaWVudCJ9.c2lnbmF0dXJlLW9mLWl0",
    "Zx81kd02mslq93jdlaKKd93kd0sl39dk2ls0dkeD", "sanne.devries@voorbeeldcollege.test",
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
def test_what_a_platform_repeats_of_a_secret_is_left_out(secret: str) -> None:
    said = said_of(Answer(400, {}, f'{{"error": "bad assertion {secret} here"}}'.encode()))
    assert secret not in said
    assert "bad assertion" in said


def test_pages_for_people_and_long_texts_are_not_repeated() -> None:
    assert said_of(Answer(500, {}, b"<!DOCTYPE html><title>Oops</title>")) == ""
    assert len(said_of(Answer(500, {}, b"ach en wee " * 500))) <= 160
    assert place("https://lms.test/a/b?token=geheim#x") == "https://lms.test/a/b"


@pytest.mark.parametrize("body", [
    {}, {CLAIM + "roles": "x", CLAIM + "custom": [], CLAIM + "context": 7, AGS_CLAIM: None},
    {CLAIM + "roles": [1, None], CLAIM + "launch_presentation": {"locale": 5, "return_url": [], "document_target": {}}},
    {AGS_CLAIM: {"scope": {"a": 1}, "lineitems": "javascript:alert(1)", "lineitem": "https://[x"}},
    {CLAIM + "custom": {f"n{i}" * 90: "<script>" for i in range(90)}},
])  # fmt: skip
def test_strange_claims_are_facts_all_the_same(body: dict[str, object]) -> None:
    facts, services = facts_of(body), services_of(body)
    assert "script" not in str(facts)
    assert services == {}
    assert all(len(name) <= 64 for name in facts["custom"])
    assert len(facts["custom"]) <= 30
