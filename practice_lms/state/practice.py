"""Everything one running practice platform holds, in one value."""

import threading
from dataclasses import dataclass, field
from time import time

from flask import current_app

from practice_lms.config import PracticeConfig
from practice_lms.state.counts import Counts
from practice_lms.state.faults import FaultBook
from practice_lms.state.keys import KeyRing
from practice_lms.state.misbehaviour import Misbehaviour
from practice_lms.state.schema import TABLES_OF_A_RESET
from practice_lms.state.seed import practice_tool, sow
from practice_lms.state.store import Store
from practice_lms.state.tickets import TicketBook
from practice_lms.state.tokens import SpentIds, TokenBook
from practice_lms.state.toolkeys import ToolKeys
from practice_lms.state.tools import save_tool


@dataclass
class Practice:
    """The platform's state; `closing` is set when it goes down, so that nothing keeps hanging."""

    config: PracticeConfig
    store: Store
    keys: KeyRing
    misbehaviour: Misbehaviour
    tokens: TokenBook = field(default_factory=TokenBook)
    spent: SpentIds = field(default_factory=SpentIds)
    tickets: TicketBook = field(default_factory=TicketBook)
    faults: FaultBook = field(default_factory=FaultBook)
    counts: Counts = field(default_factory=Counts)
    tool_keys: ToolKeys = field(default_factory=ToolKeys)
    registration_tokens: set[str] = field(default_factory=set)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Base address and issuer."""
        return self.config.url

    def clock(self) -> float:
        """What this platform takes for the time; seconds since 1970."""
        return time() + self.misbehaviour.clock_skew_s

    def reset(self) -> None:
        """Back to the seed: data, tokens, faults, switches and counts; the signing keys stay."""
        with self.store.transaction():
            for table in TABLES_OF_A_RESET:
                self.store.run(f"DELETE FROM {table}")
            sow(self.store, self.config.tool)
        self.tokens.revoke_all()
        self.faults.clear()
        self.counts.reset()
        self.tool_keys.forget()
        self.registration_tokens.clear()
        self.misbehaviour = _first_misbehaviour(self.config)

    def close(self) -> None:
        """Let go of what hangs, then of the file."""
        self.closing.set()
        self.store.close()


def open_practice(config: PracticeConfig) -> Practice:
    """Open the data folder, sow the seed where it is empty, make a first key.

    A folder that was used before gets the addresses of the tool it is started with now.
    """
    store = Store(config.data)
    with store.transaction():
        if store.number("SELECT COUNT(*) FROM users"):
            save_tool(store, practice_tool(config.tool))
        else:
            sow(store, config.tool)
    return Practice(config, store, KeyRing(store), _first_misbehaviour(config))


def here() -> Practice:
    """The platform that answers the present request."""
    practice = current_app.extensions["practice"]
    assert isinstance(practice, Practice)
    return practice


def _first_misbehaviour(config: PracticeConfig) -> Misbehaviour:
    return Misbehaviour().changed({"slow_ms": dict(config.slow_ms)})
