"""A learner in a module of a page and a quiz."""

import pytest
from sqlalchemy.orm import Session

from tests.learning.drafts import Place, enrolled


@pytest.fixture
def place(session: Session) -> Place:
    return enrolled(session)
