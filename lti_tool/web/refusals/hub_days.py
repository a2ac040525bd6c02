"""Refusals around a day at the hub."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import Entry

_DAYS = _l("Go back to the days and choose another one.")
_SEE = _l("Go back to the days and see how it stands now.")

ENTRIES: dict[str, Entry] = {
    "session": (
        _l("This day is not there"),
        _l("The hub has no such day for this part of the module."),
        _DAYS,
    ),
    "booking": (
        _l("You have no seat here"),
        _l("There is no seat of yours on this day."),
        _SEE,
    ),
    "seat-of-learner": (
        _l("Only participants choose a day"),
        _l("You see this page as a teacher or in a preview, so no seat is taken for you."),
        _l("Ask your students to open the module from the course and to choose a day themselves."),
    ),
    "booked-elsewhere": (
        _l("You already have a day"),
        _l("You have a seat, or a place on a waiting list, on another day. Nothing has changed."),
        _l("Move from that day to this one, or give that seat up first."),
    ),
    "session-cancelled": (
        _l("This day does not take place"),
        _l("The hub cancelled it."),
        _DAYS,
    ),
    "booking-not-open": (
        _l("Booking is not open yet"),
        _l("The hub opens booking for this day later."),
        _l("Come back later, or choose another day."),
    ),
    "booking-closed": (
        _l("Booking has closed"),
        _l("The day is so near that the hub takes no more bookings."),
        _DAYS,
    ),
    "session-over": (
        _l("This day has begun or is over"),
        _l("Nothing can be changed about seats any more."),
        _l("If something is not right, ask the hub."),
    ),
    "session-full": (
        _l("This day is full"),
        _l("Somebody else took the last seat. You keep the seat that you have."),
        _DAYS,
    ),
    "offer-over": (
        _l("The offer of this seat has ended"),
        _l("Nobody answered in time, and the seat went to the next person on the list."),
        _SEE,
    ),
    "cancel-term-over": (
        _l("The time to cancel freely is over"),
        _l("So shortly before the day the hub wants to know why you cannot come. You still have your seat."),
        _l("Go back, and give a reason."),
    ),
    "safety-not-confirmed": (
        _l("Please confirm the safety rules"),
        _l("On this day you work with real machines. Nobody gets a seat without confirming what safety asks."),
        _l("Go back, read the rules, and tick the box."),
    ),
}  # fmt: skip
