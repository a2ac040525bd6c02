"""A teacher whom a platform sent to choose: the chooser by Flask's test client, and answers read as platforms do."""

import html
import re
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from werkzeug.test import TestResponse

from lti_tool.base import clock
from lti_tool.base.vault import fingerprint
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.settings import Settings
from lti_tool.protocols.platforms import toolkeys
from lti_tool.web import cookies
from lti_tool.web.visits import VisitRecord
from tests.screens.room import Guest, Room

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "https://school.example/choices?course=1"


def chooser(room: Room, language: str = "nl", subject: str = "karin", **wants: Any) -> "Chooser":
    """A teacher in the chooser, of a platform that wants this."""
    given: dict[str, Any] = {
        "issuer": "https://school.example", "return_url": RETURN, "accept_types": ("ltiResourceLink",),
        "targets": ("iframe",), "accept_multiple": True, "accept_lineitem": True, "course": "Mechatronica 4B",
        **wants,
    }  # fmt: skip
    browser, public_id = secrets.token_urlsafe(24), secrets.token_urlsafe(12)
    with room.writing() as session:
        person = people.recognise(session, f"lti:{room.platform.id}", subject, Profile(name="Karin Bakker"))
        record = VisitRecord(
            public_id=public_id, browser=fingerprint(browser), ticket=fingerprint("t"), state=public_id,
            storage_frame=None, storage_origin="https://school.example", frame_ancestors="https://school.example",
            return_url="https://school.example/course", person_id=person.id, role="teacher", cohort_id=None,
            resource_link_id=None, language=language, began_at=clock.now(), seen_at=clock.now(),
        )  # fmt: skip
        session.add(record)
        session.flush()
        deep_linking.begin(session, record.id, room.platform, "1", Settings(**given))
    client = room.app.test_client()
    client.set_cookie(cookies.BROWSER, browser, domain="tool.test", secure=True)
    return Chooser(Guest(room, client, public_id, None))


@dataclass
class Chooser:
    guest: Guest

    def get(self, path: str = "place") -> TestResponse:
        return self.guest.get(path)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.guest.post(path, fields)

    def add(self, module: str, **fields: str) -> str:
        """Put something in the list; its key there."""
        before = set(self.keys())
        assert self.post("place/add", module=module, **fields).status_code == 303
        (added,) = set(self.keys()) - before
        return added

    def keys(self) -> list[str]:
        """What stands in the list, in its order."""
        return list(dict.fromkeys(re.findall(r'name="piece" value="([^"]+)"', self.get("place/list").text)))

    def revision(self) -> str:
        return _value(self.get("place/list").text, "revision")

    def place(self) -> "Placed":
        return sent(self.guest.room, self.post("place/answer", revision=self.revision()))

    def fields(self, key: str) -> dict[str, str]:
        """What the form of a piece holds, as a browser sends it unchanged."""
        return form_of(self.get(f"place/list/{key}").text)


@dataclass
class Placed:
    """What came to the platform."""

    claims: dict[str, Any]
    page: TestResponse

    @property
    def items(self) -> list[dict[str, Any]]:
        return list(self.claims[DL + "content_items"])


def form_of(page: str) -> dict[str, str]:
    fields = {
        name: html.unescape(value)
        for tag in re.findall(r"<input\b[^>]*>", page)
        if (name := _attribute(tag, "name")) and ("radio" not in tag or " checked" in tag)
        for value in [_attribute(tag, "value")]
    }
    for name, body in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = chosen[1] if chosen else ""
    fields.pop("back", None)
    return fields


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def sent(room: Room, page: TestResponse) -> Placed:
    assert page.status_code == 200, page.text
    token = html.unescape(_value(page.text, "JWT"))
    with room.app.app_context(), room.writing() as session:
        keys = {key["kid"]: key for key in toolkeys.public_key_set(session)["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]])
    return Placed(jwt.decode(token, key, algorithms=["RS256"], audience="https://school.example"), page)
