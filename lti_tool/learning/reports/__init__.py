"""What many learners did together, for who follows them. Reads only; as many statements for ten as for a thousand.

The people are named by whoever asks: a run may hold others too, of whom nothing is told.
"""

from lti_tool.learning.reports.difficulty import StepDifficulty, difficulty
from lti_tool.learning.reports.movement import Week, movement
from lti_tool.learning.reports.progress import Progress, Whose, cohort_progress, fractions, state_counts, with_standing

__all__ = [
    "Progress", "StepDifficulty", "Week", "Whose", "cohort_progress", "difficulty", "fractions", "movement",
    "state_counts", "with_standing",
]  # fmt: skip
