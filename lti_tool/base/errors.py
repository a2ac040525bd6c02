"""What can go wrong, as a code and facts. Prose is made at the edge, in nl and en (see web.errors)."""

from typing import ClassVar


class ToolError(Exception):
    """A refusal that a person can be told about.

    `code` names the prose; `facts` fill it. Neither holds names, e-mail addresses or tokens.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, **facts: str | int | float | None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value!r}" for name, value in self.facts.items())])


class Invalid(ToolError):
    status = 400


class Unauthorised(ToolError):
    status = 401


class Forbidden(ToolError):
    status = 403


class NotFound(ToolError):
    status = 404


class Conflict(ToolError):
    status = 409


class TooLarge(ToolError):
    status = 413


class TooMany(ToolError):
    """Asked too often. After `after_s` whole seconds one more is let through."""

    status = 429

    def __init__(self, code: str, *, after_s: int, **facts: str | int | float | None) -> None:
        super().__init__(code, **facts)
        self.after_s = after_s


class Upstream(ToolError):
    """Somebody else's server failed. `retry` says whether trying again can help; `after_s` is its Retry-After."""

    status = 502

    def __init__(
        self, code: str, *, retry: bool, after_s: float | None = None, **facts: str | int | float | None
    ) -> None:
        super().__init__(code, **facts)
        self.retry = retry
        self.after_s = after_s


class Busy(Upstream):
    """Too many wait for other servers already; nothing was asked of this one."""

    status = 503
