"""Where a learner's work can be seen, as Canvas keeps it: the address that a tool named with a score.

Canvas takes it of a new submission only, and its SpeedGrader launches it as an ordinary resource link launch
("Score": `https://canvas.instructure.com/lti/submission`, submission_type basic_lti_launch).
"""

from practice_lms.state.gradebook import ReceivedScore, scores_of
from practice_lms.state.store import Store

EXTENSION = "https://canvas.instructure.com/lti/submission"
LAUNCHED = "basic_lti_launch"


def address_of(store: Store, lineitem_id: int, user_id: str) -> str:
    """The address of the newest submission; empty where no score named one."""
    found = [address for score in scores_of(store, lineitem_id, user_id) if (address := _named(score))]
    return found[-1] if found else ""


def _named(score: ReceivedScore) -> str:
    told = score.body.get(EXTENSION)
    if score.status >= 300 or not isinstance(told, dict) or told.get("new_submission") is False:
        return ""
    address = told.get("submission_data")
    return address if told.get("submission_type") == LAUNCHED and isinstance(address, str) else ""
