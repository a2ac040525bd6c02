"""Tool, worker and practice platform as the demo starts them, over http or behind TLS; the platform may restart."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lti_tool.base.db import make_engine
from lti_tool.demo import Demo
from lti_tool.learning.catalogue import service as catalogue
from tests.browser.stage import Stage, free_port
from tests.matrix.tls import Certificate, tls_before

PLATFORM = "practice environment"


@dataclass
class Served(Demo):
    """The demo; with a certificate, its addresses are those of two TLS proxies."""

    certificate: Certificate | None = None
    outside: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)

    @property
    def tool(self) -> str:
        return self.outside.get("tool") or super().tool

    @property
    def practice(self) -> str:
        return self.outside.get("practice") or super().practice

    def environ(self) -> dict[str, str]:
        trusted = {}
        if self.certificate:
            hosts = f"127.0.0.1:{self.practice_port},{self.practice.rpartition('/')[2]}"
            authority = str(self.certificate.authority)
            trusted = {
                "LTI_TOOL_ALLOWED_PRIVATE_HOSTS": hosts, "SSL_CERT_FILE": authority, "REQUESTS_CA_BUNDLE": authority,
            }  # fmt: skip
        return super().environ() | trusted

    def _child(self, name: str, command: list[str]) -> None:
        if name == PLATFORM:
            command = [*command, "--public-url", self.practice]
        self.commands[name] = command
        super()._child(name, command)

    def _wait(self, url: str) -> None:
        plain = url.replace(self.tool, f"http://localhost:{self.tool_port}")
        super()._wait(plain.replace(self.practice, f"http://127.0.0.1:{self.practice_port}"))

    def stop_platform(self) -> None:
        _, process = next(child for child in self.children if child[0] == PLATFORM)
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.children = [child for child in self.children if child[0] != PLATFORM]

    def start_platform(self) -> None:
        Demo._child(self, PLATFORM, self.commands[PLATFORM])
        self._wait(f"{self.practice}/")


@dataclass
class Place(Stage):
    """A stage whose platform may restart. Its control address is the plain one."""

    demo: Served
    url: str
    """The platform as browsers see it."""


@contextmanager
def serving(folder: Path, certificate: Certificate | None) -> Iterator[Place]:
    """Everything running and ready, until the block ends."""
    demo = Served(folder, free_port(), free_port(), certificate=certificate)
    with ExitStack() as stack:
        if certificate:
            tool_port = stack.enter_context(tls_before(demo.tool_port, certificate))
            practice_port = stack.enter_context(tls_before(demo.practice_port, certificate))
            demo.outside = {
                "tool": f"https://localhost:{tool_port}", "practice": f"https://127.0.0.1:{practice_port}",
            }  # fmt: skip
        stack.callback(demo.stop)
        demo.prepare()
        demo.start()
        engine = make_engine(f"sqlite:///{folder / 'tool.db'}")
        stack.callback(engine.dispose)
        stack.callback(catalogue.forget_syllabi)
        yield Place(demo.tool, f"http://127.0.0.1:{demo.practice_port}", engine, demo, demo.practice)
