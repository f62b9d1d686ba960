"""The tables of the store and the version of their layout.

``user_version`` is major * 1000 + minor: a program opens a store of its own major version (a newer minor only adds),
and refuses a newer major one rather than damage it.
"""

MAJOR = 1
MINOR = 1
VERSION = MAJOR * 1000 + MINOR

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE shape (
    name TEXT PRIMARY KEY, resource TEXT NOT NULL, loaded INTEGER NOT NULL, after BLOB, count INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE fence (
    id INTEGER PRIMARY KEY, shape TEXT NOT NULL, pos INTEGER NOT NULL, bounds BLOB NOT NULL,
    digest BLOB NOT NULL, salt BLOB NOT NULL, rows INTEGER NOT NULL, checked REAL NOT NULL
);
CREATE INDEX fence_in_order ON fence (shape, pos);
CREATE TABLE entries (fence INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE outbox (
    first_seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, chain BLOB NOT NULL, size INTEGER NOT NULL,
    created REAL NOT NULL, sealed BLOB NOT NULL
);
CREATE TABLE cursor (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE dirty (
    shape TEXT NOT NULL, ref BLOB NOT NULL, sealed BLOB NOT NULL, since REAL NOT NULL, PRIMARY KEY (shape, ref)
) WITHOUT ROWID;
CREATE TABLE former (
    shape TEXT NOT NULL, ref BLOB NOT NULL, incarnation INTEGER NOT NULL, identity BLOB NOT NULL,
    PRIMARY KEY (shape, ref)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    shape TEXT NOT NULL, ref BLOB NOT NULL, reason TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY (shape, ref)
) WITHOUT ROWID;
CREATE TABLE hold (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, shape TEXT, detail TEXT NOT NULL, created REAL NOT NULL,
    decision TEXT NOT NULL, decided REAL
);
CREATE TABLE request (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, arguments TEXT NOT NULL, state TEXT NOT NULL, answer TEXT,
    created REAL NOT NULL
);
"""

COMMAND_TABLES = """
CREATE TABLE IF NOT EXISTS command (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, target BLOB NOT NULL, sealed BLOB NOT NULL, state TEXT NOT NULL,
    received REAL NOT NULL, expires REAL NOT NULL, look_first INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0, approved INTEGER NOT NULL DEFAULT 0, reason TEXT, intent BLOB, made BLOB,
    changed REAL NOT NULL, outcome BLOB, told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS command_in_order ON command (target, seq);
CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY AUTOINCREMENT, command_id TEXT NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS begun (kind TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, event TEXT NOT NULL, who TEXT NOT NULL, name TEXT,
    command_id TEXT NOT NULL, kind TEXT NOT NULL, sealed BLOB NOT NULL, hash BLOB NOT NULL
);
"""
"""Since layout 1.1."""
