"""For administrators of learning environments: sheets to copy from. Nobody needs an account."""

from lti_tool.screens.connect.views import blueprint

__all__ = ["blueprint"]
