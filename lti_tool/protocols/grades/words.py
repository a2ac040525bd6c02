"""What is said of grades in words: the comment beside a score, and why one could not be sent."""

from collections.abc import Sequence
from itertools import accumulate

from babel.dates import format_date
from babel.numbers import format_decimal

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Reached, Stage, State
from lti_tool.learning.progress.rules import Standing
from lti_tool.learning.sessions.rules import HERE
from lti_tool.protocols.grades.scales import Mark, Word
from lti_tool.web.i18n import catalogue, localised

ROOM_FOR_TITLES = 400
"""Letters; with the words around them a comment has at most 500, which is what its column holds."""


def comment(syllabus: Syllabus, standing: Standing, language: str) -> str:
    """What is open, in plain text (R-AGS-8): titles of activities, or that the points do not suffice yet."""
    _ = catalogue(language).gettext
    if standing.passed:
        return _("Module finished: passed.")
    if standing.passed is False:
        if standing.score is not None and round(standing.score * syllabus.points, 4) >= syllabus.pass_points:
            return _("Not passed yet: one part is not good enough.")
        needed = format_decimal(syllabus.pass_points, locale=language)
        return _("Not passed yet: that takes %(points)s points or more.") % {"points": needed}
    if standing.state is State.DONE and State.EXCUSED in standing.steps.values():
        return _("Excused: there is no result.")
    todo = _required(syllabus, standing, language, State.NOT_STARTED, State.IN_PROGRESS)
    waiting = _required(syllabus, standing, language, State.WAITING)
    room = ROOM_FOR_TITLES // 2 if todo and waiting else ROOM_FOR_TITLES
    said = []
    if todo:
        said.append(_("Still to do: %(titles)s") % {"titles": _listed(todo, room, language)})
    if waiting:
        said.append(_("Waiting to be assessed: %(titles)s") % {"titles": _listed(waiting, room, language)})
    return " ".join(_ended(one) for one in said)


def comment_of_activity(step: Step, state: State, language: str) -> str:
    """What is open of one activity, in plain text."""
    _ = catalogue(language).gettext
    title = localised(step.title, language)[:ROOM_FOR_TITLES]
    if state in (State.NOT_STARTED, State.IN_PROGRESS):
        return _("Still to do: %(titles)s") % {"titles": _ended(title)}
    if state is State.WAITING:
        return _("Waiting to be assessed: %(titles)s") % {"titles": _ended(title)}
    if state is State.EXCUSED:
        return _("Excused: %(title)s") % {"title": _ended(title)}
    return _("Finished: %(title)s") % {"title": _ended(title)}


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def joined(word: str, comment: str) -> str:
    """The word of a mark before what is said beside it."""
    return f"{word}. {comment}" if word else comment


def spoken(mark: Mark, language: str) -> str:
    """What a mark means in words, or "" where its points say it all."""
    if mark.word is None:
        return ""
    _ = catalogue(language).gettext
    words = {
        Word.INSUFFICIENT: _("Insufficient"), Word.SUFFICIENT: _("Sufficient"), Word.GOOD: _("Good"),
        Word.PASSED: _("Passed"), Word.FAILED: _("Not passed"),
        Word.GRADE: _("Grade %(grade)s") % {"grade": format_decimal(mark.points, format="0.0", locale=language)},
    }  # fmt: skip
    return words[mark.word]


def _required(syllabus: Syllabus, standing: Standing, language: str, *states: State) -> list[str]:
    """Titles of the required activities in these states, in their order."""
    return [
        _dated(localised(step.title, language), standing.reached.get(step.key), language)
        for step in syllabus.steps
        if step.required and standing.steps.get(step.key, State.NOT_STARTED) in states
    ]


def _dated(title: str, reached: Reached | None, language: str) -> str:
    """With the day for which a seat is booked."""
    if reached is None or reached.stage is not Stage.BOOKED:
        return title
    return f"{title} ({format_date(reached.at.astimezone(HERE), 'd MMMM', locale=language)})"


def _listed(titles: Sequence[str], room: int, language: str) -> str:
    """As many titles as there is room for, the first one at least, and how many more there are."""
    ends = accumulate(len(title) + len(", ") for title in titles)
    fitting = max(1, sum(end <= room for end in ends))
    named, more = ", ".join(titles[:fitting])[:room], len(titles) - fitting
    _ = catalogue(language).gettext
    return _("%(titles)s and %(num)s more") % {"titles": named, "num": more} if more else named


def why(reason: str, language: str) -> str:
    """Why a grade could not be sent (yet), for people."""
    _ = catalogue(language).gettext
    found = {
        "grade-not-allowed": _("The learning environment does not let the tool write grades here."),
        "line-item-gone": _("The column in the gradebook is no longer there."),
        "score-refused": _("The learning environment refused the grade."),
        "column-removed": _("A teacher had the column removed. Sending again makes a new one."),
        "school-changed": _("The school changed the grade. A teacher decides which of the two stands."),
        "school-kept": _("A teacher let the school's own grade stand."),
        "result-not-allowed": _("The learning environment does not let the tool read grades back."),
        "unknown-learner": _("The learning environment does not know the learner in this course any more."),
        "score-conflict": _("The gradebook holds a grade with a later date and shows another number."),
        "platform-busy": _("The learning environment is busy and asked to wait."),
        "platform-fails": _("The learning environment has a fault."),
        "result-unread": _("The learning environment cannot tell now which grade it holds."),
        "line-item-refused": _("The learning environment lets the tool find or make no column."),
        "column-unchanged": _(
            "The learning environment does not let the tool change the column. It converts grades to its own points."
        ),
        "line-item-pages": _("The gradebook has too many columns to find the right one."),
        "line-item-slow": _("The learning environment is too slow to find the column."),
        "line-item-wait": _("The column is being made at this moment."),
        "platform-ended": _("The contract with this learning environment has ended."),
        "no-column": _("The course has no column for this link."),
        "token-refused": _("The learning environment gives the tool no access."),
        "token-format": _("The learning environment gives the tool no access."),
        "token-wait": _("The learning environment gives the tool no access."),
        "upstream-timeout": _("The learning environment does not answer in time."),
        "upstream-unreachable": _("The learning environment cannot be reached."),
        "upstream-too-large": _("The learning environment gives an answer that cannot be read."),
        "upstream-not-json": _("The learning environment gives an answer that cannot be read."),
        "address-not-allowed": _("The learning environment names an address that the tool may not call."),
    }
    return found.get(reason, _("The tool has a fault; its log says more."))
