"""Connected learning environments: all of them, and one with all that staff decide of it."""

from dataclasses import replace

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms import care, clients, runs
from lti_tool.protocols.platforms.care import Card
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.platforms.service import Environment, PrivacyLevel, Status
from lti_tool.protocols.resource_links import members
from lti_tool.screens.admin import platform_forms as forms
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.screens.admin.words import ENVIRONMENT_WORDS, PRIVACY_WORDS, STATUS_WORDS
from lti_tool.web.refusals import refusal_for
from lti_tool.web.staff import EVERYBODY, WHO_MAY_CHANGE, Staff, must_run, must_see, needs_staff
from lti_tool.web.transaction import session

DECISIONS = {"approve": Status.ACTIVE, "block": Status.BLOCKED}


def _words() -> dict[str, object]:
    return {"statuses": STATUS_WORDS, "environments": ENVIRONMENT_WORDS, "privacy": PRIVACY_WORDS, "families": FAMILIES}


@blueprint.get("/platforms")
@needs_staff(*EVERYBODY)
def platforms(staff: Staff) -> str:
    return page(
        session(), staff, "admin/platforms.html", cards=care.cards(session(), staff.hubs),
        launched=members.last_launches(session()), refused=launches.last_refusals(session()),
        hub_names=catalogue.hubs(session()), may_add=staff.runs is None or bool(staff.runs), **_words(),
    )  # fmt: skip


@blueprint.get("/platforms/<platform_id>")
@needs_staff(*EVERYBODY)
def platform(staff: Staff, platform_id: str) -> str:
    card = _seen(staff, platform_id)
    tried = [(run, refusal_for(run.code, run.facts) if run.code else None) for run in _runs(card)]
    return page(
        session(), staff, "admin/platform.html", card=card, deployments=care.deployments(session(), card.id),
        former_clients=clients.former(session(), card.id), runs=tried,
        refused=launches.refused(session(), platform_id, limit=10), told=_told,
        may_run=staff.may_change(card.hubs), hub_choices=_hub_choices(staff), hub_names=catalogue.hubs(session()),
        asked=forms.asked_of(card.family), levels=list(PrivacyLevel), environment_names=list(Environment), **_words(),
    )  # fmt: skip


def _runs(card: Card) -> list[runs.Run]:
    """An issuer that many schools share tells nobody of the others' failures."""
    shared = any(hosted.issuer == card.issuer for hosted in FAMILIES[card.family].hosted)
    return list(runs.of_registration(session(), card.id, "" if shared else card.issuer))


def _told(code: str, facts: dict[str, str | int | float | None]) -> str:
    return refusal_for(code, facts).what


def _hub_choices(staff: Staff) -> dict[str, str]:
    """The hubs that this member of staff may name."""
    return {hub: name for hub, name in catalogue.hubs(session()).items() if staff.runs is None or hub in staff.runs}


def _seen(staff: Staff, platform_id: str) -> Card:
    card = care.card(session(), platform_id)
    must_see(staff, card.hubs)
    return card


def _run_by(staff: Staff, platform_id: str) -> Card:
    card = care.card(session(), platform_id)
    must_run(staff, card.hubs)
    return card


@blueprint.post("/platforms/<platform_id>/status")
@needs_staff(*WHO_MAY_CHANGE)
def platform_status(staff: Staff, platform_id: str) -> Response:
    card, decision = _run_by(staff, platform_id), request.form.get("decision", "")
    if decision not in DECISIONS:
        raise Invalid("form")
    care.decide(session(), card.public_id, DECISIONS[decision], actor_id=staff.person_id)
    return _back(platform_id)


@blueprint.post("/platforms/<platform_id>/deployments")
@needs_staff(*WHO_MAY_CHANGE)
def platform_deployment(staff: Staff, platform_id: str) -> Response:
    card = _run_by(staff, platform_id)
    care.accept(session(), card.public_id, request.form.get("deployment", ""), actor_id=staff.person_id)
    return _back(platform_id)


@blueprint.post("/platforms/<platform_id>/agreement")
@needs_staff(*WHO_MAY_CHANGE)
def platform_agreement(staff: Staff, platform_id: str) -> Response:
    card, agreement = _run_by(staff, platform_id), forms.agreement_of(request.form)
    forms.must_be_theirs(staff, agreement.hubs)
    care.agree(session(), card.public_id, agreement, actor_id=staff.person_id)
    return _back(platform_id)


@blueprint.post("/platforms/<platform_id>/addresses")
@needs_staff(*WHO_MAY_CHANGE)
def platform_addresses(staff: Staff, platform_id: str) -> Response:
    card = _run_by(staff, platform_id)
    draft = forms.draft_of(request.form, family=card.family, kept=card)
    care.edit(session(), platform_id, draft, actor_id=staff.person_id)
    return _back(platform_id)


@blueprint.get("/platforms/new/<family>")
@needs_staff(*WHO_MAY_CHANGE)
def platform_new(staff: Staff, family: str) -> str:
    return page(
        session(), staff, "admin/platform_new.html", asked=forms.asked_of(family), hub_choices=_hub_choices(staff),
        levels=list(PrivacyLevel), environment_names=list(Environment), **_words(),
    )  # fmt: skip


@blueprint.post("/platforms/new/<family>")
@needs_staff(*WHO_MAY_CHANGE)
def platform_made(staff: Staff, family: str) -> Response:
    agreement = forms.agreement_of(request.form)
    forms.must_be_theirs(staff, agreement.hubs)
    draft = replace(
        forms.draft_of(request.form, family=family), school=agreement.school,
        hubs=agreement.hubs, privacy_level=agreement.privacy_level, environment=agreement.environment,
        accepts_deployments=agreement.accepts_deployments,
    )  # fmt: skip
    return _back(care.connect(session(), draft, actor_id=staff.person_id).public_id)


def _back(platform_id: str) -> Response:
    return redirect(url_for("admin.platform", platform_id=platform_id), 303)
