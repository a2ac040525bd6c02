"""A platform registers itself, step by step (Dynamic Registration 1.0, 3.3 to 3.7). Knows no Flask.

Each step is noted in its run before it begins, in a transaction of its own; none is open while other servers are
called. What the platform grants is what is kept, not what we asked.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.base.db import alone
from lti_tool.base.errors import Invalid, ToolError, Upstream
from lti_tool.base.wire import Answer, Wire
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.protocols.lti.tool_configuration import TOOL_PART, Addresses, registration
from lti_tool.protocols.platforms import invitations, registering, runs
from lti_tool.protocols.platforms.configuration import Configuration, configuration_of, is_address
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.invitations import Terms
from lti_tool.protocols.platforms.registering import Granted, Kept, Offer
from lti_tool.protocols.platforms.runs import Run, Step
from lti_tool.protocols.platforms.service import PrivacyLevel

LONGEST_TOKEN = 8192
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters with which a platform opens our address."""

    configuration_url: str
    token: str
    """Empty where the platform sends none (Brightspace)."""
    code: str
    """Of an invitation, or empty."""

    @classmethod
    def of(cls, parameters: Mapping[str, str], code: str) -> "Asked":
        """Raises Invalid("register-parameter")."""
        url, token = parameters.get("openid_configuration", ""), parameters.get("registration_token", "")
        if not is_address(url):
            raise Invalid("register-parameter", parameter="openid_configuration")
        if len(token) > LONGEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
            raise Invalid("register-parameter", parameter="registration_token")
        return cls(url, token, code)

    @property
    def name(self) -> str:
        return runs.name_of(self.configuration_url, self.token, self.code)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a registration needs of the process around it."""

    wire: Wire
    allowed: AllowedHosts
    addresses: Addresses
    apart: Callable[[], AbstractContextManager[Session]]
    reference: str


@dataclass(frozen=True, slots=True)
class Came:
    """What is to be shown."""

    run: Run
    is_fresh: bool
    """It was done for this request, and is not shown again."""


def register(desk: Desk, asked: Asked, *, again: bool = False) -> Came:
    """Do it, or find what came of it before. Failures stand in the run."""
    run_id = _begin(desk, asked, again=again)
    if isinstance(run_id, Run):
        return Came(run_id, is_fresh=False)
    try:
        _steps(desk, asked, run_id)
    except ToolError as error:
        _note(desk, run_id, code=error.code, facts=dict(error.facts))
    with desk.apart() as session:
        return Came(runs.by_id(session, run_id), is_fresh=True)


def _begin(desk: Desk, asked: Asked, *, again: bool) -> int | Run:
    """A new run's id, or the run that stands for this request, which may come twice at once."""
    with desk.apart() as session:
        alone(session, f"run {asked.name}")
        found = runs.shown(session, asked.name, has_token=bool(asked.token), again=again)
        return found or runs.begin(session, asked.name, asked.configuration_url, desk.reference)


def _steps(desk: Desk, asked: Asked, run_id: int) -> None:
    terms = _terms(desk, asked, run_id)
    _note(desk, run_id, step=Step.FETCH)
    document = _fetched(desk, asked)
    _note(desk, run_id, step=Step.CHECK)
    configuration = configuration_of(asked.configuration_url, document, desk.allowed)
    _note(desk, run_id, step=Step.REGISTER, issuer=configuration.issuer)
    answer = _asked_for(desk, asked, configuration, terms)
    _note(desk, run_id, step=Step.ANSWER)
    granted = granted_by(answer)
    _note(desk, run_id, step=Step.STORE)
    with desk.apart() as session:
        kept = registering.keep(session, Offer(configuration, granted, terms, bool(asked.token)))
        runs.note(
            session, run_id, step=Step.DONE, registration_id=kept.platform.id,
            facts=_facts(configuration, granted, kept) | {"is_invited": terms is not None},
        )  # fmt: skip


def _note(desk: Desk, run_id: int, **values: Any) -> None:
    with desk.apart() as session:
        runs.note(session, run_id, **values)


def _terms(desk: Desk, asked: Asked, run_id: int) -> Terms | None:
    if not asked.code:
        return None
    with desk.apart() as session:
        terms = invitations.by_code(session, asked.code)
        runs.note(session, run_id, invitation_id=terms.id)
    return terms


def _bearer(asked: Asked) -> dict[str, str]:
    """The platform's own token. Canvas wants it for its configuration as well."""
    return {"Authorization": f"Bearer {asked.token}"} if asked.token else {}


def _fetched(desk: Desk, asked: Asked) -> Any:
    headers = {"Accept": "application/json"} | _bearer(asked)
    answer = desk.wire.request("GET", asked.configuration_url, headers=headers)
    if answer.status != 200:
        raise Upstream("configuration-status", retry=answer.status >= 500, status=answer.status)
    try:
        return answer.json()
    except Upstream:
        raise Invalid("configuration-unreadable") from None


def _asked_for(desk: Desk, asked: Asked, configuration: Configuration, terms: Terms | None) -> Answer:
    level = terms.privacy_level if terms else PrivacyLevel.NAME_AND_EMAIL
    body = registration(desk.addresses, family_named(configuration.family), level)
    headers = {"Content-Type": "application/json", "Accept": "application/json"} | _bearer(asked)
    answer = desk.wire.request(
        "POST", configuration.registration_url, headers=headers, body=json.dumps(body).encode()
    )
    if answer.status in (200, 201):
        return answer
    code = "registration-token" if answer.status == 401 else "registration-refused"
    raise Upstream(code, retry=answer.status >= 500, status=answer.status, told=_reason(answer.body))


def _reason(body: bytes) -> str:
    """What the platform says of its refusal, as one short line; Canvas answers 422 with a member "errors"."""
    try:
        document = json.loads(body[:20_000])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    names = ("error_description", "errors", "message", "error")
    told = next((document[name] for name in names if document.get(name)), "")
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    return _line(text, 300)


def _line(value: Any, longest: int = 255) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isprintable()).encode("utf-8", "replace").decode()[:longest].strip()


def granted_by(answer: Answer) -> Granted:
    """What the platform's answer grants. Raises Invalid("answer-unreadable" | "answer-member")."""
    try:
        document = answer.json()
    except Upstream:
        raise Invalid("answer-unreadable") from None
    if not isinstance(document, dict):
        raise Invalid("answer-unreadable")
    client_id = document.get("client_id")
    if not isinstance(client_id, str) or not client_id or client_id != _line(client_id):
        raise Invalid("answer-member", member="client_id")
    part = document.get(TOOL_PART)
    part = part if isinstance(part, dict) else {}
    return Granted(client_id, _deployment_id(part), _told(document, part))


def _deployment_id(part: Mapping[str, Any]) -> str | None:
    """Moodle and most tell it; Canvas makes deployments later. A whole number is taken as its digits."""
    value = part.get("deployment_id")
    if value is None or value == "":
        return None
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or text != _line(text) or not text.isascii():
        raise Invalid("answer-member", member="deployment_id")
    return text


def _told(document: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, list[str]]:
    """Scopes, messages and claims as far as the answer names them: silence says nothing."""
    told: dict[str, list[str]] = {}
    if isinstance(document.get("scope"), str):
        told["scopes"] = [_line(scope) for scope in document["scope"].split()[:MOST_TOLD]]
    for name in ("messages", "claims"):
        entries = part.get(name)
        if isinstance(entries, list):
            texts = [one.get("type") if isinstance(one, dict) else one for one in entries[:MOST_TOLD]]
            told[name] = [line for line in map(_line, texts) if line]
    return told


def _facts(configuration: Configuration, granted: Granted, kept: Kept) -> dict[str, Any]:
    return registering.facts_of(kept) | {
        "family": configuration.family, "has_deployment": granted.deployment_id is not None,
        "client_id": granted.client_id, "status": kept.platform.status,
    }  # fmt: skip
