"""lti-tool serve, as a process: it answers wherever it is run, and stops whoever still holds a connection."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connected(port: int) -> socket.socket:
    until = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.1)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """The command, run as installed and from a folder that is not the repository's."""
    command = [Path(sys.executable).with_name("lti-tool"), "serve", "--bind", f"127.0.0.1:{port}", "--grace", "1"]
    return subprocess.Popen(command, env=dict(os.environ), cwd=folder, stderr=subprocess.PIPE)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_from_any_folder_and_stops_although_a_browser_keeps_its_connection(
    run: Any, tmp_path: Path, port: int, how: signal.Signals
) -> None:
    process = serving(port, tmp_path)
    with connected(port) as browser:
        browser.sendall(ASK)
        assert b"200 OK" in browser.recv(1000)
        process.send_signal(how)
        assert process.wait(timeout=20) == 0
    assert process.stderr is not None
    with process.stderr as said:
        assert b"Traceback" not in said.read()
