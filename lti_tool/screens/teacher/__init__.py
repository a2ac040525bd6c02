"""What a teacher sees: choosing the module that a link opens."""

from lti_tool.screens.teacher.views import blueprint

__all__ = ["blueprint"]
