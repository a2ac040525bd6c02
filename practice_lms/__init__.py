"""A small learning platform to try an LTI 1.3 tool with, and the fake platform of the tests.

Speaks LTI Core 1.3 and LTI Advantage as a platform: launches, AGS 2.0, NRPS 2.0, Deep Linking 2.0, Dynamic
Registration 1.0 and platform storage. It can misbehave on request. It is a practice environment: whoever can
reach it may be anyone in it, so it never holds real people.
"""

from practice_lms.app import create_app
from practice_lms.config import PracticeConfig

__all__ = ["PracticeConfig", "create_app"]
