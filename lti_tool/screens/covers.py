"""A drawn cover for every module: the hue of its theme, shapes of its own. The same module always has the same one.

Shapes are made of numbers only, and coloured by classes: the page's policy allows no style attributes.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import quote, urlencode

from markupsafe import Markup

HUES = 6
WIDE, HIGH = 320, 120
TONES = ("cover-a", "cover-b", "cover-c")
COLOURS = (
    ("#0b5c66", "#117a86", "#2fa3a6", "#8ed1c6"), ("#6a3f00", "#9a5d05", "#cf8a1d", "#f2c877"),
    ("#38347a", "#514ca0", "#7d78cc", "#b9b5ef"), ("#174d2c", "#23703f", "#4c9c62", "#a4d3a6"),
    ("#7a2315", "#a63a26", "#cf6a4e", "#f0b295"), ("#1d3f66", "#2c5f94", "#5b8fc4", "#aacbe8"),
)  # fmt: skip
"""Of each hue the ground and the three tones, as app.css has them."""
LINE = 'fill="none" stroke-width="9" stroke-linejoin="round" stroke-linecap="round"'
Chance = random.Random
"""Of pictures, not of secrets."""


@lru_cache(2000)
def cover(public_id: str, theme: str = "") -> Markup:
    """The drawing of a module. It says nothing that the title does not, so screen readers pass it over."""
    return Markup(  # noqa: S704  # numbers and names of ours
        f'<svg class="cover cover-{_hue(public_id, theme)}" viewBox="0 0 {WIDE} {HIGH}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">{_shapes(public_id)}</svg>'
    )


def picture(public_id: str, theme: str = "") -> str:
    """The same drawing as a file of its own, an SVG with its colours in it."""
    shapes = _shapes(public_id)
    for name, colour in zip(("cover-ground", *TONES), COLOURS[_hue(public_id, theme) - 1], strict=True):
        shapes = shapes.replace(f'class="{name}"', f'fill="{colour}"')
        shapes = shapes.replace(f'class="{name} cover-line"', f'stroke="{colour}" {LINE}')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}">'
        f"{shapes}</svg>"
    )


def picture_address(public_id: str, theme: str = "") -> str:
    """Below our own address."""
    return f"/covers/{quote(public_id)}.svg" + (f"?{urlencode({'theme': theme})}" if theme else "")


def _hue(public_id: str, theme: str) -> int:
    return _number("hue " + (theme or public_id)) % HUES + 1


def _shapes(public_id: str) -> str:
    draw = FAMILIES[sorted(FAMILIES)[_number("shapes " + public_id) % len(FAMILIES)]]
    ground = f'<path class="cover-ground" d="M0 0h{WIDE}v{HIGH}H0z"/>'
    return ground + "".join(draw(Chance(_number(public_id))))


def _number(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])


def _rings(chance: Chance) -> Iterator[str]:
    """Circles around one point, as of something that turns."""
    x, y = chance.randint(60, 260), chance.randint(10, 110)
    for number in range(9, 0, -1):
        yield f'<circle class="{TONES[number % 3]}" cx="{x}" cy="{y}" r="{number * chance.randint(17, 21)}"/>'


def _beams(chance: Chance) -> Iterator[str]:
    """Beams at a slant, as of sheets and profiles."""
    slant, at = chance.choice((-60, -40, 40, 60)), -90
    while at < WIDE + 90:
        width = chance.randint(10, 46)
        yield f'<path class="{chance.choice(TONES)}" d="M{at} 0h{width}l{slant} {HIGH}h-{width}z"/>'
        at += width + chance.randint(6, 26)


def _waves(chance: Chance) -> Iterator[str]:
    """Waves one over another, as of signals."""
    for number in range(6):
        base, swing = 18 + number * 18, chance.randint(6, 20)
        length, begin = chance.randint(70, 150), chance.uniform(0, 6.28)
        points = (f"{x} {base + swing * math.sin(begin + x / length * 6.28):.1f}" for x in range(0, WIDE + 1, 10))
        yield f'<path class="{TONES[number % 3]}" d="M0 {HIGH}L{" ".join(points)} {WIDE} {HIGH}z"/>'


def _cells(chance: Chance) -> Iterator[str]:
    """A honeycomb with cells left out, as of a workplace seen from above."""
    for row in range(-1, 5):
        for column in range(-1, 10):
            if chance.random() < 0.62:
                x, y = column * 38 + (row % 2) * 19, row * 33
                yield f'<path class="{chance.choice(TONES)}" d="M{x} {y}l17 10v20l-17 10l-17-10v-20z"/>'


def _arms(chance: Chance) -> Iterator[str]:
    """Jointed arms, as of robots."""
    yield f'<path class="cover-a" d="M0 {HIGH - 22}h{WIDE}v22H0z"/>'
    for number in range(4):
        x, y = 45 + number * 78 + chance.randint(-12, 12), HIGH - 22
        joints = [(x, y)]
        for length in (38, 32, 26):
            lean = math.radians(chance.randint(20, 160))
            x, y = round(x + length * math.cos(lean)), round(y - length * math.sin(lean))
            joints.append((x, y))
        tone = TONES[1 + number % 2]
        yield f'<path class="{tone} cover-line" d="M{"L".join(f"{x} {y}" for x, y in joints)}"/>'
        yield from (f'<circle class="{tone}" cx="{x}" cy="{y}" r="8"/>' for x, y in joints)


def _steps(chance: Chance) -> Iterator[str]:
    """Bars of many heights, as of layers and stocks."""
    for number in range(16):
        high = chance.randint(14, 108)
        yield f'<path class="{TONES[number % 3]}" d="M{number * 20 + 2} {HIGH}v-{high}h16v{high}z"/>'


FAMILIES: Mapping[str, Callable[[Chance], Iterator[str]]] = MappingProxyType(
    {"arms": _arms, "beams": _beams, "cells": _cells, "rings": _rings, "steps": _steps, "waves": _waves}
)
