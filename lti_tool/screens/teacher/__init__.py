"""What a teacher sees: choosing hub content, and following what is there."""

from lti_tool.screens.teacher import (
    class_views,
    copied,
    deciding_views,
    grades,
    link_settings,
    place,
    preview,
    refreshing,
    told,
    views,
)
from lti_tool.screens.teacher.blueprint import blueprint

PAGES = (class_views, copied, deciding_views, grades, link_settings, place, preview, refreshing, told, views)
"""Modules whose addresses hang on the blueprint. A later part of the teacher's pages is one more."""

__all__ = ["PAGES", "blueprint"]
