"""What staff see: schools' connections, keys, grades on their way, each other."""

from lti_tool.screens.admin import (
    colleagues,
    contracts,
    deliveries,
    doctor,
    history,
    home,
    invitations,
    keys,
    me,
    platforms,
)
from lti_tool.screens.admin.blueprint import blueprint

PAGES = (home, platforms, doctor, contracts, invitations, colleagues, deliveries, history, keys, me)
"""Each hangs its addresses on the blueprint when it is imported."""

__all__ = ["PAGES", "blueprint"]
