"""lti-tool admin and audit: who may come in, and what was done."""

from typing import Any

import click

from lti_tool.base.errors import NotFound
from lti_tool.cli.shared import json_option, session, settings, show, tell
from lti_tool.learning import audit as notes
from lti_tool.learning.people import staff
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.protocols.sso import service


@click.group()
def admin() -> None:
    """Staff: the first central administrator, and links to sign in."""


@admin.command("login-link")
@click.argument("email", required=False)
@click.option("--name", default="", help="Of the central administrator who is made when there is none yet.")
@json_option
def login_link(email: str | None, name: str, as_json: bool) -> None:
    """Print a link that signs in the member of staff with this address, once and within 15 minutes.

    Without EMAIL the central administrator who is longest in office. Where there is none yet, one is made: so the
    first start needs nothing but this command.
    """
    with session() as opened:
        url = service.show_link(opened, settings().public_url, _person_id(opened, email, name), actor_id=None)
    tell(url, as_json=as_json, url=url)


def _person_id(opened: Any, email: str | None, name: str) -> int:
    if email is None:
        return staff.first_admin(opened, name)
    found = staff.by_email(opened, email)
    if found is None and not any(one.role == StaffRole.CENTRAL_ADMIN for one in staff.current(opened)):
        return staff.appoint(opened, email, name, Post(StaffRole.CENTRAL_ADMIN, None)).person_id
    if found is None or not staff.posts_of(opened, found.id):
        raise NotFound("no-staff")
    return found.id


@admin.command()
@click.argument("email")
@click.option("--name", default="", help="Of somebody who was no staff before.")
@click.option("--role", type=click.Choice([str(role) for role in StaffRole]), default=str(StaffRole.CENTRAL_ADMIN))
@click.option("--hub", help="Id of the hub; only a central administrator has none.")
@json_option
def appoint(email: str, name: str, role: str, hub: str | None, as_json: bool) -> None:
    """Give a post to the person with this address. The pages for staff do the same."""
    with session() as opened:
        post_id = service.appoint(opened, email, name, Post(StaffRole(role), hub))
    tell(f"Appointed. A link to sign in: lti-tool admin login-link {email}", as_json=as_json, post=post_id)


@click.group()
def audit() -> None:
    """What was done, and by whom."""


@audit.command("list")
@click.option("--verbs", default=notes.STAFF, show_default=True, help="Only verbs that begin so; empty for all.")
@click.option("--object", "object_id", default="", help="Only about this id.")
@click.option("--before", type=int, help="Only older than the note with this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def listing(verbs: str, object_id: str, before: int | None, limit: int, as_json: bool) -> None:
    """Show what was done, the newest first. Learners are shown by pseudonym."""
    with session() as opened:
        found = notes.listing(opened, family=verbs, object_id=object_id, before=before, limit=limit)
        names = staff.names_of(opened, {one.actor_id for one in found if one.actor_id})
        rows: list[dict[str, Any]] = [
            {"id": one.id, "at": one.at, "verb": one.verb, "by": names.get(one.actor_id or 0),
             "object": one.object_id, "facts": one.facts}
            for one in found
        ]  # fmt: skip
    for row in rows:
        row["facts"] = row["facts"] if as_json else [f"{name} {value}" for name, value in row["facts"].items()]
    show(rows, as_json=as_json, nothing="Nothing was noted.")


COMMANDS = (admin, audit)
