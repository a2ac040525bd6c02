"""The claims of a message (LTI Core 1.3, 5.3 and 5.4; Deep Linking 2.0, 4.4; Submission Review 1.0, 3)."""

from typing import Any

from practice_lms.lti import addresses, media, notices
from practice_lms.lti.roles import role_uris
from practice_lms.state import gradebook, school, tools
from practice_lms.state.copying import ancestors
from practice_lms.state.practice import Practice
from practice_lms.state.school import Course, User
from practice_lms.state.seed import SCHOOL
from practice_lms.state.tickets import LaunchKind, Ticket
from practice_lms.state.tools import Link, Tool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
GS_CLAIM = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
DL_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LIFETIME_S = 300
MESSAGES = {
    LaunchKind.RESOURCE: "LtiResourceLinkRequest",
    LaunchKind.DEEP_LINKING: "LtiDeepLinkingRequest",
    LaunchKind.REVIEW: "LtiSubmissionReviewRequest",
    LaunchKind.PRIVACY: "DataPrivacyLaunchRequest",
}

Claims = dict[str, Any]


def message_claims(practice: Practice, ticket: Ticket, user: User, tool: Tool, nonce: str) -> Claims:
    """Everything the id_token of this launch says."""
    course = school.find_course(practice.store, ticket.course_id)
    link = tools.find_link(practice.store, ticket.link_id)
    role = school.role_in(practice.store, ticket.course_id, user.id)
    claims = _envelope(practice, ticket, user, tool, nonce) | _person(practice, user)
    claims[CLAIM + "roles"] = role_uris(user, role)
    claims[CLAIM + "launch_presentation"] = _presentation(practice, ticket)
    claims[CLAIM + "tool_platform"] = _platform(practice)
    if course is not None:
        claims |= _course_claims(practice, tool, course)
    if link is not None and course is not None:
        claims |= _link_claims(link) | {
            CLAIM + "custom": filled_in(practice, tool.custom | link.custom, user, course, link)
        }
    claims |= _ags(practice, ticket, tool) if ticket.course_id else {}
    claims |= notices.service_claim(practice, tool, ticket.deployment_id)
    return claims | _of_kind(practice, ticket)


def _envelope(practice: Practice, ticket: Ticket, user: User, tool: Tool, nonce: str) -> Claims:
    now = int(practice.clock())
    return {
        "iss": practice.url,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "sub": user.id,
        "iat": now,
        "exp": now + LIFETIME_S,
        "nonce": nonce,
        CLAIM + "message_type": MESSAGES[ticket.kind],
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": ticket.deployment_id,
        CLAIM + "target_link_uri": target_link_uri(practice, ticket, tool),
    }


def target_link_uri(practice: Practice, ticket: Ticket, tool: Tool) -> str:
    """Where the launch wants to go: the address of the link, or that of the tool."""
    if ticket.kind is LaunchKind.DEEP_LINKING:
        return tool.deep_link_uri or tool.target_link_uri
    if ticket.address:
        return ticket.address
    link = tools.find_link(practice.store, ticket.link_id)
    return (link.url if link is not None else "") or tool.target_link_uri


def _person(practice: Practice, user: User) -> Claims:
    if not practice.misbehaviour.names:
        return {}
    person = {"name": user.name, "given_name": user.given, "family_name": user.family}
    return person | ({"email": user.email} if practice.misbehaviour.emails else {})


def _presentation(practice: Practice, ticket: Ticket) -> Claims:
    return {
        "document_target": ticket.target,
        "locale": ticket.locale,
        "return_url": f"{practice.url}/return?launch={ticket.id}",
    }


def _platform(practice: Practice) -> Claims:
    return {
        "guid": practice.url,
        "name": f"{SCHOOL} (oefenomgeving)",
        "product_family_code": "practice-lms",
        "version": "1.0",
        "url": practice.url,
    }


def _course_claims(practice: Practice, tool: Tool, course: Course) -> Claims:
    context = {
        "id": course.id,
        "label": course.label,
        "title": course.title,
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
    }
    claims: Claims = {CLAIM + "context": context}
    if practice.misbehaviour.nrps and media.SCOPE_MEMBERS in tool.scopes:
        url = addresses.memberships(practice, course.id)
        claims[NRPS_CLAIM] = {"context_memberships_url": url, "service_versions": ["2.0"]}
    if practice.misbehaviour.groups and media.SCOPE_GROUPS in tool.scopes:
        claims[GS_CLAIM] = {
            "context_groups_url": addresses.groups(practice, course.id),
            "context_group_sets_url": addresses.group_sets(practice, course.id),
            "scope": [media.SCOPE_GROUPS],
            "service_versions": ["1.0"],
        }
    return claims


def _link_claims(link: Link) -> Claims:
    resource_link = {"id": link.id, "title": link.title}
    if link.description:
        resource_link["description"] = link.description
    return {CLAIM + "resource_link": resource_link}


def _ags(practice: Practice, ticket: Ticket, tool: Tool) -> Claims:
    """The AGS claim; `lineitem` only when the link has exactly one (AGS 2.0, 3.1)."""
    style = practice.misbehaviour.ags
    scopes = [scope for scope in media.AGS_SCOPES if scope in tool.scopes]
    if style == "none" or not scopes:
        return {}
    endpoint: Claims = {"scope": [] if style == "no_scopes" else scopes}
    if style != "lineitem_only":
        endpoint["lineitems"] = addresses.lineitems(practice, ticket.course_id, tool.number)
    own = _own_lineitem(practice, ticket)
    if own is not None and style != "lineitems_only":
        endpoint["lineitem"] = addresses.lineitem(practice, ticket.course_id, own, tool.number)
    return {AGS_CLAIM: endpoint}


def _own_lineitem(practice: Practice, ticket: Ticket) -> int | None:
    if ticket.lineitem_id:
        return ticket.lineitem_id
    if not ticket.link_id:
        return None
    found = gradebook.lineitems_of(practice.store, ticket.course_id, link_id=ticket.link_id)
    return found[0].id if len(found) == 1 else None


def _of_kind(practice: Practice, ticket: Ticket) -> Claims:
    if ticket.kind is LaunchKind.DEEP_LINKING:
        return {DL_CLAIM + "deep_linking_settings": _deep_linking(practice, ticket)}
    if ticket.kind in (LaunchKind.REVIEW, LaunchKind.PRIVACY):
        return {CLAIM + "for_user": {"user_id": ticket.for_user or ticket.user_id}}
    return {}


def _deep_linking(practice: Practice, ticket: Ticket) -> Claims:
    return {
        "deep_link_return_url": f"{practice.url}/lti/deep_linking/{ticket.id}",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "accept_lineitem": True,
        "auto_create": True,
        "data": f"choice-{ticket.id}",
    }


def _histories(practice: Practice, course: Course, link: Link) -> dict[str, str]:
    """Of what course and link are copies (LTI Core 1.3, App. B); without the switch nobody fills that in."""
    if not practice.misbehaviour.copy_history:
        return {}
    ids = {"$Context.id.history": course.id, "$ResourceLink.id.history": link.id}
    return {name: ",".join(ancestors(practice.store, one)) for name, one in ids.items()}


def filled_in(
    practice: Practice, custom: dict[str, str], user: User, course: Course, link: Link
) -> dict[str, str]:
    """Custom parameters with known $variables replaced; unknown ones stay (LTI Core 1.3, App. B)."""
    known = {
        "$User.id": user.id,
        "$Person.name.full": user.name,
        "$Person.email.primary": user.email,
        "$Context.id": course.id,
        "$Context.title": course.title,
        "$ResourceLink.id": link.id,
        "$ResourceLink.title": link.title,
    } | _histories(practice, course, link) | {f"$ResourceLink.{name}": value for name, value in link.dates.items()}
    return {name: known.get(value, value) for name, value in custom.items()}
