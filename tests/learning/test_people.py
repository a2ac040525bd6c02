"""People: recognised by what their school calls them, told about by their school, never matched by e-mail."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.learning.people import names
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Identity, Organisation, Person
from lti_tool.learning.people.service import Profile


def test_the_same_subject_is_the_same_person(session: Session) -> None:
    first = people.recognise(session, "lti:1", "s-1", Profile(name="Sanne"))
    assert people.recognise(session, "lti:1", "s-1", Profile()).id == first.id
    assert session.scalar(select(func.count()).select_from(Identity)) == 1


def test_another_platform_or_subject_is_somebody_else_also_with_the_same_e_mail(session: Session) -> None:
    profile = Profile(name="Sanne", email="sanne@school.example")
    known = {
        people.recognise(session, authority, subject, profile).id
        for authority, subject in (("lti:1", "s-1"), ("lti:2", "s-1"), ("lti:1", "s-2"), ("lti:1", "S-1"))
    }
    assert len(known) == 4


def test_silence_erases_nothing_and_news_is_taken_over(session: Session) -> None:
    people.recognise(session, "lti:1", "s-1", Profile(name="Sanne", email="sanne@school.example"))
    person = people.recognise(session, "lti:1", "s-1", Profile(name="Sanne de Boer", email=""))
    assert (person.name, person.email) == ("Sanne de Boer", "sanne@school.example")


@pytest.mark.parametrize("name", ["x" * 10_000, "שרה " * 90, "🦾" * 300])
def test_any_name_fits(session: Session, name: str) -> None:
    person = people.recognise(session, "lti:1", "s-1", Profile(name=name))
    session.expire_all()
    assert person.name == name[:255]


def test_who_tells_nothing_has_a_pseudonym_and_no_name(session: Session) -> None:
    person = people.recognise(session, "lti:1", "s-1", Profile())
    assert people.display_name(person) is None
    assert len(people.pseudonym(person.public_id)) == 4
    assert people.pseudonym(person.public_id) == people.pseudonym(person.public_id)


@pytest.mark.parametrize(("public_id", "shown"), [("a-b_c1d2", "ABC1"), ("--_", "0000"), ("x", "X000")])
def test_pseudonyms_are_four_letters_or_digits(public_id: str, shown: str) -> None:
    assert people.pseudonym(public_id) == shown


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        (Profile(name="Sanne de Boer", given_name="S."), "Sanne de Boer"),
        (Profile(given_name="Sanne", family_name="de Boer"), "Sanne de Boer"),
        (Profile(given_name="Sanne"), "Sanne"),
        (Profile(email="sanne@school.example"), None),
    ],
)
def test_the_name_to_show(session: Session, profile: Profile, shown: str | None) -> None:
    assert people.display_name(people.recognise(session, "lti:1", "s", profile)) == shown


def test_a_chosen_language_is_kept(session: Session) -> None:
    person = people.recognise(session, "lti:1", "s-1", Profile())
    people.choose_language(session, person.id, "en")
    session.flush()
    session.expire_all()
    assert session.get_one(Person, person.id).language == "en"


def test_organisations_are_seeded_once_and_renamed(session: Session) -> None:
    people.seed_organisation(session, "roc-1", "school", "ROC Een")
    session.flush()
    people.seed_organisation(session, "roc-1", "school", "ROC Twee")
    session.flush()
    assert session.scalars(select(Organisation.name)).all() == ["ROC Twee"]


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ((None, "Sanne", "de Vries"), ("vries", "sanne", "de")),
        (("Sanne de Vries", None, None), ("vries", "sanne", "de")),
        (("Vries, Sanne", None, None), ("vries", "sanne", "")),
        ((None, "Anna", "van der Égberts"), ("egberts", "anna", "van der")),
        (("Fatima Yıldız", None, None), ("yildiz", "fatima", "")),
        ((None, "Noor", "El Idrissi"), ("idrissi", "noor", "el")),
        ((None, "Piet", "van 't Hof"), ("hof", "piet", "van 't")),
        ((None, "Jan", "Deken"), ("deken", "jan", "")),
        ((None, "Bo", "De"), ("de", "bo", "")),
        (("Cher", None, None), ("cher", "", "")),
        ((None, "Noor", None), ("noor", "", "")),
    ],
)
def test_people_are_looked_up_by_family_name(told: tuple[str | None, ...], key: tuple[str, str, str]) -> None:
    assert names.sort_key(*told) == (False, *key)


def test_whoever_told_no_name_comes_last() -> None:
    assert names.sort_key(None, None, None) > names.sort_key("Žofia Żyła", None, None)
