"""Practical assignments: judged along a rubric by a person; who, when, by which rubric, and why, are kept."""
