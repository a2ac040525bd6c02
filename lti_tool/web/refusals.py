"""Every refusal in plain words: what happened, what you can do. One entry per code of a ToolError."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

Facts = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    what: str
    do: str


Entry = tuple[LazyString, LazyString, LazyString]

_AGAIN = _l("Go back to your course and open the module again.")
_ADMIN = _l(
    "Tell the administrator of your learning environment, and give the reference number below."
)
_BROKEN_MESSAGE = _l("Your learning environment sent a message that we cannot accept.")

REFUSALS: MappingProxyType[str, Entry] = MappingProxyType(
    {
        # --- a login or launch
        "login-parameter": (
            _l("Opening the module failed"),
            _l("Your learning environment did not send everything we need to begin: %(parameter)s is missing."),
            _ADMIN,
        ),
        "login-unreadable": (
            _l("Opening the module failed"),
            _l("Your learning environment sent something that we cannot read: %(parameter)s."),
            _ADMIN,
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
            _l("Give this identifier to the hub, so that it can be added: %(deployment)s"),
        ),
        "state-unknown": (
            _l("This launch has been used or is too old"),
            _l("A launch can be used once and within %(minutes)s minutes. A reload or Back can cause this."),
            _AGAIN,
        ),
        "other-browser": (
            _l("Your browser does not let us recognise you here"),
            _l("The module was opened inside your course, and your browser keeps no cookies there."),
            _l("Open the module in a new tab; that works with any setting of your browser."),
        ),
        "platform-refused": (
            _l("Your learning environment did not let you through"),
            _l("It answered: %(error)s."),
            _l("Sign in to your learning environment again and open the module from your course."),
        ),
        "token-missing": (_l("Opening the module failed"), _BROKEN_MESSAGE, _AGAIN),
        "token-format": (_l("Opening the module failed"), _BROKEN_MESSAGE, _ADMIN),
        "token-header": (_l("Opening the module failed"), _BROKEN_MESSAGE, _ADMIN),
        "token-algorithm": (
            _l("Opening the module failed"),
            _l("The message of your learning environment is signed in a way that we do not accept."),
            _ADMIN,
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
            _ADMIN,
        ),
        "key-set-unreachable": (
            _l("Your learning environment does not answer"),
            _l("We need its keys to check that the message is genuine, and cannot fetch them now."),
            _l("Try again in a minute. Nothing of your work is lost."),
        ),
        "token-issuer": (_l("Opening the module failed"), _BROKEN_MESSAGE, _ADMIN),
        "token-audience": (
            _l("This message was meant for another service"),
            _l("The message of your learning environment does not name us as its receiver."),
            _ADMIN,
        ),
        "token-expired": (
            _l("This launch is too old"),
            _l("The message of your learning environment has expired, or its clock is wrong."),
            _AGAIN,
        ),
        "token-time": (
            _l("The clock of your learning environment is off"),
            _l("The message is from another time than now (%(seconds)s seconds off)."),
            _l("Tell the administrator of your learning environment that its clock must be set right."),
        ),
        "token-nonce": (
            _l("Opening the module failed"),
            _l("The message does not belong to this launch."),
            _AGAIN,
        ),
        "claim-missing": (
            _l("Opening the module failed"),
            _l("The message of your learning environment lacks something: %(claim)s."),
            _ADMIN,
        ),
        "claim-type": (
            _l("Opening the module failed"),
            _l("The message of your learning environment holds something that we cannot read: %(claim)s."),
            _ADMIN,
        ),
        "claim-version": (
            _l("Opening the module failed"),
            _l("Your learning environment speaks another version of LTI than 1.3.0."),
            _ADMIN,
        ),
        "message-type": (
            _l("We cannot do this yet"),
            _l("Your learning environment asked for something that this tool does not offer: %(message_type)s."),
            _ADMIN,
        ),
        "anonymous-launch": (
            _l("Your learning environment did not say who you are"),
            _l("Without an identifier we cannot keep your work or send your result."),
            _ADMIN,
        ),
        "target-elsewhere": (
            _l("This link does not lead to us"),
            _l("The link in your course names an address that is not ours."),
            _l("Your teacher can remove the link from the course and add it again."),
        ),
        # --- a visit
        "visit": (
            _l("This page does not exist any more"),
            _l("The address is not that of an open module."),
            _AGAIN,
        ),
        "visit-not-yours": (
            _l("This page belongs to another browser"),
            _l("The address alone opens nothing, so that nobody can look over your shoulder."),
            _AGAIN,
        ),
        "visit-over": (
            _l("Your work is saved"),
            _l("This page was open for a long time and has been closed to be safe."),
            _l("Go back to your course and open the module again. You go on where you were."),
        ),
        "visit-ended": (
            _l("Your work is saved"),
            _l("Somebody else opened a module in this browser after you, so this page was closed."),
            _l("Go back to your course and open the module again. You go on where you were."),
        ),
        "cross-site": (
            _l("This did not come from our own page"),
            _l("Another website tried to change something here. Nothing was changed."),
            _AGAIN,
        ),
        "role": (
            _l("This page is not for you"),
            _l("You came in with another role than this page needs."),
            _AGAIN,
        ),
        "no-module": (
            _l("Your teacher has not chosen a module yet"),
            _l("This link in your course does not lead to a module yet."),
            _l("Ask your teacher to open this link and choose a module."),
        ),
        "module": (
            _l("This module does not exist"),
            _l("The link in your course names a module that we do not have: %(module)s."),
            _l("Your teacher can choose another module for this link."),
        ),
        "module-not-offered": (
            _l("This module is not offered now"),
            _l("The hub has withdrawn it or has not published it yet. Whoever had begun in it can go on."),
            _l("Ask your teacher which module you can do instead."),
        ),
        "activity": (
            _l("This part does not exist"),
            _l("The module has no part with this name."),
            _l("Go back to the overview of the module."),
        ),
        "activity-locked": (
            _l("This part is not open yet"),
            _l("First finish the parts that come before it."),
            _l("Go back to the overview of the module."),
        ),
        "no-attempts-left": (
            _l("You have no attempts left"),
            _l("You have handed in this quiz %(limit)s times; that is all there are."),
            _l("Your result stands. Go back to the overview of the module."),
        ),
        "attempt-handed-in": (
            _l("This attempt has been handed in"),
            _l("You handed in this attempt before, perhaps in another tab."),
            _l("Go back to the quiz to see your result."),
        ),
        "attempt": (
            _l("This attempt does not exist"),
            _l("The quiz has no attempt with this number."),
            _l("Go back to the quiz."),
        ),
        "form": (
            _l("We could not read this"),
            _l("Something in the form was not filled in as we expected."),
            _l("Go back and try again. What you had saved is kept."),
        ),
        # --- anything
        "page": (
            _l("This page does not exist"),
            _l("There is nothing at this address."),
            _AGAIN,
        ),
        "method": (
            _l("This cannot be done here"),
            _l("The address exists, but not for what was asked."),
            _AGAIN,
        ),
        "request": (
            _l("We could not read the request"),
            _l("What was sent is not something that we understand."),
            _AGAIN,
        ),
        "too-large": (
            _l("This is too large"),
            _l("More was sent than we accept."),
            _AGAIN,
        ),
        "too-many": (
            _l("A moment, please"),
            _l("Too much was asked in a short time."),
            _l("Wait a minute and try again. Nothing of your work is lost."),
        ),
        "failure": (
            _l("Something went wrong on our side"),
            _l("This is our fault, not yours. What you had saved is kept."),
            _l("Try again in a minute. If it stays so, tell the hub and give the reference number below."),
        ),
    }
)  # fmt: skip


def refusal_for(code: str, facts: Facts) -> Words:
    """The words for a code; an unknown one reads as a failure of ours."""
    title, what, do = REFUSALS.get(code, REFUSALS["failure"])
    return Words(_fill(title, facts), _fill(what, facts), _fill(do, facts))


def _fill(text: LazyString, facts: Facts) -> str:
    plain = str(text)
    return str(plain % Blank(facts)) if "%(" in plain else plain


class Blank(dict[str, str | int | float | None]):
    """Facts in which a missing one reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"
