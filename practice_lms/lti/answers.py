"""Refusals of the machine endpoints: a status and a reason in English, for whoever builds the tool."""

import json
from typing import Any

from flask import Flask, Response


class Refused(Exception):
    """The platform says no. `code` is the error word of RFC 6749 where that applies."""

    def __init__(self, status: int, reason: str, code: str = "invalid_request") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code

    def body(self) -> bytes:
        """The JSON that says why."""
        return json.dumps({"error": self.code, "error_description": self.reason}).encode()

    def headers(self) -> list[tuple[str, str]]:
        """Headers of the answer; a 401 names the scheme (RFC 6750, 3)."""
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if self.status == 401:
            headers.append(("WWW-Authenticate", f'Bearer error="{self.code}"'))
        return headers


def as_json(body: Any, media_type: str = "application/json", status: int = 200) -> Response:
    """An answer in JSON with an exact media type."""
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=media_type)


def install(app: Flask) -> None:
    """Turn refusals into answers."""

    @app.errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        return Response(refused.body(), refused.status, refused.headers())
