"""Firefox as Debian ships it, driven over Marionette: numbered commands as JSON, over a socket of this machine."""

import json
import signal
import socket
import subprocess
from contextlib import suppress
from os import killpg
from pathlib import Path
from typing import Any

from tests.matrix.driven import FRAME, PHONE, Gone, Setting, until

BEHAVIOUR = {"allowed": 0, "partitioned": 5, "blocked": 1, "off": 5}
"""network.cookie.cookieBehavior: take all, a jar per site (what people have), none within other sites."""
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PREFERENCES = {
    "marionette.port": 0, "app.update.enabled": False, "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "browser.newtabpage.enabled": False,
    "extensions.getAddons.cache.enabled": False, "services.settings.server": "data:,", "intl.accept_languages": "nl",
    "browser.safebrowsing.provider.google5.updateURL": "", "browser.region.update.enabled": False,
}  # fmt: skip
FORBID = """
Services.perms.addFromPrincipal(Services.scriptSecurityManager.createContentPrincipalFromOrigin(arguments[0]),
  "cookie", Ci.nsICookiePermission.ACCESS_DENY);"""
KEEP = """const [name, value, host, isSecure, sameSite] = arguments;
Services.cookies.add(host, "/", name, value, isSecure, true, true, Date.now() + 86_400_000, {},
  Ci.nsICookie[sameSite],
  Ci.nsICookie.SCHEME_HTTPS | Ci.nsICookie.SCHEME_HTTP);"""
PHONE_SIZE = """const [width, height] = arguments, browser = gBrowser.selectedBrowser;
for (const [name, size] of [["width", width], ["height", height]])
  for (const limit of ["min", "max"]) browser.style.setProperty(`${limit}-${name}`, `${size}px`);
browser.browsingContext.touchEventsOverride = "enabled";"""

TO_THE_MIDDLE = "arguments[0].scrollIntoView({block: 'center'})"


class Marionette:
    """The protocol (version 3)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._count = 0
        self._hear()

    def _hear(self) -> Any:
        length = b""
        while (one := self._file.read(1)) != b":":
            if not one:
                raise AssertionError("Firefox stopped")
            length += one
        return json.loads(self._file.read(int(length)))

    def ask(self, name: str, **parameters: Any) -> Any:
        """Raises Gone when Firefox says no."""
        self._count += 1
        message = json.dumps([0, self._count, name, parameters]).encode()
        self._socket.sendall(f"{len(message)}:".encode() + message)
        _, number, error, result = self._hear()
        assert number == self._count
        if error:
            raise Gone(f"{name}: {error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def end(self) -> None:
        self._file.close()
        self._socket.close()


class Firefox:
    """A Firefox with a fresh profile in this folder."""

    name = "Firefox"

    def __init__(self, path: str, folder: Path, setting: Setting) -> None:
        profile = folder / "firefox"
        profile.mkdir(parents=True)
        chosen = PREFERENCES | {"network.cookie.cookieBehavior": BEHAVIOUR[setting.cookies]}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in chosen.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = [path, "--headless", "--no-remote", "--marionette", "-remote-allow-system-access"]
        self._process = subprocess.Popen(
            [*command, "--profile", str(profile), "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            self._begin(profile, setting)
        except BaseException:
            self.close()
            raise

    def _begin(self, profile: Path, setting: Setting) -> None:
        told = profile / "MarionetteActivePort"
        port = until(lambda: told.exists() and told.read_text().strip(), "Firefox's port", patience_s=60)
        self._line = Marionette(int(port))
        session = self._line.ask("WebDriver:NewSession", acceptInsecureCerts=True, pageLoadStrategy="none")
        self.version = str(session["capabilities"]["browserVersion"])
        self._is_phone = setting.is_phone
        if setting.cookies == "off":
            self._privileged(FORBID, setting.tool)
        self._taken: set[str] = set()
        self._first: str | None = self._line.ask("WebDriver:GetWindowHandle")

    def _privileged(self, script: str, *arguments: Any) -> None:
        self._line.ask("Marionette:SetContext", value="chrome")
        try:
            self._line.ask("WebDriver:ExecuteScript", script=script, args=list(arguments))
        finally:
            self._line.ask("Marionette:SetContext", value="content")

    def tab(self) -> "Tab":
        handle, self._first = self._first, None
        if handle is None:
            handle = self._line.ask("WebDriver:NewWindow", type="tab", focus=True)["handle"]
        return self._take(handle)

    def opened(self) -> "Tab | None":
        new = [one for one in self._line.ask("WebDriver:GetWindowHandles") if one not in self._taken]
        return self._take(new[0]) if new else None

    def _take(self, handle: str) -> "Tab":
        self._taken.add(handle)
        tab = Tab(self._line, handle, is_phone=self._is_phone)
        tab.front()
        if self._is_phone:
            self._privileged(PHONE_SIZE, *PHONE)
        return tab

    def keep(self, name: str, value: str, url: str, *, same_site: str) -> None:
        host = url.split("/")[2].partition(":")[0]
        self._privileged(KEEP, name, value, host, same_site == "None", f"SAMESITE_{same_site.upper()}")

    def close(self) -> None:
        with suppress(Gone, OSError, AssertionError, AttributeError):
            self._line.ask("Marionette:Quit", flags=["eForceQuit"])
            self._line.end()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Tab:
    """A window of WebDriver."""

    def __init__(self, line: Marionette, handle: str, *, is_phone: bool) -> None:
        self._line, self._handle, self._is_phone = line, handle, is_phone

    def front(self) -> None:
        self._line.ask("WebDriver:SwitchToWindow", handle=self._handle, focus=True)

    def _stand(self, framed: bool) -> None:
        self._line.ask("WebDriver:SwitchToWindow", handle=self._handle, focus=False)
        self._line.ask("WebDriver:SwitchToFrame")
        if framed:
            self._line.ask("WebDriver:SwitchToFrame", element=self._find(FRAME))

    def _find(self, selector: str) -> str:
        return str(self._line.ask("WebDriver:FindElement", using="css selector", value=selector)[ELEMENT])

    def go(self, url: str) -> None:
        self._stand(framed=False)
        self._line.ask("WebDriver:Navigate", url=url)

    def run(self, script: str, *arguments: Any, framed: bool) -> Any:
        self._stand(framed)
        return self._line.ask("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def press(self, selector: str, *, framed: bool) -> None:
        self._stand(framed)
        place = self._find(selector)
        self._line.ask("WebDriver:ExecuteScript", script=TO_THE_MIDDLE, args=[{ELEMENT: place}])
        if not self._is_phone:
            self._line.ask("WebDriver:ElementClick", id=place)
            return
        self._line.ask("WebDriver:PerformActions", actions=[_tap(place)])

    def reload(self) -> None:
        self._stand(framed=False)
        self._line.ask("WebDriver:Refresh")

    def back(self) -> None:
        self._stand(framed=False)
        self._line.ask("WebDriver:Back")

    def picture(self) -> str:
        self._stand(framed=False)
        return str(self._line.ask("WebDriver:TakeScreenshot", full=False))


def _tap(place: str) -> dict[str, Any]:
    """A finger that goes down on the middle of an element and up again."""
    move = {"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": {ELEMENT: place}}
    moves = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
    return {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": moves}
