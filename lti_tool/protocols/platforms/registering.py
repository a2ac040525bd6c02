"""Keep a platform that registered itself. The rule for a second registration is that of docs/decisions/0010.

- The same (issuer, client id): brought up to date.
- The same issuer with a new client id: the registration that is there gets it where that cannot hurt. Else a pending
  one stands beside it, which staff may merge.
- An issuer that many schools share: told apart by the client id only.

Whoever changes what is there must speak for the platform: its configuration came from an address where its family, and
no user of it, publishes it (a student may upload a file that says anything), or from the address that it gave before;
or an invitation of the registration's own school came along. A block and an end are decisions of staff, and stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import alone
from lti_tool.base.errors import Conflict
from lti_tool.learning import audit
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import clients, deployments, invitations, service
from lti_tool.protocols.platforms.configuration import Configuration, is_published_by
from lti_tool.protocols.platforms.credentials import Credentials, must_be_its_own
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.invitations import Terms
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Environment, Platform, Status

MOST_PENDING = 10
"""So many registrations of one issuer may wait for staff."""
ENDPOINTS = ("auth_login_url", "auth_token_url", "key_set_url", "audience")


@dataclass(frozen=True, slots=True)
class Granted:
    """What the platform answered to our registration."""

    client_id: str
    deployment_id: str | None
    told: Mapping[str, Sequence[str]]
    """"scopes", "messages", "claims": what it granted, as far as it told."""


class How(StrEnum):
    NEW = "new"
    AGAIN = "again"
    """Known under this client id, and brought up to date."""
    REPLACED = "replaced"
    """Known, and has a new client id now."""
    BESIDE = "beside"
    """Stands beside one of the same issuer, and waits unless it was invited and showed the platform's token."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a registration."""

    platform: Platform
    how: How
    used_invitation: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A platform that wants to be kept, and what speaks for it."""

    configuration: Configuration
    granted: Granted
    terms: Terms | None
    """Of a valid invitation."""
    sent_token: bool


def keep(session: Session, offer: Offer) -> Kept:
    """Keep what a platform answered.

    Raises Conflict("registration-differs" | "registration-too-many" | "client-of-another").
    """
    alone(session, f"registering {offer.configuration.issuer}")
    there = session.scalars(
        select(Registration).where(Registration.issuer == offer.configuration.issuer).order_by(Registration.id)
    ).all()
    same = _known_client(session, there, offer.granted.client_id)
    chosen = same or _replaceable(there, offer)
    if same is not None:
        how = How.AGAIN
    elif chosen is not None:
        how = How.REPLACED
    else:
        how = How.BESIDE if there and not offer.configuration.shares_issuer else How.NEW
    _must_be_its_own(session, offer, chosen)
    registration = chosen or _new(session, there, offer)
    used = _bring_up_to_date(session, registration, offer, how, is_welcome=_is_welcome(there, offer))
    audit.note(
        session, f"platform:registration:{how}", object_id=registration.public_id, status=registration.status,
        invited=int(used),
    )  # fmt: skip
    return Kept(service.platform_from(registration), how, used)


def _known_client(session: Session, there: Sequence[Registration], client_id: str) -> Registration | None:
    """The registration that has this client id, or had it before."""
    known = (one for one in there if client_id in (one.client_id, *clients.former(session, one.id)))
    return next(known, None)


def _replaceable(there: Sequence[Registration], offer: Offer) -> Registration | None:
    """The one registration of this issuer that may get the new client id."""
    if offer.configuration.shares_issuer:
        return None
    may = [one for one in there if _may_be_replaced(one, offer)]
    active = [one for one in may if one.status == Status.ACTIVE]
    choice = active or may
    return choice[0] if len(choice) == 1 else None


def _may_be_replaced(known: Registration, offer: Offer) -> bool:
    if known.status not in (Status.ACTIVE, Status.PENDING) or _is_meant_otherwise(known, offer):
        return False
    if _is_invited_by_own_school(known, offer):
        return True
    checks_token = family_named(known.family).checks_registration_token and offer.sent_token
    is_free = _came_from_there(known, offer) if known.status == Status.PENDING else checks_token
    return is_free and _speaks_for(known, offer)


def _came_from_there(known: Registration, offer: Offer) -> bool:
    """False for what a user of the platform registered: its self-test and its client id are in other hands."""
    url, family = known.configuration_url or "", family_named(offer.configuration.family)
    return url == offer.configuration.url or is_published_by(url, known.issuer, family)


def _is_meant_otherwise(known: Registration, offer: Offer) -> bool:
    """The invitation is for another environment, or for another school."""
    if offer.terms is None:
        return False
    schools = {offer.terms.organisation_id, known.organisation_id} - {None}
    return offer.terms.environment != known.environment or len(schools) > 1


def _is_invited_by_own_school(known: Registration, offer: Offer) -> bool:
    """The school is the same, and the invitation comes from who runs all hubs of the registration."""
    terms = offer.terms
    if terms is None or terms.organisation_id is None or terms.organisation_id != known.organisation_id:
        return False
    return not terms.hubs or (bool(known.hubs) and set(known.hubs) <= set(terms.hubs))


def _speaks_for(known: Registration, offer: Offer) -> bool:
    """True if the configuration comes from where this platform publishes it."""
    if offer.configuration.url == known.configuration_url:
        return True
    name = offer.configuration.family if known.family == "generic" else known.family
    return is_published_by(offer.configuration.url, known.issuer, family_named(name))


def _must_be_its_own(session: Session, offer: Offer, chosen: Registration | None) -> None:
    told = offer.configuration
    named = Credentials(told.issuer, offer.granted.client_id, told.auth_token_url, told.audience)
    must_be_its_own(session, named, chosen.id if chosen else None)


def _is_welcome(there: Sequence[Registration], offer: Offer) -> bool:
    """True if an invitation is enough for one beside these: none is blocked, and the platform speaks.

    Beside an active one with its token too; beside those that only wait it is as if there were none.
    """
    if any(one.status not in (Status.ACTIVE, Status.PENDING) for one in there):
        return False
    family = family_named(offer.configuration.family)
    checks_token = family.checks_registration_token and offer.sent_token
    is_first = all(one.status == Status.PENDING for one in there)
    return (checks_token or is_first) and is_published_by(offer.configuration.url, offer.configuration.issuer, family)


def _new(session: Session, there: Sequence[Registration], offer: Offer) -> Registration:
    """Those who wait keep nobody out who was invited."""
    if offer.terms is None and sum(one.status == Status.PENDING for one in there) >= MOST_PENDING:
        raise Conflict("registration-too-many")
    made = Registration(
        status=Status.PENDING, allows_anonymous=False, creates_line_items=True, frame_origins=[],
        created_at=clock.now(), name="", environment=Environment.PRODUCTION, hubs=[],
        privacy_level=service.PrivacyLevel.NAME_AND_EMAIL, accepts_deployments=False,
    )  # fmt: skip
    session.add(made)
    return made


def _bring_up_to_date(
    session: Session, known: Registration, offer: Offer, how: How, *, is_welcome: bool
) -> bool:  # fmt: skip
    """Write what is new. True if the invitation was used for it."""
    if how is How.AGAIN and not (_speaks_for(known, offer) or _is_invited_by_own_school(known, offer)):
        raise Conflict("registration-differs")
    _describe(session, known, offer)
    session.flush()
    used = False
    if known.status == Status.PENDING and (how is not How.BESIDE or is_welcome) and offer.terms is not None:
        used = _accept(session, known, offer.terms)
    elif how is How.BESIDE and offer.terms is not None:
        _take_terms(session, known, offer.terms)
    if offer.granted.deployment_id is not None:
        deployments.deploy(session, known.id, offer.granted.deployment_id)
    session.flush()
    return used


def _describe(session: Session, known: Registration, offer: Offer) -> None:
    configuration = offer.configuration
    changed = {name: getattr(configuration, name) for name in ENDPOINTS} | {"issuer": configuration.issuer}
    if known.client_id and any(getattr(known, name) != value for name, value in changed.items()):
        clients.forget_credentials(session, known.id)
    for name, value in changed.items():
        setattr(known, name, value)
    if known.client_id and known.client_id != offer.granted.client_id:
        clients.keep(session, known, offer.granted.client_id)
    known.client_id = offer.granted.client_id
    if known.family in (None, "generic"):
        known.family = configuration.family
    known.name = known.name or configuration.name
    known.configuration_url = configuration.url
    known.granted = {name: list(texts) for name, texts in offer.granted.told.items()}
    if configuration.environment is not None:
        known.environment = configuration.environment


def _accept(session: Session, known: Registration, terms: Terms) -> bool:
    """Connect it at once, unless somebody else took the last use of the invitation meanwhile."""
    if not invitations.spend(session, terms.id):
        return False
    _take_terms(session, known, terms)
    known.status = Status.ACTIVE
    return True


def _take_terms(session: Session, known: Registration, terms: Terms) -> None:
    """What the invitation says of the platform: for a pending one a proposal, on which staff decide."""
    known.organisation_id, known.hubs = terms.organisation_id, list(terms.hubs)
    known.privacy_level, known.accepts_deployments = terms.privacy_level, terms.accepts_deployments
    known.environment = terms.environment
    if terms.organisation_id is not None:
        known.name = people.organisation_names(session).get(terms.organisation_id, known.name)


def facts_of(kept: Kept) -> dict[str, Any]:
    """What the run remembers of it."""
    return {"how": kept.how, "used_invitation": kept.used_invitation}
