"""Forms for a platform that is connected by hand: only the fields that its family needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from lti_tool.base.errors import Invalid
from lti_tool.protocols.platforms.care import Agreement, Card
from lti_tool.protocols.platforms.families import FAMILIES, Family
from lti_tool.protocols.platforms.service import PlatformDraft
from lti_tool.web.staff import Staff, must_run

Form = MultiDict[str, str]
ENDPOINTS = ("auth_login_url", "auth_token_url", "key_set_url")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form of a family asks."""

    family: Family

    @property
    def places(self) -> tuple[str, ...]:
        """The issuers to choose from, where the supplier has fixed ones."""
        return tuple(hosted.issuer for hosted in self.family.hosted)

    @property
    def endpoints(self) -> bool:
        return not self.family.hosted and self.family.endpoint_paths is None

    @property
    def audience(self) -> bool:
        return self.family.asks_audience or self.family.name == "generic"


def asked_of(name: str) -> Asked:
    """Raises Invalid("platform-family")."""
    if name not in FAMILIES:
        raise Invalid("platform-family", family=name[:32], known=", ".join(sorted(FAMILIES)))
    return Asked(FAMILIES[name])


def draft_of(form: Form, *, family: str, kept: Card | None = None) -> PlatformDraft:
    """What the form says; what its family fixes is filled in. Raises Invalid("platform-family")."""
    asked = asked_of(family)
    given = {name: value.strip() for name, value in form.items()}
    found = _addresses(asked.family, given, kept)
    return PlatformDraft(
        name=given.get("name", ""), client_id=given.get("client_id", ""), family=asked.family.name,
        deployment_ids=given.get("deployment_ids", "").split(), audience=given.get("audience") or None,
        allows_anonymous=kept.allows_anonymous if kept else False,
        creates_line_items=kept.creates_line_items if kept else True, issuer=found["issuer"],
        auth_login_url=found["auth_login_url"], auth_token_url=found["auth_token_url"],
        key_set_url=found["key_set_url"],
    )  # fmt: skip


def _addresses(family: Family, given: Mapping[str, str], kept: Card | None) -> dict[str, str]:
    issuer = given.get("issuer", "").rstrip("/") if family.endpoint_paths else given.get("issuer", "")
    told = {name: given.get(name, "") for name in ENDPOINTS}
    if kept is not None and not any(told.values()) and kept.issuer == issuer:
        return {"issuer": issuer} | {name: getattr(kept, name) for name in ENDPOINTS}
    hosted = next((one for one in family.hosted if one.issuer == issuer), None)
    if hosted is not None:
        told = {name: getattr(hosted, name) for name in ENDPOINTS}
    elif family.endpoint_paths and not any(told.values()):
        told = {name: issuer + path for name, path in zip(ENDPOINTS, family.endpoint_paths, strict=True)}
    return {"issuer": issuer} | told


def agreement_of(form: Form) -> Agreement:
    return Agreement(
        school=form.get("school", ""), hubs=form.getlist("hubs"), privacy_level=form.get("privacy_level", ""),
        environment=form.get("environment", ""), accepts_deployments="accepts_deployments" in form,
    )  # fmt: skip


def must_be_theirs(staff: Staff, hubs: Sequence[str]) -> None:
    """Whoever runs hubs names them: none would be all. Raises Invalid("hubs-none"), and what must_run raises."""
    if not hubs and staff.runs is not None:
        raise Invalid("hubs-none")
    must_run(staff, hubs)
