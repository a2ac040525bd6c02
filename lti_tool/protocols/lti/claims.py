"""A verified launch as a frozen value. Core 1.3, 5.3 and 5.4; AGS 2.0, 3.1. Parsed once, here, and nowhere else.

Every optional claim may be absent or empty, values may have wrong types (they then count as absent, unless they
are required), and unknown claims are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.base.errors import Invalid
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.deep_linking.settings import SETTINGS_CLAIM, Settings
from lti_tool.protocols.platforms import told
from lti_tool.protocols.platforms.notices import COPY_NOTICE, NOTICE_SCOPE
from lti_tool.protocols.platforms.service import origin_of
from lti_tool.protocols.resource_links.roles import Role, is_administrator, is_test_user, role_in_context
from lti_tool.protocols.resource_links.rules import ancestors, named_in
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE
from lti_tool.protocols.roster.nrps import NRPS_CLAIM

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
GROUPS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
LONGEST_URL, LONGEST_ORIGIN = 2048, 300
RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
DEEP_LINKING_REQUEST = "LtiDeepLinkingRequest"
SUBMISSION_REVIEW_REQUEST = "LtiSubmissionReviewRequest"

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a type of message must hold beside what all hold."""

    link: bool = False
    choice: bool = False
    for_user: bool = False


PARTS: Mapping[str, Parts] = {
    RESOURCE_LINK_REQUEST: Parts(link=True),
    DEEP_LINKING_REQUEST: Parts(choice=True),
    SUBMISSION_REVIEW_REQUEST: Parts(for_user=True),
}
"""The types of messages that can be read; `lti.views.ADMITS` says what becomes of each."""


@dataclass(frozen=True, slots=True)
class GradeServices:
    """The AGS claim: where scores go and what we may do there."""

    lineitem: str | None = None
    lineitems: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """The resource link (Core 5.3.5)."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class LaunchClaims:
    message_type: str
    deployment_id: str
    target_link_uri: str
    subject: str | None
    """None: an anonymous launch."""
    role: Role
    is_administrator: bool
    """Of the platform or the school, which gives no rights in a course."""
    is_test: bool
    profile: Profile
    link: Link | None
    """None only in messages that need none."""
    choice: Settings | None
    """What is wanted of a choice; in deep linking only."""
    for_user: str | None
    """Whose work is to be shown, as the platform calls them; in a submission review only."""
    context_id: str | None
    context_title: str
    named: Mapping[str, str]
    """What the link says of itself in custom parameters (resource_links.rules)."""
    link_history: tuple[str, ...]
    context_history: tuple[str, ...]
    """Of what the link and the course are copies, where the platform says so."""
    locale: str | None
    return_url: str | None
    grades: GradeServices
    memberships_url: str | None
    groups_url: str | None
    group_sets_url: str | None
    notices_url: str | None
    """Where we may ask to be told of copied courses."""

    @classmethod
    def of(cls, body: Body) -> "LaunchClaims":
        """Raises Invalid("claim-missing" | "claim-type" | "claim-version" | "message-type")."""
        message_type = _required(body, CLAIM + "message_type", 64)
        if body.get(CLAIM + "version") != "1.3.0":
            raise Invalid("claim-version")
        if message_type not in PARTS:
            raise Invalid("message-type", message_type=message_type[:64])
        parts, roles = PARTS[message_type], _roles(body)
        context = _mapping(body, CLAIM + "context")
        presentation = _mapping(body, CLAIM + "launch_presentation")
        custom = _mapping(body, CLAIM + "custom")
        return cls(
            message_type=message_type,
            deployment_id=_required(body, CLAIM + "deployment_id"),
            target_link_uri=_required(body, CLAIM + "target_link_uri", LONGEST_URL),
            subject=_subject(body),
            role=role_in_context(roles),
            is_administrator=is_administrator(roles),
            is_test=is_test_user(roles),
            profile=_profile(body),
            link=_link(body, is_needed=parts.link),
            choice=_choice(body) if parts.choice else None,
            for_user=_for_user(body) if parts.for_user else None,
            context_id=_id(context, "id"),
            context_title=_text(context, "title") or _text(context, "label") or "",
            named=named_in({name: told.storable(value) for name, value in custom.items() if isinstance(value, str)}),
            link_history=ancestors(custom, "link_history"),
            context_history=ancestors(custom, "context_history"),
            locale=_text(presentation, "locale") or _text(body, "locale"),
            return_url=_address(presentation, "return_url"),
            grades=_grades(_mapping(body, AGS_CLAIM)),
            memberships_url=_address(_mapping(body, NRPS_CLAIM), "context_memberships_url"),
            groups_url=_address(_mapping(body, GROUPS_CLAIM), "context_groups_url"),
            group_sets_url=_address(_mapping(body, GROUPS_CLAIM), "context_group_sets_url"),
            notices_url=_notices_url(_mapping(body, CLAIM + "platformnotificationservice")),
        )


def _text(body: Body, name: str, longest: int = 255) -> str | None:
    return told.text(body.get(name), longest)


def _id(body: Body, name: str) -> str | None:
    return told.identifier(body.get(name))


def _address(body: Body, name: str) -> str | None:
    """A text that is no address any more when it is cut: too long counts as absent."""
    value = body.get(name)
    return _text(body, name, LONGEST_URL) if isinstance(value, str) and len(value) <= LONGEST_URL else None


def _required(body: Body, name: str, longest: int = 255, *, shown_as: str = "") -> str:
    value = body.get(name)
    label = shown_as or name.removeprefix(CLAIM)
    if value is None or value == "":
        raise Invalid("claim-missing", claim=label)
    if not isinstance(value, str) or len(value) > longest or value != told.storable(value):
        raise Invalid("claim-type", claim=label)
    return value


def _mapping(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _link(body: Body, *, is_needed: bool) -> Link | None:
    link = _mapping(body, CLAIM + "resource_link")
    if not is_needed and not link.get("id"):
        return None
    return Link(_required(link, "id", shown_as="resource_link.id"), _text(link, "title") or "")


def _notices_url(service: Body) -> str | None:
    """Of a service that sends the notice we want, and grants the scope for it (PNS 1.0, 3)."""
    wanted = {"notice_types_supported": COPY_NOTICE, "scope": NOTICE_SCOPE}
    for name, value in wanted.items():
        offered = service.get(name)
        if not isinstance(offered, list) or value not in offered:
            return None
    url = _address(service, "platform_notification_service_url")
    return url if url and url.isprintable() and origin_of(url) else None


def _for_user(body: Body) -> str:
    """Whose submission (Submission Review 1.0, 3): user_id is required, the rest is not needed here."""
    value = _mapping(body, CLAIM + "for_user").get("user_id")
    if value is None or value == "":
        raise Invalid("claim-missing", claim="for_user.user_id")
    found = told.subject(value)
    if found is None:
        raise Invalid("claim-type", claim="for_user.user_id")
    return found


def _choice(body: Body) -> Settings:
    """What is wanted of a choice (Deep Linking 2.0, 4.4.1)."""
    settings, context = _mapping(body, SETTINGS_CLAIM), _mapping(body, CLAIM + "context")
    grades = _grades(_mapping(body, AGS_CLAIM))
    data = settings.get("data")
    return Settings(
        issuer=str(body["iss"]),
        return_url=_return_url(settings),
        accept_types=_texts(settings, "accept_types"),
        targets=_texts(settings, "accept_presentation_document_targets"),
        accept_media_types=_media_types(settings.get("accept_media_types")),
        accept_multiple=settings.get("accept_multiple") is True,
        accept_lineitem=_flag(settings, "accept_lineitem"),
        auto_create=settings.get("auto_create") is True,
        title=_text(settings, "title") or "",
        text=_text(settings, "text", 1000) or "",
        course=_text(context, "title") or _text(context, "label") or "",
        may_make_columns=bool(grades.lineitems) and LINEITEM_SCOPE in grades.scopes,
        has_data=data is not None,
        data=data,
    )


def _return_url(settings: Body) -> str:
    """Where the answer is posted, which must be a web address: another would be run, or lead nowhere."""
    name = "deep_link_return_url"
    url = _required(settings, name, LONGEST_URL, shown_as=name)
    if not (url.isprintable() and 0 < len(origin_of(url)) <= LONGEST_ORIGIN):
        raise Invalid("claim-type", claim=name)
    return url


def _texts(settings: Body, name: str) -> tuple[str, ...]:
    """A required list of texts, which may be empty."""
    texts = settings.get(name)
    if texts is None:
        raise Invalid("claim-missing", claim=name)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Invalid("claim-type", claim=name)
    return tuple(told.storable(text)[:64] for text in texts[:20])


def _media_types(value: Any) -> tuple[str, ...]:
    """One text with commas, or a list of texts as some platforms send it."""
    texts = value.split(",") if isinstance(value, str) else value
    texts = texts if isinstance(texts, list) else []
    return tuple(told.storable(text).strip()[:128] for text in texts[:50] if isinstance(text, str))


def _flag(settings: Body, name: str) -> bool | None:
    value = settings.get(name)
    return value if isinstance(value, bool) else None


def _roles(body: Body) -> tuple[str, ...]:
    roles = body.get(CLAIM + "roles")
    if roles is None:
        raise Invalid("claim-missing", claim="roles")
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Invalid("claim-type", claim="roles")
    return tuple(roles)


def _subject(body: Body) -> str | None:
    """`sub` as text: some platforms send a whole number, which is tolerated."""
    value = body.get("sub")
    if value is None or value == "":
        return None
    found = told.subject(value)
    if found is None:
        raise Invalid("claim-type", claim="sub")
    return found


def _profile(body: Body) -> Profile:
    return Profile(
        name=_text(body, "name"),
        given_name=_text(body, "given_name"),
        family_name=_text(body, "family_name"),
        email=_text(body, "email", 320),
        student_number=_text(_mapping(body, CLAIM + "lis"), "person_sourcedid"),
    )


def _grades(claim: Body) -> GradeServices:
    scopes = claim.get("scope")
    if isinstance(scopes, str):
        scopes = scopes.split()
    if not isinstance(scopes, list):
        return GradeServices()
    return GradeServices(
        lineitem=_address(claim, "lineitem"),
        lineitems=_address(claim, "lineitems"),
        scopes=tuple(sorted(told.storable(scope)[:255] for scope in scopes if isinstance(scope, str))[:20]),
    )
