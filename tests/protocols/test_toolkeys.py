"""Our own keys: published without their private half, parsed once, rotated without a gap."""

from datetime import timedelta

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from lti_tool.base import clock
from lti_tool.base.errors import Invalid
from lti_tool.base.vault import Vault
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.toolkeys import KeyState

VAULT = Vault(["a secret for tests, long enough"])


def test_the_first_need_makes_a_key(session):
    key = toolkeys.signing_key(session, VAULT)
    (published,) = toolkeys.public_key_set(session)["keys"]
    assert published["kid"] == key.kid
    assert (published["kty"], published["alg"], published["use"]) == ("RSA", "RS256", "sig")
    assert toolkeys.signing_key(session, VAULT).kid == key.kid


def test_no_private_member_is_published(session):
    toolkeys.signing_key(session, VAULT)
    (published,) = toolkeys.public_key_set(session)["keys"]
    assert set(published) == {"kty", "n", "e", "kid", "alg", "use"}


def test_the_private_half_is_sealed(session):
    row = toolkeys.rotate(session, VAULT)
    assert "PRIVATE KEY" not in row.sealed_private_key
    with pytest.raises(Invalid, match="sealed-with-unknown-key"):
        Vault(["another secret of somebody else"]).open(row.sealed_private_key)


def test_a_key_is_parsed_once_in_a_process(session):
    assert toolkeys.signing_key(session, VAULT).key is toolkeys.signing_key(session, VAULT).key


def test_what_the_active_key_signs_the_published_set_verifies(session):
    key = toolkeys.signing_key(session, VAULT)
    token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"iss": "us"}, key.key)
    published = KeySet([RSAKey.import_key(one) for one in toolkeys.public_key_set(session)["keys"]])
    assert jwt.decode(token, published).claims == {"iss": "us"}


def test_the_former_key_stays_published_for_a_while_after_a_rotation(session):
    old = toolkeys.signing_key(session, VAULT).kid
    new = toolkeys.rotate(session, VAULT).kid
    assert toolkeys.signing_key(session, VAULT).kid == new != old
    assert {key["kid"] for key in toolkeys.public_key_set(session)["keys"]} == {old, new}
    with time_machine.travel(clock.now() + toolkeys.RETIRING + timedelta(hours=1)):
        newest = toolkeys.rotate(session, VAULT).kid
    assert {key["kid"] for key in toolkeys.public_key_set(session)["keys"]} == {new, newest}
    assert [row.state for row in toolkeys.listing(session)] == [KeyState.RETIRED, KeyState.RETIRING, KeyState.ACTIVE]


def test_kids_are_never_used_again(session):
    kids = [toolkeys.rotate(session, VAULT).kid for _ in range(3)]
    assert len(set(kids)) == 3
