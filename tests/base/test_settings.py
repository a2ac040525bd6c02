"""Settings: read from the environment, refused with words that help."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.default import SettingError, Settings

SECRET = "abcdefghijklmnop"
GOOD = Settings(secret_keys=(SECRET,))


def test_nothing_given_gives_the_defaults() -> None:
    assert Settings.from_environ({}) == Settings()
    assert Settings.from_environ({"LTI_TOOL_WORKER_THREADS": "  "}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("public_url", " https://leren.example ", "https://leren.example"),
        ("public_url", "https://leren.example/", "https://leren.example"),
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


RIGHT = {
    "public_url": ("http://127.0.0.1:8000", "https://leren.example:8443", "http://[::1]:8000"),
    "database_url": ("sqlite:////srv/tool.db", "postgresql://h/n", "postgresql+psycopg://u:p%40ss@h:5432/n"),
    "queue_url": ("sqlite:////srv/queue.db", "redis://h:6379/0", "rediss://h", "postgresql:///n"),
    "trusted_proxies": (("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"),),
    "allowed_private_hosts": (
        ("lms", "my_lms", "lms.local:8080", "127.0.0.1:9000", "10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"),
    ),
    "time_zone": ("UTC",), "default_language": ("en",), "log_format": ("text",), "log_level": ("debug",),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RIGHT.items() for value in values])
def test_what_is_right_passes(name: str, value: object) -> None:
    replace(GOOD, **{name: value}).check()  # type: ignore[arg-type]


WRONG: dict[str, tuple[tuple[object, ...], str]] = {
    "secret_keys": (((), (SECRET, "short")), "Make one: python3 -c"),
    "public_url": (
        (
            "leren.example", "https://leren.example/", "https://leren.example/tool", "https://leren.example?a=b",
            "https://leren.example#a", "https://Leren.example", "https://me@leren.example", "https://leren.example:443",
            "https://leren.example:0", "https://leren.example:99999", "https://leren.example:x", "https://bücher.example",
            "https://leren..example", "https://leren.example\n", "https://", "ftp://leren.example",
        ),
        "must be https:// or http:// and a host",
    ),
    "database_url": (
        (
            "tool.db", "postgresql+psycopg://h:port/n", "mysql://h/n", "postgres://h/n", "postgresql+psycopg2://h/n",
            "sqlite://", "sqlite:///:memory:", "postgresql://h",
        ),
        "Right is sqlite:////srv/tool/tool.db or postgresql+psycopg://",
    ),
    "queue_url": (
        (
            "queue.db", "localhost:6379", "redis:6379", "amqp://h", "postgresql+psycopg://h/n", "redis://h:port/0",
            "sqlite://", "sqlite://queue.db", "sqlite:///", "redis://[h",
        ),
        "Right is sqlite:////srv/tool/queue.db, redis://",
    ),
    "trusted_proxies": (
        (("127.0.0.1", "localhost"), ("10.0.0.256",), ("10.0.0.0/33",), ("10.1.2.3/8",), ("127.0.0.1:80",)),
        "Give addresses such as 127.0.0.1",
    ),
    "allowed_private_hosts": (
        (
            ("lms", "10.0.0.0/33"), ("10.0.0.1/8",), ("10.0.0.300",), ("10.0.0.300:80",), ("lms:port",), ("lms:0",),
            ("lms:99999",), ("lms:",), ("https://lms",), ("lms/path",), ("-.-/8",), ("*.local",), ("[::1]:80",),
        ),
        "Give a host, host:port or network",
    ),
    "security_contact": (
        ("security@leren.example", "mailto:nobody", "http://leren.example", "https://a b", "mailto:a@b.nl\nX: y"),
        "such as mailto:security@example.nl",
    ),
    **dict.fromkeys(
        ("limit_login", "limit_launch", "limit_register", "limit_sign_in", "limit_platform"),
        (("1500", "0/60", "1500/0", "-1/60", "many/60", "1500/60s", "OFF"), "such as 1500/60, or off"),
    ),
    "time_zone": (("Europe/Nergens", "/etc/passwd", "../UTC", "Europe"), "such as Europe/Amsterdam"),
    "default_language": (("de", "NL"), "one of nl, en"),
    "log_format": (("xml",), "one of json, text"),
    "log_level": (("LOUD", "10"), "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    "lease_s": ((5.0, 29.0), "at least three times LTI_TOOL_HTTP_TIMEOUT_S"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "says"), [(name, value, says) for name, (values, says) in WRONG.items() for value in values]
)
def test_what_cannot_be_right_is_one_line_with_the_variable_and_what_is(name: str, value: object, says: str) -> None:
    with pytest.raises(SettingError) as refused:
        replace(GOOD, **{name: value}).check()  # type: ignore[arg-type]
    told = str(refused.value)
    assert told.startswith(f"LTI_TOOL_{name.upper()} ")
    assert says in told
    assert "\n" not in told


def test_a_lease_is_judged_by_the_time_of_calls() -> None:
    with pytest.raises(SettingError, match="LTI_TOOL_LEASE_S"):
        replace(GOOD, lease_s=4.0, http_timeout_s=1.5).check()


def test_a_network_that_names_one_of_its_hosts_is_told_its_right_name() -> None:
    with pytest.raises(SettingError, match=r"that network is written 10\.0\.0\.0/8"):
        replace(GOOD, trusted_proxies=("10.1.2.3/8",)).check()


def test_a_password_is_not_repeated() -> None:
    for name in ("database_url", "queue_url"):
        for url in ("mysql://me:geheim@h/n", "postgresql://me:geheim@h:port/n"):
            with pytest.raises(SettingError) as refused:
                replace(GOOD, **{name: url}).check()  # type: ignore[arg-type]
            assert "geheim" not in str(refused.value)


def test_databases_stand_in_the_folder_unless_told_otherwise(tmp_path: Path) -> None:
    here = replace(GOOD, var_dir=tmp_path)
    assert here.database == f"sqlite:///{tmp_path / 'tool.db'}"
    assert here.queue == f"sqlite:///{tmp_path / 'queue.db'}"
    assert replace(here, database_url="postgresql+psycopg://h/n").database == "postgresql+psycopg://h/n"
