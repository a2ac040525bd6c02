"""Admit a verified launch: recognise the person, find the link, enrol, and open a Visit."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Forbidden, Invalid
from lti_tool.base.vault import fingerprint
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.lti import login
from lti_tool.protocols.lti.claims import LaunchClaims, Link
from lti_tool.protocols.lti.login import Attempt
from lti_tool.protocols.lti.models import RefusedLaunch
from lti_tool.protocols.platforms import deployments
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Platform, origin_of
from lti_tool.protocols.resource_links import rules
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.copies import awaits_decision
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.roles import Role
from lti_tool.protocols.resource_links.service import Arrival, Coming
from lti_tool.protocols.roster import service as rosters
from lti_tool.web import visits
from lti_tool.web.i18n import spoken

COPY_PAGE = "copy"
"""Where the first teacher of a copied course begins."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What the launch proved of the browser. It keeps no cookies where only the platform's storage vouches."""

    keeps_cookies: bool
    secret: str | None
    """Of earlier visits, as its cookie says."""


@dataclass(frozen=True, slots=True)
class Admitted:
    browser_secret: str | None
    """The browser's secret from now on; None where it keeps no cookies."""
    page: str = ""
    """The page of the visit that is opened first."""


def admit(
    session: Session, claims: LaunchClaims, attempt: Attempt, browser: Browser, public_url: str
) -> Admitted | None:
    """Spend the attempt and open the visit of this launch, of the same public id; None when it was spent before.

    Raises Invalid("target-elsewhere" | "claim-missing"), Forbidden("anonymous-launch" | "unknown-deployment" |
    "deployment-pending" | "module-of-other-hub"), NotFound("module").
    """
    if claims.link is None:
        raise Invalid("claim-missing", claim="resource_link.id")
    if not login.spend(session, attempt):
        return None
    must_be_ours(claims.target_link_uri, public_url)
    subject = subject_of(claims, attempt)
    link = links.arrive(session, _arrival(attempt.platform, claims, claims.link))
    comer = recognised(session, claims, attempt, subject)
    join(session, link, comer.person_id, subject, claims, comer.platform.hubs)
    if claims.role is Role.TEACHER:
        rosters.look(session, link.id)
    audit.note(session, "person:module:launch", actor_id=comer.person_id, object_id=link.public_id)
    where = {"resource_link_id": link.id, "cohort_id": link.cohort_id}
    admitted = open_visit(session, claims, attempt, browser, comer, role=claims.role, **where)
    return replace(admitted, page=COPY_PAGE if claims.role is Role.TEACHER and awaits_decision(link) else "")


def subject_of(claims: LaunchClaims, attempt: Attempt) -> str:
    """Who came, as the platform calls them. Raises Forbidden("anonymous-launch")."""
    return claims.subject or _anonymous(attempt)


@dataclass(frozen=True, slots=True)
class Comer:
    """Who came in, and from where."""

    platform: Platform
    person_id: int
    language: str | None


def recognised(session: Session, claims: LaunchClaims, attempt: Attempt, subject: str) -> Comer:
    """The person who came; the origin of this launch is from now on among those that may frame us."""
    platform = platforms.learn_frame_origin(session, attempt.platform, safe_return_url(claims.return_url) or "")
    profile = replace(claims.profile, launch_language=spoken(claims.locale))
    person = people.recognise(session, f"lti:{platform.id}", subject, profile, platforms.kept(platform.privacy_level))
    return Comer(platform, person.id, person.language or spoken(claims.locale))


def open_visit(
    session: Session, claims: LaunchClaims, attempt: Attempt, browser: Browser, comer: Comer, **at: int | str | None
) -> Admitted:
    """Open the visit, of the attempt's public id; `at` is its role, and where it takes place."""
    secret = visits.secret_for(session, browser.secret, comer.person_id) if browser.keeps_cookies else None
    visits.open(
        session, **_visit(comer.platform, claims, attempt, secret) | at, person_id=comer.person_id,
        language=comer.language,
    )  # fmt: skip
    return Admitted(secret)


def try_out(session: Session, claims: LaunchClaims, attempt: Attempt, public_url: str) -> bool:
    """Spend the attempt of a test launch, which opens no module and makes nobody; False when it was spent before.

    Raises what `admit` raises of the platform.
    """
    if not login.spend(session, attempt):
        return False
    must_be_ours(claims.target_link_uri, public_url)
    takes_in = attempt.platform.accepts_deployments
    deployments.accepted(session, attempt.platform.id, claims.deployment_id, takes_in=takes_in)
    return True


def must_be_ours(target: str, public_url: str) -> None:
    """Raises Invalid("target-elsewhere")."""
    if origin_of(target) != origin_of(public_url):
        raise Invalid("target-elsewhere")


def _anonymous(attempt: Attempt) -> str:
    """A subject for one launch; its work cannot be found again (Core 5.3.6.1)."""
    if not attempt.platform.allows_anonymous:
        raise Forbidden("anonymous-launch")
    return f"anonymous:{attempt.public_id}"


def _arrival(platform: Platform, claims: LaunchClaims, link: Link) -> Arrival:
    return Arrival(
        registration_id=platform.id,
        client_id=platform.client_id,
        hubs=platform.hubs,
        takes_in_deployments=platform.accepts_deployments,
        deployment_id=claims.deployment_id,
        resource_link_id=link.id,
        title=link.title,
        context_id=claims.context_id,
        context_title=claims.context_title,
        named={**_module_in(claims.target_link_uri), **claims.named},
        link_history=claims.link_history,
        context_history=claims.context_history,
        lineitem_url=claims.grades.lineitem,
        lineitems_url=claims.grades.lineitems,
        ags_scopes=claims.grades.scopes,
        memberships_url=claims.memberships_url,
        groups_url=claims.groups_url,
        group_sets_url=claims.group_sets_url,
        is_learner=claims.role is Role.LEARNER,
    )


def _module_in(target: str) -> dict[str, str]:
    named = next(iter(parse_qs(urlsplit(target).query).get("module", [])), "")
    return rules.named_in({"module": named.replace("\x00", "")})


def join(
    session: Session, link: ResourceLink, person_id: int, subject: str, claims: LaunchClaims, hubs: Collection[str]
) -> None:
    """Note that this person came in through this link, and enrol them in its run."""
    role = claims.role if claims.subject else Role.NONE
    coming = Coming(link.id, person_id, subject, role, claims.is_test)
    if link.cohort_id is None or link.module_id is None:
        links.join(session, coming, None)
    elif not links.come_again(session, coming):
        if hubs and progress.place(session, link.cohort_id, person_id) is None:
            catalogue.must_be_of(session, link.module_id, hubs)  # whoever had begun goes on
        place = progress.enrol(session, link.cohort_id, person_id, link.module_id)
        links.join(session, coming, place.enrolment_id)


def _visit(platform: Platform, claims: LaunchClaims, attempt: Attempt, secret: str | None) -> dict[str, Any]:
    return {
        "public_id": attempt.public_id, "browser": fingerprint(secret) if secret else None,
        "ticket": attempt.secret, "state": attempt.state, "storage_frame": attempt.storage_frame,
        "storage_origin": origin_of(platform.auth_login_url), "frame_ancestors": platform.frame_ancestors,
        "return_url": safe_return_url(claims.return_url),
        "is_test": platform.environment == platforms.Environment.TEST,
    }  # fmt: skip


def safe_return_url(url: str | None) -> str | None:
    """A platform's return address that may stand in a link, and its origin in a header; or None."""
    if not url or not url.isprintable():
        return None
    return url if origin_of(url) else None


def note_refusal(
    session: Session, reference: str, registration_id: int | None, code: str,
    facts: dict[str, str | int | float | None],
) -> None:  # fmt: skip
    """Keep a refused launch for the administrator, and its deployment where staff may accept that."""
    deployment = facts.get("deployment")
    if code == "unknown-deployment" and registration_id is not None and isinstance(deployment, str):
        deployments.note(session, registration_id, deployment)
    session.add(
        RefusedLaunch(
            at=clock.now(), reference=reference, registration_id=registration_id, code=code, facts=dict(facts)
        )
    )


def forget_refused(session: Session, *, before: datetime) -> None:
    """Remove the refused launches of before this time."""
    session.execute(delete(RefusedLaunch).where(RefusedLaunch.at < before))


def last_refusals(session: Session) -> dict[int, datetime]:
    """When a launch of each registration was last refused."""
    query = select(RefusedLaunch.registration_id, func.max(RefusedLaunch.at)).group_by(RefusedLaunch.registration_id)
    return {int(whose): last for whose, last in session.execute(query) if whose is not None}


def refused(session: Session, platform_public_id: str | None = None, *, limit: int = 100) -> list[dict[str, Any]]:
    """The refused launches of one platform or of all, the newest first: at, reference, platform, code, facts."""
    query = (
        select(
            RefusedLaunch.at, RefusedLaunch.reference, Registration.public_id.label("platform"), RefusedLaunch.code,
            RefusedLaunch.facts,
        )
        .outerjoin(Registration, Registration.id == RefusedLaunch.registration_id)
        .order_by(RefusedLaunch.id.desc())
        .limit(limit)
    )  # fmt: skip
    if platform_public_id is not None:
        query = query.where(Registration.public_id == platform_public_id)
    return [dict(row._mapping) for row in session.execute(query)]
