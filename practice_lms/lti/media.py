"""Media types and scopes of the services, and the strict comparison of them (AGS 2.0, 3.2.1; NRPS 2.0)."""

from practice_lms.lti.answers import Refused

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
GROUPS = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
GROUP_SETS = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPE_LINE_ITEM = _AGS + "lineitem"
SCOPE_LINE_ITEM_READ = _AGS + "lineitem.readonly"
SCOPE_RESULT = _AGS + "result.readonly"
SCOPE_SCORE = _AGS + "score"
SCOPE_MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPE_GROUPS = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
SCOPE_NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
NAMED = {
    "lineitem": SCOPE_LINE_ITEM, "score": SCOPE_SCORE, "result": SCOPE_RESULT, "members": SCOPE_MEMBERS,
    "groups": SCOPE_GROUPS,
}  # fmt: skip
AGS_SCOPES = (SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ, SCOPE_RESULT, SCOPE_SCORE)


def must_send(content_type: str, wanted: str) -> None:
    """The body has exactly this media type; parameters such as charset are allowed. Raises Refused 415."""
    if content_type.split(";")[0].strip().lower() != wanted:
        raise Refused(415, f"Content-Type must be {wanted}")


def must_accept(accept: str, wanted: str) -> None:
    """Accept names exactly this media type; a star is not enough, as with Moodle. Raises Refused 406."""
    if wanted not in [one.split(";")[0].strip().lower() for one in accept.split(",")]:
        raise Refused(406, f"Accept must name {wanted}")
