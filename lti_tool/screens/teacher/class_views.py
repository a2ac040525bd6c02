"""Addresses of the class view: who is where, one learner, pictures, and the class as a file."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from lti_tool.base.errors import NotFound
from lti_tool.base.sheets import CSV, XLSX
from lti_tool.learning import audit
from lti_tool.protocols.grades.words import why
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import class_files, histories, refreshing
from lti_tool.screens.teacher import class_learner as learner_page
from lti_tool.screens.teacher.asking import Asked, asked, fitting, page_of
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.figures import figures, percent
from lti_tool.screens.teacher.lines import lines
from lti_tool.screens.teacher.narrowings import narrowings
from lti_tool.screens.teacher.roll import Roll, roll
from lti_tool.screens.teacher.words import SORT_WORDS
from lti_tool.web.extensions import tool
from lti_tool.web.guards import needs
from lti_tool.web.transaction import apart, session
from lti_tool.web.visits import Visit

KINDS = {"csv": CSV, "xlsx": XLSX}


def roll_of(visit: Visit) -> tuple[Roll, Asked]:
    """The class of the visit's own link, and what is asked of it. Raises NotFound("link" | "no-module")."""
    if visit.resource_link_id is None:
        raise NotFound("link")
    wants = {"with_groups": "group" in request.args, "with_told": "find" in request.args}
    found = roll(session(), visit.resource_link_id, visit.person_id, **wants)
    return found, asked(request.args, found)


@blueprint.get("/class")
@needs("teacher")
def class_view(visit: Visit) -> Answer | str:
    if visit.cohort_id is None and visit.resource_link_id is not None:
        return redirect(url_for("teacher.choose", visit_id=visit.public_id, _anchor=HEADING), 303)
    found, wish = roll_of(visit)
    answered = page_of(fitting(session(), found, wish), wish.page)
    return page(
        session(), visit, "teacher/class.html", roll=found, asked=wish, answered=answered, sorts=SORT_WORDS,
        lines=lines(session(), found, answered.ids), narrowings=narrowings(found), looks=refreshing.looks(found.facts),
    )  # fmt: skip


@blueprint.get("/class/<person>")
@needs("teacher")
def class_learner(visit: Visit, person: str) -> str:
    """Looking at somebody's work leaves a note of who looked."""
    if visit.resource_link_id is None:
        raise NotFound("link")
    found = learner_page.learner(session(), visit.resource_link_id, person)
    _noted(visit, "teacher:learner:look", person)
    happened = histories.of(session(), found.desk)
    return page(session(), visit, "teacher/class_learner.html", learner=found, why=why, history=happened)


@blueprint.get("/class.<suffix>")
@needs("teacher")
def class_file(visit: Visit, suffix: str) -> Response:
    found, wish = roll_of(visit)
    if suffix not in KINDS:
        raise NotFound("page")
    _noted(visit, "teacher:class:export", found.link.public_id)
    file = class_files.written(session(), found, fitting(session(), found, wish), suffix)
    response = Response(class_files.pieces(file), content_type=KINDS[suffix])
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{class_files.file_name(found, suffix)}"'
    return response


def _noted(visit: Visit, verb: str, object_id: str) -> None:
    with apart() as own:
        audit.note(own, verb, actor_id=visit.person_id, object_id=object_id, link=visit.resource_link_id)


@blueprint.get("/class/figures")
@needs("teacher")
def class_figures(visit: Visit) -> str:
    found, _ = roll_of(visit)
    drawn = figures(session(), found, tool().settings.time_zone)
    return page(session(), visit, "teacher/class_figures.html", roll=found, figures=drawn, percent=percent)
