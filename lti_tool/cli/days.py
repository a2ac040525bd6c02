"""lti-tool days: days at a hub. Plan them, see who comes, cancel them, and mark who was there."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

import click
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.cli.shared import json_option, session, show, tell
from lti_tool.learning.assessment import service as assessment
from lti_tool.learning.assessment.service import Said
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds.session import MARKS
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import attendance, planning, reports
from lti_tool.learning.sessions.attendance import Tap
from lti_tool.learning.sessions.planning import Plan
from lti_tool.learning.sessions.reports import Attendee
from lti_tool.learning.sessions.rules import HERE

LONGEST_BACK = timedelta(days=1)
AHEAD = timedelta(days=366)


@click.group()
def days() -> None:
    """Days at a hub."""


@days.command("list")
@click.option("--hub", default="", metavar="ID", help="Of this hub only.")
@json_option
def listing(hub: str, as_json: bool) -> None:
    """Show the days to come, how many seats are taken, and how many people wait."""
    now = clock.now()
    with session() as opened:
        rows = [asdict(one) for one in reports.days(opened, now - LONGEST_BACK, now + AHEAD, hub)]
    show(rows, as_json=as_json, nothing="No day is planned.")


@days.command()
@click.argument("module_id")
@click.argument("activity")
@click.option("--begins", required=True, type=click.DateTime(["%Y-%m-%d %H:%M"]), help="On the hub's clock.")
@click.option("--hours", required=True, type=click.FloatRange(0.25, 24), help="How long it takes.")
@click.option("--place", required=True, help="Address and room, as people find it.")
@click.option("--seats", required=True, type=click.IntRange(1, planning.MOST_SEATS))
@click.option("--weeks", default=1, type=click.IntRange(1, planning.MOST_OF_A_SERIES), help="As often, a week apart.")
@click.option("--room", "rooms", multiple=True, metavar="NAME", help="A room that it takes up.")
@click.option("--machine", "machines", multiple=True, metavar="NAME", help="A machine that it takes up.")
@click.option("--quota", "quotas", multiple=True, metavar="PARTNER=SEATS", help="Seats kept for a school or company.")
@click.option("--directions", default="", help="How to get there, in Dutch.")
@click.option("--safety", default="", help="What must be confirmed before booking, in Dutch.")
@json_option
def plan(
    module_id: str, activity: str, begins: datetime, hours: float, place: str, seats: int, weeks: int,
    rooms: tuple[str, ...], machines: tuple[str, ...], quotas: tuple[str, ...], directions: str, safety: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Plan days for the ACTIVITY of a module. A room or machine that is in use then is refused."""
    with session() as opened:
        hub = catalogue.hub_of(opened, module_id)
        used = [planning.add_facility(opened, hub, "room", name) for name in rooms]
        used += [planning.add_facility(opened, hub, "machine", name) for name in machines]
        drafted = Plan(
            module_id=catalogue.module_id(opened, module_id), activity_key=activity, begins=begins,
            length=timedelta(hours=hours), place=place, most_seats=seats, facility_ids=tuple(used),
            directions={"nl": directions} if directions else {}, safety={"nl": safety} if safety else {},
            quotas=tuple(_quota(opened, one) for one in quotas),
        )  # fmt: skip
        made = planning.plan_series(opened, hub, drafted, weeks, actor_id=None)
        rows = [{"id": one.public_id, "begins": one.starts_at.astimezone(HERE).isoformat()} for one in made]
    show(rows, as_json=as_json, nothing="")


@days.command()
@click.argument("day_id")
@click.argument("person")
@click.argument("activity")
@click.option("--level", "levels", multiple=True, required=True, metavar="CRITERION=N", help="1 is the lowest level.")
@click.option("--comment", default="", help="The learner reads it.")
@json_option
def judge(day_id: str, person: str, activity: str, levels: tuple[str, ...], comment: str, as_json: bool) -> None:
    """Judge the practical assignment ACTIVITY of PERSON (an id of `people`); later words correct earlier ones."""
    with session() as opened:
        enrolment_id = _attendee(opened, day_id, person).enrolment_id
        step = progress.syllabus_of(opened, progress.place_by_id(opened, enrolment_id)).step(activity)
        before = assessment.history(opened, enrolment_id, step)
        seen = before[-1].revision if before else 0
        judged = assessment.judge(
            opened, enrolment_id, step, Said(dict(_level(one) for one in levels), comment, seen=seen), actor_id=None
        )
        points = round(judged.fraction * step.points, 2)
    told = f"{person}: {points:g} of {step.points:g} points{'' if judged.is_enough else ', not enough yet'}."
    tell(told, as_json=as_json, person=person, activity=activity, points=points, is_enough=judged.is_enough)


@days.command()
@click.argument("day_id")
@click.argument("person")
@click.argument("activity")
@json_option
def resit(day_id: str, person: str, activity: str, as_json: bool) -> None:
    """Let PERSON try the practical assignment ACTIVITY once more. The next judgement is of that work."""
    with session() as opened:
        enrolment_id = _attendee(opened, day_id, person).enrolment_id
        step = progress.syllabus_of(opened, progress.place_by_id(opened, enrolment_id)).step(activity)
        assessment.give_resit(opened, enrolment_id, step, actor_id=None)
    tell(f"{person}: may try {activity} once more.", as_json=as_json, person=person, activity=activity)


def _level(text: str) -> tuple[str, int]:
    """(criterion, index from 0) of "meten=2"."""
    criterion, _, level = text.partition("=")
    if not level.isdecimal() or int(level) < 1:
        raise click.BadParameter(f"{text!r} is no CRITERION=N, such as meten=2")
    return criterion, int(level) - 1


def _attendee(opened: Session, day_id: str, person: str) -> Attendee:
    found = next((one for one in reports.attendees(opened, day_id) if one.person == person), None)
    if found is None:
        raise click.BadParameter(f"{person} has no seat on this day.")
    return found


def _quota(opened: Session, text: str) -> tuple[int, int]:
    """(organisation, seats) of "voorbeeld-college=3"."""
    partner, _, count = text.partition("=")
    if not count.isdecimal():
        raise click.BadParameter(f"{text!r} is no PARTNER=SEATS, such as voorbeeld-college=3")
    return people.organisation_id(opened, partner), int(count)


@days.command()
@click.argument("day_id")
@click.option("--reason", required=True, help="Everybody who had a seat reads it.")
@json_option
def cancel(day_id: str, reason: str, as_json: bool) -> None:
    """Let a day not take place. All seats are released."""
    with session() as opened:
        planning.cancel(opened, day_id, reason, actor_id=None)
    tell(f"{day_id}: cancelled.", as_json=as_json, id=day_id)


@days.command("people")
@click.argument("day_id")
@json_option
def of_day(day_id: str, as_json: bool) -> None:
    """Show who has a seat, who waits, and who was there."""
    with session() as opened:
        rows = [asdict(one) for one in reports.attendees(opened, day_id)]
    show(rows, as_json=as_json, nothing="Nobody yet.")


@days.command()
@click.argument("day_id")
@click.argument("person")
@click.argument("what", type=click.Choice(sorted(MARKS)))
@click.option("--reason", default="", help="Needed when the day is long over.")
@json_option
def mark(day_id: str, person: str, what: str, reason: str, as_json: bool) -> None:
    """Say whether PERSON (an id of `people`) was there. A later mark corrects an earlier one."""
    with session() as opened:
        one = _attendee(opened, day_id, person)
        tap = Tap(one.enrolment_id, what, secrets.token_hex(8), saw=one.mark_revision, reason=reason)
        attendance.mark(opened, day_id, [tap], actor_id=None)
    tell(f"{person}: {what}.", as_json=as_json, id=day_id, person=person, what=what)
