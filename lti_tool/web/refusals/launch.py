"""Refusals of a login or launch."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import ADMIN, AGAIN, Entry

_BROKEN_MESSAGE = _l("Your learning environment sent a message that we cannot accept.")

ENTRIES: dict[str, Entry] = {
    "login-parameter": (
        _l("Opening the module failed"),
        _l("Your learning environment did not send everything we need to begin: %(parameter)s is missing."),
        ADMIN,
    ),
    "login-unreadable": (
        _l("Opening the module failed"),
        _l("Your learning environment sent something that we cannot read: %(parameter)s."),
        ADMIN,
    ),
    "review-column": (
        _l("This work is not ours"),
        _l("The column from which you came belongs to no activity that we know in this course."),
        _l("Open the activity itself in your course, and look at the class from there."),
    ),
    "review-nobody": (
        _l("There is no work to see yet"),
        _l("This participant has not opened the activity so far, or takes part in another course."),
        _l("Look again once they have begun."),
    ),
    "review-not-yours": (
        _l("This is somebody else's work"),
        _l("You may see your own work here. That of others is for their teachers only."),
        _l("Open the activity in your course to see what you did yourself."),
    ),
    "unknown-platform": (
        _l("This learning environment is not connected"),
        _l("We do not know the learning environment from which you came."),
        _l("Ask the administrator of your learning environment to connect it to the hub."),
    ),
    "several-registrations": (
        _l("It is not clear which connection this is"),
        _l("Your learning environment has several connections with us and did not say which one to use."),
        _l("The administrator can have the client id sent along (client_id)."),
    ),
    "platform-pending": (
        _l("This connection is still waiting for the hub"),
        _l("Your school has asked for a connection; the hub has not approved it yet."),
        _l("Try again later. Your teacher can ask the hub how far it is."),
    ),
    "platform-blocked": (
        _l("This connection has been closed"),
        _l("The hub has closed the connection with this learning environment."),
        _l("Your teacher can ask the hub why."),
    ),
    "unknown-deployment": (
        _l("This part of the learning environment is not known yet"),
        _l("The connection is known, but not this deployment of it: %(deployment)s."),
        _l("Ask the hub to accept this deployment: %(deployment)s"),
    ),
    "deployment-pending": (
        _l("This part of the learning environment is still waiting for the hub"),
        _l("The hub has to accept this deployment first: %(deployment)s."),
        _l("Ask the hub to accept this deployment: %(deployment)s"),
    ),
    "platform-ended": (
        _l("Your school no longer works with the Technohubs"),
        _l("The agreement between your school and the hub has ended, so this link does not open any more."),
        _l("Ask your school what takes its place. The hub can tell you what becomes of your work."),
    ),
    "module-of-other-hub": (
        _l("Your school cannot open this module"),
        _l("The agreement between your school and the hubs does not hold this module. "
           "Whoever had begun in it can go on."),
        _l("Ask your teacher which module you can do instead."),
    ),
    "state-unknown": (
        _l("This launch has been used or is too old"),
        _l("A launch can be used once and within %(minutes)s minutes. A reload or Back can cause this."),
        AGAIN,
    ),
    "other-browser": (
        _l("Your browser does not let us recognise you here"),
        _l("The module was opened inside your course, and your browser keeps no cookies there."),
        _l("Open the module in a new tab. There it works in almost every browser."),
    ),
    "no-cookies": (
        _l("Your browser keeps no cookies of this site"),
        _l("We need a cookie to recognise you while you work. There is nothing else in it."),
        _l("Allow cookies for %(host)s in the settings of your browser and try again, or use another browser."),
    ),
    "platform-refused": (
        _l("Your learning environment did not let you through"),
        _l("It answered: %(error)s."),
        _l("Sign in to your learning environment again and open the module from your course."),
    ),
    "token-missing": (_l("Opening the module failed"), _BROKEN_MESSAGE, AGAIN),
    "token-format": (_l("Opening the module failed"), _BROKEN_MESSAGE, ADMIN),
    "token-header": (_l("Opening the module failed"), _BROKEN_MESSAGE, ADMIN),
    "token-algorithm": (
        _l("Opening the module failed"),
        _l("The message of your learning environment is signed in a way that we do not accept."),
        ADMIN,
    ),
    "token-key": (
        _l("Opening the module failed"),
        _l("The message of your learning environment is signed with a key that it does not publish."),
        _l("Try again in a minute. If it stays so, tell the administrator of your learning environment."),
    ),
    "token-key-later": (
        _l("Opening the module failed"),
        _l(
            "Your learning environment signed with a key that is new to us, and we could not fetch its new keys."
        ),
        _l("Try again in a minute. Nothing of your work is lost."),
    ),
    "token-signature": (
        _l("Opening the module failed"),
        _l("The signature of your learning environment is not right."),
        ADMIN,
    ),
    "key-set-unreachable": (
        _l("Your learning environment does not answer"),
        _l("We need its keys to check that the message is genuine, and cannot fetch them now."),
        _l("Try again in a minute. Nothing of your work is lost."),
    ),
    "token-issuer": (_l("Opening the module failed"), _BROKEN_MESSAGE, ADMIN),
    "token-audience": (
        _l("This message was meant for another service"),
        _l("The message of your learning environment does not name us as its receiver."),
        ADMIN,
    ),
    "token-expired": (
        _l("This launch is too old"),
        _l("The message of your learning environment has expired, or its clock is wrong."),
        AGAIN,
    ),
    "token-time": (
        _l("The clock of your learning environment is off"),
        _l("The message is from another time than now (%(seconds)s seconds off)."),
        _l("Tell the administrator of your learning environment that its clock must be set right."),
    ),
    "token-nonce": (
        _l("Opening the module failed"),
        _l("The message does not belong to this launch."),
        AGAIN,
    ),
    "claim-missing": (
        _l("Opening the module failed"),
        _l("The message of your learning environment lacks something: %(claim)s."),
        ADMIN,
    ),
    "claim-type": (
        _l("Opening the module failed"),
        _l("The message of your learning environment holds something that we cannot read: %(claim)s."),
        ADMIN,
    ),
    "claim-version": (
        _l("Opening the module failed"),
        _l("Your learning environment speaks another version of LTI than 1.3.0."),
        ADMIN,
    ),
    "message-type": (
        _l("We cannot do this yet"),
        _l("Your learning environment asked for something that this tool does not offer: %(message_type)s."),
        ADMIN,
    ),
    "anonymous-launch": (
        _l("Your learning environment did not say who you are"),
        _l("Without an identifier we cannot keep your work or send your result."),
        ADMIN,
    ),
    "choosing-not-yours": (
        _l("Only teachers choose modules"),
        _l("Your learning environment opened the page on which a teacher chooses what to place in a course, "
           "and says that you are no teacher there."),
        _l("Are you a teacher of this course? Ask its administrator to give you that role."),
    ),
    "target-elsewhere": (
        _l("This link does not lead to us"),
        _l("The link in your course names an address that is not ours."),
        _l("Your teacher can remove the link from the course and add it again."),
    ),
}  # fmt: skip
