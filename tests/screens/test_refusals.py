"""Every refusal: its status, both languages, a reference, and no more than is meant."""

import ast
import re
from pathlib import Path

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge, TooManyRequests

from lti_tool.base import errors
from lti_tool.base.errors import ToolError
from lti_tool.web.refusals import REFUSALS
from tests.screens.room import TOOL, Room

PACKAGE = Path(errors.__file__).parents[1]
CLASSES = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ToolError)}
FACTS = {"parameter": "iss", "deployment": "d-7", "minutes": 10, "error": "login_required", "seconds": 4000,
         "claim": "version", "message_type": "LtiX", "module": "m-1", "limit": 2}  # fmt: skip
HTTP: dict[str, HTTPException] = {
    "page": NotFound(), "method": MethodNotAllowed(), "too-large": RequestEntityTooLarge(),
    "too-many": TooManyRequests(),
}  # fmt: skip
WORDS = (r"<h1[^>]*>(.+?)</h1>", r'<p class="lead">(.+?)</p>', r'class="lead">.+?</p>\s*<p>(.+?)</p>')
NOT_SHOWN = {"cli", "worker.py"}
"""Raised to whoever runs commands, who reads the code itself."""


def raised() -> dict[str, type[ToolError]]:
    """Codes in the source, with the class that raises them."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] in NOT_SHOWN:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = CLASSES[node.func.id]
    return found


RAISED = raised()


def answer(room: Room, error: Exception, language: str, **headers: str) -> tuple[int, str]:
    with room.app.test_request_context("/", base_url=TOOL, headers={"Accept-Language": language, **headers}):
        response = room.app.make_response(room.app.handle_user_exception(error))
        return response.status_code, response.get_data(as_text=True)


def fault(code: str) -> Exception:
    if code in HTTP:
        return HTTP[code]
    kind = RAISED.get(code, errors.Invalid)
    return kind(code, retry=True, **FACTS) if issubclass(kind, errors.Upstream) else kind(code, **FACTS)  # type: ignore[arg-type,call-arg]


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_reads_well_in_both_languages(room: Room, code: str) -> None:
    texts = {}
    for language in ("nl", "en"):
        status, html = answer(room, fault(code), language)
        assert f'<html lang="{language}"' in html
        assert re.search(r"<strong class=\"code\">[2-9A-Z]{4}-[2-9A-Z]{4}</strong>", html)
        assert "%(" not in html
        assert "Traceback" not in html
        texts[language] = [re.search(pattern, html)[1] for pattern in WORDS]  # type: ignore[index]
        expected = HTTP[code].code if code in HTTP else getattr(RAISED.get(code), "status", 400)
        assert status == expected
    assert [nl == en for nl, en in zip(texts["nl"], texts["en"], strict=True)] == [False, False, False]


def test_an_unforeseen_fault_tells_nothing_of_itself(room: Room) -> None:
    status, html = answer(room, RuntimeError("secret detail"), "nl")
    assert status == 500
    assert "bij ons" in html
    assert "secret detail" not in html


def test_programs_get_json(room: Room) -> None:
    status, text = answer(room, errors.NotFound("module", module="m-1"), "en", Accept="application/json")
    assert status == 404
    assert '"code":"module"' in text.replace(" ", "")
    assert '"reference"' in text


def test_facts_cannot_bring_html(room: Room) -> None:
    _, html = answer(room, errors.NotFound("module", module="<script>alert(1)</script>"), "nl")
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
