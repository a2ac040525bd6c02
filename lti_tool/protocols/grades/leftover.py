"""A number that stands in the gradebook although there is no result any more: a teacher excused or reopened the work.

A score without a number asks the platform to take out what it had (AGS 2.0, 3.4.5: it *should*). Moodle and Canvas do;
what others do is seen when the column is read back. It is asked only where a teacher's act took the number away: after
a newer version or another run nobody decided that grades should go, and the teacher is told what still stands there.
The last number that was accepted stays known (`sent_points`), so that nothing of the school's is written over later.
"""

from sqlalchemy import ColumnElement, and_, func, or_

from lti_tool.learning.kinds import Proof
from lti_tool.learning.progress.decisions import BACK, Act
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import DeliveryState, Finding

TAKES_AWAY = frozenset({Act.CORRECTED, Act.EXCUSED, Act.REOPENED})
_UNTOUCHED = (None, Finding.EQUAL, Finding.UNSEEN)
"""What a gradebook showed that still holds the number, as far as anybody knows."""


def is_act(proof: Proof) -> bool:
    """A teacher's act, or its taking back, that may take a number away."""
    return proof.what.removesuffix(BACK) in TAKES_AWAY


def may_stand(row: AnyRow) -> bool:
    """A number of ours may stand in the gradebook: accepted, under way, or sent and never answered."""
    return row.sent_points is not None or not row.is_sure or row.lease_owner is not None


def is_emptied(row: AnyRow) -> bool:
    """The platform accepted that there is no number any more."""
    is_accepted = row.state == DeliveryState.SETTLED and row.points is None
    return bool(is_accepted and row.sent_points is not None)


def is_left(row: AnyRow) -> bool:
    """A number of ours stands there that holds no longer, and nothing is under way to take it out."""
    if is_emptied(row):
        return bool(row.finding == Finding.DIFFERS)
    return row.state == DeliveryState.DROPPED and row.sent_points is not None and row.finding in _UNTOUCHED


EMPTIED: ColumnElement[bool] = and_(
    Delivery.state == DeliveryState.SETTLED, Delivery.points.is_(None), Delivery.sent_points.is_not(None)
)
MAY_STAND: ColumnElement[bool] = or_(
    Delivery.sent_points.is_not(None), Delivery.is_sure.is_(False), Delivery.lease_owner.is_not(None)
)
_FOUND = func.coalesce(Delivery.finding, "")
LEFT: ColumnElement[bool] = and_(
    Delivery.sent_points.is_not(None),
    or_(
        and_(EMPTIED, _FOUND == Finding.DIFFERS),
        and_(
            Delivery.state == DeliveryState.DROPPED, _FOUND.in_([str(one) if one else "" for one in _UNTOUCHED])
        ),
    ),
)
"""These are `is_emptied`, `may_stand` and `is_left` as the database reads them."""
