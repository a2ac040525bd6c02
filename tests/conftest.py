"""What every drawer of tests stands on: settings, databases with all migrations, a browser, and no network.

`database_url` runs a test on SQLite and, where `tools.run_tests` found one, on PostgreSQL: each test has a
database of its own, copied from a template that the migrations made once.
"""

import ipaddress
import os
import shutil
import smtplib
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import migrations
from lti_tool.base.db import make_engine, writing
from lti_tool.learning.catalogue import service as catalogue

POSTGRESQL = os.environ.get("TEST_POSTGRESQL_URL", "")
DATABASES = ("sqlite", "postgresql") if POSTGRESQL else ("sqlite",)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = ("--no-sandbox", "--disable-background-networking", "--disable-site-isolation-trials")
"""The last: else a frame moves between processes on its way from site to site, and on a busy machine Playwright loses
it (6 of 10 launches; with it 0 of 65), while the page in it lives on. Cookies and origins are judged all the same."""


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this machine: sockets reach loopback only, and no mail is sent."""
    if request.node.get_closest_marker("network"):
        return
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse(address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host not in (None, "localhost") and not ipaddress.ip_address(host).is_loopback:
            pytest.fail(f"a test went out to {address}")

    def guarded(self: socket.socket, address: Any) -> None:
        refuse(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        refuse(address)
        return connect_ex(self, address)

    def no_mail(*_: Any, **__: Any) -> None:
        pytest.fail("a test sent mail")

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
    if not request.node.get_closest_marker("mail"):
        monkeypatch.setattr(smtplib.SMTP, "connect", no_mail)


@pytest.fixture(autouse=True)
def no_memory() -> None:
    """What this process remembers of an earlier test's database is forgotten."""
    catalogue.forget_syllabi()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "tool.db"
    _upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> Iterator[str]:
    """The name of a database with all tables, for this test process."""
    name = f"template_{os.getpid()}"
    _administer(f'CREATE DATABASE "{name}"')
    _upgrade(_postgresql(name))
    yield name
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _upgrade(url: str) -> None:
    migrations.upgrade(url)


def _postgresql(name: str) -> str:
    return make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)


@cache
def _administrator() -> Engine:
    return create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT", pool_size=1)


@cache
def _quickly() -> str:
    """Copying files is the quicker way for a small database; before PostgreSQL 15 it was the only one."""
    with _administrator().connect() as connection:
        version = connection.dialect.server_version_info or (0,)
    return " STRATEGY FILE_COPY" if version >= (15,) else ""


def _administer(statement: str) -> None:
    with _administrator().connect() as connection:
        connection.execute(text(statement))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, with all tables."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "tool.db")
        yield f"sqlite:///{tmp_path / 'tool.db'}"
    else:
        template, name = request.getfixturevalue("postgresql_template"), f"test_{os.getpid()}"
        _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{_quickly()}')
        yield _postgresql(name)
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A writing transaction, rolled back after the test."""
    with Session(engine) as current:
        yield writing(current)
        current.rollback()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a tool with a folder of its own and a SQLite file in it."""
    return Settings(secret_keys=("a-secret-for-tests-long-enough",), var_dir=tmp_path / "var")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium; skips, with the reason, where there is none."""
    found = os.environ.get("LTI_TOOL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("NOT TESTED in a browser: no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=BROWSER_OPTIONS
        )
        yield started
        started.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh page in a profile of its own."""
    context = chromium.new_context(locale="nl-NL")
    yield context.new_page()
    context.close()
