"""One transaction per request: answers below 400 commit, others roll back; and `apart()` beside it.

A request that may change something begins its transaction as a writing one (see base.db). What must survive a
refusal goes through `apart()`, which may run only while the request's own transaction is not open: before its
first statement, or after `give_up()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, g, request
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.db import writing
from lti_tool.web.extensions import db, tool

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def session() -> Session:
    """The request's session. Its transaction begins at the first call."""
    current: Session = db.session()
    if "transaction_begun" not in g:
        g.transaction_begun = True
        if request.method not in SAFE_METHODS:
            writing(current)
    return current


@contextmanager
def apart() -> Iterator[Session]:
    """A short writing transaction of its own, committed at the end."""
    if "transaction_begun" in g and request.method not in SAFE_METHODS:
        raise RuntimeError("apart() inside the request's own writing transaction would wait for itself")
    with Session(tool().engine) as own, own.begin():
        yield writing(own)


@contextmanager
def reading() -> Iterator[Session]:
    """A short look at the database, apart from the request's own transaction.

    It ends by COMMIT: at a ROLLBACK psycopg forgets all statements that the connection has prepared.
    """
    with Session(tool().engine) as own, own.begin():
        yield own


def give_up() -> None:
    """Roll the request's transaction back now, so that `apart()` may follow."""
    db.session.rollback()
    g.pop("transaction_begun", None)


def init(app: Flask) -> None:
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if "transaction_begun" not in g:
        return response
    if response.status_code >= 400:
        db.session.rollback()
        return response
    current: Session = db.session()
    current.commit()
    if outbox.has_news(current):
        tool().wake()
    return response
