"""Measure the tool: `python -m tools.bench` (make bench). Prints a table and keeps bench/results/latest.json.

What counts is CPU of the tool's own processes per operation, since wall time on shared machines is noise. The load
comes from this process and the practice platform, whose CPU is not counted.
"""

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import urllib3

from lti_tool.base.queue import Queue
from lti_tool.demo import Demo
from lti_tool.demo_check import control

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "latest.json"
PEOPLE, LAUNCHES, PAGES, ROUNDS, WARM = 500, 1000, 1000, 4, 200


@dataclass(frozen=True, slots=True)
class Row:
    case: str
    cpu_ms: float
    per_s: float
    budget: str
    note: str = ""


def cpu_of(processes: list[psutil.Process]) -> float:
    """CPU seconds of these processes and their children so far."""
    total = 0.0
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def running() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LTI_TOOL_LOG_LEVEL"] = "ERROR"
        demo = Demo(Path(folder), 18000, 19000)
        try:
            demo.prepare()
            demo.start()
            yield demo
        finally:
            demo.stop()


class Learner:
    """One browser on a keep-alive connection."""

    def __init__(self, pool: urllib3.PoolManager, demo: Demo, user: str, link: str) -> None:
        self._pool, self._demo, self._user, self._link = pool, demo, user, link
        self._cookies: dict[str, str] = {}
        self.visit = ""

    def _call(self, method: str, path: str, fields: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items()), "Origin": self._demo.tool}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._pool.request(method, self._demo.tool + path, headers=headers, body=body, redirect=False)
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def launch(self, tokens: Callable[[str], str]) -> None:
        query = {"iss": self._demo.practice, "client_id": "technohub-oefen", "login_hint": self._user,
                 "target_link_uri": f"{self._demo.tool}/lti/launch"}  # fmt: skip
        login = self._call("GET", "/lti/login?" + urlencode(query))
        sent = parse_qs(urlsplit(login.headers["Location"]).query)
        launch = self._call("POST", "/lti/launch", {"state": sent["state"][0], "id_token": tokens(sent["nonce"][0])})
        if launch.status != 303:
            raise RuntimeError(f"launch answered {launch.status}: {launch.data[:300]!r}")
        self.visit = launch.headers["Location"]
        page = self._call("GET", self.visit)
        if page.status != 200:
            raise RuntimeError(f"page answered {page.status}")
        self._cookies = {name: value for name, value in self._cookies.items() if name == "lti_visits"}

    def page(self) -> None:
        if self._call("GET", f"{self.visit}a/samenwerkend").status != 200:
            raise RuntimeError("page failed")

    def finish(self) -> None:
        for key in ("samenwerkend", "risico"):
            self._call("POST", f"{self.visit}a/{key}/read", {})
        self._call("POST", f"{self.visit}a/toets/begin", {})
        answer = self._call("POST", f"{self.visit}a/toets/1/hand-in", {"q.scherpe-grijper": "false"})
        if answer.status not in (200, 303):
            raise RuntimeError(f"handing in answered {answer.status}")


def tool_processes(demo: Demo, name: str) -> list[psutil.Process]:
    return [psutil.Process(child.pid) for title, child in demo.children if title == name]


def measured(case: str, budget: str, count: int, work: Callable[[], None], processes: list[psutil.Process]) -> Row:
    before, begun = cpu_of(processes), time.perf_counter()
    work()
    cpu, wall = cpu_of(processes) - before, time.perf_counter() - begun
    return Row(case, round(cpu / count * 1000, 2), round(count / wall), budget)


def bench(demo: Demo) -> list[Row]:
    pool = urllib3.PoolManager(maxsize=8)
    made = control(demo.practice, "bulk", {
        "course": "bulk", "students": PEOPLE, "links": 1, "custom": {"module": "cobots-veilig-inzetten"},
        "score_maximum": 100,
    })  # fmt: skip
    learners = [Learner(pool, demo, user, made["links"][0]) for user in made["users"]]
    tools, workers = tool_processes(demo, "tool"), tool_processes(demo, "worker")

    def token_for(learner: Learner) -> Callable[[str], str]:
        def ask(nonce: str) -> str:
            body = {"user": learner._user, "link": learner._link, "nonce": nonce}
            return str(control(demo.practice, "id_token", body)["id_token"])

        return ask

    def launches(count: int) -> None:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda i: learners[i % PEOPLE].launch(token_for(learners[i % PEOPLE])), range(count)))

    def pages(count: int) -> None:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda i: learners[i % PEOPLE].page(), range(count)))

    launches(PEOPLE + WARM)
    rows = [measured("launch: login + launch + first page", "7 (4.5)", LAUNCHES, lambda: launches(LAUNCHES), tools)]
    pages(WARM)
    rows.append(measured("player: one page", "3.5", PAGES, lambda: pages(PAGES), tools))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda learner: learner.finish(), learners))
    _wait_until_settled(demo)
    control(demo.practice, "misbehave", {"slow_ms": {"scores": 5}})
    before = control(demo.practice, "counts")

    def sent_again() -> None:
        for _ in range(ROUNDS):
            _queue_all(demo)
            _wait_until_settled(demo)

    rows.append(measured("delivered score (platform takes 5 ms)", "2.5", PEOPLE * ROUNDS, sent_again, workers))
    counts = control(demo.practice, "counts")
    sent = counts["requests"]["scores"] - before["requests"]["scores"]
    connections = counts["connections"] - before["connections"]
    memory = max(child.memory_info().rss for tool in tools for child in tool.children(recursive=True)) / 1e6
    note = f"{counts['tokens_issued']} token(s), {connections} new connections"
    rows.append(Row("score messages sent", float(sent), 0, "", note))
    after = f"after {LAUNCHES + PEOPLE + WARM} launches"
    rows.append(Row("memory of one web process, MB", round(memory), 0, "130", after))
    return rows


def _queue_all(demo: Demo) -> None:
    """Let every grade be due at once, as after a platform's day of outage."""
    with sqlite3.connect(demo.folder / "tool.db", timeout=30) as database:
        database.execute("UPDATE deliveries SET state = 'queued', timestamp_revision = 0")
    Queue(f"sqlite:///{demo.folder.absolute() / 'queue.db'}", demo.environ()["LTI_TOOL_SECRET_KEYS"]).ring()


def _wait_until_settled(demo: Demo) -> None:
    until = time.monotonic() + 90
    with sqlite3.connect(demo.folder / "tool.db", timeout=30) as database:
        while time.monotonic() < until:
            waiting = database.execute("SELECT count(*) FROM deliveries WHERE state = 'queued'").fetchone()[0]
            waiting += database.execute("SELECT count(*) FROM outbox").fetchone()[0]
            if not waiting:
                return
            time.sleep(0.05)
    raise RuntimeError("not all scores were settled within 90 seconds")


def others() -> str:
    """What else used the machine."""
    load = os.getloadavg()[0]
    return f"{psutil.cpu_count()} cores, load {load:.1f}, {psutil.virtual_memory().percent} % memory"


def main() -> int:
    machine_before = others()
    with running() as demo:
        rows = bench(demo)
    print(f"\n{'case':42} {'CPU ms':>8} {'per s':>7}  {'budget':8} note")
    for row in rows:
        print(f"{row.case:42} {row.cpu_ms:8} {row.per_s or '':>7}  {row.budget:8} {row.note}")
    print(f"\nmachine before: {machine_before}; after: {others()}; SQLite; 2 web processes")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = {"machine": machine_before, "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(kept, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
