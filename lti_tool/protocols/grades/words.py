"""The comment beside a score, in the learner's language: what is done and what is open."""

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
