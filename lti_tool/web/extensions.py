"""What one running web process shares: settings, database, outbound HTTP, vault and the worker's bell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

from config.default import Settings
from lti_tool.base.db import Base, engine_options, prepare_engine
from lti_tool.base.patience import Patience
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire

db = SQLAlchemy(model_class=Base)


@dataclass(frozen=True, slots=True)
class Tool:
    settings: Settings
    engine: Engine
    wire: Wire
    patience: Patience
    """Bounds the calls of `wire`; for several calls in a row take one place for all of them."""
    vault: Vault
    wake: Callable[[], None]
    """Ring the worker: there is news in the outbox. Never raises."""


def init(app: Flask, settings: Settings, wake: Callable[[], None]) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings.database)
    db.init_app(app)
    with app.app_context():
        engine = prepare_engine(db.engine)
    patience = Patience(settings.waiting_threads)
    app.extensions["tool"] = Tool(
        settings=settings,
        engine=engine,
        wire=Wire(
            allowed_private_hosts=settings.allowed_private_hosts,
            timeout_s=min(settings.person_waits_s, settings.http_timeout_s),
            max_bytes=settings.http_max_kb * 1024,
            patience=patience,
        ),
        patience=patience,
        vault=Vault(settings.secret_keys),
        wake=wake,
    )


def tool() -> Tool:
    return cast(Tool, current_app.extensions["tool"])
