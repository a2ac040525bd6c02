"""Changing a link's terms, moving learners to a newer version, and removing a preview: on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import previews, versions
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Cohort, Enrolment, Evidence
from lti_tool.protocols.resource_links import settings
from lti_tool.protocols.resource_links.rules import Late, Scale
from tests import factories
from tests.learning import drafts


def test_terms_change_once_per_revision(session: Session) -> None:
    factories.module(session)
    link = factories.link(session, factories.platform(session))
    enrolment_id = factories.learner(session, factories.platform(session, "https://b.example"), link)
    person_id = progress.place_by_id(session, enrolment_id).person_id
    now = settings.settings_of(session, link.id)
    wanted = replace(now.terms, scale=Scale.GRADE, late=Late.CLOSE, has_own_run=True)
    settings.change(session, link.id, wanted, seen=now.revision, actor_id=person_id)
    after = settings.settings_of(session, link.id)
    assert (after.terms, after.revision, after.source("scale")) == (wanted, 1, "here")
    assert after.cohort_id != now.cohort_id
    with pytest.raises(Conflict, match="link-changed"):
        settings.change(session, link.id, now.terms, seen=now.revision, actor_id=person_id)


def test_moved_learners_keep_what_is_the_same_and_lose_no_evidence(session: Session) -> None:
    place = drafts.enrolled(session)
    factories.read(session, place.enrolment_id, "lezen")
    before = session.scalars(select(Evidence).where(Evidence.enrolment_id == place.enrolment_id)).all()
    changed = drafts.page_draft(settings={"markdown": {"nl": "Lees iets anders."}})
    catalogue.publish(session, "cobots", "hub", drafts.version_draft(changed, drafts.quiz_draft(), number=2))
    newest = catalogue.current_version_id(session, place.module_id)
    (moving,) = versions.behind(session, [place.enrolment_id], newest)
    assert [step.key for step in moving.kept] == ["toets"]
    assert [step.key for step in moving.begun_anew] == ["lezen"]
    person_id = progress.place_by_id(session, place.enrolment_id).person_id
    assert versions.move(session, [place.enrolment_id], newest, actor_id=person_id) == 1
    session.expire_all()
    after = session.scalars(select(Evidence).where(Evidence.enrolment_id == place.enrolment_id)).all()
    assert [one.id for one in after] == [one.id for one in before]
    assert {one.activity_key for one in after} == {"lezen@1"}
    assert progress.check_standings(session)[1] == []
    factories.read(session, place.enrolment_id, "lezen")
    assert str(progress.place_by_id(session, place.enrolment_id).standing.steps["lezen"]) == "done"


def test_a_preview_goes_with_all_that_is_in_it_and_nothing_else(session: Session) -> None:
    place = drafts.enrolled(session)
    person_id = progress.place_by_id(session, place.enrolment_id).person_id
    look = previews.begin(session, "visit.1", person_id, place.module_id)
    own = progress.place(session, look, person_id)
    assert own is not None
    factories.read(session, own.enrolment_id, "lezen")
    previews.remove(session, [look, progress.place_by_id(session, place.enrolment_id).cohort_id])
    session.expire_all()
    assert [one.id for one in session.scalars(select(Enrolment))] == [place.enrolment_id]
    assert len(session.scalars(select(Cohort)).all()) == 1
    assert session.scalars(select(Evidence)).all() == []
