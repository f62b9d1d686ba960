"""What the database itself says of tables: columns, types, indexes.

Asks an ODBC driver by its catalogue functions, SQLite by its pragmas. Reads no rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agent.wire.bridge import ColumnInfo, TableInfo

_FAMILIES = {
    **dict.fromkeys((-7, -6, -5, 2, 3, 4, 5, 6, 7, 8), "number"),
    **dict.fromkeys((-10, -9, -8, -1, 1, 12), "text"),
    **dict.fromkeys((-4, -3, -2), "binary"),
    91: "date",
    9: "date",
    92: "time",
    10: "time",
    93: "timestamp",
    11: "timestamp",
}
"""ODBC's type codes, by family."""

_DECLARED = (
    ("INT", "number"),
    ("CHAR", "text"),
    ("TEXT", "text"),
    ("CLOB", "text"),
    ("BLOB", "binary"),
    ("DATETIME", "timestamp"),
    ("TIMESTAMP", "timestamp"),
    ("DATE", "date"),
    ("TIME", "time"),
    ("REAL", "number"),
    ("FLOA", "number"),
    ("DOUB", "number"),
    ("DEC", "number"),
    ("NUM", "number"),
    ("BOOL", "number"),
)
"""What a declared type of SQLite contains, by family; the first that fits."""


def describe_table(connection: Any, schema: str | None, table: str) -> TableInfo | None:
    """Columns and indexes of a table, or None when there is none of that name."""
    cursor = connection.cursor()
    try:
        if _is_sqlite(connection):
            return _by_pragma(cursor, table)
        return _by_odbc(cursor, schema, table)
    finally:
        cursor.close()


def _is_sqlite(connection: Any) -> bool:
    # SQLite's ODBC driver calls a decimal text; the declared type tells better. 17: SQL_DBMS_NAME.
    return not hasattr(connection, "getinfo") or str(connection.getinfo(17)).casefold() == "sqlite"


def _by_odbc(cursor: Any, schema: str | None, table: str) -> TableInfo | None:
    # SQLColumns takes patterns, in which an underscore stands for any character: keep the very table. Another owner's
    # table of the same name is not ours either.
    found = [row for row in cursor.columns(table=table, schema=schema).fetchall() if _is(row[2], table)]
    if schema is not None:
        found = [row for row in found if _is(row[1], schema)]
    if not found:
        return None
    owner = found[0][1]
    columns = tuple(
        ColumnInfo(row[3], _FAMILIES.get(row[4], "other"), row[10] != 0) for row in found if row[1] == owner
    )
    indexes: dict[str, list[tuple[int, str]]] = {}
    for row in cursor.statistics(found[0][2], schema=schema).fetchall():
        if row[5] is not None and row[8] is not None:
            indexes.setdefault(row[5], []).append((row[7], row[8].strip('"')))
    return TableInfo(columns, _ordered(indexes.values()))


def _by_pragma(cursor: Any, table: str) -> TableInfo | None:
    quoted = '"' + table.replace('"', '""') + '"'
    found = cursor.execute(f"PRAGMA table_info({quoted})").fetchall()
    if not found:
        return None
    columns = tuple(ColumnInfo(name, _declared(declared), not required) for _, name, declared, required, *_ in found)
    indexes = [[(row[5], row[1]) for row in found if row[5]]]
    for _, index, *_ in cursor.execute(f"PRAGMA index_list({quoted})").fetchall():
        inner = cursor.execute('PRAGMA index_info("' + index.replace('"', '""') + '")').fetchall()
        indexes.append([(place, name) for place, _, name in inner if name is not None])
    return TableInfo(columns, _ordered(indexes))


def _ordered(indexes: Iterable[list[tuple[int, str]]]) -> tuple[tuple[str, ...], ...]:
    found = {tuple(name for _, name in sorted(index)) for index in indexes if index}
    return tuple(sorted(found))


def _declared(declared: str) -> str:
    upper = declared.upper()
    return next((family for piece, family in _DECLARED if piece in upper), "other")


def _is(name: str | None, wanted: str) -> bool:
    return name is not None and name.casefold() == wanted.casefold()
