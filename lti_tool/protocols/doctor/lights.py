"""A light: what one check found, as a code and facts. Pure; `words` makes sentences of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    """It works, and something is less than it could be."""
    RED = "red"
    GREY = "grey"
    """Not tried: something else has to come first."""


class Topic(StrEnum):
    """What a light is about. The order is that of the page."""

    KEYS = "keys"
    CLOCK = "clock"
    LAUNCH = "launch"
    PERSON = "person"
    CHOOSING = "choosing"
    """Deep linking."""
    ACCESS = "access"
    SCOPES = "scopes"
    GRADES = "grades"
    ROSTER = "roster"


Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Light:
    topic: Topic
    state: State
    code: str
    facts: Facts = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"topic": self.topic, "state": self.state, "code": self.code, "facts": dict(self.facts)}


def from_json(stored: Mapping[str, Any]) -> Light:
    return Light(Topic(stored["topic"]), State(stored["state"]), stored["code"], stored["facts"])


def in_order(lights: Iterable[Light]) -> list[Light]:
    return sorted(lights, key=lambda light: list(Topic).index(light.topic))


def worst(lights: Iterable[Light]) -> State:
    """The state of all together; GREY only where nothing was tried."""
    states = {light.state for light in lights}
    return next((state for state in (State.RED, State.AMBER, State.GREEN) if state in states), State.GREY)


def green(topic: Topic, code: str, **facts: Any) -> Light:
    return Light(topic, State.GREEN, code, facts)


def amber(topic: Topic, code: str, **facts: Any) -> Light:
    return Light(topic, State.AMBER, code, facts)


def red(topic: Topic, code: str, **facts: Any) -> Light:
    return Light(topic, State.RED, code, facts)


def grey(topic: Topic, code: str, **facts: Any) -> Light:
    return Light(topic, State.GREY, code, facts)
