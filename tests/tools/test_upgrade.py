"""lti-tool db upgrade and /readyz: an empty database, one of this version, and one that a later version made."""

from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.__main__ import lti_tool
from lti_tool.app import create_app
from lti_tool.base import heartbeat, schema
from lti_tool.base.db import make_engine, writing
from lti_tool.base.schema import Tables
from lti_tool.web.extensions import db as web_db


@pytest.fixture
def upgrade(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", settings.secret_keys[0])
    monkeypatch.setenv("LTI_TOOL_VAR_DIR", str(settings.var_dir))
    return lambda: CliRunner().invoke(lti_tool, ["db", "upgrade"])


def tables(settings: Settings) -> Tables:
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        found = schema.tables(connection)
    engine.dispose()
    return found


def set_version(settings: Settings, version: str) -> None:
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        writing(session).execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        heartbeat.beat(session, "worker")
    engine.dispose()


def test_an_empty_database_gets_its_tables_and_a_second_time_changes_nothing(upgrade: Any, settings: Settings) -> None:
    for _ in range(2):
        assert upgrade().output == "The database is up to date.\n"
        assert tables(settings) is Tables.CURRENT


def test_a_database_of_a_later_version_is_left_alone_but_served(upgrade: Any, settings: Settings) -> None:
    upgrade()
    set_version(settings, "9999_later")
    refused = upgrade()
    assert (refused.exit_code, tables(settings)) == (1, Tables.NEWER)
    assert "newer version" in refused.output
    assert "Traceback" not in refused.output
    app = create_app(settings)
    assert app.test_client().get("/readyz").status_code == 200
    with app.app_context():
        web_db.engine.dispose()
