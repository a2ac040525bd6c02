"""The kill -9 drill: workers and recorder die at random moments; no grade may be lost or change.

    python -m tools.drill [--kills 50] [--scores 2000] [--database URL]

A practice platform, two workers (`lti_tool worker`) and a recorder (evidence through progress.service and the bell,
as the web does) each run in a process of their own. What is proved comes from the platform's own history of scores.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock, outbox
from lti_tool.base.db import make_engine, writing
from lti_tool.base.queue import Queue
from lti_tool.base.vault import Vault
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.service import ActivityDraft, VersionDraft
from lti_tool.learning.kinds import Proof, quiz
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades.ags import RESULT_SCOPE
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.service import Platform, PlatformDraft
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, SCORE_SCOPE, Arrival, Coming
from lti_tool.tables import metadata

CLIENT_ID, MODULE, COURSE = "technohub-oefen", "drill-module", "drill"
WEIGHTS = (1, 2, 4, 8, 16, 32, 37)
"""Points of the quiz's questions: every whole number up to 100 is a sum of some."""
VALUES_PER_LEARNER = 20
WORKERS = 2
SHORTEST_S, LONGEST_S = 0.3, 4.0
"""The age at which a process is killed: while it starts, or at its work."""
SETTLE_S = 180
REPOSITORY = Path(__file__).resolve().parent.parent


# The school: one module of a quiz, a platform, learners.


def answers_worth(points: int) -> dict[str, str]:
    """Answers to the drill's quiz that earn this many points, 0 to 100."""
    rest = points
    answers = {}
    for weight in sorted(WEIGHTS, reverse=True):
        is_right = rest >= weight
        rest -= weight if is_right else 0
        answers[f"q{weight}"] = "1" if is_right else "0"
    if rest:
        raise ValueError(f"{points} is no score from 0 to 100")
    return answers


def seed_module(session: Session, *, page_first: bool = False) -> None:
    """Publish the drill's module: a quiz of 100 points whose last attempt counts, after a page if asked."""
    both = {"nl": "Proef", "en": "Trial"}
    questions = [
        {"id": f"q{weight}", "kind": "number", "text": both, "points": weight, "answer": 1} for weight in WEIGHTS
    ]
    page = ActivityDraft("lezen", "page", both, 5, 0, True, (), {"markdown": {"nl": "Lees dit."}})
    after = (page.key,) if page_first else ()
    test = ActivityDraft("toets", "quiz", both, 5, 100, True, after, {"questions": questions, "counts": "last"})
    catalogue.seed_hub(session, "drill-hub", "Proefhub", "", {})
    activities = (page, test) if page_first else (test,)
    catalogue.publish(session, MODULE, "drill-hub", VersionDraft(1, both, both, 55, activities))


def seed_platform(session: Session, url: str, *, family: str = "practice") -> Platform:
    return platforms.add(
        session,
        PlatformDraft(
            name="Oefenomgeving", issuer=url, client_id=CLIENT_ID, deployment_ids=["1"], family=family,
            auth_login_url=f"{url}/oidc/auth", auth_token_url=f"{url}/oauth/token",
            key_set_url=f"{url}/lti/jwks.json",
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One launch, as far as grades care."""

    subject: str
    link: str
    lineitem_url: str | None
    lineitems_url: str | None = None
    role: str = "learner"
    is_test: bool = False
    scopes: tuple[str, ...] = (SCORE_SCOPE, LINEITEM_SCOPE, RESULT_SCOPE)
    terms: Mapping[str, str] = field(default_factory=dict)
    """Custom parameters beside the module."""
    title: str = ""
    """Empty: the link's own id."""


def enter(session: Session, platform: Platform, entry: Entry) -> int:
    """Let somebody come in through a link, as a launch does; returns the enrolment's id."""
    person = people.recognise(session, f"lti:{platform.id}", entry.subject, Profile())
    link = links.arrive(
        session,
        Arrival(
            registration_id=platform.id, client_id=platform.client_id, deployment_id="1",
            resource_link_id=entry.link, title=entry.title or entry.link, context_id=None, context_title="",
            named={"module": MODULE, **entry.terms},
            lineitem_url=entry.lineitem_url, lineitems_url=entry.lineitems_url, ags_scopes=entry.scopes,
        ),
    )  # fmt: skip
    if link.cohort_id is None or link.module_id is None:
        raise LookupError(MODULE)
    place = progress.enrol(session, link.cohort_id, person.id, link.module_id)
    coming = Coming(link.id, person.id, entry.subject, entry.role, entry.is_test)
    links.join(session, coming, place.enrolment_id)
    return place.enrolment_id


def hand_in(session: Session, enrolment_id: int, number: int, points: int) -> None:
    """Record attempt `number` of the quiz, worth this many points; the same attempt again changes nothing."""
    syllabus = progress.syllabus_of(session, progress.place_by_id(session, enrolment_id))
    proof = Proof(quiz.HANDED_IN, clock.now(), {"attempt": number, "answers": answers_worth(points)})
    progress.record(session, enrolment_id, syllabus.step("toets"), proof, key=f"attempt:{number}")


def publish_keys(session: Session, settings: Settings, platform_url: str, client_id: str = CLIENT_ID) -> None:
    """Give the practice platform our key set by hand, so that no web process is needed."""
    toolkeys.signing_key(session, Vault(settings.secret_keys))
    control(platform_url, "tools", {"client_id": client_id, "jwks": toolkeys.public_key_set(session)})


def control(url: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/control/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


# The recorder: a process that records what the plan says, and may die anywhere.


@dataclass(frozen=True)
class Fact:
    enrolment_id: int
    subject: str
    number: int
    points: int


def plan_of(enrolments: dict[str, int], scores: int, seed: int) -> list[Fact]:
    """The facts in the order of recording; a learner never earns the same number twice."""
    dice = random.Random(seed)
    facts = []
    for subject, enrolment_id in enrolments.items():
        numbers = dice.sample(range(101), VALUES_PER_LEARNER)
        facts += [Fact(enrolment_id, subject, at, points) for at, points in enumerate(numbers, start=1)]
    order = [fact.subject for fact in facts][:scores]
    dice.shuffle(order)
    waiting = {subject: [f for f in facts if f.subject == subject][::-1] for subject in enrolments}
    return [waiting[subject].pop() for subject in order]


def record_all(folder: Path) -> None:
    """Record what is not recorded yet, each fact in a transaction of its own, and ring the worker."""
    settings = Settings.from_environ()
    engine = make_engine(settings.database)
    queue = Queue(settings.queue, settings.secret_keys[0])
    plan = json.loads((folder / "plan.json").read_text())
    facts = [Fact(*one) for one in plan["facts"]]
    with Session(engine) as session:
        known = {one: len(progress.proofs(session, one, "toets")) for one in {f.enrolment_id for f in facts}}
    for fact in facts:
        if fact.number <= known[fact.enrolment_id]:
            continue
        with Session(engine) as session:
            with session.begin():
                hand_in(writing(session), fact.enrolment_id, fact.number, fact.points)
            if outbox.has_news(session):
                queue.ring()
        time.sleep(plan["pause_s"])


# The drill.


class Victim:
    """A process that is killed and started again."""

    def __init__(self, name: str, command: list[str], environ: dict[str, str], folder: Path) -> None:
        self.name, self._command, self._environ = name, command, environ
        self._log = (folder / f"{name}.log").open("ab")
        self.kills = 0
        self.start()

    def start(self) -> None:
        self.born_at = time.monotonic()
        self.process = subprocess.Popen(
            self._command, env=self._environ, cwd=REPOSITORY, stdout=self._log, stderr=self._log
        )

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1
        self.start()

    def end(self) -> None:
        if not self.has_ended:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()


@dataclass
class Report:
    """What the drill counted; `faults` is empty when all is well."""

    counts: dict[str, int | float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = [f"{name:<42}{value:>10}" for name, value in self.counts.items()]
        return "\n".join([*lines, *(f"FAULT: {fault}" for fault in self.faults[:20])])


def drill(kills: int, scores: int, database: str, folder: Path, *, seed: int | None = None) -> Report:
    """Run the drill in this folder; the database is made empty first only where it is a new SQLite file."""
    seed = random.randrange(10**6) if seed is None else seed
    environ = _environ(folder, database)
    settings = Settings.from_environ(environ)
    engine = make_engine(settings.database)
    metadata.create_all(engine)
    platform = _start_platform(folder, environ)
    victims: list[Victim] = []
    began = time.monotonic()
    try:
        facts, lineitem = _prepare(engine, settings, platform.url, scores, seed)
        pause_s = 0.35 * kills / scores  # recording goes on while most of the kills fall
        (folder / "plan.json").write_text(
            json.dumps({"pause_s": pause_s, "facts": [[f.enrolment_id, f.subject, f.number, f.points] for f in facts]})
        )
        here = [sys.executable, "-m"]
        names = [f"worker {number}" for number in range(1, WORKERS + 1)]
        workers = [Victim(name, [*here, "lti_tool", "worker"], environ, folder) for name in names]
        recorder = Victim("recorder", [*here, "tools.drill", "--record", str(folder)], environ, folder)
        victims += [*workers, recorder]
        _torment(workers, recorder, kills, random.Random(seed))
        settled_in_s = _settle(engine, recorder, len(facts))
        report = _judge(engine, platform.url, lineitem, facts)
        report.counts |= {
            "kills of the workers": sum(one.kills for one in workers), "kills of the recorder": recorder.kills,
            "seconds in all": round(time.monotonic() - began, 1), "seconds to settle": round(settled_in_s, 1),
            "seed": seed,
        }  # fmt: skip
        return report
    finally:
        for victim in [*victims, platform]:
            victim.end()
        engine.dispose()


def _environ(folder: Path, database: str) -> dict[str, str]:
    return os.environ | {
        "LTI_TOOL_SECRET_KEYS": "drill-drill-drill-drill-drill-drill", "LTI_TOOL_VAR_DIR": str(folder),
        "LTI_TOOL_DATABASE_URL": database, "LTI_TOOL_QUEUE_URL": f"sqlite:///{folder / 'queue.db'}",
        "LTI_TOOL_ALLOWED_PRIVATE_HOSTS": "127.0.0.1", "LTI_TOOL_LEASE_S": "3", "LTI_TOOL_HTTP_TIMEOUT_S": "1",
        "LTI_TOOL_LOG_LEVEL": "WARNING",
    }  # fmt: skip


class PlatformProcess(Victim):
    url: str


def _start_platform(folder: Path, environ: dict[str, str]) -> PlatformProcess:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "practice_lms", "--port", str(port), "--quiet", "--slow", "scores=60"]
    platform = PlatformProcess("platform", command, environ, folder)
    platform.url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            control(platform.url, "counts")
            return platform
        except OSError:
            time.sleep(0.1)
    platform.end()
    raise TimeoutError("the practice platform does not answer")


def _prepare(engine: Engine, settings: Settings, url: str, scores: int, seed: int) -> tuple[list[Fact], int]:
    learners = max(1, -(-scores // VALUES_PER_LEARNER))
    made = control(url, "bulk", {"course": COURSE, "students": learners, "links": 1, "score_maximum": 100})
    lineitem = control(url, f"gradebook?course={COURSE}")["lineitems"][0]
    with Session(engine) as session, session.begin():
        seed_module(writing(session))
        platform = seed_platform(session, url)
        publish_keys(session, settings, url)
        enrolments = {
            subject: enter(session, platform, Entry(subject, lineitem["resourceLinkId"], lineitem["url"]))
            for subject in _names(made["users"])
        }
    return plan_of(enrolments, scores, seed), int(lineitem["id"])


def _names(users: Any) -> list[str]:
    return [str(user["id"] if isinstance(user, dict) else user) for user in users]


def _torment(workers: list[Victim], recorder: Victim, kills: int, dice: random.Random) -> None:
    """Kill one of them at random moments, first the recorder, which is let be when it has ended well."""
    for number in range(kills):
        is_recorder = (number == 0 or dice.random() < 0.3) and not recorder.has_ended
        victim = recorder if is_recorder else dice.choice(workers)
        time.sleep(max(0.0, dice.uniform(SHORTEST_S, LONGEST_S) - (time.monotonic() - victim.born_at)))
        victim.kill()


def _settle(engine: Engine, recorder: Victim, recorded: int) -> float:
    """Wait until everything is recorded and nothing is on its way; returns the seconds it took."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_S:
        with Session(engine) as session:
            messages = session.scalar(select(func.count()).select_from(outbox.Message))
            queued = session.scalar(select(func.count()).where(Delivery.state == "queued"))
        if recorder.has_ended and not messages and not queued:
            break
        time.sleep(0.2)
    return time.monotonic() - began


def _judge(engine: Engine, url: str, lineitem: int, facts: list[Fact]) -> Report:
    """Compare the platform's history with the standings and with the plan."""
    report = Report()
    items = control(url, f"gradebook?course={COURSE}")["lineitems"]
    item = next(one for one in items if one["id"] == lineitem)
    by_learner: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for score in item["scores"]:
        by_learner[score["user_id"]].append(score)
    shown = {result["user_id"]: result["score"] for result in item["results"]}
    wanted = {fact.subject: fact for fact in sorted(facts, key=lambda fact: fact.number)}
    for subject, last in wanted.items():
        with Session(engine) as session:
            place = progress.place_by_id(session, last.enrolment_id)
            proofs = len(progress.proofs(session, last.enrolment_id, "toets"))
        standing = None if place.standing.score is None else round(place.standing.score * 100, 2)
        if proofs != last.number:
            report.faults.append(f"{subject}: {proofs} of {last.number} facts were recorded")
        if not shown.get(subject) == standing == last.points:
            report.faults.append(f"{subject}: gradebook {shown.get(subject)}, standing {standing}, last {last.points}")
        of_value = {fact.points: fact.number for fact in facts if fact.subject == subject}
        report.faults += [f"{subject}: {fault}" for fault in _history_faults(by_learner[subject], of_value)]
    sent = [score for scores in by_learner.values() for score in scores]
    stamped = Counter((score["user_id"], score["body"]["timestamp"]) for score in sent)
    counts = control(url, "counts")
    report.counts = {
        "learners": len(wanted), "scores recorded": len(facts), "scores received": len(sent),
        "of these taken": sum(score["status"] < 300 for score in sent),
        "resent with the same timestamp and value": sum(stamped.values()) - len(stamped),
        "refused as older (409)": sum(score["status"] == 409 for score in sent),
        "final numbers equal to the standing": sum(shown.get(s) == f.points for s, f in wanted.items()),
        "tokens asked": counts["tokens_issued"], "connections": counts["connections"],
    }  # fmt: skip
    return report


def _history_faults(history: list[dict[str, Any]], number_of: dict[int, int]) -> list[str]:
    """What is wrong with one learner's scores in the order in which they arrived."""
    faults, values, latest = [], defaultdict(set), 0
    for score in history:
        body = score["body"]
        values[body["timestamp"]].add(body.get("scoreGiven"))
        number = number_of.get(round(body.get("scoreGiven", -1)), 0)
        if not number:
            faults.append(f"{body.get('scoreGiven')} was never earned")
        if score["status"] < 300 and number < latest:
            faults.append(f"attempt {number} was taken after attempt {latest}")
        latest = max(latest, number)
    faults += [f"{at} carried {sorted(map(str, found))}" for at, found in values.items() if len(found) > 1]
    stamps = {number_of.get(round(next(iter(found)) or 0), 0): at for at, found in sorted(values.items()) if found}
    ordered = [stamps[number] for number in sorted(stamps)]
    return faults if ordered == sorted(ordered) else [*faults, "timestamps do not follow the attempts"]


def main() -> int:
    """Exit code 0 when nothing was lost or changed."""
    parser = argparse.ArgumentParser(description="Kill workers and recorder at random; prove that no grade is lost.")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--scores", type=int, default=2000)
    parser.add_argument("--database", default="", help="an empty database; without it a SQLite file")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--record", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record:
        record_all(given.record)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    with tempfile.TemporaryDirectory(prefix="lti-drill-") as folder:
        report = drill(given.kills, given.scores, given.database, Path(folder), seed=given.seed)
    print(report.text())
    print("not in order" if report.faults else "in order: nothing lost, nothing changed")
    return 1 if report.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
