"""What is said of grades in words: the comment beside a score, and why one could not be sent."""

from lti_tool.learning.progress.rules import Standing
from lti_tool.web.i18n import catalogue


def comment(standing: Standing, language: str) -> str:
    """Plain text (R-AGS-8)."""
    texts = catalogue(language)
    _, ngettext = texts.gettext, texts.ngettext
    total, done = len(standing.steps), standing.done_count
    if standing.passed is not None:
        return _("Module finished: passed.") if standing.passed else _("Module finished: not passed.")
    return ngettext("%(done)s of %(total)s part done.", "%(done)s of %(total)s parts done.", total) % {
        "done": done, "total": total,
    }  # fmt: skip


def why(reason: str, language: str) -> str:
    """Why a grade could not be sent (yet), for people."""
    _ = catalogue(language).gettext
    found = {
        "grade-not-allowed": _("The learning environment does not let the tool write grades here."),
        "line-item-gone": _("The column in the gradebook is no longer there."),
        "score-refused": _("The learning environment refused the grade."),
        "unknown-learner": _("The learning environment does not know the learner in this course any more."),
        "score-conflict": _("The gradebook holds a grade with a later date and shows another number."),
        "platform-busy": _("The learning environment is busy and asked to wait."),
        "platform-fails": _("The learning environment has a fault."),
        "result-unread": _("The learning environment cannot tell now which grade it holds."),
        "line-item-refused": _("The learning environment lets the tool find or make no column."),
        "line-item-pages": _("The gradebook has too many columns to find the right one."),
        "line-item-slow": _("The learning environment is too slow to find the column."),
        "line-item-wait": _("The column is being made at this moment."),
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
