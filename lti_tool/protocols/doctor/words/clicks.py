"""What to click in each family to make a test launch. Menu names as in `mending`, verified as there."""

from lti_tool.protocols.doctor.words.marks import N_
from lti_tool.web.i18n import catalogue

_ANY = N_("Does a course hold a link to one of our modules already? Then open that one: it will do.")
_BACK = N_("Come back to this page: it shows what came along.")
_PLACE = N_("Else make a link of our tool in a course, with this address: %(address)s")
_STUDENT = N_("Open it as a student or test user of the course: then a score can be tried too.")

CLICKS: dict[str, tuple[str, ...]] = {
    "generic": (_ANY, _PLACE, _STUDENT, _BACK),
    "moodle": (
        _ANY,
        N_("Else, in a course: “Edit mode > Add an activity or resource”, choose our tool, and put this under “Tool "
           "URL”: %(address)s"),
        _STUDENT, _BACK,
    ),
    "canvas": (
        _ANY,
        N_("Else, in a course: “Modules > + > External Tool”, choose our tool, and put this under “URL”: %(address)s"),
        _STUDENT, _BACK,
    ),
    "brightspace": (
        _ANY,
        N_("Else: “Admin Tools > External Learning Tools > LTI Advantage”, the deployment of our tool, “View Links > "
           "New Link”, with this address: %(address)s. Then add the link in a course."),
        _STUDENT, _BACK,
    ),
    "itslearning": (_ANY, N_("Else add our tool in a course: “Resources > Add > Apps and tools”."), _STUDENT, _BACK),
}  # fmt: skip


def clicks_for(family: str, address: str, language: str) -> list[str]:
    translate = catalogue(language).gettext
    return [translate(one).replace("%(address)s", address) for one in CLICKS.get(family, CLICKS["generic"])]
