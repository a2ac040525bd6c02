"""Why the list of participants could not be read, in a sentence for the teacher who looks at the class."""

from lti_tool.web.i18n import catalogue


def why(reason: str, language: str) -> str:
    _ = catalogue(language).gettext
    unreadable = _("The learning environment gives an answer that cannot be read.")
    no_access = _("The learning environment gives the tool no access to the list of participants. "
                  "The administrator of the learning environment can allow it.")  # fmt: skip
    endless = _("The pages of the list go round in a circle. That is a fault of the learning environment.")
    found = {
        "roster-refused": no_access,
        "roster-gone": _("The course or its list of participants no longer exists in the learning environment."),
        "roster-busy": _("The learning environment is busy and asked us to wait. We will try again by ourselves."),
        "roster-fails": _("The learning environment has a fault. We will try again by ourselves."),
        "roster-breaks-off": _(
            "The learning environment stopped halfway through the list. We will try again by ourselves."
        ),
        "roster-format": unreadable,
        "roster-elsewhere": _("The next page of the list stands at another address than the list itself. "
                              "For safety we do not go there."),
        "roster-loop": endless,
        "roster-pages": endless,
        "roster-empty": _("The learning environment says that there is nobody in this course, which cannot be so."),
        "token-refused": no_access,
        "token-format": no_access,
        "token-wait": no_access,
        "upstream-timeout": _("The learning environment does not answer in time. We will try again by ourselves."),
        "upstream-unreachable": _("The learning environment cannot be reached. We will try again by ourselves."),
        "upstream-too-large": unreadable,
        "upstream-not-json": unreadable,
        "address-not-allowed": _("The learning environment names an address that the tool may not call."),
    }  # fmt: skip
    return found.get(reason, _("The tool has a fault; its log says more."))
