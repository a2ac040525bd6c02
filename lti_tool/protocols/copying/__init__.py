"""A copied course: what a teacher decides of all its links at once (docs/decisions/0015)."""
