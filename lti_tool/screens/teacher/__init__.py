"""What a teacher sees: choosing the module that a link opens."""

from lti_tool.screens.teacher import copied, place, views
from lti_tool.screens.teacher.blueprint import blueprint

PAGES = (copied, place, views)
"""Modules whose addresses hang on the blueprint. A later part of the teacher's pages is one more."""

__all__ = ["PAGES", "blueprint"]
