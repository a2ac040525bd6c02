"""Registered tools, their deployments, and the resource links that use them."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from practice_lms.state.store import Row, Store


@dataclass(frozen=True)
class Tool:
    """A registration. `number` is the type id that stands in the query of service addresses."""

    client_id: str
    name: str
    login_url: str
    redirect_uris: tuple[str, ...]
    target_link_uri: str
    jwks_url: str
    deep_link_uri: str = ""
    jwks: str = ""
    scopes: tuple[str, ...] = ()
    custom: dict[str, str] = field(default_factory=dict)
    is_active: bool = True
    number: int = 0

    @property
    def origins(self) -> list[str]:
        """Origins of the addresses that were registered; only these may use platform storage."""
        found = {_origin(uri) for uri in (self.login_url, self.target_link_uri, *self.redirect_uris)}
        return sorted(found)


@dataclass(frozen=True)
class Link:
    """A resource link in a course."""

    id: str
    course_id: str
    client_id: str
    deployment_id: str
    title: str
    description: str = ""
    url: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _tool(row: Row) -> Tool:
    return Tool(
        client_id=row["client_id"],
        name=row["name"],
        login_url=row["login_url"],
        redirect_uris=tuple(json.loads(row["redirect_uris"])),
        target_link_uri=row["target_link_uri"],
        jwks_url=row["jwks_url"],
        deep_link_uri=row["deep_link_uri"],
        jwks=row["jwks"],
        scopes=tuple(row["scopes"].split()),
        custom=json.loads(row["custom"]),
        is_active=bool(row["is_active"]),
        number=row["number"],
    )


def save_tool(store: Store, tool: Tool) -> Tool:
    """Register a tool or change its registration; gives it with its number. The first number is 7."""
    store.run(
        "INSERT INTO tools VALUES ("
        "(SELECT COALESCE(MAX(number), 6) + 1 FROM tools), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, login_url = excluded.login_url,"
        " redirect_uris = excluded.redirect_uris, target_link_uri = excluded.target_link_uri,"
        " deep_link_uri = excluded.deep_link_uri, jwks_url = excluded.jwks_url, jwks = excluded.jwks,"
        " scopes = excluded.scopes, custom = excluded.custom, is_active = excluded.is_active",
        (
            tool.client_id,
            tool.name,
            tool.login_url,
            json.dumps(tool.redirect_uris),
            tool.target_link_uri,
            tool.deep_link_uri,
            tool.jwks_url,
            tool.jwks,
            " ".join(tool.scopes),
            json.dumps(tool.custom),
            tool.is_active,
        ),
    )
    saved = find_tool(store, tool.client_id)
    assert saved is not None
    return saved


def find_tool(store: Store, client_id: str) -> Tool | None:
    """The tool registered under exactly this client_id."""
    row = store.one("SELECT * FROM tools WHERE client_id = ?", (client_id,))
    return _tool(row) if row is not None else None


def all_tools(store: Store) -> list[Tool]:
    """Every registration, in the order it was made."""
    return [_tool(row) for row in store.all("SELECT * FROM tools ORDER BY number")]


def deploy(store: Store, client_id: str, deployment_id: str) -> None:
    """Make a deployment known; twice is once."""
    store.run("INSERT OR IGNORE INTO deployments VALUES (?, ?)", (client_id, deployment_id))


def deployments(store: Store, client_id: str) -> list[str]:
    """The deployment ids of a tool."""
    return [
        row["id"]
        for row in store.all("SELECT id FROM deployments WHERE client_id = ? ORDER BY id", (client_id,))
    ]


def _link(row: Row) -> Link:
    return Link(
        row["id"],
        row["course_id"],
        row["client_id"],
        row["deployment_id"],
        row["title"],
        row["description"],
        row["url"],
        json.loads(row["custom"]),
        json.loads(row["dates"]),
    )


def save_link(store: Store, link: Link) -> None:
    """Place a link at the end of its course, or change it where it is."""
    store.run(
        "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT COUNT(*) FROM links))"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description,"
        " url = excluded.url, custom = excluded.custom, dates = excluded.dates",
        (
            link.id,
            link.course_id,
            link.client_id,
            link.deployment_id,
            link.title,
            link.description,
            link.url,
            json.dumps(link.custom),
            json.dumps(link.dates),
        ),
    )


def find_link(store: Store, link_id: str) -> Link | None:
    """The link with exactly this id."""
    row = store.one("SELECT * FROM links WHERE id = ?", (link_id,))
    return _link(row) if row is not None else None


def links_of(store: Store, course_id: str) -> list[Link]:
    """The links of a course as placed; at most 200."""
    rows = store.all("SELECT * FROM links WHERE course_id = ? ORDER BY position LIMIT 200", (course_id,))
    return [_link(row) for row in rows]


def remove_link(store: Store, link_id: str) -> None:
    """Take a link out of its course, with its own columns in the gradebook."""
    with store.transaction():
        store.run("DELETE FROM lineitems WHERE link_id = ?", (link_id,))
        store.run("DELETE FROM links WHERE id = ?", (link_id,))
