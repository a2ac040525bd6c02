"""Every setting, its meaning and its default. Each is read from the environment variable LTI_TOOL_<NAME>.

Lists are separated by commas or spaces. Booleans are 1/0, true/false, yes/no. An empty variable is as none.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.checks import WRONG
from config.oidc import Provider, read

PREFIX = "LTI_TOOL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    # The address under which browsers and platforms reach the tool: scheme, host and port, without a path.
    public_url: str = "http://localhost:8000"

    # Keys that seal secrets in the database, newest first, of 16 characters or more. Required; there is no default.
    # Make one: python3 -c "import secrets; print(secrets.token_urlsafe(32))"
    secret_keys: tuple[str, ...] = ()

    # Folder for everything that the tool writes: database, queue, uploaded files. Made when absent.
    var_dir: Path = Path("var")

    # SQLAlchemy address of the database. Empty: a SQLite file in var_dir.
    # PostgreSQL: postgresql+psycopg://user:password@host/name
    database_url: str = ""

    # Where the worker's wake-up calls travel. Empty: a SQLite file in var_dir.
    # Redis: redis://host:6379/0. PostgreSQL: postgresql://user:password@host/name
    queue_url: str = ""

    # Addresses (IP or CIDR) of reverse proxies whose X-Forwarded-* headers are believed. Nobody else's are.
    trusted_proxies: tuple[str, ...] = ()

    # Hosts inside your own network that the tool may call: host, host:port or CIDR. Plain http is
    # allowed to these too. All other calls go out over https to public addresses only.
    allowed_private_hosts: tuple[str, ...] = ()

    # Addresses of your privacy page and terms of use, told to learning environments that connect. Empty: not told.
    privacy_url: str = ""
    terms_url: str = ""

    # E-mail addresses that administrators of learning environments may write to, told to environments that connect.
    contacts: tuple[str, ...] = ()

    # Zone in which times are shown.
    time_zone: str = "Europe/Amsterdam"

    # Language when neither the person, the launch nor the browser names one that we speak (nl or en).
    default_language: str = "nl"

    # A begun login is good for this many minutes.
    login_minutes: int = 10

    # Leeway in seconds for clocks of platforms that are a little off.
    leeway_s: int = 60

    # A visit ends after this many minutes without any activity ...
    visit_idle_minutes: int = 180

    # ... and after this many hours in any case.
    visit_max_hours: int = 8

    # The key with which the tool signs is replaced after this many days; 0: only when somebody asks.
    key_rotation_days: int = 90

    # Staff are signed out after this many minutes without any activity ...
    staff_idle_minutes: int = 120

    # ... and after this many hours in any case.
    staff_max_hours: int = 12

    # The mail server that sends staff their links to sign in: smtp://user:password@host:587 (TLS by STARTTLS) or
    # smtps://user:password@host:465. Empty: no mail is sent, and links come from `lti-tool admin login-link`.
    smtp_url: str = ""

    # Sender of that mail: an address, or Technohub <noreply@example.nl>. Needed with LTI_TOOL_SMTP_URL.
    mail_from: str = ""

    # A TOML file with the OIDC providers at which staff may sign in, such as SURFconext and Entra ID: see operate.md.
    oidc_file: str = ""

    # Largest request body that is read, in kB.
    max_body_kb: int = 512

    # Whom to tell of a weakness, as mailto: or https: address; shown at /.well-known/security.txt. Empty: no such page.
    security_contact: str = ""

    # How many requests one address may make at once: 1500/60 is a bucket of 1500 that fills up again in 60 seconds.
    # "off" sets no limit. An address is that of the client; of IPv6 its /64. Each process counts for itself.
    limit_login: str = "1500/60"
    limit_launch: str = "1500/60"
    limit_register: str = "30/600"
    limit_sign_in: str = "30/300"

    # The same for one platform, whatever the addresses: its logins, its launches, its registrations.
    limit_platform: str = "6000/60"

    # Calls to platforms: seconds until we give up, and the largest answer read, in kB.
    http_timeout_s: float = 10.0
    http_max_kb: int = 2048

    # The same seconds where a person waits meanwhile: key sets at a launch, registration, checks.
    person_waits_s: float = 5.0

    # Threads of one web process that may wait for other servers at once, and for one server one fewer; whoever
    # comes then is asked to come back in a moment. `lti-tool serve` makes it one fewer than its --threads.
    waiting_threads: int = 3

    # A worker that takes grades to send holds them this long; after a crash others take over then.
    # At least three times http_timeout_s: a call for a token, a moment, and the call with the grade.
    lease_s: float = 60.0

    # Threads of one worker that send grades.
    worker_threads: int = 8

    # A grade that cannot be sent is tried again for this many hours, then set aside with the reason.
    give_up_hours: int = 24

    # The worker counts as down when it was not heard of for this many seconds (see /readyz).
    heartbeat_s: int = 90

    # Log lines as json or, for people at a terminal, as text; and from which level on: DEBUG, INFO, WARNING, ERROR
    # or CRITICAL.
    log_format: str = "json"
    log_level: str = "INFO"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Settings of the environment. Raises SettingError that names the variable."""
        given = {}
        for field in fields(cls):
            text = environ.get(PREFIX + field.name.upper(), "").strip()
            if text:
                given[field.name] = _read(field.name, str(field.type), text)
        if "public_url" in given:
            given["public_url"] = given["public_url"].rstrip("/")
        return cls(**given)

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.var_dir.absolute() / 'tool.db'}"

    @property
    def queue(self) -> str:
        return self.queue_url or f"sqlite:///{self.var_dir.absolute() / 'queue.db'}"

    @property
    def oidc_providers(self) -> tuple[Provider, ...]:
        """Raises config.oidc.ProvidersError; `check` has told by then."""
        return read(self.oidc_file)

    @property
    def files_dir(self) -> Path:
        return self.var_dir / "files"

    @property
    def key_rotation(self) -> timedelta | None:
        return timedelta(days=self.key_rotation_days) if self.key_rotation_days else None

    def check(self) -> None:
        """Raises SettingError when the tool cannot start with these."""
        for name, wrong in WRONG.items():
            told = wrong(getattr(self, name))
            if told:
                raise SettingError(f"{PREFIX}{name.upper()} {told}")
        if self.smtp_url and not self.mail_from:
            raise SettingError("LTI_TOOL_MAIL_FROM must be set where LTI_TOOL_SMTP_URL is: all mail is from it.")
        if self.lease_s < 3 * self.http_timeout_s:
            raise SettingError(
                "LTI_TOOL_LEASE_S must be at least three times LTI_TOOL_HTTP_TIMEOUT_S. With less a worker would "
                "have to give a grade back before it may send it."
            )


class SettingError(Exception):
    """A setting that is missing or cannot be read; the text says which and what to do."""


def _read(name: str, kind: str, text: str) -> Any:
    readers: dict[str, Callable[[str], Any]] = {
        "int": int, "float": float, "bool": _boolean, "Path": Path,
        "tuple[str, ...]": lambda value: tuple(value.replace(",", " ").split()),
        "str": str,
    }  # fmt: skip
    reader = next(made for key, made in readers.items() if key in kind)
    try:
        return reader(text)
    except ValueError:
        raise SettingError(f"{PREFIX}{name.upper()} cannot be read: {text!r}") from None


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError(text)
