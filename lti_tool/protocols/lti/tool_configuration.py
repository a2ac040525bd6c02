"""What we tell a platform of ourselves: the registration that we ask for (Dynamic Registration 1.0, 3.5.2; RFC 7591).

Asked is only what the tool uses today: MESSAGES, SCOPES, and the claims that the privacy level keeps (R-DR-8). Each
message type that the tool learns to answer gets its line in MESSAGES.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from config.default import Settings
from lti_tool.protocols.lti.claims import DEEP_LINKING_REQUEST, RESOURCE_LINK_REQUEST, SUBMISSION_REVIEW_REQUEST
from lti_tool.protocols.platforms.families import Family
from lti_tool.protocols.platforms.notices import NOTICE_SCOPE
from lti_tool.protocols.platforms.service import KEPT, PrivacyLevel
from lti_tool.protocols.resource_links.rules import COPIED_FROM
from lti_tool.protocols.resource_links.service import AGS
from lti_tool.protocols.roster.groups import GROUPS_SCOPE

TOOL_PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"
NRPS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (*(AGS + name for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")), NRPS_SCOPE)
NAME = {"en": "Technohub modules", "nl": "Technohub-modules"}
DESCRIPTION = {
    "en": "Hybrid modules of the Technohubs: online parts, practical days, and the result in your course.",
    "nl": "Hybride modules van de Technohubs: online delen, praktijkdagen, en het resultaat in je cursus.",
}
CANVAS_LEVELS = {
    PrivacyLevel.NAME_AND_EMAIL: "public", PrivacyLevel.NAME: "name_only", PrivacyLevel.PSEUDONYM: "anonymous",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the tool answers, and where it answers it."""

    type: str
    path: str


MESSAGES = tuple(
    Message(kind, "/lti/launch") for kind in (RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST, SUBMISSION_REVIEW_REQUEST)
)


def messages_for(family: Family) -> tuple[Message, ...]:
    return tuple(message for message in MESSAGES if message.type not in family.lacks_messages)


def scopes_for(family: Family) -> tuple[str, ...]:
    """Those of notices and groups only where these are known: elsewhere an unknown scope may end a registration."""
    more = ((family.sends_notices, NOTICE_SCOPE), (family.offers_groups, GROUPS_SCOPE))
    return (*SCOPES, *(scope for is_known, scope in more if is_known))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Our addresses, as platforms ask for them."""

    base: str
    privacy: str = ""
    terms: str = ""
    contacts: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Addresses":
        return cls(settings.public_url, settings.privacy_url, settings.terms_url, settings.contacts)

    @property
    def login(self) -> str:
        return f"{self.base}/lti/login"

    @property
    def launch(self) -> str:
        return f"{self.base}/lti/launch"

    @property
    def key_set(self) -> str:
        return f"{self.base}/lti/jwks.json"

    @property
    def icon(self) -> str:
        return f"{self.base}/static/icon.png"

    @property
    def domain(self) -> str:
        """Host and port of the target link: Moodle takes no other."""
        return urlsplit(self.base).netloc


def registration(addresses: Addresses, family: Family, level: str) -> dict[str, Any]:
    """The registration that a platform of this family is asked for."""
    told: dict[str, Any] = {
        "application_type": "web",
        "grant_types": ["implicit", "client_credentials"],
        "response_types": ["id_token"],
        "redirect_uris": [addresses.launch],
        "initiate_login_uri": addresses.login,
        "client_name": NAME["en"],
        "client_name#nl": NAME["nl"],
        "jwks_uri": addresses.key_set,
        "logo_uri": addresses.icon,
        "client_uri": addresses.base,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scopes_for(family)),
        TOOL_PART: _tool_part(addresses, family, level),
    }
    optional = {
        "policy_uri": addresses.privacy, "tos_uri": addresses.terms, "contacts": list(addresses.contacts),
    }  # fmt: skip
    return told | {name: value for name, value in optional.items() if value}


def _tool_part(addresses: Addresses, family: Family, level: str) -> dict[str, Any]:
    return {
        "domain": addresses.domain,
        "target_link_uri": addresses.launch,
        "description": DESCRIPTION["en"],
        "description#nl": DESCRIPTION["nl"],
        "messages": [_message(message, addresses, family) for message in messages_for(family)],
        "claims": ["iss", "sub", *KEPT[PrivacyLevel(level)]],
        "custom_parameters": dict(COPIED_FROM),
    }


def canvas_key(addresses: Addresses, family: Family, level: str) -> dict[str, Any]:
    """The configuration of an LTI key of Canvas, to be fetched by its address.

    developerdocs.instructure.com, "Configuring" (file.lti_dev_key_config).
    Its members are those of that page: title, description, oidc_initiation_url, target_link_uri, public_jwk_url,
    scopes, extensions and custom_fields.
    """
    placements = [
        {
            "placement": placement, "message_type": message.type, "target_link_uri": addresses.base + message.path,
            "text": NAME["nl"], "icon_url": addresses.icon, "enabled": True,
        }
        for message in messages_for(family)
        for placement in family.placements_of(message.type)
    ]  # fmt: skip
    settings = {"text": NAME["nl"], "labels": {"en": NAME["en"], "nl": NAME["nl"]}, "icon_url": addresses.icon,
                "placements": placements}  # fmt: skip
    return {
        "title": NAME["en"],
        "description": DESCRIPTION["en"],
        "oidc_initiation_url": addresses.login,
        "target_link_uri": addresses.launch,
        "public_jwk_url": addresses.key_set,
        "scopes": list(scopes_for(family)),
        "custom_fields": dict(COPIED_FROM),
        "extensions": [
            {
                "platform": "canvas.instructure.com", "domain": addresses.domain, "tool_id": "technohub-modules",
                "privacy_level": CANVAS_LEVELS[PrivacyLevel(level)], "settings": settings,
            }
        ],
    }  # fmt: skip


def _message(message: Message, addresses: Addresses, family: Family) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": message.type, "target_link_uri": addresses.base + message.path, "label": NAME["en"],
        "label#nl": NAME["nl"], "icon_uri": addresses.icon,
    }  # fmt: skip
    placements = family.placements_of(message.type)
    return told | {"placements": list(placements)} if placements else told
