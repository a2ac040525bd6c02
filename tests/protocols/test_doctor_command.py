"""lti-tool platforms check: the same checks from the command line, also when somebody kills it in between."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.protocols.doctor import runs
from lti_tool.protocols.doctor.lights import Topic
from lti_tool.web.extensions import db
from tests.protocols.conftest import School
from tests.protocols.surgery import Surgery, states


@pytest.fixture
def surgery(school: School) -> Iterator[Surgery]:
    app = create_app(school.settings)
    made = Surgery(school, app, app.test_client())
    made.place_link()
    made.launch()
    yield made
    with app.app_context():
        db.engine.dispose()


def command(surgery: Surgery, *more: str) -> subprocess.Popen[str]:
    settings = surgery.school.settings
    environ = {
        **os.environ, "LTI_TOOL_SECRET_KEYS": settings.secret_keys[0], "LTI_TOOL_VAR_DIR": str(settings.var_dir),
        "LTI_TOOL_DATABASE_URL": settings.database, "LTI_TOOL_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
    }  # fmt: skip
    asked = [sys.executable, "-m", "lti_tool", "platforms", "check", surgery.school.platform.public_id, *more]
    return subprocess.Popen(asked, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_healthy_platform_ends_well(surgery: Surgery) -> None:
    first = command(surgery, "--json")
    out, _ = first.communicate(timeout=60)
    assert first.returncode == 0
    assert {light["topic"]: light["state"] for light in json.loads(out)} == dict.fromkeys(
        tuple(Topic), "green"
    )


def test_while_a_check_is_under_way_there_is_no_other(surgery: Surgery) -> None:
    with Session(surgery.school.engine) as session, session.begin():
        runs.begin(writing(session), surgery.school.platform.id, "staff")
    asked = command(surgery)
    _, told = asked.communicate(timeout=60)
    assert (asked.returncode, "Wait ten seconds" in told) == (1, True)


def test_a_red_light_is_exit_code_1_and_a_sentence(surgery: Surgery) -> None:
    surgery.school.misbehave(jwks="empty")
    asked = command(surgery)
    out, _ = asked.communicate(timeout=60)
    assert asked.returncode == 1
    assert "The key set holds no key that can be used." in out
    assert "sanne" not in out.lower()


def test_a_column_of_a_run_that_was_killed_is_removed_by_the_next(surgery: Surgery) -> None:
    surgery.school.misbehave(slow_ms={"scores": 4000})
    asked = command(surgery)
    until = time.monotonic() + 40
    while not surgery.trials() and time.monotonic() < until:
        time.sleep(0.05)
    asked.kill()
    asked.communicate(timeout=10)
    assert len(surgery.trials()) == 1
    surgery.school.misbehave(slow_ms={})
    assert states(surgery.examine())["grades"] == "green"
    assert surgery.trials() == []
