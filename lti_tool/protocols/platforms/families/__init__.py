"""What families of learning platforms do differently, as declarations.

Nobody writes `if canvas` in a flow; a flow asks the registration's family.
"""

from dataclasses import dataclass
from types import MappingProxyType

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Hosted:
    """One issuer that a supplier uses for all schools, and the hosts that may speak for it when one registers."""

    issuer: str
    environment: str
    hosts: tuple[str, ...]
    """Hosts of the openid_configuration; "*." stands for one name."""
    auth_login_url: str
    auth_token_url: str
    key_set_url: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a platform takes of an answer to its chooser, beyond what its request says (Deep Linking 2.0)."""

    most_items: int = 50
    """In one answer, where it takes several at all. Fifty is our own bound."""
    whole_maxima: bool = False
    least_maximum: float = 0.01
    most_maximum: float = 10_000
    column_has_title: bool = False
    """The column takes the title of the item, whatever its label."""
    ignores_dates: bool = False
    """Dates of the item are thrown away: only the tool itself keeps to them."""

    def takes_maximum(self, points: float) -> bool:
        return self.least_maximum <= points <= self.most_maximum and not (self.whole_maxima and points % 1)

    def maximum_near(self, points: float) -> float:
        """The points nearest to these that a column may have."""
        near = float(int(points + 0.5)) if self.whole_maxima else round(points, 2)
        return min(max(near, self.least_maximum), self.most_maximum)


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
    product_codes: tuple[str, ...] = ()
    """The product_family_code of its openid_configuration."""
    configuration_paths: tuple[str, ...] = (WELL_KNOWN,)
    """Where the platform itself, and no user of it, publishes its openid_configuration; below the issuer."""
    checks_registration_token: bool = False
    """True only where a registration without a token that an administrator of it just made is known to fail."""
    hosted: tuple[Hosted, ...] = ()
    endpoint_paths: tuple[str, str, str] | None = None
    """Login, token and key set below the issuer, where they are always the same; else they are asked."""
    asks_audience: bool = False
    """By hand: its token requests need an audience of their own."""
    takes_token_url_as_audience: bool = False
    """Its authorization_server is no audience: token requests name the token address."""
    offers_groups: bool = False
    """It knows the Course Groups Service; others may refuse a registration that asks for its scope."""
    roster_page: int | None = None
    """Members that we ask for on a page of a roster; None: as many as the platform likes."""
    placements: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Per message type, where the tool is offered."""
    choosing: Choosing = Choosing()
    lacks_messages: tuple[str, ...] = ()
    """Types of messages of which its registration wants to hear nothing."""
    sends_notices: bool = False
    """It has the Platform Notification Service 1.0."""
    submission_type: str | None = None
    """It has no submission review, but keeps with a grade the address that a score names in `new_submission_claim`, as
    a submission of this type, and launches that."""

    def takes(self, message_type: str) -> bool:
        """Its registration and its columns may speak of messages of this type."""
        return message_type not in self.lacks_messages

    def placements_of(self, message_type: str) -> tuple[str, ...]:
        return dict(self.placements).get(message_type, ())


def _canvas(environment: str, middle: str) -> Hosted:
    """Canvas of Instructure: developerdocs.instructure.com, "LTI launch overview" and "Configuring"."""
    sso = f"https://sso.{middle}canvaslms.com"
    return Hosted(
        issuer=f"https://canvas.{middle}instructure.com", environment=environment,
        hosts=(f"sso.{middle}canvaslms.com", f"*.{middle}instructure.com"),
        auth_login_url=f"{sso}/api/lti/authorize_redirect", auth_token_url=f"{sso}/login/oauth2/token",
        key_set_url=f"{sso}/api/lti/security/jwks",
    )  # fmt: skip


_ALL = (
    Family("generic", "LTI 1.3"),
    Family(
        "moodle", "Moodle", offers_groups=True, compares_seconds=True, scores_per_s=50.0, product_codes=("moodle",),
        # mod/lti/openid-configuration.php and registration_helper.php, Moodle 4.x: a token is good for one tool
        configuration_paths=("/mod/lti/openid-configuration.php",), checks_registration_token=True,
        endpoint_paths=("/mod/lti/auth.php", "/mod/lti/token.php", "/mod/lti/certs.php"),
        # Moodle 4.5: 150 or 12.5 is refused by the form of one item, and among several it makes no grade, silently
        choosing=Choosing(
            whole_maxima=True, least_maximum=1, most_maximum=100, column_has_title=True, ignores_dates=True
        ),
    ),
    Family(
        "canvas", "Canvas", scores_per_s=10.0, frame_origins=("https://*.instructure.com",),
        new_submission_claim="https://canvas.instructure.com/lti/submission", product_codes=("canvas",),
        # doc/api/registration.md of canvas-lms: the token is needed for the configuration as well
        configuration_paths=("/api/lti/security/openid-configuration",), checks_registration_token=True,
        hosted=(_canvas("production", ""), _canvas("test", "beta."), _canvas("test", "test.")),
        takes_token_url_as_audience=True, roster_page=50,
        # developerdocs.instructure.com, "Deep Linking" (file.content_item): of the places for deep linking the two in
        # which a teacher makes a link; one place has one message, so that links are made by choosing only
        placements=(("LtiDeepLinkingRequest", ("assignment_selection", "link_selection")),),
        # "Score" (resources/score): submission_type basic_lti_launch, submission_data its launch address, which is kept
        # of a new submission only;
        # "Platform Notification Service" (file.pns)
        lacks_messages=("LtiSubmissionReviewRequest",), submission_type="basic_lti_launch", sends_notices=True,
    ),
    Family(
        "brightspace", "Brightspace", frame_origins=("https://*.brightspace.com",),
        product_codes=("desire2learn", "d2l", "brightspace"),
        configuration_paths=("/d2l/.well-known/openid-configuration", WELL_KNOWN), asks_audience=True,
    ),
    Family(
        "itslearning", "itslearning", frame_origins=("https://*.itslearning.com",), product_codes=("itslearning",),
    ),
    Family(
        "blackboard", "Blackboard", offers_groups=True, frame_origins=("https://*.blackboard.com",),
        product_codes=("blackboardlearn", "blackboard"),
    ),
    Family("openedx", "Open edX"),
    Family(
        "practice", "practice_lms", offers_groups=True, takes_numberless_scores=True, scores_per_s=2000.0,
        product_codes=("practice-lms",), checks_registration_token=True, sends_notices=True,
    ),
)  # fmt: skip
FAMILIES = MappingProxyType({family.name: family for family in _ALL})


def family_named(name: str) -> Family:
    """An unknown name is treated as the cautious generic family."""
    return FAMILIES.get(name, FAMILIES["generic"])


def family_of(product_code: str) -> Family:
    """The family that says this product_family_code; the generic one where none does."""
    code = product_code.strip().lower()
    return next((family for family in _ALL if code in family.product_codes), FAMILIES["generic"])
