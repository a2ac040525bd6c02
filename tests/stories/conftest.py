"""The tool as a server in a thread, a worker and a practice platform, on each database."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.base.files import Shelf
from lti_tool.cli import seed_format
from lti_tool.web.extensions import db
from lti_tool.worker import Worker
from practice_lms import PracticeConfig
from practice_lms.server import running
from tests import factories

SEEDS = Path(seed_format.__file__).parents[1] / "seeds"


@dataclass
class Town:
    """The tool and the school, by their addresses."""

    tool: str
    practice: str
    worker: Worker

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        method = "GET" if body is None else "POST"
        answer = requests.request(method, f"{self.practice}/control/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def grades(self, link: str = "cobots") -> dict[str, float | None]:
        """The column of a link: person -> number, of those who have any result."""
        columns = self.control("gradebook")["lineitems"]
        results = next(column["results"] for column in columns if column.get("resourceLinkId") == link)
        return {result["user_id"]: result["score"] for result in results}


@pytest.fixture
def town(database_url: str, engine: Engine, tmp_path: Path) -> Iterator[Town]:
    server = make_server("127.0.0.1", 0, lambda *_: [b""], threaded=True)
    tool = f"http://localhost:{server.server_port}"
    with running(PracticeConfig(tool=tool)) as practice:
        settings = Settings(
            public_url=tool, secret_keys=("a secret for tests, long enough",), var_dir=tmp_path,
            database_url=database_url, allowed_private_hosts=("127.0.0.1",),
        )  # fmt: skip
        with Session(engine) as session, session.begin():
            seed_format.seed(writing(session), SEEDS, Shelf(settings.files_dir))
            factories.platform(session, practice.url)
        app = create_app(settings)
        server.app = app
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Town(tool, practice.url, Worker(settings, engine))
        server.shutdown()
        thread.join(10)
        server.server_close()
        with app.app_context():
            db.engine.dispose()
