"""Chromium as people have it, driven over its pipe (Chrome DevTools Protocol).

Not through Playwright: with site isolation on, as here, a frame moves between processes on its way from site to site
and Playwright may lose it. Here a frame of another site is a target of its own; whichever was attached last is asked.
"""

import fcntl
import json
import os
import select
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.matrix.driven import FRAME, PHONE, Gone, Setting, until

ANSWERS_WITHIN_S, MOST_LOOKS = 30.0, 20
OPTIONS = (
    "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--site-per-process", "--window-size=1280,900", "--password-store=basic",
    "--disable-dev-shm-usage", "--disable-gpu", "--accept-lang=nl",
)  # fmt: skip
DESCRIBE = """const box = document.querySelector(arguments[0])?.getBoundingClientRect();
return box && {x: box.x, y: box.y, width: box.width, height: box.height}"""
BLOCK, BLOCK_THIRD_PARTY, ALLOW_ALL = 2, 1, 0


def preferences(setting: Setting) -> dict[str, Any]:
    """Those that the settings page for cookies writes."""
    scope = {"blocked": f"{setting.tool},{setting.platform}", "off": f"{setting.tool},*"}.get(setting.cookies)
    mode = ALLOW_ALL if setting.cookies == "allowed" else BLOCK_THIRD_PARTY
    return {
        "profile": {
            "cookie_controls_mode": mode,
            "block_third_party_cookies": mode == BLOCK_THIRD_PARTY,
            "content_settings": {"exceptions": {"cookies": {scope: {"setting": BLOCK}} if scope else {}}},
        }
    }


class Pipe:
    """The protocol: numbered commands, their answers, and events about targets that come and go."""

    def __init__(self, path: str, arguments: list[str]) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        places = [(os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, nothing, 2)]
        places += [(os.POSIX_SPAWN_DUP2, high[0], 3), (os.POSIX_SPAWN_DUP2, high[1], 4)]
        self.pid = os.posix_spawn(path, [path, *arguments], os.environ, file_actions=places, setpgroup=0)
        for end in (theirs_in, theirs_out, *high, nothing):
            os.close(end)
        self._in, self._out, self._rest, self._count = ours_in, ours_out, b"", 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.frames: dict[str, list[str]] = {}
        """Sessions of frames by the session of their page, the last attached last."""
        self.pages: list[str] = []
        """Targets of pages that were opened."""

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Raises Gone when the target says no or went away."""
        self._count += 1
        number, message = self._count, {"id": self._count, "method": method, "params": parameters}
        whole = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        while whole:
            whole = whole[os.write(self._out, whole) :]
        ends = time.monotonic() + ANSWERS_WITHIN_S
        while number not in self._answers:
            self.hear(max(0.0, ends - time.monotonic()))
            if time.monotonic() > ends:
                raise Gone(f"no answer to {method}")
            if session and session not in self._sessions():
                raise Gone("target")
        answer = self._answers.pop(number)
        if "error" in answer:
            raise Gone(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def hear(self, within_s: float) -> None:
        """Take in what has come."""
        if not select.select([self._in], [], [], within_s)[0]:
            return
        data = os.read(self._in, 1_000_000)
        if not data:
            raise AssertionError("Chromium stopped")
        *whole, self._rest = (self._rest + data).split(b"\0")
        for one in whole:
            self._take(json.loads(one))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        about = message.get("params", {})
        if message["method"] == "Target.targetCreated" and about["targetInfo"]["type"] == "page":
            self.pages.append(about["targetInfo"]["targetId"])
        elif message["method"] == "Target.attachedToTarget" and about["targetInfo"]["type"] == "iframe":
            self.frames.setdefault(message.get("sessionId", ""), []).append(about["sessionId"])
        elif message["method"] == "Target.detachedFromTarget":
            for sessions in self.frames.values():
                with suppress(ValueError):
                    sessions.remove(about["sessionId"])

    def _sessions(self) -> set[str]:
        return {*self.frames, *(one for sessions in self.frames.values() for one in sessions)}

    def end(self) -> None:
        with suppress(Gone, OSError, AssertionError):
            self.ask("Browser.close")
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                break
            time.sleep(0.05)
        else:
            os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._in)
        os.close(self._out)


class Chromium:
    """A Chromium with a fresh profile in this folder."""

    name = "Chromium"

    def __init__(self, path: str, folder: Path, setting: Setting) -> None:
        profile = folder / "chromium" / "Default"
        profile.mkdir(parents=True)
        (profile / "Preferences").write_text(json.dumps(preferences(setting)))
        trust = [f"--ignore-certificate-errors-spki-list={setting.spki}"] if setting.spki else []
        self._pipe = Pipe(path, [*OPTIONS, *trust, f"--user-data-dir={profile.parent}", "about:blank"])
        self.version = self._pipe.ask("Browser.getVersion")["product"].partition("/")[2]
        self._is_phone = setting.is_phone
        self._pipe.ask("Target.setDiscoverTargets", discover=True)
        until(lambda: self._pipe.hear(0.1) or self._pipe.pages, "the first page")
        self._pipe.pages.clear()

    def tab(self) -> "Tab":
        target = self._pipe.ask("Target.createTarget", url="about:blank")["targetId"]
        until(lambda: self._pipe.hear(0.1) or target in self._pipe.pages, "the new tab")
        self._pipe.pages.remove(target)
        return Tab(self._pipe, target, is_phone=self._is_phone)

    def opened(self) -> "Tab | None":
        self._pipe.hear(0)
        return Tab(self._pipe, self._pipe.pages.pop(), is_phone=self._is_phone) if self._pipe.pages else None

    def keep(self, name: str, value: str, url: str, *, same_site: str) -> None:
        cookie = {"name": name, "value": value, "url": url, "sameSite": same_site, "secure": same_site == "None"}
        self._pipe.ask("Storage.setCookies", cookies=[cookie])

    def close(self) -> None:
        self._pipe.end()


class Tab:
    """A page's target and those of its frames."""

    def __init__(self, pipe: Pipe, target: str, *, is_phone: bool) -> None:
        self._pipe, self._target, self._is_phone = pipe, target, is_phone
        self._session = pipe.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        pipe.frames.setdefault(self._session, [])
        self._ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        self._ask("Page.enable")
        if is_phone:
            width, height = PHONE
            size = {"width": width, "height": height, "deviceScaleFactor": 3, "mobile": True}
            self._ask("Emulation.setDeviceMetricsOverride", **size)
            self._ask("Emulation.setTouchEmulationEnabled", enabled=True)

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._pipe.ask(method, self._session, **parameters)

    def go(self, url: str) -> None:
        self._ask("Page.navigate", url=url)

    def run(self, script: str, *arguments: Any, framed: bool) -> Any:
        self._pipe.hear(0)
        frames = self._pipe.frames[self._session]
        if framed and not frames:
            raise Gone("no frame of another site")
        call = f"(function() {{ {script} }}).apply(null, {json.dumps(arguments)})"
        session = frames[-1] if framed else self._session
        told = self._pipe.ask("Runtime.evaluate", session, expression=call, returnByValue=True)
        if "exceptionDetails" in told:
            raise Gone(told["exceptionDetails"].get("exception", {}).get("description", "script"))
        return told["result"].get("value")

    def press(self, selector: str, *, framed: bool) -> None:
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector, framed=framed)
        x, y = self._middle(selector, framed)
        if self._is_phone:
            self._ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self._ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _middle(self, selector: str, framed: bool) -> tuple[float, float]:
        """Where it stands in the tab, once it stands still."""
        before = None
        for _ in range(MOST_LOOKS):
            inner = self.run(DESCRIBE, selector, framed=framed)
            outer = self.run(DESCRIBE, FRAME, framed=False) if framed else {"x": 0, "y": 0}
            if not inner or not outer or not inner["width"]:
                raise Gone(f"no {selector}")
            found = inner["x"] + inner["width"] / 2 + outer["x"], inner["y"] + inner["height"] / 2 + outer["y"]
            if found == before and 0 < found[1] < self.run("return innerHeight", framed=False):
                return found
            before = found
            time.sleep(0.06)
        raise Gone(f"{selector} does not stand still, or outside the screen")

    def reload(self) -> None:
        self._ask("Page.reload")

    def back(self) -> None:
        self._ask("Runtime.evaluate", expression="history.back()")

    def front(self) -> None:
        self._ask("Page.bringToFront")

    def picture(self) -> str:
        return str(self._ask("Page.captureScreenshot")["data"])
