"""The tables. One file per practice platform, made anew by `reset`."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, given TEXT NOT NULL, family TEXT NOT NULL, email TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0, is_test INTEGER NOT NULL DEFAULT 0, bulk INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS courses (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, label TEXT NOT NULL, position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memberships (
    course_id TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'Active',
    PRIMARY KEY (course_id, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS course_groups (
    id TEXT PRIMARY KEY, course_id TEXT NOT NULL, name TEXT NOT NULL, set_name TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS group_members (
    group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tools (
    number INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, login_url TEXT NOT NULL,
    redirect_uris TEXT NOT NULL, target_link_uri TEXT NOT NULL, deep_link_uri TEXT NOT NULL,
    jwks_url TEXT NOT NULL, jwks TEXT NOT NULL, scopes TEXT NOT NULL, custom TEXT NOT NULL,
    is_active INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS deployments (
    client_id TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (client_id, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (
    id TEXT PRIMARY KEY, course_id TEXT NOT NULL, client_id TEXT NOT NULL, deployment_id TEXT NOT NULL,
    title TEXT NOT NULL, description TEXT NOT NULL, url TEXT NOT NULL, custom TEXT NOT NULL,
    dates TEXT NOT NULL DEFAULT '{}', position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_of_course ON links (course_id, position);
CREATE TABLE IF NOT EXISTS lineitems (
    id INTEGER PRIMARY KEY AUTOINCREMENT, course_id TEXT NOT NULL, client_id TEXT NOT NULL, link_id TEXT,
    label TEXT NOT NULL, score_maximum REAL NOT NULL, resource_id TEXT, tag TEXT,
    more TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS lineitems_of_course ON lineitems (course_id, client_id);
CREATE INDEX IF NOT EXISTS lineitems_of_link ON lineitems (link_id);
CREATE TABLE IF NOT EXISTS scores (
    id INTEGER PRIMARY KEY, lineitem_id INTEGER NOT NULL, user_id TEXT, arrived TEXT NOT NULL,
    body TEXT NOT NULL, status INTEGER NOT NULL, verdict TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS scores_of_result ON scores (lineitem_id, user_id);
CREATE TABLE IF NOT EXISTS results (
    lineitem_id INTEGER NOT NULL, user_id TEXT NOT NULL, score REAL, comment TEXT, timestamp TEXT NOT NULL,
    timestamp_us INTEGER NOT NULL, activity TEXT NOT NULL, grading TEXT NOT NULL, given_by TEXT NOT NULL,
    is_locked INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (lineitem_id, user_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS copies (
    id TEXT PRIMARY KEY, original TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice_handlers (
    client_id TEXT NOT NULL, deployment_id TEXT NOT NULL, notice_type TEXT NOT NULL, handler TEXT NOT NULL,
    PRIMARY KEY (client_id, deployment_id, notice_type)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signing_keys (
    kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, is_published INTEGER NOT NULL, made INTEGER NOT NULL
) WITHOUT ROWID;
"""

TABLES_OF_A_RESET = (
    "users", "courses", "memberships", "course_groups", "group_members", "tools", "deployments", "links", "lineitems",
    "scores", "results", "copies", "notice_handlers",
)  # fmt: skip
