"""What staff see: schools' connections, keys, grades on their way, each other."""

from lti_tool.screens.admin import colleagues, deliveries, doctor, history, home, keys, me
from lti_tool.screens.admin.blueprint import blueprint

PAGES = (home, doctor, colleagues, deliveries, history, keys, me)
"""Each hangs its addresses on the blueprint when it is imported."""

__all__ = ["PAGES", "blueprint"]
