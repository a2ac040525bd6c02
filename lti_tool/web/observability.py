"""A reference number per request, one log line per answer, and the two health pages.

Log lines hold no names, e-mail addresses, tokens, addresses with secrets or bodies: only what is listed here.
The reference that a person sees on an error page is the `reference` of the log line.
"""

import logging
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from datetime import timedelta
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from sqlalchemy import text

from config.default import Settings
from lti_tool.base import heartbeat, schema
from lti_tool.base.schema import Tables
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all
from lti_tool.web.transaction import session

log = structlog.get_logger("web")
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
health = Blueprint("health", __name__)


def set_up_logging(settings: Settings) -> None:
    """Log lines to standard error, as json or as text."""
    people = settings.log_format == "text"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_error,
            structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def tell_error(_logger: object, _level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an error came from and of what kind, but not its words: those of databases quote people's data."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_tb(error.__traceback__)) + _kind_of(error)
    return event


def _kind_of(error: BaseException) -> str:
    origin = getattr(error, "orig", None)
    number = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    kind = type(error).__qualname__ + (f" {number}" if number else "")
    return kind if error.__cause__ is None else f"{kind} from {type(error.__cause__).__qualname__}"


def reference() -> str:
    """The number under which this request stands in the log, such as "K7Q2-9MPX"."""
    if "reference" not in g:
        number = secrets.randbits(40)
        letters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(0, 40, 5))
        g.reference = f"{letters[:4]}-{letters[4:]}"
    return str(g.reference)


Check = Callable[[], bool]


def init(app: Flask, ready: Mapping[str, Check]) -> None:
    """`ready` holds what must be true besides for /readyz, by the name under which it is told."""
    app.extensions["ready"] = ready
    app.before_request(_start)
    app.after_request(_log_answer)
    app.register_blueprint(health)


def _start() -> None:
    g.started = time.perf_counter()


def _log_answer(response: Response) -> Response:
    facts = {
        "reference": reference(),
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else "-",
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
    }
    if "refusal" in g:
        log.warning("answer", **facts, refusal=g.refusal)
    else:
        log.info("answer", **facts)
    return response


@health.get("/healthz")
@open_to_all
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="ok")


@health.get("/readyz")
@open_to_all
def readyz() -> tuple[Response, int]:
    """Ready to serve: database answers, its tables are those of this code, a worker is alive, keys can be opened."""
    also: Mapping[str, Check] = current_app.extensions["ready"]
    checks = {"database": False, "migrations": False, "worker": False} | dict.fromkeys(also, False)
    try:
        session().execute(text("SELECT 1"))
        checks["database"] = True
        checks["migrations"] = schema.tables(session().connection()) in (Tables.CURRENT, Tables.NEWER)
        checks["worker"] = heartbeat.is_alive(
            session(), within=timedelta(seconds=tool().settings.heartbeat_s)
        )
        checks |= {name: holds() for name, holds in also.items()}
    except Exception as error:
        log.warning("not ready", error=type(error).__name__)
    ready = all(checks.values())
    return jsonify(status="ok" if ready else "not ready", checks=checks), 200 if ready else 503
