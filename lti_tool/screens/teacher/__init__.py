"""What a teacher sees: choosing hub content, and following what is there."""

from lti_tool.screens.teacher import copied, link_settings, place, preview, views
from lti_tool.screens.teacher.blueprint import blueprint

PAGES = (copied, link_settings, place, preview, views)
"""Modules whose addresses hang on the blueprint. A later part of the teacher's pages is one more."""

__all__ = ["PAGES", "blueprint"]
