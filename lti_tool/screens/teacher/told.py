"""The sentences for what happened to a learner's work. Filters for templates."""

from types import MappingProxyType

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import State, page, quiz
from lti_tool.learning.progress.decisions import Act
from lti_tool.learning.progress.history import BEGUN, Line
from lti_tool.screens.teacher import hub_words
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.formats import moment, number
from lti_tool.web.words import state_word

PLAIN: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        page.OPENED: _l("Opened"),
        page.READ: _l("Read"),
        Act.EXCUSED: _l("Excused"),
        Act.REOPENED: _l("Reopened"),
        Act.CORRECTED.back: _l("Correction taken back"),
        Act.EXCUSED.back: _l("Excuse taken back"),
        Act.REOPENED.back: _l("Reopening taken back"),
        Act.ALLOWED.back: _l("More attempts taken back"),
        Act.EXTENDED.back: _l("More time taken back"),
    }
)
DONE: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        "correct": _l("The result has been set."),
        "excuse": _l("The learner has been excused."),
        "reopen": _l("The part is open again."),
        "allow": _l("The learner has more attempts."),
        "extend": _l("The learner has more time."),
        **dict.fromkeys(
            ("correct-back", "excuse-back", "reopen-back", "allow-back", "extend-back"), _l("It has been taken back.")
        ),
    }
)


@blueprint.app_template_filter("happening")
def happening(line: Line, step: Step | None) -> str:
    """What happened, in a few words; `step` is the activity, None for all of them."""
    at_the_hub = hub_words.sentence(line, step.kind, points_of(line.fraction, step)) if step else None
    return at_the_hub or str(_sentence(line, step))


def _sentence(line: Line, step: Step | None) -> object:
    if line.what == Act.CORRECTED:
        return gettext("Result set: %(result)s", result=points_of(line.fraction, step))
    if line.what == Act.ALLOWED:
        more = int(line.facts["attempts"])
        return ngettext("%(num)d more attempt", "%(num)d more attempts", more)
    if line.what == Act.EXTENDED:
        return gettext("More time: until %(when)s", when=moment(until) if (until := line.until) else "")
    if line.what == BEGUN:
        return gettext("Began attempt %(number)s", number=line.facts["attempt"])
    if line.what == quiz.HANDED_IN:
        given = {"number": line.facts["attempt"], "result": points_of(line.fraction, step)}
        return gettext("Handed in attempt %(number)s: %(result)s", **given)
    return PLAIN.get(line.what, line.what)


@blueprint.app_template_filter("was")
def was(line: Line, step: Step | None) -> str:
    """What stood before a teacher's act."""
    before = line.facts.get("was") or {}
    if before.get("fraction") is not None:
        return points_of(before["fraction"], step)
    return state_word(State(before["state"])) if before.get("state") else ""


@blueprint.app_template_filter("points_of")
def points_of(fraction: float | None, step: Step | None) -> str:
    """60 of 100 points; "Completed" for a part that has none."""
    if fraction is None or step is None or not step.points:
        return state_word(State.NOT_STARTED if fraction is None else State.DONE)
    given = {"points": number(fraction * step.points), "all": number(step.points)}
    return str(gettext("%(points)s of %(all)s points", **given))


@blueprint.app_template_filter("done_word")
def done_word(act: str) -> str:
    return str(DONE.get(act, ""))
