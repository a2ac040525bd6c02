"""What an administrator does and copies, per family of learning environments, with that family's own labels.

Labels of the environments stand in English, as their English pages have them; Dutch label texts differ per version
and were not verified. Sources:
- Moodle 4.x: docs.moodle.org, "External tool settings" and "LTI and Moodle"; mod/lti/lang/en/lti.php.
- Canvas: developerdocs.instructure.com, "Configuring" (file.lti_dev_key_config) and "Registration".
- Brightspace: documentation.brightspace.com, "Register an external learning tool for LTI Advantage".
- itslearning: developer.itslearning.com, "LTI configuration information"; what it shows in return was not verified.
- Blackboard, Open edX and others get the general sheet, which was not checked against them.
"""

from dataclasses import dataclass
from types import MappingProxyType

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True, slots=True)
class Sheet:
    quick: LazyString | None
    """Where an invitation's address is pasted; None where the environment cannot register itself."""
    steps: tuple[LazyString, ...]
    """By hand."""
    fields: tuple[tuple[str, str], ...]
    """The environment's own label, and which of our addresses goes there (see `Addresses`)."""
    settings: tuple[tuple[str, LazyString], ...]
    """Other fields, and what to choose."""
    returns: tuple[str, ...]
    """What the environment shows then, to be told to the hub: by its own labels."""


_NONE_CUSTOM = _l("Leave it empty. A link may name its module, such as module=cobots-veilig-inzetten.")
_PRIVACY = _l("As agreed with the hub. The hub stores nothing beyond the agreement, whatever is sent.")
_GRADES = _l("On, also for making columns: results of students arrive in your gradebook.")
_ROSTER = _l("On: teachers see who has not begun yet.")
_CHOOSING = _l("On: teachers then choose modules inside their course, with columns and dates.")
_TELL = _l("Save, and tell the hub the values at the bottom of this page.")

GENERIC = Sheet(
    quick=_l("Paste the address of the invitation where your environment asks for a registration address "
             "(dynamic registration)."),
    steps=(_l("Add a tool for LTI 1.3 in your environment, and copy the addresses below into its fields."), _TELL),
    fields=(
        ("Login URL (OIDC login initiation)", "login"), ("Redirect URL", "launch"), ("Target link URL", "launch"),
        ("Public keyset URL (JWKS)", "key_set"), ("Deep linking URL (content selection)", "launch"),
        ("Domain", "domain"), ("Icon", "icon"),
    ),
    settings=(
        ("Deep linking", _CHOOSING),
        ("Assignment and Grade Services", _GRADES), ("Names and Role Provisioning", _ROSTER),
        ("Custom parameters", _NONE_CUSTOM), ("Privacy", _PRIVACY),
    ),
    returns=("Issuer", "Client ID", "Deployment ID", "Authentication URL", "Access token URL", "Keyset URL"),
)  # fmt: skip

SHEETS: MappingProxyType[str, Sheet] = MappingProxyType(
    {
        "generic": GENERIC,
        "moodle": Sheet(
            quick=_l("Site administration, Plugins, External tool, Manage tools: paste the address of the invitation "
                     "under Tool URL and press Add LTI Advantage."),
            steps=(
                _l("Site administration, Plugins, External tool, Manage tools: choose configure a tool manually."),
                _l("Copy the addresses below, save, and open View configuration details on the card of the tool."),
                _TELL,
            ),
            fields=(
                ("Tool URL", "launch"), ("Public keyset", "key_set"), ("Initiate login URL", "login"),
                ("Redirection URI(s)", "launch"), ("Content Selection URL", "launch"), ("Icon URL", "icon"),
            ),
            settings=(
                ("LTI version", _l("LTI 1.3")), ("Public key type", _l("Keyset URL")),
                ("Tool configuration usage", _l("Show in activity chooser")),
                ("Supports Deep Linking (Content-Item Message)", _CHOOSING),
                ("IMS LTI Assignment and Grade Services", _GRADES),
                ("IMS LTI Names and Role Provisioning", _ROSTER),
                ("Share launcher's name / email with tool", _PRIVACY), ("Custom parameters", _NONE_CUSTOM),
            ),
            returns=(
                "Platform ID", "Client ID", "Deployment ID", "Public keyset URL", "Access token URL",
                "Authentication request URL",
            ),
        ),
        "canvas": Sheet(
            quick=_l("Admin, Apps, Manage: install a new app with LTI 1.3 and Dynamic Registration, and paste the "
                     "address of the invitation."),
            steps=(
                _l("Admin, Developer Keys: make a new LTI key, choose the method Enter URL, and give the JSON "
                   "address."),
                _l("Fill in the redirect URI, save, set the key to On, and copy its number: that is the client ID."),
                _l("Settings, Apps: add an app By Client ID. Its cog shows the deployment ID."),
                _TELL,
            ),
            fields=(
                ("JSON URL", "canvas"), ("Redirect URIs", "launch"), ("Target Link URI", "launch"),
                ("OpenID Connect Initiation Url", "login"), ("JWK: Public JWK URL", "key_set"),
            ),
            settings=(
                ("LTI Advantage Services", _l("All that the JSON asks: line items, results, scores and the roster.")),
                ("Privacy Level", _PRIVACY),
                ("Placements", _l("Assignment Selection and Link Selection, as the JSON says, both with the message "
                                  "LtiDeepLinkingRequest: teachers then choose modules inside their course.")),
                ("Custom Fields", _NONE_CUSTOM),
            ),
            returns=("Client ID", "Deployment ID"),
        ),
        "brightspace": Sheet(
            quick=_l("Admin Tools, Manage Extensibility, LTI Advantage, Register Tool: choose Dynamic and paste the "
                     "address of the invitation. Enable the registration afterwards."),
            steps=(
                _l("Admin Tools, Manage Extensibility, LTI Advantage, Register Tool: choose Standard."),
                _l("Copy the addresses below, register, and make a deployment with a link of the type Deep Linking "
                   "Quicklink."),
                _TELL,
            ),
            fields=(
                ("Domain", "base"), ("Redirect URLs", "launch"), ("OpenID Connect Login URL", "login"),
                ("Target Link URI", "launch"), ("Keyset URL", "key_set"),
            ),
            settings=(
                ("Extensions: Assignment and Grade Services", _GRADES),
                ("Extensions: Names and Role Provisioning Services", _ROSTER),
                ("Extensions: Deep Linking", _CHOOSING),
                ("Security Settings", _PRIVACY), ("Substitution Parameters", _NONE_CUSTOM),
            ),
            returns=(
                "Client Id", "Brightspace Keyset URL", "Brightspace OAuth2 Access Token URL",
                "OpenID Connect Authentication Endpoint", "Brightspace OAuth2 Audience", "Issuer", "Deployment Id",
            ),
        ),
        "itslearning": Sheet(
            quick=None,
            steps=(
                _l("itslearning itself adds tools to its App library. Send it the addresses and choices below."),
                _l("Then the administrator of your site adds the app, which makes a deployment ID."),
                _TELL,
            ),
            fields=(
                ("Login URI", "login"), ("Redirection URI", "launch"), ("Target Link URI", "launch"),
                ("Deep linking URI", "launch"), ("Public key: JWK Set URI", "key_set"),
            ),
            settings=(
                ("Open in", _l("An iframe or a new window: both work.")),
                ("Privacy level",
                 _l("Anonymous by default. As agreed with the hub: name, or name and e-mail address.")),
                ("Assignment and Grade Services (AGS)", _GRADES),
                ("Deep linking", _CHOOSING),
                ("Deployment ID", _l("Made by itslearning for each site.")),
            ),
            returns=("Issuer", "Client ID", "Deployment ID", "Authentication URL", "Access token URL", "Keyset URL"),
        ),
    }
)  # fmt: skip
