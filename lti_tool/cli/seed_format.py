"""The format in which modules lie in folders: module.toml, pages as Markdown per language, quizzes as TOML, media/.

Read with marshmallow; pictures go to the shelf under the hash of their content, and the Markdown names them so.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w
from marshmallow import Schema, ValidationError, fields, post_load, validate
from sqlalchemy.orm import Session

from lti_tool.base.errors import Invalid
from lti_tool.base.files import Shelf
from lti_tool.cli.words import faults
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.service import ActivityDraft, VersionDraft
from lti_tool.learning.people import service as people

LANGUAGES = ("nl", "en")
SHELVED = re.compile(r"\(/media/([0-9a-f]{32}\.\w+)")
Localised = fields.Dict(keys=fields.String(validate=validate.OneOf(LANGUAGES)), values=fields.Raw(), required=True)
SLUG = validate.Regexp(r"^[a-z0-9][a-z0-9-]{1,62}$")


class ActivitySchema(Schema):
    id = fields.String(required=True, validate=SLUG)
    kind = fields.String(required=True)
    minutes = fields.Integer(required=True, validate=validate.Range(min=0))
    points = fields.Float(required=True, allow_nan=False, validate=validate.Range(min=0))
    required = fields.Boolean(load_default=True)
    after = fields.List(fields.String(), load_default=list)
    title = Localised
    file = fields.String(required=True, validate=validate.Regexp(r"^[\w-]+$"))


class ModuleSchema(Schema):
    id = fields.String(required=True, validate=SLUG)
    hub = fields.String(required=True)
    version = fields.Integer(required=True, validate=validate.Range(min=1))
    theme = fields.String(load_default="")
    levels = fields.List(fields.String(), load_default=list)
    nlqf = fields.Integer(load_default=None, allow_none=True)
    on_site_minutes = fields.Integer(load_default=0, validate=validate.Range(min=0))
    pass_points = fields.Float(required=True, allow_nan=False)
    title = Localised
    summary = Localised
    goals = fields.Dict(load_default=dict)
    change_note = Localised
    activities = fields.List(fields.Nested(ActivitySchema), required=True, validate=validate.Length(min=1))

    @post_load
    def both_languages(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if not data["title"].get("nl"):
            raise ValidationError("title.nl is missing")
        return data


def read_toml(path: Path) -> dict[str, Any]:
    """Raises Invalid("seed-format", ...)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid("seed-format", file=path.name, problem=str(error)) from None


@dataclass(frozen=True, slots=True)
class Brought:
    """A module that was in a folder. `state` is None where this version was published before."""

    id: str
    version: int
    state: str | None

    def __str__(self) -> str:
        happened = {"published": "published", "draft": "kept as a draft", None: "was there already"}[self.state]
        return f"{self.id}: version {self.version} {happened}."


def bring_in(session: Session, folder: Path, shelf: Shelf, *, as_draft: bool = False) -> Brought:
    """Publish the module in this folder, or keep it as a draft.

    Raises Invalid("seed-format", file, problem) and what catalogue.service.publish raises.
    """
    try:
        module: dict[str, Any] = ModuleSchema().load(read_toml(folder / "module.toml"))
    except ValidationError as error:
        raise Invalid("seed-format", file="module.toml", problem=faults(error.messages)) from None
    draft = VersionDraft(
        number=module["version"],
        title=module["title"],
        summary=module["summary"],
        pass_points=module["pass_points"],
        about={name: module[name] for name in ("theme", "levels", "nlqf", "on_site_minutes", "goals")},
        change_note=module["change_note"],
        activities=tuple(_activity(raw, folder, shelf) for raw in module["activities"]),
    )
    keep = catalogue.keep_draft if as_draft else catalogue.publish
    version = keep(session, module["id"], module["hub"], draft)
    return Brought(module["id"], draft.number, version.state if version else None)


def _activity(raw: dict[str, Any], folder: Path, shelf: Shelf) -> ActivityDraft:
    return ActivityDraft(
        key=raw["id"], kind=raw["kind"], title=raw["title"], minutes=raw["minutes"], points=raw["points"],
        required=raw["required"], after=tuple(raw["after"]), settings=_settings(raw, folder, shelf),
    )  # fmt: skip


def _settings(raw: dict[str, Any], folder: Path, shelf: Shelf) -> dict[str, Any]:
    """A page's texts, or any other kind's TOML as it stands."""
    if raw["kind"] != "page":
        return read_toml(folder / f"{raw['file']}.toml")
    pages = {language: folder / f"{raw['file']}.{language}.md" for language in LANGUAGES}
    texts = {language: path.read_text(encoding="utf-8") for language, path in pages.items() if path.exists()}
    return {"markdown": {language: _shelve(text, folder, shelf) for language, text in texts.items()}}


def _shelve(markdown: str, folder: Path, shelf: Shelf) -> str:
    def stored(match: re.Match[str]) -> str:
        path = folder / "media" / match[1]
        if not path.is_file():
            raise Invalid("seed-format", file=match[1], problem="the picture is not in media/")
        return f"(/media/{shelf.put(path.read_bytes(), path.suffix)}"

    return re.sub(r"\(media/([\w.-]+)", stored, markdown)


def take_out(session: Session, module_public_id: str, folder: Path, shelf: Shelf) -> int:
    """Write the current version to a folder; returns the number of files.

    Raises NotFound("module" | "module-not-offered").
    """
    version = catalogue.current_version(session, catalogue.module_id(session, module_public_id))
    (folder / "media").mkdir(parents=True, exist_ok=True)
    written = 1
    entries = []
    for activity in version.activities:
        name = f"{activity.position}-{activity.key}"
        entries.append(
            {"id": activity.key, "kind": activity.kind, "minutes": activity.minutes, "points": activity.points,
             "required": activity.required, "after": activity.after, "title": activity.title, "file": name}
        )  # fmt: skip
        written += _write_settings(folder, name, activity.kind, activity.settings, shelf)
    about = {name: value for name, value in version.about.items() if value is not None}
    module = {
        "id": version.module.public_id, "hub": version.module.hub.public_id, "version": version.number, **about,
        "pass_points": version.pass_points, "title": version.title, "summary": version.summary,
        "change_note": version.change_note, "activities": entries,
    }  # fmt: skip
    (folder / "module.toml").write_text(tomli_w.dumps(module), encoding="utf-8")
    return written


def _write_settings(folder: Path, name: str, kind: str, settings: dict[str, Any], shelf: Shelf) -> int:
    if kind != "page":
        (folder / f"{name}.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
        return 1
    for language, text in settings["markdown"].items():
        for picture in SHELVED.findall(text):
            stored = shelf.path(picture)
            if stored is not None:
                (folder / "media" / picture).write_bytes(stored.read_bytes())
        plain = SHELVED.sub(r"(media/\1", text)
        (folder / f"{name}.{language}.md").write_text(plain, encoding="utf-8")
    return len(settings["markdown"])


def seed(session: Session, folder: Path, shelf: Shelf) -> list[Brought]:
    """Bring in the examples: hubs, organisations and every module below modules/."""
    for hub in read_toml(folder / "hubs.toml")["hubs"]:
        catalogue.seed_hub(session, hub["id"], hub["name"], hub["region"], hub["theme"])
    for organisation in read_toml(folder / "organisations.toml")["organisations"]:
        people.seed_organisation(session, organisation["id"], organisation["kind"], organisation["name"])
    found = sorted(path.parent for path in (folder / "modules").glob("*/module.toml"))
    return [bring_in(session, module, shelf) for module in found]
