"""Headers of every answer: what may frame it, run in it, and remember it."""

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors {ancestors}"
)
NO_DEVICES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
        "microphone", "midi", "payment", "usb",
    )
)  # fmt: skip


def frame_by(ancestors: str, *, asks_opener: bool = False) -> None:
    """Let these origins (separated by spaces) frame the answer to this request.

    `asks_opener`: the page may ask the storage of the platform that opened it in a window of its own.
    """
    g.frame_ancestors = ancestors
    if asks_opener:
        keep_opener()


def post_to(origin: str) -> None:
    """Let forms of this page go to this origin too."""
    g.form_action = f"'self' {origin}"


def keep_opener() -> None:
    """Let this page keep the window that opened it, whatever its site, to tell it that all is done."""
    g.keeps_opener = True


def send_no_referrer() -> None:
    """The address of this page is a secret: tell it to nobody, us included. Its forms then bear no origin."""
    g.referrer_policy = "no-referrer"


def init(app: Flask) -> None:
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    # a refusal holds nothing to click wrongly on, and whom we do not know may show it in a frame too
    nobody_known = "*" if "refusal" in g else "'none'"
    ancestors, forms = g.get("frame_ancestors") or nobody_known, g.get("form_action") or "'self'"
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY.format(ancestors=ancestors, forms=forms))
    headers["X-Content-Type-Options"] = "nosniff"
    # under no-referrer Chromium posts forms with "Origin: null", which is no proof that they come from us
    headers["Referrer-Policy"] = g.get("referrer_policy") or "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "unsafe-none" if "keeps_opener" in g else "same-origin-allow-popups"
    headers["Permissions-Policy"] = NO_DEVICES
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
