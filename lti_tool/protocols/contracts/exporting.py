"""All that the tool holds of one platform, as a ZIP: each table as CSV for people and as JSON for machines.

It is made while it is sent or written, row by row: nothing is held in memory whole, and no copy is left behind.
CSV: UTF-8 with a mark for spreadsheets, semicolons, decimal commas. JSON: a list, a member a line.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.base import clock, sheets
from lti_tool.learning import privacy
from lti_tool.protocols.contracts.ending import authority, owners
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.resource_links.models import Context, Group, Member, ResourceLink

Rows = Iterator[dict[str, Any]]
README = """Gegevens van {name}
Gemaakt op {at} (UTC) door de Technohub-tool.

Dit bestand bevat persoonsgegevens. Bewaar het veilig en niet langer dan nodig.

Elke tabel staat er twee keer in: als .csv (voor een rekenblad: UTF-8, puntkomma's, decimale komma's) en als .json
(voor programma's). Tijden zijn in UTC.

personen        iedereen die {name} bij ons noemde, met het kenmerk dat {name} gebruikt (id_at_platform)
cursussen       de cursussen waaruit een module werd geopend
links           de links in die cursussen, en de module die ze openen
groepen         de groepen van die cursussen
deelnemers      wie in de klas van welke link staat (binnengekomen of in de deelnemerslijst), en als wat
standen         waar elke deelnemer staat per module; score is een deel van 1
bewijs          wat elke deelnemer deed: gelezen, ingeleverd, met de antwoorden
pogingen        werk dat is bewaard, ook als het niet is ingeleverd
cijfers         wat naar het cijferboek is gestuurd

De kolom person verbindt personen met standen, deelnemers en cijfers; enrolment verbindt standen met bewijs en pogingen.
"""


def streamed(session: Session, found: Registration) -> Iterator[bytes]:
    """The ZIP in pieces, each as soon as it is made. The session must see one state of the database throughout."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LEESMIJ.txt", README.format(name=found.name, at=f"{clock.now():%Y-%m-%d %H:%M}"))
        for name, rows in tables(session, found).items():
            for suffix, lines in (("csv", csv_lines), ("json", json_lines)):
                with archive.open(f"{name}.{suffix}", "w", force_zip64=True) as member:
                    for line in lines(rows()):
                        member.write(line.encode())
                        yield from pipe.taken()
    yield from pipe.taken()


class _Pipe(io.RawIOBase):
    """Where a ZIP is written to that nobody can go back in; what was written is taken out at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> Iterator[bytes]:
        pieces, self._pieces = self._pieces, []
        yield from pieces


def tables(session: Session, found: Registration) -> dict[str, Callable[[], Rows]]:
    """What there is to give out: the name of the table, and its rows afresh at each call."""
    cohorts = privacy.runs(session, owners(session, found.id))
    return {
        "personen": lambda: privacy.people(session, authority(found)),
        "cursussen": lambda: _stream(session, _COURSES.where(Deployment.registration_id == found.id)),
        "groepen": lambda: _stream(session, _GROUPS.where(Deployment.registration_id == found.id)),
        "links": lambda: _stream(session, _LINKS.where(ResourceLink.registration_id == found.id)),
        "deelnemers": lambda: _stream(session, _MEMBERS.where(ResourceLink.registration_id == found.id)),
        "standen": lambda: privacy.standings(session, cohorts),
        "bewijs": lambda: privacy.evidence(session, cohorts),
        "pogingen": lambda: privacy.attempts(session, cohorts),
        "praktijkdagen": lambda: privacy.seats(session, cohorts),
        "aanwezigheid": lambda: privacy.attendance(session, cohorts),
        "beoordelingen": lambda: privacy.judgements(session, cohorts),
        "cijfers": lambda: _stream(session, _DELIVERIES.where(Delivery.registration_id == found.id)),
    }


_COURSES = (
    select(Context.context_id.label("course"), Context.title, Deployment.deployment_id.label("deployment"))
    .join(Deployment, Deployment.id == Context.deployment_id)
    .order_by(Context.id)
)
_GROUPS = (
    select(Context.context_id.label("course"), Group.group_id.label("group"), Group.name, Group.set_name)
    .join(Context, Context.id == Group.context_id)
    .join(Deployment, Deployment.id == Context.deployment_id)
    .order_by(Group.context_id, Group.group_id)
)
_LINKS = (
    select(
        ResourceLink.resource_link_id.label("link"), ResourceLink.title, ResourceLink.named,
        ResourceLink.has_own_run, ResourceLink.activity_key, ResourceLink.columns, ResourceLink.scale,
        ResourceLink.due_at, ResourceLink.created_at,
        Context.context_id.label("course"),
    )
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .order_by(ResourceLink.id)
)  # fmt: skip
_MEMBERS = (
    select(
        Member.subject.label("id_at_platform"), ResourceLink.resource_link_id.label("link"), Member.role,
        Member.is_test, Member.last_launch_at, Member.seen_at, Member.left_at, Member.group_ids,
        Member.enrolment_id.label("enrolment"),
    )
    .join(ResourceLink, ResourceLink.id == Member.resource_link_id)
    .order_by(Member.id)
)  # fmt: skip
_DELIVERIES = (
    select(
        Delivery.subject.label("id_at_platform"), ResourceLink.resource_link_id.label("link"),
        Delivery.activity_key.label("activity"), Delivery.state,
        Delivery.points, Delivery.maximum, Delivery.sent_points, Delivery.comment, Delivery.accepted_at,
        Delivery.reason, Delivery.enrolment_id.label("enrolment"),
    )
    .join(ResourceLink, ResourceLink.id == Delivery.resource_link_id)
    .order_by(Delivery.id)
)  # fmt: skip


def _stream(session: Session, query: Select[*tuple[Any, ...]]) -> Rows:
    for row in session.execute(query.execution_options(yield_per=privacy.AT_ONCE)):
        yield dict(row._mapping)


def csv_lines(rows: Rows) -> Iterator[str]:
    """The lines of a CSV file; the first names the columns, none where there are no rows."""
    first = next(rows, None)
    if first is None:
        return
    yield from sheets.csv_lines(first, (row.values() for row in chain((first,), rows)))


def json_lines(rows: Rows) -> Iterator[str]:
    """The lines of a JSON list."""
    yield "["
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + json.dumps(row, ensure_ascii=False, default=_written)
    yield "\n]\n"


def _written(value: datetime) -> str:
    return value.isoformat()
