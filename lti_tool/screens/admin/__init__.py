"""What staff see: schools' connections, keys, grades on their way, each other."""

from lti_tool.screens.admin import deliveries, home, keys
from lti_tool.screens.admin.blueprint import blueprint

PAGES = (home, deliveries, keys)
"""Each hangs its addresses on the blueprint when it is imported."""

__all__ = ["PAGES", "blueprint"]
