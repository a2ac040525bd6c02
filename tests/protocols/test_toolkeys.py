"""Our own keys: published without their private half, parsed once, read afresh at every use."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from lti_tool.base.errors import Invalid
from lti_tool.base.vault import Vault
from lti_tool.protocols.platforms import keylife, toolkeys

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
    toolkeys.signing_key(session, VAULT)
    row = toolkeys.active(session)
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


def test_a_rotation_elsewhere_is_seen_at_the_next_signature(session):
    old = toolkeys.signing_key(session, VAULT).kid
    new = keylife.replace_all(session, VAULT).kid
    assert toolkeys.signing_key(session, VAULT).kid == new != old


def test_a_key_that_no_secret_key_opens_is_told(session):
    assert toolkeys.can_sign(session, VAULT), "none is made yet, and one can be"
    toolkeys.signing_key(session, VAULT)
    assert toolkeys.can_sign(session, VAULT)
    assert not toolkeys.can_sign(session, Vault(["another secret of somebody else"]))
