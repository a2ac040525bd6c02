"""What families of learning platforms do differently, as declarations.

Nobody writes `if canvas` in a flow; a flow asks the registration's family.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    label: str
    takes_numberless_scores: bool = False
    """True only where a score message without a number is known to erase nothing."""
    compares_seconds: bool = False
    """Score timestamps within one second count as equal."""
    scores_per_s: float = 25.0
    """How fast we send scores to one platform."""
    frame_origins: tuple[str, ...] = ()
    """Origins that may frame us, beside those of the registration."""
    new_submission_claim: str | None = None
    """A claim with which a score says that it is no new submission."""


_ALL = (
    Family("generic", "LTI 1.3"),
    Family("moodle", "Moodle", compares_seconds=True, scores_per_s=50.0),
    Family(
        "canvas", "Canvas", scores_per_s=10.0, frame_origins=("https://*.instructure.com",),
        new_submission_claim="https://canvas.instructure.com/lti/submission",
    ),
    Family("brightspace", "Brightspace", frame_origins=("https://*.brightspace.com",)),
    Family("itslearning", "itslearning", frame_origins=("https://*.itslearning.com",)),
    Family("blackboard", "Blackboard", frame_origins=("https://*.blackboard.com",)),
    Family("openedx", "Open edX"),
    Family("practice", "practice_lms", takes_numberless_scores=True, scores_per_s=2000.0),
)  # fmt: skip
FAMILIES = MappingProxyType({family.name: family for family in _ALL})


def family_named(name: str) -> Family:
    """An unknown name is treated as the cautious generic family."""
    return FAMILIES.get(name, FAMILIES["generic"])
