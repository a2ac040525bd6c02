"""How to mend it, in the words of each family's own menus. Steps in order.

Menu names are those of the English versions, as the vendors' documentation of 2025 and 2026 gives them: Moodle 4.x
(docs.moodle.org, LTI External tools), Canvas (Admin Guide, LTI keys), Brightspace (LTI Advantage), itslearning
(developer portal). Not verified on a running system: Canvas, Brightspace, itslearning; Dutch language packs of all.
"""

from lti_tool.protocols.doctor.words.marks import N_

Steps = tuple[str, ...]

_MOODLE = N_("In Moodle: “Site administration > Plugins > Activity modules > External tool > Manage tools”.")
_MOODLE_EDIT = N_("Press the gear on the tile of the tool.")
_CANVAS = N_("In Canvas: “Admin > Developer Keys”, and open the key of the tool (the pencil).")
_BRIGHTSPACE = N_("In Brightspace: “Admin Tools > Manage Extensibility > LTI Advantage”, and open the tool.")
_BRIGHTSPACE_DEPLOYMENT = N_(
    "In Brightspace: “Admin Tools > External Learning Tools > LTI Advantage”, and open the deployment of the tool."
)
_ITSLEARNING = N_("itslearning sets this centrally for each tool. Ask your contact at itslearning.")
_REPORT = N_("Send the report below along.")
_AGAIN = N_("Make a new test launch afterwards, and check again.")
_TELL_HUB = N_("Is the address right? The hub can change it: send the report below.")

_KEYS: dict[str, Steps] = {
    "generic": (
        N_("Open the address below in a browser outside your network. It must show keys, without signing in."),
        _TELL_HUB,
    ),
}  # fmt: skip
_CLOCK: dict[str, Steps] = {
    "generic": (
        N_("Set the clock of the server right, by a time service (NTP): chrony, or systemd-timesyncd."),
        N_("Do you not run the server yourself? Then this is for your host."),
    ),
    "canvas": (N_("Hosted Canvas keeps the right time. Do you run it yourself? Set the server's clock by NTP."),),
    "brightspace": (N_("Brightspace is hosted by D2L: send them the report below."),),
    "itslearning": (N_("itslearning is hosted: send your contact there the report below."),),
}
_LAUNCH: dict[str, Steps] = {"generic": (N_("Press “Begin a test launch” and do what stands there."),)}
_REFUSED: dict[str, Steps] = {
    "generic": (N_("Mend what is red above, and make a new test launch."),
                N_("Is nothing red above? Send the hub the report below: the reference number tells them more.")),
}  # fmt: skip
_PRIVACY: dict[str, Steps] = {
    "generic": (N_("Let the tool have names and e-mail addresses, if your school wants that. It works without."),
                _AGAIN),
    "moodle": (
        _MOODLE, _MOODLE_EDIT,
        N_("Under “Privacy”: “Share launcher's name with tool” and “Share launcher's email with tool” on “Always”, "
           "if your school wants that."),
        _AGAIN,
    ),
    "canvas": (
        _CANVAS, N_("Under “Additional Settings”: “Privacy Level” on “Public”, if your school wants that."), _AGAIN
    ),
    "brightspace": (
        _BRIGHTSPACE_DEPLOYMENT,
        N_("Under “Security Settings”: tick the first name, last name and e-mail, if your school wants that."),
        _AGAIN,
    ),
    "itslearning": (
        N_("itslearning sends no names unless the privacy level of the tool says so. Ask your contact at itslearning, "
           "if your school wants that."),
        _AGAIN,
    ),
}  # fmt: skip
_TRY_CHOOSING = N_("Add an activity of the tool to a course, as a teacher, and choose a module.")
_REGISTER_AGAIN = N_(
    "Ask the hub for a new invitation and register once more at the same place: links and results stay as they are."
)
_CHOOSING: dict[str, Steps] = {
    "generic": (
        N_("Switch on deep linking (content selection) for the tool. Its address is on the sheet of the tool."),
        _TRY_CHOOSING,
    ),
    "moodle": (
        _MOODLE, _MOODLE_EDIT,
        N_("Tick “Supports Deep Linking (Content-Item Message)”. “Content Selection URL” is on the sheet of the tool."),
        _TRY_CHOOSING,
    ),
    "canvas": (
        _CANVAS,
        N_("Fetch the JSON of the tool anew, or let the placements “Assignment Selection” and “Link Selection” have "
           "the message type “LtiDeepLinkingRequest”."),
        _TRY_CHOOSING,
    ),
    "brightspace": (
        _BRIGHTSPACE, N_("Under “Extensions”: tick “Deep Linking”."),
        N_("Make a link of the type “Deep Linking Quicklink” in the deployment: “View Links”."), _TRY_CHOOSING,
    ),
    "itslearning": (_ITSLEARNING, _TRY_CHOOSING),
}  # fmt: skip
_CHOOSING_AGAIN: dict[str, Steps] = {
    family: (*((_REGISTER_AGAIN, N_("Or by hand:")) if family != "itslearning" else ()), *steps)
    for family, steps in _CHOOSING.items()
}
_CHOOSING_REFUSED: dict[str, Steps] = {
    "generic": (
        N_("See that whoever chose is a teacher of the course, and try once more."), _REPORT,
    ),
}  # fmt: skip
_ROLE: dict[str, Steps] = {
    "generic": (N_("Open the link as somebody who is a student or a teacher in the course, no administrator."), _AGAIN),
}
_ACCESS: dict[str, Steps] = {
    "generic": (
        N_("See that the tool is active, and that its key set address is the one on the sheet of the tool."),
        N_("See that the client id and the token address here are those of your learning environment: "
           "send the hub the report below."),
    ),
    "moodle": (
        _MOODLE, N_("The tool must be active: press “Activate” on its tile if it waits there."), _MOODLE_EDIT,
        N_("“Public key type” must be “Keyset URL”, and “Public keyset” the key set address of the tool."),
    ),
    "canvas": (
        _CANVAS, N_("“State” must be “On”."),
        N_("Under “JWK Method”: “Public JWK URL”, with the key set address of the tool."),
    ),
    "brightspace": (
        _BRIGHTSPACE, N_("“Enabled” must be on: after a registration it is off."),
        N_("“Keyset URL” must be the key set address of the tool."),
        N_("Tell the hub the “Brightspace OAuth2 Audience” of this page: it is not the token address."),
    ),
    "itslearning": (_ITSLEARNING, _REPORT),
}  # fmt: skip
_GRADE_SERVICE: dict[str, Steps] = {
    "generic": (
        N_("Give the tool the service “Assignment and Grade Services”, with all its permissions."), _AGAIN
    ),
    "moodle": (
        _MOODLE, _MOODLE_EDIT,
        N_("Under “Services”: “IMS LTI Assignment and Grade Services” on “Use this service for grade sync and column "
           "management”."),
        N_("Under “Privacy”: “Accept grades from the tool” on “Always”."), _AGAIN,
    ),
    "canvas": (
        _CANVAS, N_("Under “LTI Advantage Services”: switch on all that speaks of assignment and grade data."), _AGAIN
    ),
    "brightspace": (
        _BRIGHTSPACE, N_("Under “Extensions”: tick “Assignment and Grade Services”."),
        N_("Tick it in the deployment too: “View Deployments”."), _AGAIN,
    ),
    "itslearning": (_ITSLEARNING, _AGAIN),
}  # fmt: skip
_ROSTER_SERVICE: dict[str, Steps] = {
    "generic": (N_("Give the tool the service “Names and Role Provisioning Services”."), _AGAIN),
    "moodle": (
        _MOODLE, _MOODLE_EDIT,
        N_("Under “Services”: “IMS LTI Names and Role Provisioning” on “Use this service to retrieve members' "
           "information as per privacy settings”."),
        _AGAIN,
    ),
    "canvas": (
        _CANVAS,
        N_("Under “LTI Advantage Services”: switch on “Can retrieve user data associated with the context the tool is "
           "installed in”."),
        _AGAIN,
    ),
    "brightspace": (
        _BRIGHTSPACE, N_("Under “Extensions”: tick “Names and Role Provisioning Services”."),
        N_("Tick it in the deployment too: “View Deployments”."), _AGAIN,
    ),
    "itslearning": (_ITSLEARNING, _AGAIN),
}  # fmt: skip
_AS_STUDENT: dict[str, Steps] = {
    "generic": (N_("Open the test link once as a student or test user of the course."), N_("Check again.")),
    "moodle": (
        N_("Open the test link once as a test user who is a student in the course. “Switch role to” is not enough: "
           "Moodle takes no scores for teachers."),
        N_("Check again."),
    ),
    "canvas": (
        N_("Open the test link once as a student of the course. Canvas takes no scores for the student of "
           "“View as Student”."),
        N_("Check again."),
    ),
}  # fmt: skip
_SCORE: dict[str, Steps] = {
    "moodle": (
        N_("Open the test link once as a test user who is a student in the course. “Switch role to” is not enough: "
           "Moodle takes no scores for teachers."),
        N_("Send the hub the report below if that is so."),
    ),
    "generic": (
        N_("See that whoever made the test launch is an active student of the course."),
        N_("Send the hub the report below if that is so."),
    ),
}  # fmt: skip
_REMOVE: dict[str, Steps] = {
    "generic": (
        N_("Remove the column by hand, in the gradebook of the course from which the test launch came."),
        N_("Does it stay? Then let the tool remove columns, which is part of “Assignment and Grade Services”."),
    ),
}
_ROSTER_TROUBLE: dict[str, Steps] = {"generic": (N_("Send the report below to the help desk of your platform."),)}

_BY_CODE: dict[str, dict[str, Steps]] = {
    "launch-none": _LAUNCH, "launch-refused": _REFUSED, "needs-launch": _LAUNCH,
    "choosing-not-granted": _CHOOSING_AGAIN, "choosing-refused": _CHOOSING_REFUSED,
    "person-no-role": _ROLE, "person-anonymous": _PRIVACY,
    "grades-not-offered": _GRADE_SERVICE, "grades-own-column": _GRADE_SERVICE,
    "grades-list-refused": _GRADE_SERVICE, "grades-make-refused": _GRADE_SERVICE,
    "grades-no-learner": _AS_STUDENT, "grades-score-refused": _SCORE, "grades-left-behind": _REMOVE,
    "roster-not-offered": _ROSTER_SERVICE, "roster-refused": _ROSTER_SERVICE, "roster-breaks-off": _ROSTER_TROUBLE,
    "roster-elsewhere": _ROSTER_TROUBLE, "roster-endless": _ROSTER_TROUBLE, "scopes-fewer": _ROSTER_SERVICE,
    "scopes-missing": _GRADE_SERVICE,
}  # fmt: skip
_BY_TOPIC: dict[str, dict[str, Steps]] = {
    "keys": _KEYS, "clock": _CLOCK, "person": _PRIVACY, "choosing": _CHOOSING, "access": _ACCESS, "grades": _SCORE,
    "roster": _ROSTER_TROUBLE,
}  # fmt: skip
NOTHING_TO_DO = frozenset({"not-yet", "needs-access", "needs-scope", "busy", "out-of-time"})
"""Another light says what to do, or only waiting helps."""


def steps_for(code: str, family: str) -> Steps:
    """The steps for this family; those of the generic one where it has none of its own."""
    if code in NOTHING_TO_DO:
        return ()
    remedy = _BY_CODE.get(code) or _BY_TOPIC[code.partition("-")[0]]
    return remedy.get(family, remedy["generic"])
