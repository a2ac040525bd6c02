"""A teacher's choice: what the platform wants, what was put together so far, and the answer. Deep Linking 2.0, 4.5.

Of one request something is placed once. The answer's nonce and items are kept, so that whoever presses twice or goes
Back gets the same answer, signed anew for its time: a platform that took it knows it again by its nonce. An empty
answer binds nobody.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.protocols.deep_linking import items as content
from lti_tool.protocols.deep_linking.items import Item, Words
from lti_tool.protocols.deep_linking.models import ChoiceRequest
from lti_tool.protocols.deep_linking.settings import DL, LINK_TYPE, Settings, Wanted
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.keysets import ALGORITHM
from lti_tool.protocols.platforms.service import Platform
from lti_tool.web.extensions import tool
from lti_tool.web.visits import Visit, VisitRecord

LASTS_S = 300
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
ITEMS = DL + "content_items"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is posted to the platform: one field, JWT."""

    url: str
    jwt: str = field(repr=False)
    is_again: bool
    """It was given before: the page that shows it does not send it by itself, for it may have arrived."""


def begin(session: Session, visit_id: int, platform: Platform, deployment_id: str, settings: Settings) -> None:
    """Keep what the platform wants, for the visit that its request opened."""
    session.add(
        ChoiceRequest(
            visit_id=visit_id, registration_id=platform.id, client_id=platform.client_id, deployment_id=deployment_id,
            settings=settings.kept(), basket={},
        )
    )  # fmt: skip
    session.flush()


def wanted(session: Session, visit: Visit) -> Wanted:
    """What the platform takes. Raises NotFound("choice") for a visit in which nothing is to be chosen."""
    return _wanted(session, _request(session, visit))


def hubs_of(session: Session, visit: Visit) -> tuple[str, ...]:
    """The hubs whose modules may be chosen; empty: all. Raises NotFound("choice")."""
    return platforms.by_id(session, _request(session, visit).registration_id).hubs


def basket(session: Session, visit: Visit) -> dict[str, Any]:
    """What was put together so far, as `fill` left it. Raises NotFound("choice")."""
    return dict(_request(session, visit).basket)


def fill(session: Session, visit: Visit, basket: Mapping[str, Any], *, revision: int) -> None:
    """Keep what was put together, which must be plain JSON, with the revision that it has from now on.

    `revision` is the one that was read before (0 at first). Raises NotFound("choice"), Conflict("basket-changed").
    """
    request = _request(session, visit, to_change=True)
    if request.basket.get("revision", 0) != revision:
        raise Conflict("basket-changed")
    request.basket = {**basket, "revision": revision + 1}
    session.flush()


def answer(
    session: Session, visit: Visit, items: Sequence[Item], *, message: str = "", words: Words | None = None
) -> Answer:
    """Answer the platform with these items, in this order; none of them: nothing was chosen.

    `message` is for the person; `words` says more than that. Raises NotFound("choice"), Invalid("choice-type" |
    "choice-too-many" | "choice-maximum" | "choice-title"), Conflict("choice-answered") where other things were placed.
    """
    request = _request(session, visit, to_change=True)
    wants = _wanted(session, request)
    content.must_be_taken(items, wants)
    told = [content.content_item(item, wants, tool().settings.public_url) for item in items]
    before = request.answer if request.answer and request.answer[ITEMS] else None
    if before and not content.is_same(before[ITEMS], told):
        raise Conflict("choice-answered")
    if before is None:
        request.answer = _claims(request, told, words or Words(msg=message))
        audit.note(
            session, "teacher:choice:answer", actor_id=visit.person_id, object_id=visit.public_id, items=len(told)
        )
    return _signed(session, request, is_again=before is not None)


def answered(session: Session, visit: Visit) -> Answer | None:
    """The answer with which something was placed, to be sent once more; None: there is none yet.

    Raises NotFound("choice").
    """
    request = _request(session, visit)
    has_placed = request.answer is not None and bool(request.answer[ITEMS])
    return _signed(session, request, is_again=True) if has_placed else None


def last_request(session: Session, registration_id: int) -> datetime | None:
    """When a teacher came to choose last, as far as it is kept."""
    query = select(func.max(VisitRecord.began_at)).join(ChoiceRequest, ChoiceRequest.visit_id == VisitRecord.id)
    return session.scalar(query.where(ChoiceRequest.registration_id == registration_id))


def _request(session: Session, visit: Visit, *, to_change: bool = False) -> ChoiceRequest:
    query = select(ChoiceRequest).where(ChoiceRequest.visit_id == visit.launch_id)
    request = session.scalars(query.with_for_update() if to_change else query).one_or_none()
    if request is None:
        raise NotFound("choice")
    return request


def _wanted(session: Session, request: ChoiceRequest) -> Wanted:
    settings, family = _settings(request), family_named(platforms.by_id(session, request.registration_id).family)
    return Wanted(
        takes_links=LINK_TYPE in settings.accept_types,
        accept_types=settings.accept_types,
        accept_media_types=settings.accept_media_types,
        accept_multiple=settings.accept_multiple,
        most_items=family.choosing.most_items if settings.accept_multiple else 1,
        accept_lineitem=settings.accept_lineitem,
        targets=settings.targets,
        auto_create=settings.auto_create,
        title=settings.title,
        text=settings.text,
        course=settings.course,
        has_data=settings.has_data,
        may_make_columns=settings.may_make_columns,
        family=family.name,
        limits=family.choosing,
        is_answered=bool(request.answer and request.answer[ITEMS]),
    )


def _settings(request: ChoiceRequest) -> Settings:
    return Settings.of(request.settings)


def _claims(request: ChoiceRequest, items: list[dict[str, Any]], words: Words) -> dict[str, Any]:
    """All of the answer, save its times (4.5.1 to 4.5.6)."""
    settings = _settings(request)
    data = {DL + "data": settings.data} if settings.has_data else {}
    return {
        "iss": request.client_id,
        "aud": settings.issuer,
        "nonce": secrets.token_urlsafe(24),
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": request.deployment_id,
        ITEMS: items,
        **data,
        **words.claims(),
    }


def _signed(session: Session, request: ChoiceRequest, *, is_again: bool) -> Answer:
    now, key = int(clock.now().timestamp()), toolkeys.signing_key(session, tool().vault)
    claims = {**(request.answer or {}), "iat": now, "exp": now + LASTS_S}
    # no jwt.encode: it fails at half a surrogate pair, which `data` may hold; json.dumps writes it as it came
    signed = jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}, json.dumps(claims), key.key)
    return Answer(_settings(request).return_url, signed, is_again)
