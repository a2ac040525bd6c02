"""The words of the class view: where a grade is, which learners are shown, how the class is known."""

from types import MappingProxyType

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.protocols.grades.glance import Glance
from lti_tool.protocols.grades.scales import Mark
from lti_tool.protocols.grades.words import spoken
from lti_tool.screens.teacher.asking import LEFT
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.formats import number
from lti_tool.web.i18n import page_language

GRADE_WORDS: MappingProxyType[Glance, LazyString] = MappingProxyType(
    {
        Glance.SET_ASIDE: _l("Not sent"),
        Glance.HELD: _l("Held"),
        Glance.LEFT: _l("Old grade stands"),
        Glance.SENDING: _l("On its way"),
        Glance.SENT: _l("Sent"),
        Glance.KEPT: _l("The school's own"),
        Glance.NONE: _l("No result yet"),
    }
)
ONLY_WORDS: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        "": _l("Everybody"),
        "not-started": _l("Not started yet"),
        "in-progress": _l("In progress"),
        "done": _l("Completed"),
        "stuck": _l("Nothing done for 7 days"),
        "no-result": _l("No result in the gradebook"),
        LEFT: _l("Left the course"),
    }
)
SORT_WORDS: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        "name": _l("Name"),
        "progress": _l("Progress"),
        "points": _l("Result"),
        "grade": _l("Gradebook"),
        "last": _l("Last active"),
    }
)


@blueprint.app_template_filter("mark_word")
def mark_word(mark: Mark) -> str:
    """What stands in the gradebook: "Goed (8 van 10)", or where the number says it all "80 van 100"."""
    numbers = str(gettext("%(points)s of %(all)s", points=number(mark.points), all=number(mark.maximum)))
    word = spoken(mark, page_language())
    return f"{word} ({numbers})" if word else numbers


@blueprint.app_template_filter("grade_word")
def grade_word(glance: Glance) -> str:
    return str(GRADE_WORDS[glance])
