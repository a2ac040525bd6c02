"""Find what a learner gets; add, publish and withdraw versions of modules."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Forbidden, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import shelf
from lti_tool.learning.catalogue.models import Activity, Hub, Module, Version, VersionState
from lti_tool.learning.catalogue.rules import Step, Syllabus, check_publishable
from lti_tool.learning.kinds import kind_named


@dataclass(frozen=True, slots=True)
class Offer:
    """A module that can be chosen: its newest published version."""

    module_id: int
    public_id: str
    version_id: int
    number: int
    hub_name: str
    title: dict[str, str]
    summary: dict[str, str]
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    key: str
    kind: str
    title: dict[str, str]
    minutes: int
    points: float
    required: bool
    after: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A version as authors hand it in."""

    number: int
    title: dict[str, str]
    summary: dict[str, str]
    pass_points: float
    activities: tuple[ActivityDraft, ...]
    about: dict[str, Any] = field(default_factory=dict)
    change_note: dict[str, str] = field(default_factory=dict)


def offers(session: Session, hubs: Collection[str] = ()) -> list[Offer]:
    """Every module with a published version, by title; of these hubs only, where any are named."""
    versions = session.scalars(
        select(Version)
        .join(Module, Module.current_version_id == Version.id)
        .options(joinedload(Version.module).joinedload(Module.hub))
    )
    offered = (_offer(version) for version in versions if not hubs or version.module.hub.public_id in hubs)
    return sorted(offered, key=lambda offer: offer.title.get("nl", ""))


def _offer(version: Version) -> Offer:
    return Offer(
        version.module_id, version.module.public_id, version.id, version.number, version.module.hub.name,
        version.title, version.summary, version.about,
    )  # fmt: skip


def module_id(session: Session, public_id: str) -> int:
    """The module of that public id that has something published. Raises NotFound("module" | "module-not-offered")."""
    found = session.execute(
        select(Module.id, Module.current_version_id).where(Module.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("module", module=public_id[:64])
    if found.current_version_id is None:
        raise NotFound("module-not-offered", module=public_id[:64])
    return int(found.id)


def modules_of(session: Session, hubs: Collection[str]) -> set[int]:
    """The modules of the hubs with these public ids."""
    return set(session.scalars(select(Module.id).join(Module.hub).where(Hub.public_id.in_(hubs))))


def must_be_of(session: Session, module_id: int, hubs: Collection[str]) -> None:
    """Raises Forbidden("module-of-other-hub") for a module of none of these hubs, where any are named."""
    if hubs and module_id not in modules_of(session, hubs):
        raise Forbidden("module-of-other-hub")


@dataclass(frozen=True, slots=True)
class News:
    """The version that newcomers to a module get; without one the module is not offered."""

    version_id: int | None
    number: int | None = None
    change_note: dict[str, str] = field(default_factory=dict)


def news_of(session: Session, module_id: int) -> News:
    found = session.scalars(
        select(Version).join(Module, Module.current_version_id == Version.id).where(Module.id == module_id)
    ).one_or_none()
    return News(found.id, found.number, found.change_note) if found else News(None)


def current_version_id(session: Session, module_id: int) -> int:
    """What newcomers get. Raises NotFound("module-not-offered")."""
    found = session.scalar(select(Module.current_version_id).where(Module.id == module_id))
    if found is None:
        raise NotFound("module-not-offered")
    return found


def public_id(session: Session, module_id: int) -> str:
    """The name that links carry, whether the module is offered or not."""
    return session.get_one(Module, module_id).public_id


def current_version(session: Session, module_id: int) -> Version:
    """The current version with its activities, to be written out. Raises NotFound("module-not-offered")."""
    return session.get_one(Version, current_version_id(session, module_id))


def syllabus(session: Session, version_id: int) -> Syllabus:
    """What a version holds; once published, it is read from the database once per process.

    Raises NotFound("version").
    """
    return _kept.get(version_id) or _keep(session, version_id)


_kept: dict[int, Syllabus] = {}


def forget_syllabi() -> None:
    """Empty this process's memory (another database was opened)."""
    _kept.clear()
    shelf.forget()


def _keep(session: Session, version_id: int) -> Syllabus:
    version = session.scalars(
        select(Version)
        .where(Version.id == version_id)
        .options(selectinload(Version.activities), joinedload(Version.module).joinedload(Module.hub))
    ).one_or_none()
    if version is None:
        raise NotFound("version")
    value = _syllabus(version)
    if version.state != VersionState.DRAFT:
        _kept[version_id] = value
    return value


def _syllabus(version: Version) -> Syllabus:
    return Syllabus(
        version_id=version.id,
        module_id=version.module_id,
        module_public_id=version.module.public_id,
        number=version.number,
        hub_name=version.module.hub.name,
        title=version.title,
        summary=version.summary,
        about=version.about,
        pass_points=version.pass_points,
        steps=tuple(_step(activity) for activity in version.activities),
    )


def _step(activity: Activity) -> Step:
    return Step(
        activity.id, activity.key, activity.kind, activity.title, activity.minutes, activity.points,
        activity.required, tuple(activity.after), kind_named(activity.kind).parse(activity.settings),
    )  # fmt: skip


def seed_hub(session: Session, public_id: str, name: str, region: str, theme: dict[str, str]) -> Hub:
    """Make or rename a hub."""
    hub = session.scalars(select(Hub).where(Hub.public_id == public_id)).one_or_none()
    if hub is None:
        hub = Hub(public_id=public_id, name=name, region=region, theme=theme)
        session.add(hub)
    hub.name, hub.region, hub.theme = name, region, theme
    session.flush()
    return hub


def hubs(session: Session) -> dict[str, str]:
    """Every hub's name by its public id, by name."""
    return {row.public_id: row.name for row in session.execute(select(Hub.public_id, Hub.name).order_by(Hub.name))}


def must_be_hubs(session: Session, public_ids: Sequence[str]) -> list[str]:
    """These hubs, each once. Raises NotFound("hub")."""
    known = set(session.scalars(select(Hub.public_id)))
    for public_id in public_ids:
        if public_id not in known:
            raise NotFound("hub", hub=public_id[:64])
    return list(dict.fromkeys(public_ids))


def hub_of(session: Session, module_public_id: str) -> str:
    """Public id of the hub that offers this module. Raises NotFound("module")."""
    found = session.scalar(select(Hub.public_id).join(Module).where(Module.public_id == module_public_id))
    if found is None:
        raise NotFound("module", module=module_public_id[:64])
    return found


def module_names_of(session: Session, hubs: Collection[str]) -> Sequence[str]:
    """Public ids of all modules of these hubs."""
    return session.scalars(select(Module.public_id).join(Module.hub).where(Hub.public_id.in_(hubs))).all()


def publish(session: Session, public_id: str, hub_public_id: str, draft: VersionDraft) -> Version | None:
    """Add a version and publish it; None if this number was published before (then nothing changes).

    Raises NotFound("hub"), Invalid("version-not-publishable"), Conflict("version-older").
    """
    check_publishable([_step(activity) for activity in _activities(draft)], draft.pass_points)
    version = keep_draft(session, public_id, hub_public_id, draft)
    return version and _release(session, version)


def keep_draft(session: Session, public_id: str, hub_public_id: str, draft: VersionDraft) -> Version | None:
    """Add a version that nobody gets yet, in the place of a draft of this number; None if it was published before.

    Raises NotFound("hub"), Conflict("version-older").
    """
    module = _module(session, public_id, hub_public_id)
    earlier = _numbered(session, module.id, draft.number)
    if earlier is not None and earlier.state != VersionState.DRAFT:
        return None
    newest = session.scalar(select(func.max(Version.number)).where(Version.module_id == module.id)) or 0
    if earlier is None and draft.number <= newest:
        raise Conflict("version-older", number=draft.number, newest=newest)
    if earlier is not None:
        session.delete(earlier)
        session.flush()
    version = _version(module, draft)
    session.add(version)
    session.flush()
    return version


def release(session: Session, public_id: str, number: int | None = None) -> Version:
    """Publish a draft (the newest one, or that number), or once more what was withdrawn.

    Raises NotFound("version"), Invalid("version-not-publishable").
    """
    return _release(session, _chosen(session, public_id, number, VersionState.DRAFT))


def withdraw(session: Session, public_id: str, number: int | None = None) -> Version:
    """Keep a version (the current one, or that number) from newcomers; who began in it goes on.

    Raises NotFound("version"), Conflict("version-draft").
    """
    version = _chosen(session, public_id, number, VersionState.PUBLISHED)
    if version.state == VersionState.DRAFT:
        raise Conflict("version-draft", number=version.number)
    return _settle(session, version, VersionState.WITHDRAWN)


def versions(session: Session) -> list[Version]:
    """All versions of all modules, drafts and withdrawn ones too."""
    everything = select(Version).join(Version.module).options(joinedload(Version.module).joinedload(Module.hub))
    return list(session.scalars(everything.order_by(Module.public_id, Version.number)))


def _release(session: Session, version: Version) -> Version:
    check_publishable([_step(activity) for activity in version.activities], version.pass_points)
    if version.state == VersionState.DRAFT:
        version.published_at = clock.now()
    return _settle(session, version, VersionState.PUBLISHED)


def _settle(session: Session, version: Version, state: VersionState) -> Version:
    """Give the version this state; newcomers get the newest published one from now on."""
    version.state = state
    audit.note(session, f"staff:version:{state}", object_id=version.module.public_id, number=version.number)
    session.flush()
    version.module.current_version_id = session.scalar(
        select(Version.id)
        .where(Version.module_id == version.module_id, Version.state == VersionState.PUBLISHED)
        .order_by(Version.number.desc())
        .limit(1)
    )
    session.flush()
    return version


def _chosen(session: Session, public_id: str, number: int | None, state: VersionState) -> Version:
    """The version of that number, or the newest in that state. Raises NotFound("version")."""
    of_module = select(Version).join(Version.module).where(Module.public_id == public_id)
    fits = Version.state == state if number is None else Version.number == number
    found = session.scalars(of_module.where(fits).order_by(Version.number.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFound("version", module=public_id[:64])
    return found


def _numbered(session: Session, module_id: int, number: int) -> Version | None:
    return session.scalars(
        select(Version).where(Version.module_id == module_id, Version.number == number)
    ).one_or_none()


def _module(session: Session, public_id: str, hub_public_id: str) -> Module:
    module = session.scalars(select(Module).where(Module.public_id == public_id)).one_or_none()
    if module is None:
        hub_id = session.scalar(select(Hub.id).where(Hub.public_id == hub_public_id))
        if hub_id is None:
            raise NotFound("hub", hub=hub_public_id[:64])
        module = Module(public_id=public_id, hub_id=hub_id)
        session.add(module)
        session.flush()
    return module


def _version(module: Module, draft: VersionDraft) -> Version:
    return Version(
        module_id=module.id, number=draft.number, state=VersionState.DRAFT, title=draft.title, summary=draft.summary,
        about=draft.about, pass_points=draft.pass_points, change_note=draft.change_note,
        activities=_activities(draft),
    )  # fmt: skip


def _activities(draft: VersionDraft) -> list[Activity]:
    return [
        Activity(
            position=position, key=a.key, kind=a.kind, title=a.title, minutes=a.minutes, points=a.points,
            required=a.required, after=list(a.after), settings=a.settings,
        )
        for position, a in enumerate(draft.activities, start=1)
    ]  # fmt: skip
