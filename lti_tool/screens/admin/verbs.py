"""What the verbs of the audit say in plain words. A house test sees to it that none lacks its sentence."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.screens.admin.roles import ROLES
from lti_tool.web.refusals import Blank

FAMILIES: dict[str, LazyString] = {
    "staff:": _l("What staff did"),
    "staff:platform:": _l("Connections"),
    "staff:invitation:": _l("Invitations"),
    "staff:appointment:": _l("Posts"),
    "staff:login-link:": _l("Links to sign in"),
    "staff:session:": _l("Signing in and out"),
    "staff:account:": _l("Connected accounts"),
    "staff:tool-key:": _l("Keys"),
    "staff:version:": _l("Modules"),
    "staff:day:": _l("Days at the hub"),
    "staff:work:": _l("Practical assignments"),
    "staff:delivery:": _l("Grades"),
    "staff:self-test:": _l("Self-tests"),
    "platform:": _l("What platforms did themselves"),
    "tool:": _l("What the tool did by itself"),
    "teacher:": _l("What teachers did"),
    "person:": _l("Learners coming in"),
    "": _l("Everything"),
}
"""By the beginnings of their verbs."""

VERBS: dict[str, LazyString] = {
    "staff:platform:add": _l("connected an environment"),
    "staff:platform:accept": _l("accepted a deployment (%(deployment)s)"),
    "staff:platform:agree": _l("changed what was agreed (%(privacy)s; %(hubs)s)"),
    "staff:platform:edit": _l("changed addresses or client id"),
    "staff:platform:active": _l("let a connection in"),
    "staff:platform:pending": _l("let a connection wait"),
    "staff:platform:blocked": _l("closed a connection"),
    "staff:platform:export": _l("took out all that is held of a connection"),
    "staff:platform:ended": _l("ended a connection's contract"),
    "staff:platform:merge": _l("merged two registrations"),
    "staff:platform:erase": _l("had the data of a connection erased"),
    "staff:platform:erased": _l("erased the data of a connection"),
    "platform:registration:new": _l("registered itself"),
    "platform:registration:again": _l("registered itself again"),
    "platform:registration:replaced": _l("registered itself with a new client id"),
    "platform:registration:beside": _l("registered itself beside another registration"),
    "platform:deployment:take-in": _l("came with a new deployment, which was taken in"),
    "staff:invitation:make": _l("made an invitation"),
    "staff:invitation:withdraw": _l("withdrew an invitation"),
    "staff:self-test:make": _l("made an address for a self-test"),
    "staff:self-test:withdraw": _l("withdrew the address of a self-test"),
    "staff:appointment:begin": _l("gave somebody a post (%(role)s)"),
    "staff:appointment:end": _l("ended somebody's post"),
    "staff:login-link:show": _l("made a link to sign in for somebody"),
    "staff:login-link:mail": _l("had a link to sign in mailed to somebody"),
    "staff:session:begin": _l("signed in (%(way_in)s)"),
    "staff:session:end": _l("signed out"),
    "staff:session:end-others": _l("ended own sessions elsewhere: %(count)s"),
    "staff:account:connect": _l("connected an account to sign in with"),
    "staff:account:disconnect": _l("disconnected an account"),
    "staff:tool-key:ask": _l("asked for a new signing key"),
    "staff:tool-key:replace": _l("replaced the signing key at once"),
    "staff:tool-key:rotate": _l("had a new signing key sign"),
    "tool:tool-key:rotate": _l("let the next key sign"),
    "tool:tool-key:publish": _l("published the next signing key"),
    "staff:delivery:resend": _l("had grades sent again"),
    "staff:version:draft": _l("kept version %(number)s of a module as a draft"),
    "staff:version:published": _l("published version %(number)s of a module"),
    "staff:version:withdrawn": _l("withdrew version %(number)s of a module"),
    "person:work:review": _l("looked at somebody's work from the gradebook"),
    "teacher:course:copy": _l("decided on a copied course: %(choice)s"),
    "teacher:learner:look": _l("looked at the work of a learner"),
    "teacher:class:export": _l("took the list of a class as a file"),
    "teacher:grades:resend": _l("had grades sent again: %(count)s"),
    "teacher:grade:ours": _l("had our number (%(ours)s) sent over the school's (%(school)s)"),
    "teacher:grade:school": _l("let the school's number (%(school)s) stand, not ours (%(ours)s)"),
    "teacher:column:remove": _l("had a column of ours removed from the gradebook"),
    "teacher:link:choose": _l("chose a module for a link: %(module)s"),
    "teacher:link:set": _l("changed the settings of a link: %(what)s"),
    "teacher:version:move": _l("took learners along to a newer version: %(learners)s"),
    "teacher:result:correct": _l("corrected a result of %(activity)s"),
    "teacher:result:correct-back": _l("took back a correction of %(activity)s"),
    "teacher:result:excuse": _l("excused a learner from %(activity)s"),
    "teacher:result:excuse-back": _l("took back an excuse from %(activity)s"),
    "teacher:result:reopen": _l("reopened %(activity)s for a learner"),
    "teacher:result:reopen-back": _l("took back a reopening of %(activity)s"),
    "teacher:result:allow": _l("allowed more attempts at %(activity)s"),
    "teacher:result:allow-back": _l("took back more attempts at %(activity)s"),
    "teacher:result:extend": _l("gave a learner more time for %(activity)s"),
    "teacher:result:extend-back": _l("took back more time for %(activity)s"),
    "staff:day:plan": _l("planned a day at the hub"),
    "staff:day:change": _l("changed a day at the hub"),
    "staff:day:cancel": _l("cancelled a day at the hub"),
    "staff:day:mark": _l("marked who was at a day at the hub: %(mark)s"),
    "staff:work:judge": _l("judged a practical assignment: %(activity)s"),
    "staff:work:resit": _l("gave a resit of %(activity)s"),
    "teacher:seats:hold": _l("held seats at the hub for a class: %(seats)s"),
    "teacher:choice:begin": _l("came to choose what to place in a course"),
    "teacher:choice:answer": _l("placed modules in a course: %(items)s"),
    "person:module:launch": _l("opened a module from a course"),
    "person:enrolment:begin": _l("began a module"),
}


def sentence(verb: str, facts: Mapping[str, Any]) -> str:
    """What was done, without who and to what; an unknown verb as it is."""
    words, role = str(VERBS.get(verb, verb)), facts.get("role")
    told = Blank(facts) | ({"role": str(ROLES.get(role, role))} if role else {})
    return str(words % Blank(told)) if "%(" in words else words
