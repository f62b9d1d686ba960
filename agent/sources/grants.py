"""The database login that the agent should have: one that may read exactly the columns that the declarations name.

Statements for the owner of a database to run; the agent itself never does. Tests run them on real servers and read
everything with the login that they make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.sources.layout import layout_of
from agent.sources.pms import Pms

LOGIN = "agent_reader"
PASSWORD = "choose-a-long-one"
"""An example, which says what to do."""
OWNER = "PPM"
"""Owner of Eaglesoft's tables."""

_WORDS = frozenset({"AND", "OR", "NOT", "IN", "IS", "NULL"})


def statements(pms: Pms, engine: str, database: str, host: str = "localhost") -> list[str]:
    """What makes the login on an engine (the dialect's name); none where the engine has no users. ``host``: the machine
    that the agent reads from.
    """
    match engine:
        case "mariadb":
            return mariadb(pms, database, f"'{LOGIN}'@'{host}'")
        case "postgresql":
            return postgresql(pms, LOGIN)
        case "sqlanywhere":
            return sqlanywhere(pms, LOGIN)
        case _:
            return []


def columns_read(pms: Pms) -> dict[str, tuple[str, ...]]:
    """Table -> every column that the agent reads of it or names in a condition."""
    found: dict[str, dict[str, None]] = {}

    def add(table: str, columns: Iterable[str], where: str | None = None) -> None:
        found.setdefault(table, {}).update(dict.fromkeys([*columns, *_named(where)]))

    for shape in pms.shapes:
        for table, columns in layout_of(shape).columns().items():
            add(table, columns)
        add(shape.root.name, (), shape.root.where)
        for part in shape.parts.values():
            add(part.table, (), part.where)
        for lookup in shape.lookups.values():
            add(lookup.table, (), lookup.where)
    for cell in (pms.version, pms.halted):
        if cell is not None:
            add(cell.table, (cell.column, *cell.order), cell.where)
    for fact in pms.facts:
        add(fact.table, (*fact.columns, *fact.order), fact.where)
    for mark in pms.marks:
        add(mark.table, (mark.column,))
    for table, columns in pms.also_read.items():
        add(table, columns)
    if pms.news is not None:
        add(pms.news.table, (pms.news.number, *pms.news.columns))
    return {table: tuple(columns) for table, columns in sorted(found.items())}


def _named(where: str | None) -> list[str]:
    """The columns that a condition of a declaration names."""
    bare = re.sub(r"'[^']*'", "", where or "")
    return [word for word in re.findall(r"[A-Za-z_]\w*", bare) if word.upper() not in _WORDS]


def mariadb(pms: Pms, database: str, login: str, password: str = PASSWORD) -> list[str]:
    """Statements for MariaDB and MySQL. ``login``: with its host, quoted."""
    grants = (
        f"GRANT SELECT ({_list(columns, '`')}) ON `{database}`.`{table}` TO {login}"
        for table, columns in columns_read(pms).items()
    )
    return [f"CREATE USER {login} IDENTIFIED BY '{password}'", *grants]


def postgresql(pms: Pms, login: str, password: str = PASSWORD) -> list[str]:
    """Statements for PostgreSQL."""
    grants = (
        f'GRANT SELECT ({_list(columns, chr(34))}) ON "{OWNER}"."{table}" TO {login}'
        for table, columns in columns_read(pms).items()
    )
    return [
        f"CREATE ROLE {login} LOGIN PASSWORD '{password}'",
        f'GRANT USAGE ON SCHEMA "{OWNER}" TO {login}',
        *grants,
    ]


def sqlanywhere(pms: Pms, login: str, password: str = PASSWORD) -> list[str]:
    """Statements for SQL Anywhere."""
    grants = (
        f'GRANT SELECT ({_list(columns, chr(34))}) ON "{OWNER}"."{table}" TO {login}'
        for table, columns in columns_read(pms).items()
    )
    return [f"CREATE USER {login} IDENTIFIED BY '{password}'", *grants]


def _list(columns: Iterable[str], quote: str) -> str:
    return ", ".join(f"{quote}{column}{quote}" for column in columns)
