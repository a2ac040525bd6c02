"""Run a practice platform: in a thread for tests, or in the foreground until SIGTERM or SIGINT."""

import errno
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import Flask

from practice_lms.app import create_app
from practice_lms.config import PracticeConfig
from practice_lms.http11 import Server
from practice_lms.state.practice import Practice


class PortTaken(Exception):
    """Another program listens there already."""


@dataclass(frozen=True)
class Running:
    """A platform that answers at `url`; `practice` is its state, for whoever shares the process."""

    url: str
    app: Flask
    practice: Practice


@contextmanager
def running(config: PracticeConfig | None = None) -> Iterator[Running]:
    """A platform on a free loopback port, in a thread, until the block ends."""
    server = Server("127.0.0.1", 0)
    wanted = replace(config or PracticeConfig(), host="127.0.0.1", port=server.server_address[1])
    app = create_app(wanted)
    practice: Practice = app.extensions["practice"]
    server.clock = practice.clock
    thread = threading.Thread(target=server.serve, args=(app, practice.counts), daemon=True)
    thread.start()
    try:
        yield Running(practice.url, app, practice)
    finally:
        practice.closing.set()
        server.end()
        thread.join(5)
        practice.close()


def serve(config: PracticeConfig) -> None:
    """Serve in the foreground until SIGTERM or SIGINT. Raises PortTaken."""
    try:
        server = Server(config.host, config.port)
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(f"{config.host}:{config.port}") from error
        raise
    app = create_app(replace(config, port=server.server_address[1]))
    practice: Practice = app.extensions["practice"]
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    server.clock = practice.clock
    thread = threading.Thread(target=server.serve, args=(app, practice.counts), daemon=True)
    thread.start()
    if not config.quiet:
        sys.stdout.write(f"practice platform: {practice.url} (tool: {config.tool})\n")
        sys.stdout.flush()
    stop.wait()
    practice.closing.set()
    server.end()
    thread.join(5)
    practice.close()
