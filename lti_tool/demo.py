"""Everything on one machine: the tool, its worker and the practice learning environment, as child processes.

The tool is on http://localhost and the practice environment on http://127.0.0.1: two sites, so that the frame is
truly cross-site. Data stand in var/demo; the secret is made there at the first start.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import click
import urllib3

from config.default import Settings
from lti_tool import demo_check
from lti_tool.cli.shared import must_be_free

TOOL_PORT, PRACTICE_PORT = 8000, 9000
READY_WITHIN_S = 40


@dataclass
class Demo:
    """One run of the demo."""

    folder: Path
    tool_port: int
    practice_port: int
    children: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    @property
    def tool(self) -> str:
        return f"http://localhost:{self.tool_port}"

    @property
    def practice(self) -> str:
        return f"http://127.0.0.1:{self.practice_port}"

    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "LTI_TOOL_PUBLIC_URL": self.tool,
            "LTI_TOOL_VAR_DIR": str(self.folder),
            "LTI_TOOL_SECRET_KEYS": self._secret(),
            "LTI_TOOL_ALLOWED_PRIVATE_HOSTS": f"127.0.0.1:{self.practice_port}",
            "LTI_TOOL_LOG_LEVEL": os.environ.get("LTI_TOOL_LOG_LEVEL", "WARNING"),
            "LTI_TOOL_LOG_FORMAT": os.environ.get("LTI_TOOL_LOG_FORMAT", "text"),
        }

    def _secret(self) -> str:
        path = self.folder / "secret"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()

    def prepare(self) -> None:
        """Tables, examples, and the practice environment as a connected platform."""
        self._command("db", "upgrade")
        self._command("seed")
        self._command(
            "platforms", "add", "--name", "Voorbeeld College (oefenomgeving)", "--issuer", self.practice,
            "--client-id", "technohub-oefen", "--deployment-id", "1", "--family", "practice",
            "--auth-login-url", f"{self.practice}/oidc/auth", "--auth-token-url", f"{self.practice}/oauth/token",
            "--key-set-url", f"{self.practice}/lti/jwks.json",
        )  # fmt: skip

    def staff_link(self) -> str:
        """A link that signs the central administrator in, once."""
        try:
            printed = self._command("admin", "login-link", "joke@technohub.test", "--name", "Joke Postma")
        except click.ClickException:  # somebody else was made central administrator here
            printed = self._command("admin", "login-link")
        return printed.splitlines()[-1]

    def _command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "lti_tool", *arguments], env=self.environ(), capture_output=True, check=False
        )
        if done.returncode:
            raise click.ClickException(f"lti-tool {' '.join(arguments[:2])}: {_told(done.stderr)}")
        return done.stdout.decode().strip()

    def start(self) -> None:
        """Start the three; raises ClickException when one does not come up."""
        python = [sys.executable, "-m"]
        self._child("practice environment", [
            *python, "practice_lms", "--port", str(self.practice_port), "--tool", self.tool,
            "--data", str(self.folder / "practice"), "--quiet",
        ])  # fmt: skip
        self._child("tool", [*python, "lti_tool", "serve", "--bind", f"127.0.0.1:{self.tool_port}", "--grace", "2"])
        self._child("worker", [*python, "lti_tool", "worker"])
        self._wait(f"{self.practice}/")
        self._wait(f"{self.tool}/readyz")

    def _child(self, name: str, command: list[str]) -> None:
        process = subprocess.Popen(command, env=self.environ(), start_new_session=True)
        self.children.append((name, process))

    def _wait(self, url: str) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            self.must_be_alive()
            try:
                if urllib3.request("GET", url, timeout=2, retries=False).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)
        raise click.ClickException(f"{url} did not answer within {READY_WITHIN_S} seconds.")

    def must_be_alive(self) -> None:
        for name, process in self.children:
            if process.poll() is not None:
                raise click.ClickException(f"The {name} stopped (exit code {process.returncode}).")

    def stop(self) -> None:
        """End the children that were started here, and only those."""
        for _, process in self.children:
            if process.poll() is None:
                process.terminate()
        for _, process in self.children:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.children.clear()


def tell_staff_link() -> None:
    """Print a link that signs staff in to the demo, which may be running."""
    click.echo(_demo("demo").staff_link())


def _demo(folder: str) -> Demo:
    return Demo(
        Path(os.environ.get("LTI_TOOL_VAR_DIR", "var")) / folder,
        _port("LTI_TOOL_DEMO_PORT", TOOL_PORT),
        _port("LTI_TOOL_PRACTICE_PORT", PRACTICE_PORT),
    )


def run(*, check: bool, reload: bool) -> int:
    """Run the demo until Ctrl-C, or with `check` until the grade has arrived; returns the exit code."""
    demo = _demo("check" if check else "demo")
    _must_be_two_ports(demo)
    Settings.from_environ(demo.environ()).check()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for port, name in ((demo.tool_port, "LTI_TOOL_DEMO_PORT"), (demo.practice_port, "LTI_TOOL_PRACTICE_PORT")):
            must_be_free("127.0.0.1", port, f"Choose another: {name}={port + 1} make demo")
        if check:
            shutil.rmtree(demo.folder, ignore_errors=True)
        demo.prepare()
        demo.start()
        if check:
            return demo_check.drive(demo.tool, demo.practice)
        _tell(demo)
        _stay(demo, reload=reload)
        return 0
    except KeyboardInterrupt:
        click.echo("\nStopping ...")
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave children behind
        demo.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _told(stderr: bytes) -> str:
    return stderr.decode().strip().removeprefix("Error: ")


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise click.ClickException(f"{name} is {text!r}; it must be a port from 1 to 65535.")
    return int(text)


def _must_be_two_ports(demo: Demo) -> None:
    if demo.tool_port == demo.practice_port:
        raise click.ClickException(
            f"The tool and the practice environment cannot both have port {demo.tool_port}. Give each its own: "
            f"LTI_TOOL_DEMO_PORT={TOOL_PORT} LTI_TOOL_PRACTICE_PORT={PRACTICE_PORT} make demo"
        )


def _tell(demo: Demo) -> None:
    click.echo(
        f"""
Ready. This is a practice environment with invented people.

  1. Open   {demo.practice}   and choose Sanne de Vries (student).
  2. Open the course Mechatronica 4B and click "Cobots veilig inzetten".
  3. Read the two pages, make the quiz, hand it in.
  4. Choose Fatima Yıldız (docent) and open the gradebook ("Cijfers") of the course.

  Staff of the hubs sign in with this link, once and within 15 minutes (a new one: make demo-link):
     {demo.staff_link()}
  There they invite a school; Mirjam Visser (beheerder) pastes the invitation's address under Tools.

  The tool itself is on {demo.tool}; its data are in {demo.folder}.
  Ctrl-C stops everything.
"""
    )


def _stay(demo: Demo, *, reload: bool) -> None:
    newest = _newest()
    while True:
        time.sleep(1)
        if not reload:
            demo.must_be_alive()
        if reload and _newest() > newest:
            newest = _newest()
            _start_again(demo)


def _start_again(demo: Demo) -> None:
    """Code that does not start is told of, and waited for until it changes again."""
    click.echo("Code changed; starting again ...")
    demo.stop()
    try:
        demo.prepare()
        demo.start()
    except click.ClickException as error:
        click.echo(error.message)
        demo.stop()


def _newest() -> float:
    root = Path(__file__).parents[1]
    watched = (path for top in ("lti_tool", "practice_lms", "config") for path in (root / top).rglob("*"))
    return max(path.stat().st_mtime for path in watched if path.suffix in (".py", ".html", ".po", ".css", ".js"))
