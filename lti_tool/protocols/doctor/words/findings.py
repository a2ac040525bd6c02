"""What each light is about, and what each code found: sentences in the order in which they are said."""

from lti_tool.protocols.doctor.lights import Topic
from lti_tool.protocols.doctor.words.marks import N_

TITLES = {
    Topic.KEYS: N_("Keys of the learning environment"),
    Topic.CLOCK: N_("Clock"),
    Topic.LAUNCH: N_("Test launch"),
    Topic.PERSON: N_("Who comes in"),
    Topic.CHOOSING: N_("Choosing modules in the course"),
    Topic.ACCESS: N_("Access for the tool"),
    Topic.SCOPES: N_("What the tool may do"),
    Topic.GRADES: N_("Grades to the gradebook"),
    Topic.ROSTER: N_("Roster of the course"),
}

_NO_ANSWER = N_("Your learning environment did not answer in time.")
_UNREACHABLE = N_("Your learning environment cannot be reached at this address.")
_ADDRESS = N_("We may not call this address: only public addresses with https.")
_UNREADABLE = N_("Your learning environment gave an answer that we cannot read.")
_NO_LAUNCHES = N_("Without keys we cannot check launches, and have to refuse them.")
_NO_GRADES = N_("Until this is mended no grades can be sent.")

FINDINGS: dict[str, tuple[str, ...]] = {
    "keys-ok": (N_("We can fetch the keys with which your learning environment signs its messages."),),
    "keys-small": (N_("The keys can be fetched, but one of them is short: %(bits)s bits. The norm is 2048 or more."),),
    "keys-status": (
        N_("Your learning environment answered with error %(status)s when we fetched its keys."), _NO_LAUNCHES
    ),
    "keys-no-answer": (_NO_ANSWER, _NO_LAUNCHES),
    "keys-unreachable": (_UNREACHABLE, _NO_LAUNCHES),
    "keys-address": (_ADDRESS, _NO_LAUNCHES),
    "keys-unreadable": (N_("What stands at the address of the keys is no key set."), _NO_LAUNCHES),
    "keys-none": (N_("The key set holds no key that can be used."), _NO_LAUNCHES),
    "clock-ok": (N_("Your clock and ours agree."),),
    "clock-drifts": (
        N_("Your clock is %(seconds)s seconds off. That still works."),
        N_("From %(leeway)s seconds on we have to refuse launches."),
    ),
    "clock-ahead": (
        N_("Your clock is %(seconds)s seconds ahead."),
        N_("Messages then seem to come from the future, and we have to refuse launches."),
    ),
    "clock-behind": (
        N_("Your clock is %(seconds)s seconds behind."),
        N_("Messages then are too old when they arrive, and we have to refuse launches."),
    ),
    "clock-unknown": (N_("No answer told what time it is there."),),
    "launch-none": (N_("There has been no test launch yet."),),
    "launch-ok": (N_("The last test launch worked."),),
    "launch-refused": (N_("The last test launch was refused: %(refusal)s."), N_("Reference number: %(reference)s.")),
    "person-ok": (N_("Name, e-mail address and role come along."),),
    "person-as-agreed": (N_("What was agreed comes along: your school shares less on purpose."),),
    "person-anonymous": (
        N_("Your environment does not say who somebody is."),
        N_("Work cannot be found again, and no grade can be sent."),
    ),
    "person-no-role": (
        N_("No role in the course came along that we know."),
        N_("Such a person may look, but is neither student nor teacher."),
    ),
    "person-no-name": (N_("Your environment sends no names. People see a code instead."),),
    "person-no-email": (N_("Your environment sends no e-mail addresses; mails will not be sent."),),
    "person-no-name-no-email": (
        N_("Your environment sends no names. People see a code instead."),
        N_("Your environment sends no e-mail addresses; mails will not be sent."),
    ),
    "choosing-ok": (N_("Teachers choose modules inside their course (deep linking)."),),
    "choosing-granted": (
        N_("Your environment lets teachers choose modules inside their course (deep linking)."),
        N_("Nobody has done so yet."),
    ),
    "choosing-refused": (
        N_("The last time that a teacher came to choose a module was refused: %(refusal)s."),
        N_("Reference number: %(reference)s."),
    ),
    "choosing-not-granted": (
        N_("This registration was made before teachers could choose modules inside their course, or without that."),
        N_("Links work; teachers make them by hand and choose the module in the tool."),
    ),
    "choosing-unknown": (
        N_("We do not know yet whether teachers can choose modules inside their course (deep linking)."),
        N_("Nobody has done so yet."),
    ),
    "access-ok": (N_("Your learning environment knows the tool and lets it in."),),
    "access-refused": (N_("Your learning environment does not let the tool in: error %(status)s."), _NO_GRADES),
    "access-unreadable": (_UNREADABLE, _NO_GRADES),
    "access-no-answer": (_NO_ANSWER, _NO_GRADES),
    "access-unreachable": (_UNREACHABLE, _NO_GRADES),
    "access-address": (_ADDRESS, _NO_GRADES),
    "scopes-all": (N_("The tool may do all that it needs."),),
    "scopes-missing": (N_("Not granted: %(missing)s."), _NO_GRADES),
    "scopes-fewer": (N_("Not granted: %(missing)s."), N_("Grades can be sent all the same.")),
    "grades-ok": (N_("A trial column was made, got a score, was read back and was removed. Grades arrive."),),
    "grades-unread": (
        N_("A trial column was made, got a score and was removed. Grades arrive."),
        N_("The tool may not read them back."),
    ),
    "grades-no-learner": (
        N_("A trial column was made and removed."),
        N_("A score could not be tried: the last test launch was not made by a student, or is over a day old."),
    ),
    "grades-own-column": (
        N_("The tool may fill the column of a link, but make none of its own. The trial was left out."),
    ),
    "grades-not-offered": (N_("The test launch named no grade service."), _NO_GRADES),
    "grades-list-refused": (
        N_("Your learning environment refused to show its columns: error %(status)s."), _NO_GRADES
    ),
    "grades-make-refused": (
        N_("Your learning environment refused to make a trial column: error %(status)s."), _NO_GRADES
    ),
    "grades-score-refused": (
        N_("A trial column was made and removed, but your learning environment refused the score: error %(status)s."),
        _NO_GRADES,
    ),
    "grades-read-refused": (
        N_("A trial column was made, got a score and was removed. Reading it back was refused: error %(status)s."),
    ),
    "grades-differ": (
        N_("A trial column was made, got a score and was removed. Read back, the score was another one."),
    ),
    "grades-left-behind": (
        N_("The trial column could not be removed. It is called “%(label)s”."),
        N_("No second one is made while it stands there."),
    ),
    "grades-unreadable": (_UNREADABLE, _NO_GRADES),
    "grades-no-answer": (_NO_ANSWER, _NO_GRADES),
    "grades-unreachable": (_UNREACHABLE, _NO_GRADES),
    "grades-address": (_ADDRESS, _NO_GRADES),
    "roster-ok": (
        N_("The whole roster was read: %(members)s people, %(learners)s as student and %(teachers)s as teacher."),
    ),
    "roster-not-offered": (
        N_("The test launch named no roster. Students join when they open the module."),
        N_("Teachers do not see who has not begun yet."),
    ),
    "roster-empty": (N_("The roster was read, and nobody stands in it."),),
    "roster-refused": (N_("Your learning environment refused to show the roster: error %(status)s."),),
    "roster-breaks-off": (
        N_("The roster breaks off at page %(page)s, after %(members)s people: error %(status)s."),
    ),
    "roster-elsewhere": (N_("Page %(page)s of the roster leads to another server. We did not go there."),),
    "roster-endless": (N_("The roster has no end: we stopped after %(pages)s pages."),),
    "roster-unreadable": (_UNREADABLE,),
    "roster-no-answer": (_NO_ANSWER,),
    "roster-unreachable": (_UNREACHABLE,),
    "roster-address": (_ADDRESS,),
    "not-yet": (N_("Not checked yet."),),
    "needs-access": (N_("Not tried: the tool must be let in first."),),
    "needs-launch": (N_("Not tried: make a test launch first."),),
    "needs-scope": (N_("Not tried: the tool may not do this yet."),),
    "busy": (N_("Not tried: many others are waiting for learning environments now. Check again in a minute."),),
    "out-of-time": (N_("Not finished: your learning environment answers too slowly. Check again later."),),
}  # fmt: skip
