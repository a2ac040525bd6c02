"""Who is here and in which language: plain cookies, since anyone may be anyone in a practice environment."""

from flask import Response, request

from practice_lms.state import school
from practice_lms.state.practice import here
from practice_lms.state.school import User

PERSON = "practice_person"
FRAME_PERSON = "practice_person_frame"
LANGUAGE = "practice_language"
LANGUAGES = ("nl", "en")


def current_person() -> User | None:
    """The person that was chosen in this browser."""
    chosen = request.cookies.get(FRAME_PERSON) or request.cookies.get(PERSON)
    return school.find_user(here().store, chosen) if chosen else None


def current_language() -> str:
    """nl or en: what was chosen in this browser, else what the browser asks for, else nl."""
    chosen = request.cookies.get(LANGUAGE)
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "nl")


def current_locale() -> str:
    """The language as a message says it (BCP 47)."""
    return "en-GB" if current_language() == "en" else "nl-NL"


def remember_person(answer: Response, user_id: str) -> Response:
    """Be this person from now on; an empty id is nobody.

    Two cookies: a tool in the frame sends the browser back here across sites, which only a SameSite=None
    cookie survives; that one has to be Secure, which HTTP clients of tests do not send over http.
    """
    if not user_id:
        answer.delete_cookie(PERSON)
        answer.delete_cookie(FRAME_PERSON, secure=True, samesite="None")
        return answer
    answer.set_cookie(PERSON, user_id, httponly=True, samesite="Lax")
    answer.set_cookie(FRAME_PERSON, user_id, httponly=True, samesite="None", secure=True)
    return answer


def remember_language(answer: Response, language: str) -> Response:
    """Speak this language from now on."""
    answer.set_cookie(LANGUAGE, "en" if language == "en" else "nl", samesite="Lax", max_age=31_536_000)
    return answer
