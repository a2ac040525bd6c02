"""What a platform asked for when it opened the chooser, and what it was answered."""

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base


class ChoiceRequest(Base):
    """The settings of one LtiDeepLinkingRequest (DL 2.0, 4.4.1), for as long as its visit lasts."""

    __tablename__ = "choice_requests"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(255))
    """The answer is signed as this client."""
    deployment_id: Mapped[str] = mapped_column(String(255))
    settings: Mapped[dict[str, Any]]
    basket: Mapped[dict[str, Any]]
    """What has been put together so far, and its revision."""
    answer: Mapped[dict[str, Any] | None]
    """The claims that were answered, save their times; None: nothing was answered yet."""
