"""Refusals on the pages of a visit."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import AGAIN, Entry

ENTRIES: dict[str, Entry] = {
    "visit": (
        _l("This page does not exist any more"),
        _l("The address is not that of an open module."),
        AGAIN,
    ),
    "visit-not-yours": (
        _l("This page belongs to another browser"),
        _l("The address alone opens nothing, so that nobody can look over your shoulder."),
        AGAIN,
    ),
    "visit-over": (
        _l("Your work is saved"),
        _l("This page was open for a long time and has been closed to be safe."),
        _l("Go back to your course and open the module again. You go on where you were."),
    ),
    "visit-ended": (
        _l("Your work is saved"),
        _l("Somebody else opened a module in this browser after you, or your school's connection was closed. "
           "So this page was closed."),
        _l("Go back to your course and open the module again. You go on where you were."),
    ),
    "grade-held": (
        _l("The school changed this grade"),
        _l("Nothing was sent, so that the school's own number stays."),
        _l("Go back to the grades and choose which of the two numbers is to stand."),
    ),
    "grade-not-held": (
        _l("There is nothing to choose any more"),
        _l("Somebody chose before you, or the gradebook shows our number again."),
        _l("Go back to the grades: they show how it stands now."),
    ),
    "column": (
        _l("This column cannot be removed"),
        _l("The tool did not make it, or it is gone already."),
        _l("Go back to the grades: they show how it stands now."),
    ),
    "no-copy": (
        _l("This course is no copy"),
        _l("As far as we know, the links of this course were not copied from another course."),
        AGAIN,
    ),
    "copy-changed": (
        _l("Somebody decided just before you"),
        _l("Another teacher saved this page while you had it open. Nothing of yours was saved."),
        _l("Open the page again: it shows what holds now. Then choose once more if you want something else."),
    ),
    "copy-dates": (
        _l("These dates cannot be"),
        _l("One of the dates cannot be read, or an activity closes before it opens."),
        _l("Go back and correct it. What you filled in is still there."),
    ),
    "cross-site": (
        _l("This did not come from our own page"),
        _l("Another website tried to change something here. Nothing was changed."),
        AGAIN,
    ),
    "role": (
        _l("This page is not for you"),
        _l("You came in with another role than this page needs."),
        AGAIN,
    ),
    "choice": (
        _l("There is nothing to choose here"),
        _l("This page opens when your learning environment asks what to place in a course."),
        _l("Go back to your course and add an activity of this tool there."),
    ),
    "choice-answered": (
        _l("Your choice was placed already"),
        _l("What you choose can be placed once, so that nothing comes twice into your course."),
        _l("Look in your course. To place something else, add an activity of this tool there once more."),
    ),
    "choice-type": (
        _l("Nothing of this tool can be placed here"),
        _l("This part of your learning environment takes no links to modules."),
        _l("Go back to your course and add an activity of this tool, instead of a picture or a text."),
    ),
    "choice-too-many": (
        _l("These are too many at once"),
        _l("Your learning environment takes at most %(most)s here."),
        _l("Go back, leave some out, and place those another time."),
    ),
    "choice-maximum": (
        _l("Your learning environment does not take these points"),
        _l("A column can have %(least)s to %(most)s points here; in some environments whole points only."),
        _l("Go back and change the points."),
    ),
    "choice-title": (
        _l("A title is missing"),
        _l("What is placed in a course needs a title."),
        _l("Go back and give it one."),
    ),
    "basket-changed": (
        _l("Something was changed meanwhile"),
        _l("You changed your choice on another page of this browser too."),
        _l("Look at what stands there now, and change it once more."),
    ),
    "choice-piece": (
        _l("This part of your list is no longer there"),
        _l("You took it out, perhaps in another tab."),
        _l("Go back to your list and look what stands in it now."),
    ),
    "choice-piece-changed": (
        _l("This part was set up in another tab meanwhile"),
        _l("What you typed here was not saved, so that nothing is lost unseen."),
        _l("Go back to your list, look what stands there now, and set it up once more if needed."),
    ),
    "choice-list-changed": (
        _l("Your list changed meanwhile"),
        _l("You changed it in another tab, so the page that you pressed on showed an older one. Nothing was placed."),
        _l("Go back to your list, look what stands in it now, and place it then."),
    ),
    "link": (
        _l("There is no link here"),
        _l("This page belongs to a link in a course, and you did not come in through one."),
        AGAIN,
    ),
    "link-changed": (
        _l("Somebody else changed this link meanwhile"),
        _l("What you changed was not saved, so that nothing of theirs is lost."),
        _l("Go back to the settings, look what stands there now, and change it once more if needed."),
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
    "link-part": (
        _l("This part does not exist"),
        _l("The link in your course opens a part that the module does not have, or has no longer."),
        _l("Your teacher can choose another part in the settings of the link."),
    ),
    "activity-locked": (
        _l("This part is not open yet"),
        _l("First finish the parts that come before it."),
        _l("Go back to the overview of the module."),
    ),
    "link-not-open-yet": (
        _l("This is not open yet"),
        _l("Your teacher opens it %(when)s."),
        _l("Come back then. Go back to the overview of the module."),
    ),
    "link-closed": (
        _l("The time is over"),
        _l("You could hand in until %(when)s. What you did is kept."),
        _l("Do you need more time? Ask your teacher."),
    ),
    "no-attempts-left": (
        _l("You have no attempts left"),
        _l("You have handed in this quiz %(limit)s times; that is all there are."),
        _l("Your result stands. Go back to the overview of the module."),
    ),
    "person-not-in-class": (
        _l("This person is not in your class"),
        _l("The address names nobody who takes part through this link of your course."),
        _l("Go back to the class and choose somebody from the list."),
    ),
    "act-reason": (
        _l("Say why"),
        _l("A reason has %(least)s to %(most)s characters."),
        _l("Go back and fill in a reason. The learner reads it."),
    ),
    "act-points": (
        _l("We could not read these points"),
        _l("Fill in a number from zero to the points of this part."),
        _l("Go back and try again. Nothing was changed."),
    ),
    "act-attempts": (
        _l("We could not read this number of attempts"),
        _l("Fill in a whole number from 1 to %(most)s."),
        _l("Go back and try again. Nothing was changed."),
    ),
    "act-until": (
        _l("We could not use this time"),
        _l("Fill in a day and a time that are still to come, within three years."),
        _l("Go back and try again. Nothing was changed."),
    ),
    "act-no-limit": (
        _l("There is no limit here"),
        _l("This part may be tried as often as one likes."),
        _l("Go back to the learner's page. Nothing was changed."),
    ),
    "act-nothing-to-reopen": (
        _l("There is nothing to reopen"),
        _l("The learner has no result here yet, and can work on it as it is."),
        _l("Go back to the learner's page. Nothing was changed."),
    ),
    "act-nothing-to-take-back": (
        _l("There is nothing to take back"),
        _l("Somebody may have done so before you."),
        _l("Go back to the learner's page to see how it stands."),
    ),
    "act-overtaken": (
        _l("Something changed in the meantime"),
        _l("Since you opened the page this result has changed. Nothing of yours was done."),
        _l("Go back to the learner's page to see how it stands, and decide again."),
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
}  # fmt: skip
