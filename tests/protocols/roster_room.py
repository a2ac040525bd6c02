"""A class as its teacher sees it, on a school whose platform offers a roster."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.classes import ClassFacts, ClassMember
from lti_tool.protocols.resource_links.models import Context, ResourceLink, Roster
from lti_tool.protocols.roster import service
from tests.protocols.conftest import LINKS, School

COURSE = "mechatronica-4b"


@dataclass
class Room:
    """The class of one link of the school's course."""

    school: School
    course: str = COURSE
    link: str = LINKS

    @property
    def link_id(self) -> int:
        with Session(self.school.engine) as session:
            return session.scalars(select(ResourceLink.id).where(ResourceLink.resource_link_id == self.link)).one()

    def offer(self, *, groups: bool = False) -> None:
        """The last launch of the link offered the services of its course."""
        base = self.school.lms.url
        with Session(self.school.engine) as session, session.begin():
            link = writing(session).scalars(
                select(ResourceLink).where(ResourceLink.resource_link_id == self.link)
            ).one()  # fmt: skip
            context = session.scalars(select(Context).where(Context.context_id == self.course)).one_or_none()
            context = context or Context(deployment_id=link.deployment_id, context_id=self.course, title=self.course)
            session.add(context)
            session.flush()
            link.context_id = context.id
            link.memberships_url = f"{base}/lti/nrps/{self.course}/memberships"
            if groups:
                link.groups_url = f"{base}/lti/gs/{self.course}/groups"
                link.group_sets_url = f"{base}/lti/gs/{self.course}/groupsets"

    def ask(self) -> None:
        """A teacher presses refresh."""
        with Session(self.school.engine) as session, session.begin():
            service.ask(writing(session), self.link_id)

    def look(self) -> None:
        with Session(self.school.engine) as session, session.begin():
            service.look(writing(session), self.link_id)

    def grow_older(self, by: timedelta = timedelta(hours=1)) -> None:
        """What was read was read so long ago."""
        with Session(self.school.engine) as session, session.begin():
            roster = writing(session).get_one(Roster, self.link_id)
            if roster.complete_at is not None:
                roster.complete_at -= by

    def hurry(self) -> None:
        """What is planned is due now (instead of sleeping)."""
        with Session(self.school.engine) as session, session.begin():
            writing(session).execute(update(Roster).values(due_at=clock.now(), wait_until=None))

    def read_again(self) -> None:
        """A teacher asks, later, and the worker reads."""
        self.grow_older()
        self.ask()
        self.school.deliver()

    def members(self) -> Mapping[str, ClassMember]:
        with Session(self.school.engine) as session:
            return {one.subject: one for one in classes.of_link(session, self.link_id)}

    def there(self) -> set[str]:
        """Who is in the class and has not left."""
        return {subject for subject, one in self.members().items() if one.left_at is None}

    def facts(self) -> ClassFacts:
        with Session(self.school.engine) as session:
            return classes.about(session, self.link_id)

    def roster(self) -> Roster:
        with Session(self.school.engine) as session:
            return session.get_one(Roster, self.link_id)
