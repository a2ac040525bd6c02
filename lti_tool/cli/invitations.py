"""lti-tool platforms invite: invitations for learning environments that register themselves."""

from typing import Any

import click

from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import invitations
from lti_tool.protocols.platforms.invitations import InvitationDraft
from lti_tool.protocols.platforms.service import Environment, PrivacyLevel

privacy_option = click.option(
    "--privacy", "privacy_level", type=click.Choice([level.value for level in PrivacyLevel]),
    default=PrivacyLevel.NAME_AND_EMAIL.value, show_default=True,
    help="What is kept of a person, whatever the environment sends.",
)  # fmt: skip
environment_option = click.option(
    "--environment", type=click.Choice([one.value for one in Environment]), default=Environment.PRODUCTION.value,
    show_default=True,
)  # fmt: skip
hubs_option = click.option(
    "--hubs", default="", help="Ids of the hubs whose modules may be opened, with commas between; all when left out."
)


def split(names: str) -> list[str]:
    return names.replace(",", " ").split()


@click.command()
@click.option("--school", default="", help="Name of the school; made where none has it.")
@hubs_option
@click.option(
    "--uses", default=1, show_default=True, type=click.IntRange(1, invitations.MOST_USES), help="Connections."
)
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, invitations.MOST_DAYS))
@privacy_option
@environment_option
@click.option("--accept-deployments", "accepts_deployments", is_flag=True, help="Let in deployments as they come.")
@json_option
def invite(as_json: bool, hubs: str, **given: Any) -> None:
    """Print an address with which an environment registers itself and is connected at once. It is shown only now."""
    public_url = settings().public_url
    with session() as opened:
        made, code = invitations.make(opened, InvitationDraft(hubs=split(hubs), **given))
        url, facts = f"{public_url}/lti/register/{code}", {"id": made.public_id, "expires_at": made.expires_at}
    tell(url, as_json=as_json, url=url, **facts)


@click.command("invitations")
@json_option
def listing(as_json: bool) -> None:
    """Show all invitations, the newest first."""
    with session() as opened:
        schools = people.organisation_names(opened)
        rows = [
            {
                "id": one.public_id, "state": invitations.state_of(one),
                "school": schools.get(one.organisation_id or 0), "hubs": one.hubs,
                "used": f"{one.used} of {one.uses}", "expires_at": one.expires_at,
                "environment": one.environment, "privacy": one.privacy_level,
            }
            for one in invitations.listing(opened)
        ]  # fmt: skip
    show(rows, as_json=as_json, nothing="There are no invitations.")


@click.command()
@click.argument("invitation_id")
@json_option
def withdraw(invitation_id: str, as_json: bool) -> None:
    """Let nobody use the invitation with this id any more; what came through it stays."""
    with session() as opened:
        made = invitations.withdraw(opened, invitation_id)
        facts = {"id": made.public_id, "state": invitations.state_of(made)}
    tell("The invitation is withdrawn.", as_json=as_json, **facts)


COMMANDS = (invite, listing, withdraw)
