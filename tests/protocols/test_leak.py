"""A leaked database alone signs nothing and lets nobody in: looked for in the raw bytes of its files."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lti_tool import tables
from lti_tool.base.db import writing
from lti_tool.base.errors import Invalid
from lti_tool.base.vault import Vault, fingerprint
from lti_tool.learning.people.models import Person
from lti_tool.protocols.lti import login
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.models import AccessToken, ToolKey
from lti_tool.protocols.sso import links
from lti_tool.web import visits
from lti_tool.web.visits import VisitRecord
from tests import factories


@pytest.fixture
def secrets_in_use(school) -> dict[str, str]:
    """A school at work: a grade was sent, a login has begun, a learner and staff are in. What each of them keeps."""
    school.earn(school.enter(), 64)
    assert school.deliver() == 1
    vault = Vault(school.settings.secret_keys)
    with Session(school.engine) as session, session.begin():
        staff = factories.staff(writing(session))
        person_id = session.scalars(select(Person.id)).first()
        browser, ticket = visits.new_browser_secret(), visits.new_browser_secret()
        visits.open(
            session, public_id="visit", browser=fingerprint(browser), ticket=fingerprint(ticket), state="s",
            storage_frame=None, storage_origin="", frame_ancestors="", return_url=None, person_id=person_id,
            role="learner", cohort_id=None, resource_link_id=None, organisation_id=None, language=None, ended_at=None,
        )  # fmt: skip
        parameters = {"iss": school.platform.issuer, "login_hint": "1", "target_link_uri": "https://tool.test/"}
        begun = login.begin(session, parameters, redirect_uri="https://tool.test/lti/launch", minutes=10)
        signing = toolkeys.signing_key(session, vault).key.as_dict(private=True)
        token = vault.open(session.scalars(select(AccessToken.sealed_token)).one() or "")
        return {
            "the private exponent": signing["d"], "a prime": signing["p"], "the bearer token": token,
            "the cookie of staff": staff, "the cookie of a browser": browser, "the ticket of a launch": ticket,
            "the link to sign in": links.make(session, person_id), "the secret of a login": begun.secret,
            "the key that seals": school.settings.secret_keys[0],
        }  # fmt: skip


def files(school) -> bytes:
    """All bytes of the database; of PostgreSQL, whose files are not ours to read, every value of every table."""
    if school.engine.dialect.name == "postgresql":
        with Session(school.engine) as session:
            names = [table.name for table in tables.metadata.sorted_tables]
            rows = [row for name in names for row in session.scalars(text(f"SELECT t::text FROM {name} t"))]
        return "".join(rows).replace('""', '"').encode()
    path = Path(school.engine.url.database)
    found = [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")]
    return b"".join(one.read_bytes() for one in found if one.exists())


def test_no_secret_stands_in_the_files_of_the_database(school, secrets_in_use):
    raw = files(school)
    with Session(school.engine) as session:
        kid = session.scalars(select(ToolKey.kid)).one()
        assert session.scalars(select(VisitRecord.browser)).one() is not None
    assert kid.encode() in raw, "what is not secret is found, so looking works"
    assert [name for name, secret in secrets_in_use.items() if secret.encode() in raw] == []


def test_nothing_in_the_files_looks_like_a_private_key(school, secrets_in_use):
    raw = files(school)
    assert re.search(rb"\"kty\"", raw)
    assert not re.search(rb"PRIVATE KEY|-----BEGIN|\"(d|p|q|dp|dq|qi)\"\s*:", raw)


def test_whoever_has_the_file_and_not_the_settings_signs_nothing(school, secrets_in_use):
    thief = Vault(["whatever a thief may think of"])
    with Session(school.engine) as session:
        assert not toolkeys.can_sign(session, thief)
        sealed = [
            value for table, column in (("tool_keys", "sealed_private_key"), ("access_tokens", "sealed_token"))
            for value in session.scalars(text(f"SELECT {column} FROM {table}"))
        ]  # fmt: skip
    assert len(sealed) == 2
    for value in sealed:
        with pytest.raises(Invalid, match="sealed-with-unknown-key"):
            thief.open(value)
