"""Addresses of the learner's pages."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, NotFound
from lti_tool.learning.kinds import Proof
from lti_tool.learning.kinds.page import READ
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links import service as links
from lti_tool.screens.learner import grades, quiz_forms, told
from lti_tool.screens.learner.blueprint import blueprint
from lti_tool.screens.learner.chances import chances
from lti_tool.screens.learner.counting import counted
from lti_tool.screens.learner.desk import desk_of, open_step
from lti_tool.screens.learner.kinds import SCREENS
from lti_tool.screens.shell import HEADING, page
from lti_tool.web import visits
from lti_tool.web.guards import ANYBODY_IN, needs
from lti_tool.web.i18n import LANGUAGES
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit

told.init(blueprint)


@blueprint.get("/")
@needs(*ANYBODY_IN)
def overview(visit: Visit) -> Response | str:
    if visit.cohort_id is None and visit.role == "teacher":
        return redirect(url_for("teacher.place", visit_id=visit.public_id, _anchor=HEADING), 303)
    desk = desk_of(session(), visit)
    facts = {"road": _grade_road(visit), "chances": chances(session(), desk), **grades.first_look(session(), visit)}
    return page(session(), visit, "learner/overview.html", desk=desk, counted=counted(session(), desk), **facts)


def _grade_road(visit: Visit) -> str | None:
    """For teachers only: how grades of their link reach the course."""
    if visit.role != "teacher" or visit.resource_link_id is None:
        return None
    return links.grade_road(session(), visit.resource_link_id)


@blueprint.get("/receipts")
@needs(*ANYBODY_IN)
def receipts(visit: Visit) -> str:
    """Whether the grade arrived, for an overview that stays open."""
    look, seen = request.args.get("look", 0, type=int), request.args.get("seen", "")
    return render_template("learner/_look.html", visit=visit, **grades.look_again(session(), visit, look, seen))


@blueprint.get("/a/<key>")
@needs(*ANYBODY_IN)
def activity(visit: Visit, key: str) -> str:
    desk = desk_of(session(), visit)
    step = open_step(desk, key, visit)
    screen = SCREENS[step.kind]
    extras = screen.extras(session(), desk, step)
    return page(session(), visit, screen.TEMPLATE, desk=desk, step=step, **extras)


@blueprint.post("/a/<key>/read")
@needs(*ANYBODY_IN)
def read(visit: Visit, key: str) -> Response:
    desk = desk_of(session(), visit)
    step = desk.syllabus.step(key)
    if step.kind != "page":
        raise NotFound("activity")
    desk.must_take(step)
    progress.record(session(), desk.place.enrolment_id, step, Proof(READ, clock.now(), {}), key=READ)
    return redirect(url_for("learner.overview", visit_id=visit.public_id, _anchor=HEADING), 303)


@blueprint.post("/a/<key>/begin")
@needs(*ANYBODY_IN)
def begin(visit: Visit, key: str) -> Response:
    quiz_forms.begin(session(), desk_of(session(), visit), key)
    return _to_activity(visit, key)


@blueprint.post("/a/<key>/<int:number>/answers")
@needs(*ANYBODY_IN)
def answers(visit: Visit, key: str, number: int) -> Response | str:
    desk = desk_of(session(), visit)
    saving = quiz_forms.keep(session(), desk, key, number, request.form)
    if "HX-Request" in request.headers:
        return quiz_forms.told(visit, desk, key, saving)
    return _to_activity(visit, key)


@blueprint.post("/a/<key>/<int:number>/hand-in")
@needs(*ANYBODY_IN)
def hand_in(visit: Visit, key: str, number: int) -> Response:
    quiz_forms.hand_in(session(), desk_of(session(), visit), key, number, request.form)
    return _to_activity(visit, key)


def _to_activity(visit: Visit, key: str) -> Response:
    return redirect(url_for("learner.activity", visit_id=visit.public_id, key=key, _anchor=HEADING), 303)


@blueprint.post("/language")
@needs(*ANYBODY_IN)
def language(visit: Visit) -> Response:
    chosen, home = request.form.get("language", ""), url_for("learner.overview", visit_id=visit.public_id)
    if chosen not in LANGUAGES:
        raise Invalid("form")
    people.choose_language(session(), visit.person_id, chosen)
    visits.speak(session(), visit.public_id, chosen)
    back = request.form.get("back", "")
    return redirect(back if back.startswith(home) and "\\" not in back else home, 303)
