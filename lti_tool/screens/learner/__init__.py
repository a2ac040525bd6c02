"""What a learner sees: the overview of a module, its activities, the result in the course."""

from lti_tool.screens.learner.views import blueprint

__all__ = ["blueprint"]
