"""What a learner sees: the overview of a module, its activities, the result in the course."""

from lti_tool.screens.learner import hub_days, views
from lti_tool.screens.learner.blueprint import blueprint

PAGES = (hub_days, views)
"""Modules whose addresses hang on the blueprint."""

__all__ = ["PAGES", "blueprint"]
