"""lti-tool platforms: connect learning environments."""

import json
from collections.abc import Collection
from typing import Any, BinaryIO

import click
from marshmallow import RAISE, Schema, ValidationError, fields, post_load
from sqlalchemy.orm import Session

from lti_tool.base.db import make_engine
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.cli import invitations
from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.cli.words import faults
from lti_tool.protocols.doctor import invite, runs
from lti_tool.protocols.doctor import service as doctors
from lti_tool.protocols.doctor.lights import Light, State
from lti_tool.protocols.doctor.patient import Patient, admit
from lti_tool.protocols.doctor.service import Kit
from lti_tool.protocols.doctor.words import told
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms import care, service
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.platforms.service import Environment, Platform, PlatformDraft, PrivacyLevel, Status


class PlatformSchema(Schema):
    """One entry of an import file."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True)
    issuer = fields.String(required=True)
    client_id = fields.String(required=True)
    deployment_ids = fields.List(fields.String(), data_key="deployment_id", required=True)
    auth_login_url = fields.String(required=True)
    auth_token_url = fields.String(required=True)
    key_set_url = fields.String(required=True)
    audience = fields.String(allow_none=True)
    family = fields.String()
    frame_origins = fields.List(fields.String(), data_key="frame_origin")
    allows_anonymous = fields.Boolean(data_key="allow_anonymous")
    creates_line_items = fields.Boolean(data_key="line_items")
    school = fields.String()
    environment = fields.String(allow_none=True)
    privacy_level = fields.String(data_key="privacy", allow_none=True)
    hubs = fields.List(fields.String(), allow_none=True)
    accepts_deployments = fields.Boolean(data_key="accept_deployments", allow_none=True)

    @post_load
    def draft(self, data: dict[str, Any], **_: Any) -> PlatformDraft:
        return PlatformDraft(**data)


@click.group()
def platforms() -> None:
    """Learning environments that may launch the tool."""


for command in invitations.COMMANDS:
    platforms.add_command(command)


def _rows(opened: Session, ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """All environments by name, or those with these ids."""
    return [
        _row(platform, deployments)
        for platform, deployments in service.listing(opened)
        if ids is None or platform.public_id in ids
    ]


def _row(platform: Platform, deployments: list[str]) -> dict[str, Any]:
    return {
        "id": platform.public_id, "name": platform.name, "status": platform.status, "family": platform.family,
        "issuer": platform.issuer, "client_id": platform.client_id, "deployment_id": deployments,
    }  # fmt: skip


@platforms.command("add")
@click.option("--name", required=True, help="What people call this environment.")
@click.option("--issuer", required=True, help="The platform's issuer (iss).")
@click.option("--client-id", required=True, help="The client id that the platform gave the tool.")
@click.option("--deployment-id", "deployment_ids", required=True, multiple=True, help="May be repeated.")
@click.option("--auth-login-url", required=True, help="The platform's OIDC authentication address.")
@click.option("--auth-token-url", required=True, help="The platform's OAuth2 token address.")
@click.option("--key-set-url", required=True, help="The platform's key set (JWKS).")
@click.option("--audience", help="Audience of token requests, where it is not the token address.")
@click.option("--family", type=click.Choice(sorted(FAMILIES)), default="generic", show_default=True)
@click.option("--frame-origin", "frame_origins", multiple=True, help="Origin that may frame the tool. May be repeated.")
@click.option("--allow-anonymous", "allows_anonymous", is_flag=True, help="Admit launches that name no person.")
@click.option(
    "--line-items/--no-line-items", "creates_line_items", default=True, show_default=True,
    help="Whether the tool may make a grade column for a link that has none.",
)
@click.option("--school", default="", help="Name of the school; made where none has it.")
@click.option("--environment", type=click.Choice([one.value for one in Environment]), help="Of a new one: production.")
@click.option(
    "--privacy", "privacy_level", type=click.Choice([level.value for level in PrivacyLevel]),
    help="What is kept of a person, whatever the environment sends. Of a new one: name-and-email.",
)
@click.option("--hubs", help="Ids of the hubs whose modules may be opened, with commas between. Of a new one: all.")
@click.option(
    "--accept-deployments/--ask-deployments", "accepts_deployments", default=None,
    help="Whether deployments are let in as they come. Of a new one: no.",
)
@json_option
def add(as_json: bool, hubs: str | None, **given: Any) -> None:
    """Connect an environment, active at once. The same issuer and client id again brings it up to date."""
    named = None if hubs is None else invitations.split(hubs)
    _connect([PlatformDraft(hubs=named, **given)], as_json=as_json)


def _connect(drafts: list[PlatformDraft], *, as_json: bool) -> None:
    with session() as opened:
        ids = [service.add(opened, draft).public_id for draft in drafts]
        rows = _rows(opened, ids)
    show(rows, as_json=as_json)
    for draft in drafts:
        _warn_of_closed_roads(draft)
    for row in rows:
        if row["status"] != Status.ACTIVE:
            click.echo(
                f"{row['name']} is {row['status']} and stays so: its launches are refused. "
                f"To let it in: lti-tool platforms approve {row['id']}", err=True,
            )  # fmt: skip


def _warn_of_closed_roads(draft: PlatformDraft) -> None:
    allowed = AllowedHosts(settings().allowed_private_hosts)
    for url in dict.fromkeys([draft.auth_token_url, draft.key_set_url]):
        if allowed.surely_lack(url):
            click.echo(
                f"The tool may not call {url}: it calls only public hosts over https, and those named in "
                f"LTI_TOOL_ALLOWED_PRIVATE_HOSTS. Until then launches and grades fail.", err=True,
            )  # fmt: skip


@platforms.command("import")
@click.argument("file", type=click.File("rb"))
@json_option
def import_file(file: BinaryIO, as_json: bool) -> None:
    """Connect all environments of FILE: a JSON list with the names of `add`, underscored."""
    try:
        drafts: list[PlatformDraft] = PlatformSchema(many=True).load(_listed(json.load(file)))
    except ValueError as error:
        raise click.ClickException(f"The file cannot be read: {error}") from None
    except ValidationError as error:
        raise click.ClickException(f"The file cannot be read: {faults(error.messages)}") from None
    _connect(drafts, as_json=as_json)


def _listed(document: Any) -> list[Any]:
    """Lists where the file has single values for names that may be repeated."""
    entries = document if isinstance(document, list) else [document]
    for entry in entries:
        if isinstance(entry, dict):
            for plural, name in (("deployment_ids", "deployment_id"), ("frame_origins", "frame_origin")):
                value = entry.pop(plural, entry.get(name))
                if value is not None:
                    entry[name] = value if isinstance(value, list) else [value]
    return entries


@platforms.command("list")
@json_option
def listing(as_json: bool) -> None:
    """Show all environments."""
    with session() as opened:
        rows = _rows(opened)
    show(rows, as_json=as_json, nothing="No environment is connected yet.")


@platforms.command()
@click.argument("platform_id")
@json_option
def approve(platform_id: str, as_json: bool) -> None:
    """Let the environment with this id launch the tool."""
    _decide(platform_id, Status.ACTIVE, as_json=as_json)


@platforms.command()
@click.argument("platform_id")
@json_option
def block(platform_id: str, as_json: bool) -> None:
    """Refuse launches of the environment with this id from now on."""
    _decide(platform_id, Status.BLOCKED, as_json=as_json)


@platforms.command()
@click.argument("platform_id")
@click.argument("deployment_id")
@json_option
def accept(platform_id: str, deployment_id: str, as_json: bool) -> None:
    """Let in a deployment of the environment with this id, which waits since its first launch."""
    with session() as opened:
        care.accept(opened, platform_id, deployment_id)
        (row,) = _rows(opened, [platform_id])
    tell(f"{row['name']}: deployment {deployment_id} is let in.", as_json=as_json, **row)


def _decide(platform_id: str, status: Status, *, as_json: bool) -> None:
    with session() as opened:
        platform = service.decide(opened, platform_id, status)
        (row,) = _rows(opened, [platform.public_id])
    tell(f"{platform.name} is {status}.", as_json=as_json, **row)


@platforms.command()
@click.argument("platform_id")
@json_option
def check(platform_id: str, as_json: bool) -> None:
    """Examine the environment with this id, as the self-test does. Exit code 1 if any light is red."""
    with session() as opened:
        registration_id, _ = doctors.registration_of(opened, platform_id)
        patient, run_id = admit(opened, registration_id), runs.begin(opened, registration_id, "command")
    if run_id is None:
        raise click.ClickException("A check is under way, or was made a moment ago. Wait ten seconds.")
    lights = _examined(patient)
    with session() as opened:
        runs.finish(opened, run_id, lights)
    show([_light_row(light, as_json) for light in lights], as_json=as_json)
    if any(light.state == State.RED for light in lights):
        raise SystemExit(1)


def _examined(patient: Patient) -> list[Light]:
    own = settings()
    engine = make_engine(own.database)
    wire = Wire(allowed_private_hosts=own.allowed_private_hosts, timeout_s=own.person_waits_s)
    try:
        return doctors.examine(patient, Kit(engine, wire, Vault(own.secret_keys), own.leeway_s))
    finally:
        wire.close()
        engine.dispose()


def _light_row(light: Light, as_json: bool) -> dict[str, Any]:
    if as_json:
        return light.as_json()
    words = told(light, "generic", "en")
    return {"light": words.title, "state": light.state, "found": words.what, "code": light.code}


@platforms.command("self-test")
@click.argument("platform_id")
@json_option
def self_test(platform_id: str, as_json: bool) -> None:
    """Make an address with which an environment's administrator opens its self-test, for 14 days."""
    with session() as opened:
        registration_id, _ = doctors.registration_of(opened, platform_id)
        url = invite.make(opened, registration_id, settings().public_url)
    tell(url, as_json=as_json, url=url)


@platforms.command()
@click.argument("platform_id", required=False)
@json_option
def refused(platform_id: str | None, as_json: bool) -> None:
    """Show the launches that were refused lately, the newest first: of one environment, or of all."""
    with session() as opened:
        rows = launches.refused(opened, platform_id)
    for row in rows:
        row["facts"] = row["facts"] if as_json else [f"{name} {value}" for name, value in row["facts"].items()]
    show(rows, as_json=as_json, nothing="No launch was refused lately.")
