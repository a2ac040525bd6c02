"""Versions of modules: checked when published, published once, never changed."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Activity, Hub, Module, Version
from lti_tool.learning.catalogue.service import VersionDraft
from tests.learning.drafts import page_draft, quiz_draft, version_draft


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


def test_offers_stand_by_title(session: Session, hub: str) -> None:
    for name, title in (("a", "Zagen"), ("b", "Boren"), ("c", "Lassen")):
        catalogue.publish(session, name, hub, version_draft(title={"nl": title}))
    assert [offer.title["nl"] for offer in catalogue.offers(session)] == ["Boren", "Lassen", "Zagen"]


def test_a_syllabus_is_read_from_the_database_once(session: Session, hub: str) -> None:
    version = catalogue.publish(session, "cobots", hub, version_draft())
    assert version is not None
    assert catalogue.syllabus(session, version.id) is catalogue.syllabus(session, version.id)
