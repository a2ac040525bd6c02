"""Versions of modules: checked when published, published once, never changed, withdrawn from newcomers."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Activity, Hub, Module, Version, VersionState
from lti_tool.learning.catalogue.service import VersionDraft
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from tests.learning.drafts import enrolled, page_draft, quiz_draft, version_draft


@pytest.fixture
def hub(session: Session) -> str:
    return catalogue.seed_hub(session, "hub", "Technohub", "Oost", {"nl": "Techniek"}).public_id


def test_a_published_module_is_offered_and_can_be_read(session: Session, hub: str) -> None:
    version = catalogue.publish(session, "cobots", hub, version_draft())
    assert version is not None
    assert [(offer.public_id, offer.number, offer.hub_name) for offer in catalogue.offers(session)] == [
        ("cobots", 1, "Technohub")
    ]
    syllabus = catalogue.syllabus(session, version.id)
    assert [step.key for step in syllabus.steps] == ["lezen", "toets"]
    assert (syllabus.points, syllabus.minutes, syllabus.pass_points) == (100, 10, 55)
    assert syllabus.step("toets").after == ("lezen",)


def test_publishing_the_same_number_again_changes_nothing(session: Session, hub: str) -> None:
    first = catalogue.publish(session, "cobots", hub, version_draft())
    assert first is not None
    assert catalogue.publish(session, "cobots", hub, version_draft(title={"nl": "Anders"})) is None
    assert session.scalar(select(func.count()).select_from(Version)) == 1
    assert session.get_one(Version, first.id).title == {"nl": "Cobots"}


def test_a_newer_version_is_for_newcomers_and_leaves_the_older_one_as_it_was(session: Session, hub: str) -> None:
    first = catalogue.publish(session, "cobots", hub, version_draft())
    second = catalogue.publish(session, "cobots", hub, version_draft(page_draft(points=100.0), number=2))
    assert first is not None
    assert second is not None
    assert catalogue.current_version_id(session, catalogue.module_id(session, "cobots")) == second.id
    assert [step.key for step in catalogue.syllabus(session, first.id).steps] == ["lezen", "toets"]
    assert [step.key for step in catalogue.syllabus(session, second.id).steps] == ["lezen"]


def test_a_number_below_the_newest_that_never_was_is_refused(session: Session, hub: str) -> None:
    catalogue.publish(session, "cobots", hub, version_draft(number=3))
    with pytest.raises(Conflict, match="version-older"):
        catalogue.publish(session, "cobots", hub, version_draft(number=2))


@pytest.mark.parametrize(
    "draft",
    [
        VersionDraft(1, {"nl": "Leeg"}, {"nl": ""}, 0, ()),
        version_draft(page_draft(), page_draft(points=100.0)),
        version_draft(quiz_draft(after=("lezen",)), page_draft()),
        version_draft(quiz_draft(after=("bestaat-niet",))),
        version_draft(quiz_draft(after=("toets",))),
        version_draft(page_draft()),
        version_draft(quiz_draft(), pass_points=101.0),
        version_draft(quiz_draft(), pass_points=-1.0),
        version_draft(quiz_draft(kind="hologram")),
        version_draft(quiz_draft(settings={"questions": []})),
        version_draft(page_draft(points=100.0, settings={})),
    ],
)
def test_an_unsound_version_is_refused(session: Session, hub: str, draft: VersionDraft) -> None:
    with pytest.raises(Invalid):
        catalogue.publish(session, "cobots", hub, draft)
    with pytest.raises(NotFound):
        catalogue.module_id(session, "cobots")


def test_a_refused_version_leaves_no_rows_to_be_flushed_later(session: Session, hub: str) -> None:
    with pytest.raises(Invalid):
        catalogue.publish(session, "cobots", hub, version_draft(quiz_draft(kind="hologram")))
    session.flush()
    assert session.scalar(select(func.count()).select_from(Version)) == 0
    assert session.scalar(select(func.count()).select_from(Activity)) == 0


def test_an_unknown_hub_module_version_and_activity_are_not_found(session: Session, hub: str) -> None:
    with pytest.raises(NotFound, match="hub"):
        catalogue.publish(session, "cobots", "elders", version_draft())
    with pytest.raises(NotFound, match="module"):
        catalogue.module_id(session, "x" * 1000)
    with pytest.raises(NotFound, match="version"):
        catalogue.syllabus(session, 999)
    version = catalogue.publish(session, "cobots", hub, version_draft())
    assert version is not None
    with pytest.raises(NotFound, match="activity"):
        catalogue.syllabus(session, version.id).step("elders")


def test_a_module_without_anything_published_cannot_be_opened(session: Session, hub: str) -> None:
    session.add(Module(public_id="leeg", hub_id=session.scalars(select(Hub.id)).one()))
    session.flush()
    with pytest.raises(NotFound, match="module"):
        catalogue.module_id(session, "leeg")
    assert catalogue.offers(session) == []


def test_a_draft_is_for_nobody_until_it_is_published(session: Session, hub: str) -> None:
    catalogue.publish(session, "cobots", hub, version_draft())
    draft = catalogue.keep_draft(session, "cobots", hub, version_draft(page_draft(points=100.0), number=2))
    assert draft is not None
    assert [offer.number for offer in catalogue.offers(session)] == [1]
    assert draft.published_at is None
    released = catalogue.release(session, "cobots")
    assert (released.id, released.published_at is None) == (draft.id, False)
    assert [offer.number for offer in catalogue.offers(session)] == [2]


def test_a_draft_is_replaced_by_what_comes_under_its_number(session: Session, hub: str) -> None:
    catalogue.keep_draft(session, "cobots", hub, version_draft())
    catalogue.keep_draft(session, "cobots", hub, version_draft(page_draft(points=100.0), title={"nl": "Ander"}))
    assert [version.title["nl"] for version in catalogue.versions(session)] == ["Ander"]
    published = catalogue.publish(session, "cobots", hub, version_draft(title={"nl": "Laatste"}))
    assert published is not None
    assert [(version.title["nl"], version.state) for version in catalogue.versions(session)] == [
        ("Laatste", "published")
    ]
    assert session.scalar(select(func.count()).select_from(Activity)) == 2
    assert catalogue.keep_draft(session, "cobots", hub, version_draft()) is None


def test_an_unsound_draft_may_be_kept_and_cannot_be_published(session: Session, hub: str) -> None:
    catalogue.keep_draft(session, "cobots", hub, version_draft(page_draft()))
    with pytest.raises(Invalid, match="version-not-publishable"):
        catalogue.release(session, "cobots")
    assert catalogue.offers(session) == []


def other_title(version: Version) -> None:
    version.title = {"nl": "Anders"}


def a_draft_again(version: Version) -> None:
    version.state = VersionState.DRAFT


def a_draft_with_another_title(version: Version) -> None:
    version.state = VersionState.DRAFT
    version.title = {"nl": "Anders"}


def other_points(version: Version) -> None:
    version.activities[0].points = 1.0


def one_more(version: Version) -> None:
    first = version.activities[0]
    version.activities.append(
        Activity(
            position=9, key="extra", kind="page", title=first.title, minutes=1, points=0, required=False, after=[],
            settings=first.settings,
        )
    )  # fmt: skip


def one_less(version: Version) -> None:
    del version.activities[0]


def none_at_all(version: Version) -> None:
    session = object_session(version)
    assert session is not None
    version.module.current_version_id = None
    session.flush()
    session.delete(version)


@pytest.mark.parametrize("withdrawn", [False, True])
@pytest.mark.parametrize(
    "change", [other_title, a_draft_again, a_draft_with_another_title, other_points, one_more, one_less, none_at_all]
)
def test_what_was_published_cannot_be_changed(
    session: Session, hub: str, change: Callable[[Version], None], withdrawn: bool
) -> None:
    version = catalogue.publish(session, "cobots", hub, version_draft())
    assert version is not None
    if withdrawn:
        catalogue.withdraw(session, "cobots")
    session.expire_all()
    change(version)
    with pytest.raises(Conflict, match="version-fixed"):
        session.flush()


def test_newcomers_get_the_newest_version_that_is_not_withdrawn(session: Session, hub: str) -> None:
    for number in (1, 2, 3):
        catalogue.publish(session, "cobots", hub, version_draft(number=number))
    catalogue.withdraw(session, "cobots", 2)
    assert [offer.number for offer in catalogue.offers(session)] == [3]
    catalogue.withdraw(session, "cobots")
    assert [offer.number for offer in catalogue.offers(session)] == [1]
    catalogue.release(session, "cobots", 2)
    assert [offer.number for offer in catalogue.offers(session)] == [2]
    states = [(version.number, str(version.state)) for version in catalogue.versions(session)]
    assert states == [(1, "published"), (2, "published"), (3, "withdrawn")]


def test_who_began_goes_on_in_a_withdrawn_version_and_newcomers_are_refused(session: Session) -> None:
    place = enrolled(session)
    catalogue.withdraw(session, "cobots")
    cohort = progress.place_by_id(session, place.enrolment_id).cohort_id
    for subject, is_known in (("sanne", True), ("youssef", False)):
        person = people.recognise(session, "lti:1", subject, Profile(name=subject))
        if is_known:
            again = progress.enrol(session, cohort, person.id, place.module_id)
            assert again.version_id == place.syllabus.version_id
        else:
            with pytest.raises(NotFound, match="module-not-offered"):
                progress.enrol(session, cohort, person.id, place.module_id)
    assert catalogue.public_id(session, place.module_id) == "cobots"
    with pytest.raises(NotFound, match="module-not-offered"):
        catalogue.module_id(session, "cobots")


def test_only_a_published_version_can_be_withdrawn(session: Session, hub: str) -> None:
    catalogue.keep_draft(session, "cobots", hub, version_draft())
    with pytest.raises(Conflict, match="version-draft"):
        catalogue.withdraw(session, "cobots", 1)
    for refused in (catalogue.withdraw, catalogue.release):
        with pytest.raises(NotFound, match="version"):
            refused(session, "elders")


def test_offers_stand_by_title(session: Session, hub: str) -> None:
    for name, title in (("a", "Zagen"), ("b", "Boren"), ("c", "Lassen")):
        catalogue.publish(session, name, hub, version_draft(title={"nl": title}))
    assert [offer.title["nl"] for offer in catalogue.offers(session)] == ["Boren", "Lassen", "Zagen"]


def test_a_syllabus_is_read_from_the_database_once(session: Session, hub: str) -> None:
    version = catalogue.publish(session, "cobots", hub, version_draft())
    assert version is not None
    assert catalogue.syllabus(session, version.id) is catalogue.syllabus(session, version.id)
