"""lti-tool serve, as a process: it answers, and stops when told to, whoever still holds a connection."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from config.default import Settings

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connected(port: int) -> socket.socket:
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_although_a_browser_keeps_its_connection(run: Any, settings: Settings, how: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "lti_tool", "serve", "--bind", f"127.0.0.1:{port}", "--grace", "1"]
    process = subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.PIPE)
    with connected(port) as browser:
        browser.sendall(ASK)
        assert b"200 OK" in browser.recv(1000)
        process.send_signal(how)
        assert process.wait(timeout=20) == 0
    assert process.stderr is not None
    with process.stderr as said:
        assert b"Traceback" not in said.read()
