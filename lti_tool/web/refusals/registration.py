"""Refusals of a platform that registers itself, and of what is done to registrations."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import Entry

_FAILED = _l("Registering did not succeed")
_ASK_HUB = _l("Ask the hub for a new invitation.")
_SUPPLIER = _l("Give this page to the supplier of your learning environment, with the reference number below.")
_HUB = _l("Ask the hub, and give the reference number below.")
_NETWORK = _l("Check that your learning environment can be reached from the internet over https, and try again.")

ENTRIES: dict[str, Entry] = {
    "name-typed": (
        _l("The name is not the same"),
        _l("Nothing was changed: the name that you typed is not that of this learning environment."),
        _l("Go back to the page where you were."),
    ),
    "platform-not-ended": (
        _l("The contract has not ended"),
        _l("Only what is held of an ended contract can be erased."),
        _l("Go back to the page where you were."),
    ),
    "merge-same": (
        _l("These are the same registration"),
        _l("A registration cannot be merged with itself."),
        _l("Go back to the page where you were."),
    ),
    "merge-issuers": (
        _l("These are two learning environments"),
        _l("They have different issuers: %(former)s and %(into)s."),
        _l("Did one move to the other address? Whoever runs the server can merge them."),
    ),
    "merge-waits": (
        _l("The one that stays may not be opened yet"),
        _l("%(name)s waits for approval, is blocked or has ended. Everybody who comes in now would be refused."),
        _l("Approve that one first, or merge the other way around."),
    ),
    "merge-runs": (
        _l("A teacher must choose first"),
        _l("Of a link that both have, only one has a run of its own."),
        _l("Let the teacher of that link choose again, the same in both."),
    ),
    "register-parameter": (
        _FAILED,
        _l("Your learning environment did not send everything we need to begin, or we cannot read it: %(parameter)s."),
        _l("Open the address from your learning environment, where it asks for a registration address (tool URL)."),
    ),
    "invitation": (
        _l("This invitation does not exist"),
        _l("The address ends in a code that we do not know. Perhaps a part of it was not copied."),
        _l("Copy the whole address, or ask the hub for a new invitation."),
    ),
    "invitation-expired": (
        _l("This invitation has expired"),
        _l("It could be used until a certain day, and that has passed."),
        _ASK_HUB,
    ),
    "invitation-used": (
        _l("This invitation has been used"),
        _l("It was good for a number of connections, and all of them have been made."),
        _ASK_HUB,
    ),
    "invitation-withdrawn": (
        _l("This invitation has been withdrawn"),
        _l("The hub has taken it back."),
        _ASK_HUB,
    ),
    "invitation-terms": (
        _l("We could not read this"),
        _l("An invitation is good for 1 to %(uses)s connections and 1 to %(days)s days."),
        _l("Go back and try again."),
    ),
    "privacy-level": (
        _l("We could not read this"),
        _l("There is no such privacy level."),
        _l("Go back and try again."),
    ),
    "environment": (
        _l("We could not read this"),
        _l("An environment is for production or for testing."),
        _l("Go back and try again."),
    ),
    "deployment": (
        _l("This deployment does not wait here"),
        _l("It may have been accepted a moment ago, perhaps in another tab."),
        _l("Go back and try again."),
    ),
    "platform-twice": (
        _l("This learning environment is connected already"),
        _l("There is a connection with this issuer and client id."),
        _l("Change the one that is there, in the list of learning environments."),
    ),
    "client-of-another": (
        _l("This is the connection of another learning environment"),
        _l("Another learning environment has this client id already, at the same address for tokens or audience."),
        _l("Check the client id, the address for tokens and the audience. Are they right? Then ask your hub."),
    ),
    "platform-address": (
        _l("We could not read this"),
        _l("An address must be a web address, such as https://lms.example.nl/path (%(field)s)."),
        _l("Go back and try again."),
    ),
    "platform-origin": (
        _l("We could not read this"),
        _l("An origin is a web address without a path."),
        _l("Go back and try again."),
    ),
    "platform-family": (
        _l("We could not read this"),
        _l("There is no kind of learning environment named %(family)s."),
        _l("Go back and try again."),
    ),
    "platform-field": (
        _l("We could not read this"),
        _l("The name and the client id must not be empty."),
        _l("Go back and try again."),
    ),
    "hub": (
        _l("We could not read this"),
        _l("There is no hub named %(hub)s."),
        _l("Go back and try again."),
    ),
    "address-not-allowed": (
        _FAILED,
        _l("We may not call the address that your learning environment gave: %(host)s. "
           "We call only public addresses, over https."),
        _NETWORK,
    ),
    "configuration-status": (
        _FAILED,
        _l("Your learning environment answered with %(status)s when we asked for the description of itself."),
        _NETWORK,
    ),
    "configuration-unreadable": (
        _FAILED,
        _l("What your learning environment sent as the description of itself is no JSON that we can read."),
        _SUPPLIER,
    ),
    "configuration-member": (
        _FAILED,
        _l("The description of your learning environment lacks an address, or has one that we cannot use: %(member)s."),
        _SUPPLIER,
    ),
    "configuration-algorithm": (
        _FAILED,
        _l("Your learning environment does not sign with RS256, which LTI 1.3 asks for."),
        _SUPPLIER,
    ),
    "configuration-issuer": (
        _FAILED,
        _l("The description came from %(host)s but speaks for another learning environment: %(issuer)s. "
           "Nothing has been connected."),
        _l("If this is your own learning environment, its own address (issuer) is not set right. "
           "Correct it and try again."),
    ),
    "configuration-private": (
        _FAILED,
        _l("The description of your learning environment names an address that we may not call: "
           "%(host)s (%(member)s)."),
        _NETWORK,
    ),
    "registration-token": (
        _FAILED,
        _l("Your learning environment does not accept its own registration token (any more). It says: %(told)s"),
        _l("Begin again in your learning environment: a token is good once and for a short time."),
    ),
    "registration-refused": (
        _FAILED,
        _l("Your learning environment refused the registration with %(status)s. It says: %(told)s"),
        _l("Try again. If it stays so, give this page to the supplier of your learning environment or to the hub."),
    ),
    "answer-unreadable": (
        _FAILED,
        _l("Your learning environment answered something that we cannot read. It may hold the tool all the same."),
        _l("Remove the tool from your learning environment if it is there, and try again."),
    ),
    "answer-member": (
        _FAILED,
        _l("The answer of your learning environment lacks %(member)s, or we cannot read it."),
        _l("Remove the tool from your learning environment if it is there, and try again."),
    ),
    "registration-differs": (
        _FAILED,
        _l("This learning environment is connected already. We change that connection only when the description "
           "comes from the place where your learning environment publishes it."),
        _HUB,
    ),
    "registration-too-many": (
        _FAILED,
        _l("Several registrations of this learning environment are waiting for the hub already."),
        _HUB,
    ),
    "upstream-timeout": (
        _l("Your learning environment does not answer in time"),
        _l("We asked %(host)s and got no whole answer within a few seconds."),
        _NETWORK,
    ),
    "upstream-unreachable": (
        _l("Your learning environment cannot be reached"),
        _l("We got no connection with %(host)s."),
        _NETWORK,
    ),
    "upstream-too-large": (
        _FAILED,
        _l("The answer of %(host)s is larger than we read."),
        _SUPPLIER,
    ),
}  # fmt: skip
