"""Settings: read from the environment, refused with words that help."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.default import SettingError, Settings

GOOD = Settings(secret_keys=("secret",))


def test_nothing_given_gives_the_defaults() -> None:
    assert Settings.from_environ({}) == Settings()
    assert Settings.from_environ({"LTI_TOOL_WORKER_THREADS": "  "}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("public_url", " https://leren.example ", "https://leren.example"),
        ("secret_keys", "new, old", ("new", "old")),
        ("trusted_proxies", "10.0.0.0/8 127.0.0.1", ("10.0.0.0/8", "127.0.0.1")),
        ("var_dir", "/srv/tool", Path("/srv/tool")),
        ("worker_threads", "4", 4),
        ("http_timeout_s", "2.5", 2.5),
    ],
)
def test_each_kind_of_setting_is_read(name: str, text: str, value: object) -> None:
    assert getattr(Settings.from_environ({f"LTI_TOOL_{name.upper()}": text}), name) == value


@pytest.mark.parametrize(("name", "text"), [("WORKER_THREADS", "many"), ("HTTP_TIMEOUT_S", "soon")])
def test_an_unreadable_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=f"LTI_TOOL_{name}"):
        Settings.from_environ({f"LTI_TOOL_{name}": text})


def test_good_settings_pass() -> None:
    GOOD.check()
    replace(GOOD, lease_s=3.0, http_timeout_s=1.0).check()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"secret_keys": ()}, "LTI_TOOL_SECRET_KEYS"),
        ({"public_url": "leren.example"}, "LTI_TOOL_PUBLIC_URL"),
        ({"public_url": "https://leren.example/"}, "LTI_TOOL_PUBLIC_URL"),
        ({"lease_s": 5.0}, "LTI_TOOL_LEASE_S"),
        ({"lease_s": 29.0}, "LTI_TOOL_LEASE_S"),
        ({"lease_s": 4.0, "http_timeout_s": 1.5}, "LTI_TOOL_LEASE_S"),
    ],
)
def test_what_cannot_start_says_which_setting(changes: dict[str, object], named: str) -> None:
    with pytest.raises(SettingError, match=named):
        replace(GOOD, **changes).check()  # type: ignore[arg-type]


def test_databases_stand_in_the_folder_unless_told_otherwise(tmp_path: Path) -> None:
    here = replace(GOOD, var_dir=tmp_path)
    assert here.database == f"sqlite:///{tmp_path / 'tool.db'}"
    assert here.queue == f"sqlite:///{tmp_path / 'queue.db'}"
    assert replace(here, database_url="postgresql+psycopg://h/n").database == "postgresql+psycopg://h/n"
