"""`lti-tool demo --check`, as a stranger runs it: 0 when the grade is there and right, not 0 when it is not."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]


def start(folder: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """The running command and the address of its practice platform."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        tool, practice = one.getsockname()[1], other.getsockname()[1]
    environ = {
        **os.environ, "LTI_TOOL_VAR_DIR": str(folder), "LTI_TOOL_DEMO_PORT": str(tool),
        "LTI_TOOL_PRACTICE_PORT": str(practice),
    }  # fmt: skip
    command = [sys.executable, "-m", "lti_tool", "demo", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return process, f"http://127.0.0.1:{practice}"


@pytest.mark.slow
def test_the_demo_walks_to_the_right_grade(tmp_path: Path) -> None:
    process, _ = start(tmp_path, "--check")
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert "the practice gradebook says" in told


@pytest.mark.slow
def test_the_demo_fails_when_the_grade_does_not_arrive(tmp_path: Path) -> None:
    process, practice = start(tmp_path, "--check")
    fault = {"group": "scores", "status": 500, "times": 1000}
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.post(f"{practice}/control/faults", json=fault, timeout=5).raise_for_status()
            break
        except requests.ConnectionError:
            continue
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 1, told
    assert "FAILED: the gradebook says" in told


@pytest.mark.slow
def test_an_impatient_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    process, practice = start(tmp_path)
    assert process.stdout is not None
    while "Ready." not in (line := process.stdout.readline()):
        assert line, "the demo ended"
    with requests.Session() as browser:
        browser.get(practice, timeout=10)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=30)
    assert (process.returncode, "Stopping ..." in told) == (0, True)
    with pytest.raises(requests.ConnectionError):
        requests.get(practice, timeout=10)
