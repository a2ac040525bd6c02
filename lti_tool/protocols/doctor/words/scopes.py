"""Scopes in words."""

from lti_tool.protocols.doctor.words.marks import N_
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, RESULT_SCOPE
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, SCORE_SCOPE
from lti_tool.protocols.roster.nrps import MEMBERS_SCOPE
from lti_tool.web.i18n import catalogue

LABELS = {
    LINEITEM_SCOPE: N_("make columns in the gradebook (lineitem)"),
    LINEITEM_READ_SCOPE: N_("look at columns (lineitem.readonly)"),
    SCORE_SCOPE: N_("send scores (score)"),
    RESULT_SCOPE: N_("read back results (result.readonly)"),
    MEMBERS_SCOPE: N_("read the roster (contextmembership.readonly)"),
}


def scope_label(scope: str, language: str) -> str:
    """In words; one that we do not ask for by its last part."""
    return catalogue(language).gettext(LABELS[scope]) if scope in LABELS else scope.rpartition("/")[2][:60]
