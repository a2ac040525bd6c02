"""What a platform wants of a choice. Pure. Deep Linking 2.0, 4.4.1."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lti_tool.protocols.platforms.families import Choosing

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS_CLAIM = DL + "deep_linking_settings"
LINK_TYPE = "ltiResourceLink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The claim deep_linking_settings, with what else the answer needs of the request."""

    issuer: str = ""
    return_url: str
    accept_types: tuple[str, ...]
    targets: tuple[str, ...]
    """iframe, window, embed: how the platform can show an item."""
    accept_media_types: tuple[str, ...] = ()
    accept_multiple: bool = False
    accept_lineitem: bool | None = None
    """None: it does not say."""
    auto_create: bool = False
    title: str = ""
    text: str = ""
    course: str = ""
    """Title of the course for which somebody chooses, where the platform says it."""
    may_make_columns: bool = False
    """The tool itself may make columns in this course."""
    has_data: bool = False
    data: Any = None
    """Whatever it is, it goes back as it came."""

    def kept(self) -> dict[str, Any]:
        """As it stands in the database."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Settings":
        lists = {name: tuple(kept[name]) for name in ("accept_types", "targets", "accept_media_types")}
        return cls(**{**kept, **lists})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the platform takes, as the chooser needs it."""

    takes_links: bool
    """False: this place of the platform takes nothing that we have; then only an empty answer can be given."""
    accept_types: tuple[str, ...]
    accept_media_types: tuple[str, ...]
    accept_multiple: bool
    most_items: int
    accept_lineitem: bool | None
    targets: tuple[str, ...]
    auto_create: bool
    title: str
    text: str
    course: str
    has_data: bool
    may_make_columns: bool
    family: str
    limits: Choosing
    is_answered: bool
    """Something was placed already by this request: it can be sent again as it was, and not be changed."""

    @property
    def makes_columns(self) -> bool:
        """An item may bring its column along: the platform did not say that it ignores that."""
        return self.accept_lineitem is not False

    def maximum_near(self, points: float) -> float:
        """The points nearest to these that a column may have here."""
        return self.limits.maximum_near(points)
