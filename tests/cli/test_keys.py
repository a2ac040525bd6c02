"""lti-tool keys: list, rotate, and the change of LTI_TOOL_SECRET_KEYS as docs/operate.md tells it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool import tables
from lti_tool.app import create_app
from lti_tool.base import clock, reseal
from lti_tool.base.db import make_engine, writing
from lti_tool.base.vault import Vault
from lti_tool.protocols.platforms import keylife, toolkeys
from lti_tool.protocols.platforms.models import AccessToken
from lti_tool.protocols.sso.models import SignInAttempt
from lti_tool.web.extensions import db
from tests import factories

OLD, NEW = "the-old-secret-key-of-tests", "the-new-secret-key-of-tests"


@pytest.fixture
def engine(run: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The command's database, whose secrets OLD seals: two keys, a token and a sign-in that began."""
    monkeypatch.setenv("LTI_TOOL_DATABASE_URL", database_url)
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", OLD)
    made, vault, later = make_engine(database_url), Vault([OLD]), clock.now() + timedelta(hours=1)
    with Session(made) as session, session.begin():
        keylife.upkeep(writing(session), vault, None, iter(()))
        school = factories.platform(session)
        session.add(
            AccessToken(registration_id=school.id, scopes="a", sealed_token=vault.seal("token"), expires_at=later)
        )
        session.add(AccessToken(registration_id=school.id, scopes="b", sealed_token=None, expires_at=None))
        session.add(
            SignInAttempt(state="s", browser="b", provider="p", sealed_verifier=vault.seal("verifier"),
                          next_path="/", expires_at=later)
        )  # fmt: skip
    yield made
    made.dispose()


def counts(rows: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    return {row["what"]: (row["resealed"], row["already"], row["unopened"]) for row in rows}


def test_keys_are_listed_by_state_with_what_seals_them(engine: Engine, ask: Any, monkeypatch: Any) -> None:
    active, following = ask("keys", "list")
    assert sorted(active) == ["kid", "sealed_by", "since", "state", "until"]
    assert (active["state"], active["sealed_by"], following["state"]) == ("active", 1, "next")
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", f"{NEW} {OLD}")
    assert [row["sealed_by"] for row in ask("keys", "list")] == [2, 2]


def test_a_rotation_that_comes_too_early_says_so_and_waits(engine: Engine, run: Any, ask: Any) -> None:
    before = ask("keys", "list")
    told = run("keys", "rotate")
    assert (told.exit_code, "must be published for 24 hours" in told.output) == (0, True)
    after = ask("keys", "list")
    assert [(row["kid"], row["state"]) for row in after] == [(row["kid"], row["state"]) for row in before]
    assert ask("keys", "rotate")["is_done"] is False


def test_an_emergency_replaces_all_at_once(engine: Engine, ask: Any) -> None:
    before = [row["kid"] for row in ask("keys", "list")]
    made = ask("keys", "rotate", "--now")
    after = {row["kid"]: row["state"] for row in ask("keys", "list")}
    assert (made["is_done"], after[made["kid"]], [after[kid] for kid in before]) == (True, "active", ["retired"] * 2)


def test_resealed_secrets_open_without_the_old_key(engine: Engine, ask: Any, run: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", f"{NEW} {OLD}")
    assert counts(ask("keys", "reseal")) == {
        "access_tokens.sealed_token": (1, 0, 0), "sign_in_attempts.sealed_verifier": (1, 0, 0),
        "letters.sealed_text": (0, 0, 0), "link_requests.sealed_address": (0, 0, 0),
        "tool_keys.sealed_private_key": (2, 0, 0),
    }  # fmt: skip
    assert counts(ask("keys", "reseal"))["tool_keys.sealed_private_key"] == (0, 2, 0), "it can be repeated"
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", NEW)
    assert {row["sealed_by"] for row in ask("keys", "list")} == {1}
    vault = Vault([NEW])
    with Session(engine) as session:
        assert toolkeys.signing_key(session, vault).key.as_dict(private=True)["d"]
        token = session.scalars(select(AccessToken.sealed_token).where(AccessToken.scopes == "a")).one()
        assert vault.open(token or "") == "token"
        assert vault.open(session.scalars(select(SignInAttempt.sealed_verifier)).one()) == "verifier"


def test_what_cannot_be_opened_is_left_alone_and_told(engine: Engine, run: Any, ask: Any, monkeypatch: Any) -> None:
    with Session(engine) as session, session.begin():
        lost = Vault(["a-key-that-nobody-has"]).seal("token")
        writing(session).execute(update(AccessToken).where(AccessToken.scopes == "b").values(sealed_token=lost))
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", f"{NEW} {OLD}")
    told = run("keys", "reseal")
    assert (told.exit_code, "None of LTI_TOOL_SECRET_KEYS opens" in told.stderr) == (1, True)
    with Session(engine) as session:
        kept = session.scalars(select(AccessToken.sealed_token).where(AccessToken.scopes == "b")).one()
    assert kept == lost
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", NEW)
    assert {row["sealed_by"] for row in ask("keys", "list")} == {1}, "the others were resealed all the same"


def test_resealing_takes_no_renewed_token_back(engine: Engine) -> None:
    """While one seals again, another renews; the newest token stays."""
    both, renewed = Vault([NEW, OLD]), 150
    (column,) = [one for one in reseal.sealed_columns(tables.metadata) if one.table.name == "access_tokens"]

    def renew() -> None:
        for number in range(renewed):
            with Session(engine) as session, session.begin():
                chosen = update(AccessToken).where(AccessToken.scopes == "a")
                writing(session).execute(chosen.values(sealed_token=Vault([OLD]).seal(f"token {number}")))

    def seal_again() -> int:
        with Session(engine) as session, session.begin():
            return reseal.reseal_some(writing(session), column, both, None)[0].resealed

    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(renew)
        resealed = 0
        while not renewing.done():
            resealed += seal_again()
        renewing.result()
    seal_again()
    with Session(engine) as session:
        kept = session.scalars(select(AccessToken.sealed_token).where(AccessToken.scopes == "a")).one()
    assert resealed > 0
    assert (both.sealed_by(kept or ""), both.open(kept or "")) == (1, f"token {renewed - 1}")


@pytest.mark.parametrize(("keys", "is_open"), [((OLD,), True), ((NEW, OLD), True), ((NEW,), False)])
def test_readyz_says_when_no_key_opens_the_active_one(
    engine: Engine, settings: Settings, database_url: str, keys: tuple[str, ...], is_open: bool
) -> None:
    app = create_app(Settings(secret_keys=keys, var_dir=settings.var_dir, database_url=database_url))
    checks = app.test_client().get("/readyz").json["checks"]
    with app.app_context():
        db.engine.dispose()
    assert (checks["database"], checks["keys"]) == (True, is_open)
