"""The words on screen for states of work and kinds of activity."""

from types import MappingProxyType

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.kinds import State

STATE_WORDS: MappingProxyType[State, LazyString] = MappingProxyType(
    {
        State.NOT_STARTED: _l("Not started yet"),
        State.IN_PROGRESS: _l("In progress"),
        State.WAITING: _l("Handed in"),
        State.DONE: _l("Completed"),
        State.EXCUSED: _l("Excused"),
    }
)


def state_word(state: State) -> str:
    return str(STATE_WORDS[state])


KIND_WORDS: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        "page": _l("Reading"),
        "quiz": _l("Quiz"),
        "session": _l("Day at the hub"),
        "practical": _l("Practical assignment"),
    }
)


def kind_word(kind: str) -> str:
    return str(KIND_WORDS[kind])
