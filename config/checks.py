"""What each setting must be, so that a mistake is told before anything starts. `WRONG` is the table.

A check returns None, or the rest of a line that begins with the variable's name. Addresses that may hold a password
are never repeated.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from config import oidc

SHORTEST_KEY = 16
MAKE_A_KEY = 'Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
QUEUES = ("sqlite", "redis", "rediss", "postgresql")
ESCAPE = "in a password %40 stands for @, %2F for /, %3A for :"
CONTACT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://[^\s]+|tel:\+?[0-9-]+)")
LIMIT = re.compile(r"[1-9][0-9]{0,6}/[1-9][0-9]{0,4}|off")
HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
ORIGIN = re.compile(r"(https?)://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([1-9][0-9]*))?")
USUAL_PORTS = {"http": 80, "https": 443}


def public_url(text: str) -> str | None:
    """Exactly what browsers send as Origin: the guards compare with it."""
    found = ORIGIN.fullmatch(text)
    port = int(found[2] or 0) if found else 0
    if found and port < 65536 and port != USUAL_PORTS[found[1]]:
        return None
    return (
        "must be https:// or http:// and a host in small letters, with its port where that is not the usual one, "
        "and nothing after it: https://leren.example.nl"
    )


def web_address(text: str) -> str | None:
    """Of a page, or empty."""
    url = _split(text)
    fine = not text or (url is not None and url.scheme in ("http", "https") and url.hostname and text.isprintable())
    return None if fine else "must be a web address, such as https://www.example.nl/privacy"


def contacts(entries: Sequence[str]) -> str | None:
    wrong = next((entry for entry in entries if not re.fullmatch(r"[^@\s]+@[^@\s]+", entry)), None)
    return wrong and f"holds {wrong!r}, which is no e-mail address."


def secret_keys(keys: Sequence[str]) -> str | None:
    if not keys:
        return f"is not set. It seals the secrets in the database, so there is no default. {MAKE_A_KEY}"
    shortest = min(map(len, keys))
    if shortest < SHORTEST_KEY:
        return f"holds a key of {shortest} characters; each needs {SHORTEST_KEY} or more. {MAKE_A_KEY}"
    return None


def database_url(text: str) -> str | None:
    right = "sqlite:////srv/tool/tool.db or postgresql+psycopg://user:password@host/name"
    if not text:
        return None
    url = _database(text)
    if url is None:
        return f"cannot be read as an address. Right is {right}; {ESCAPE}."
    if url.drivername not in DATABASES:
        return f"names a kind of database that is not supported ({url.drivername}). Right is {right}."
    if url.database in (None, "", ":memory:"):
        return f"names no database. Right is {right}."
    return None


def _database(text: str) -> URL | None:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        return None


def queue_url(text: str) -> str | None:
    right = "sqlite:////srv/tool/queue.db, redis://host:6379/0 or postgresql://user:password@host/name"
    if not text:
        return None
    url = _split(text)
    if url is None or not url.scheme or "://" not in text:
        return f"cannot be read as an address. Right is {right}; {ESCAPE}."
    if url.scheme not in QUEUES:
        return f"names a kind of queue that is not supported ({url.scheme}). Right is {right}."
    if url.scheme == "sqlite" and (url.netloc or len(url.path) < 2):
        return f"names no file. Right is {right}."
    return None


def smtp_url(text: str) -> str | None:
    right = "smtp://user:password@host:587 or smtps://user:password@host:465"
    if not text:
        return None
    url = _split(text)
    if url is None or url.scheme not in ("smtp", "smtps") or not url.hostname:
        return f"cannot be read as the address of a mail server. Right is {right}; {ESCAPE}."
    if url.path not in ("", "/") or url.query or url.fragment:
        return f"holds something after the host. Right is {right}; {ESCAPE}."
    return None


def mail_from(text: str) -> str | None:
    if not text or (MAIL.fullmatch(parseaddr(text)[1]) and text.isprintable()):
        return None
    return "must be a mail address, or a name and one: Technohub <noreply@example.nl>"


def oidc_file(text: str) -> str | None:
    try:
        oidc.read(text)
    except oidc.ProvidersError as problem:
        return f"names {text}, {problem}"
    return None


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return None
    return url


def trusted_proxies(entries: Sequence[str]) -> str | None:
    wrong = next(filter(None, map(_no_network, entries)), None)
    return wrong and f"{wrong} Give addresses such as 127.0.0.1 or 10.0.0.0/8, no names."


def allowed_private_hosts(entries: Sequence[str]) -> str | None:
    wrong = next(filter(None, map(_no_host, entries)), None)
    return wrong and f"{wrong} Give a host, host:port or network, such as lms.local, lms.local:8080 or 10.0.0.0/8."


def _no_host(entry: str) -> str | None:
    host, colon, port = entry.partition(":")
    looks_numeric = not host.strip("0123456789.")
    if "/" in entry or entry.count(":") > 1 or (looks_numeric and not _is_address(host)):
        return _no_network(entry)
    is_port = not colon or (port.isdecimal() and 0 < int(port) < 65536)
    return None if HOST.fullmatch(host) and is_port else f"holds {entry!r}, which is no host."


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _no_network(entry: str) -> str | None:
    try:
        meant = ip_network(entry, strict=False)
    except ValueError:
        return f"holds {entry!r}, which is no IP address or network."
    if "/" in entry and ip_address(entry.partition("/")[0]) != meant.network_address:
        return f"holds {entry!r}; that network is written {meant}."
    return None


def time_zone(text: str) -> str | None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return f"is {text!r}, which is no time zone. Right is a name such as Europe/Amsterdam or UTC."
    return None


def security_contact(text: str) -> str | None:
    if not text or CONTACT.fullmatch(text):
        return None
    return f"is {text!r}; it must be an address such as mailto:security@example.nl or https://example.nl/security."


def limit(text: str) -> str | None:
    if LIMIT.fullmatch(text):
        return None
    return f"is {text!r}; it must be a number and seconds, such as 1500/60, or off."


def one_of(*words: str) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        return None if text in words else f"is {text!r}; it must be one of {', '.join(words)}."

    return wrong


def at_least_one(number: int) -> str | None:
    return None if number >= 1 else "must be 1 or more."


def more_than_nothing(number: float) -> str | None:
    return None if number > 0 else "must be more than 0."


def log_level(text: str) -> str | None:
    return one_of(*LEVELS)(text.upper())


def key_rotation_days(days: int) -> str | None:
    return None if 0 <= days <= 3650 else f"is {days}; it must be a number of days, or 0 for never."


WRONG: Mapping[str, Callable[[Any], str | None]] = {
    "secret_keys": secret_keys,
    "privacy_url": web_address,
    "terms_url": web_address,
    "contacts": contacts,
    "public_url": public_url,
    "database_url": database_url,
    "queue_url": queue_url,
    "trusted_proxies": trusted_proxies,
    "allowed_private_hosts": allowed_private_hosts,
    "security_contact": security_contact,
    "limit_login": limit,
    "limit_launch": limit,
    "limit_register": limit,
    "limit_sign_in": limit,
    "limit_platform": limit,
    "key_rotation_days": key_rotation_days,
    "smtp_url": smtp_url,
    "mail_from": mail_from,
    "oidc_file": oidc_file,
    "time_zone": time_zone,
    "default_language": one_of("nl", "en"),
    "log_format": one_of("json", "text"),
    "log_level": log_level,
    "person_waits_s": more_than_nothing,
    "waiting_threads": at_least_one,
}
