"""Every module that sends something to another server has its way in the tests of hostile addresses."""

import ast
from pathlib import Path

from tests.protocols.test_ssrf import CALLERS, WAYS

ROOT = Path(__file__).parents[2]


def calls_the_wire(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ("request", "get_json") and "wire" in ast.unparse(node.func.value)


def test_every_module_that_goes_out_has_its_way() -> None:
    paths = [path for path in (ROOT / "lti_tool").rglob("*.py") if "base" not in path.relative_to(ROOT).parts]
    found = {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if not path.name.startswith("demo") and any(map(calls_the_wire, ast.walk(ast.parse(path.read_text()))))
    }
    assert found == set(CALLERS), "give it a way in WAYS and a line in CALLERS of tests/protocols/test_ssrf.py"
    assert set(CALLERS.values()) <= set(WAYS)
