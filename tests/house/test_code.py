"""Rules of the house that no linter knows: guards, transactions, tables, personal data."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import String, Text

from config.default import Settings
from lti_tool import tables
from lti_tool.app import create_app

ROOT = Path(__file__).parents[2]
COMMITS = {"lti_tool/web/transaction.py"}
BEGINS = {
    "lti_tool/web/transaction.py": "apart()",
    "lti_tool/worker.py": "the worker owns its transactions",
    "lti_tool/cli/": "so do commands",
    "lti_tool/base/rounds.py": "what is due is asked between two rounds",
    "lti_tool/base/outbox.py": "a reaction runs in the transaction that removes its message",
    "lti_tool/protocols/grades/": "claim, commit, send with nothing open, settle",
    "lti_tool/protocols/roster/rea": "reader and reading: pages are asked for with nothing open, and kept one by one",
    "lti_tool/protocols/mail/postman.py": "nothing is open while a letter is sent",
    "lti_tool/protocols/platforms/notice_handlers.py": "nor while a platform is asked to send notices",
    "lti_tool/protocols/platforms/keysets.py": "keys are fetched before the request's transaction",
    "lti_tool/protocols/platforms/tokens.py": "tokens are asked for with nothing open",
    "lti_tool/protocols/platforms/connector.py": "as tokens",
}
PERSONAL = ("name", "email", "subject", "phone", "birth", "picture", "address")
NOT_OF_A_PERSON = {f"{table}.name" for table in ("facilities", "groups", "hubs", "organisations", "registrations")}
NOT_OF_A_PERSON |= {"groups.set_name"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "lti_tool").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())


def calls(tree: ast.Module, name: str) -> list[int]:
    """Lines that call a method of this name without arguments."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
        and not node.args
        and not node.keywords
    ]


def test_every_route_has_a_guard(settings: Settings) -> None:
    settings.var_dir.mkdir()
    app = create_app(settings)
    views = {name: view for name, view in app.view_functions.items() if name.split(".")[-1] != "static"}
    assert len(views) > 8
    assert [name for name, view in views.items() if not hasattr(view, "guard")] == []


def test_a_visit_in_the_address_means_that_a_visit_is_needed(settings: Settings) -> None:
    settings.var_dir.mkdir()
    app = create_app(settings)
    unguarded = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "visit_id" in rule.arguments and getattr(app.view_functions[rule.endpoint], "guard", None) == "open"
    ]
    assert unguarded == []


def test_only_the_request_commits() -> None:
    found = {f"{path}:{line}" for path, tree in modules() if path not in COMMITS for line in calls(tree, "commit")}
    assert found == set()


def test_transactions_begin_in_named_places() -> None:
    found = {
        f"{path}:{line}"
        for path, tree in modules()
        if not path.startswith(tuple(BEGINS))
        for line in calls(tree, "begin")
    }
    assert found == set()


def test_the_learning_record_owns_no_transaction() -> None:
    learning = [(path, tree) for path, tree in modules() if "/learning/" in path]
    assert [path for path, tree in learning if calls(tree, "begin") or calls(tree, "commit")] == []


def test_every_module_with_a_table_stands_in_tables() -> None:
    defining = {
        path.removesuffix(".py").replace("/", ".")
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and "__tablename__" in [getattr(name, "id", "") for name in node.targets]
    }
    assert defining == {module.__name__ for module in tables.MODULES}


def test_personal_columns_are_marked() -> None:
    unmarked = {
        str(column)
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String | Text)
        and set(column.name.split("_")) & set(PERSONAL)
        and "pii" not in column.info
    }
    assert unmarked - NOT_OF_A_PERSON == set()


def test_nothing_is_imported_inside_a_function() -> None:
    hidden = {
        f"{path}:{inner.lineno}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    assert hidden == set()


def test_only_the_wire_goes_out() -> None:
    """No other HTTP library, and no urllib3 beside base.wire; the demo talks to its own children."""
    allowed = ("lti_tool/base/wire", "lti_tool/demo")
    clients = {"requests", "urllib3", "httpx", "aiohttp", "http.client", "urllib.request"}
    found = {
        path
        for path, tree in modules()
        if not path.startswith(allowed)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and clients & {getattr(node, "module", None), *(name.name for name in node.names)}
    }
    assert found == set()


def test_only_the_clock_tells_the_time() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if path != "lti_tool/base/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "utcnow", "today")
        and getattr(node.value, "id", "") in ("datetime", "date")
    }
    assert found == set()
