"""Control: launches without a browser, and messages that a tool ought to refuse."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from flask import Blueprint, Response
from joserfc.jwk import RSAKey

from practice_lms.control.kit import Body, body, found, member
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.claims import message_claims
from practice_lms.lti.login import initiation
from practice_lms.state import school, tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.submissions import address_of
from practice_lms.state.tickets import LaunchKind, Ticket, new_id

bp = Blueprint("control_forge", __name__)

SIGNERS = ("current", "previous", "stranger", "hs256", "none", "garbled")


def _ticket(practice: Practice, sent: Body) -> Ticket:
    try:
        kind = LaunchKind(member(sent, "kind", str, "resource"))
    except ValueError as wrong:
        raise Refused(400, "kind is resource, deep_linking, review or privacy") from wrong
    link_id = member(sent, "link", str, "" if "course" in sent else "cobots")
    link = tools.find_link(practice.store, link_id)
    ticket = Ticket(
        new_id(),
        kind,
        member(sent, "user", str, "sanne"),
        member(sent, "client_id", str, link.client_id if link else "technohub-oefen"),
        member(sent, "deployment_id", str, link.deployment_id if link else "1"),
        course_id=member(sent, "course", str, link.course_id if link else ""),
        link_id=link_id,
        target=member(sent, "target", str, "iframe"),
        locale=member(sent, "locale", str, "nl-NL"),
        for_user=member(sent, "for_user", str, ""),
        lineitem_id=member(sent, "lineitem", int, 0),
        address=_submission(practice, sent),
    )
    return practice.tickets.add(ticket)


def _submission(practice: Practice, sent: Body) -> str:
    """With `submission_of` (a person) and `lineitem`: the address that SpeedGrader would launch."""
    user = member(sent, "submission_of", str, "")
    return address_of(practice.store, member(sent, "lineitem", int, 0), user) if user else ""


@bp.post("/launch")
def launch() -> Response:
    """Press a link without a browser: the login initiation, and the cookie of the person for /oidc/auth."""
    practice, sent = here(), body()
    ticket = _ticket(practice, sent)
    tool = found(tools.find_tool(practice.store, ticket.client_id), "tool")
    fields = initiation(practice, ticket, tool)
    return as_json(
        {"action": tool.login_url, "fields": fields, "cookie": {"practice_person": ticket.user_id}}
    )


@bp.post("/id_token")
def id_token() -> Response:
    """A signed id_token for a nonce, with claims and header changed as asked; null takes a member away."""
    practice, sent = here(), body()
    ticket = _ticket(practice, sent)
    user = found(school.find_user(practice.store, ticket.user_id), "user")
    tool = found(tools.find_tool(practice.store, ticket.client_id), "tool")
    claims = message_claims(practice, ticket, user, tool, member(sent, "nonce", str, ""))
    claims = _merged(claims, member(sent, "claims", dict, {}))
    signer = member(sent, "sign_with", str, "current")
    token = forged(practice, claims, member(sent, "header", dict, {}), signer)
    return as_json({"id_token": token, "claims": claims, "redirect_uri": tool.redirect_uris[0]})


def _merged(members: Body, changes: Body) -> Body:
    return {name: value for name, value in (members | changes).items() if value is not None}


def forged(practice: Practice, claims: Body, header: Body, signer: str) -> str:
    """A compact JWT put together by hand, so that its header may hold anything. Raises Refused 400."""
    if signer not in SIGNERS:
        raise Refused(400, f"sign_with must be one of {', '.join(SIGNERS)}")
    key = practice.keys.previous if signer == "previous" else practice.keys.current
    algorithm = {"hs256": "HS256", "none": "none"}.get(signer, "RS256")
    full = _merged({"alg": algorithm, "typ": "JWT", "kid": key.kid}, header)
    signed = f"{_encoded(json.dumps(full).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{signed}.{_encoded(_signature(signer, key.key, signed.encode()))}"


def _signature(signer: str, key: RSAKey, signed: bytes) -> bytes:
    if signer == "none":
        return b""
    if signer == "hs256":
        return hmac.digest(key.as_pem(private=False), signed, hashlib.sha256)
    if signer == "stranger":
        key = RSAKey.generate_key(2048)
    private: Any = key.private_key
    signature: bytes = private.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return signature[::-1] if signer == "garbled" else signature


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
