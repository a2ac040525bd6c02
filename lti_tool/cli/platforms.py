"""lti-tool platforms: connect learning environments."""

import json
from typing import Any, BinaryIO

import click
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from lti_tool.cli.shared import json_option, session, show
from lti_tool.protocols.platforms import service
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.platforms.service import Platform, PlatformDraft, Status


class PlatformSchema(Schema):
    """One entry of an import file."""

    class Meta:
        unknown = EXCLUDE

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

    @post_load
    def draft(self, data: dict[str, Any], **_: Any) -> PlatformDraft:
        return PlatformDraft(**data)


@click.group()
def platforms() -> None:
    """Learning environments that may launch the tool."""


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
@json_option
def add(as_json: bool, **given: Any) -> None:
    """Connect an environment, active at once. The same issuer and client id again brings it up to date."""
    with session() as opened:
        platform = service.add(opened, PlatformDraft(**given))
        row = _row(platform, list(given["deployment_ids"]))
    show([row], as_json=as_json)


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
        raise click.ClickException(f"The file cannot be read: {error.messages}") from None
    with session() as opened:
        rows = [_row(service.add(opened, draft), list(draft.deployment_ids)) for draft in drafts]
    show(rows, as_json=as_json)


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
        rows = [_row(platform, deployments) for platform, deployments in service.listing(opened)]
    show(rows, as_json=as_json, nothing="No environment is connected yet.")


@platforms.command()
@click.argument("platform_id")
def approve(platform_id: str) -> None:
    """Let the environment with this id launch the tool."""
    with session() as opened:
        click.echo(f"{service.decide(opened, platform_id, Status.ACTIVE).name} is active.")


@platforms.command()
@click.argument("platform_id")
def block(platform_id: str) -> None:
    """Refuse launches of the environment with this id from now on."""
    with session() as opened:
        click.echo(f"{service.decide(opened, platform_id, Status.BLOCKED).name} is blocked.")
