"""What a practice platform is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class PracticeConfig:
    """Address, tool and data folder.

    Without `data` everything lives in memory. `public_url` is the issuer when a proxy stands in front; it is
    made of host and port otherwise. `slow_ms` gives a fixed delay per endpoint group from the start.
    """

    host: str = "127.0.0.1"
    port: int = 9000
    tool: str = "http://localhost:8000"
    data: Path | None = None
    quiet: bool = False
    public_url: str = ""
    slow_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The base address, which is also the issuer; no slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
