"""Turns the table lists of a PMS shape into DDL for the engines that stand-ins run on.

The lists (``eaglesoft_tables``, ``opendental_tables``) are our own, in a neutral notation: one line per column,
with its type as the PMS declares it. This module never knows what a table means.

- SQLite: dates, times and amounts keep their declared types, so that an ODBC driver types them; keys of text compare
  without case, as SQL Anywhere does. Stamps are plain columns: the writer sets them, as the server would.
- PostgreSQL: everything lives in the schema ``"PPM"`` (upper case, as a dialect that quotes names writes it), with
  lower-case
  table and column names.
- MariaDB: MyISAM tables without declared defaults for text, stamps by ``ON UPDATE CURRENT_TIMESTAMP``; needs
  ``sql_mode=''``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EngineName = Literal["sqlite", "mariadb", "postgresql"]
Pms = Literal["eaglesoft", "opendental"]

POSTGRESQL_SCHEMA = "PPM"


@dataclass(slots=True)
class TableDef:
    """A table as the lists declare it."""

    name: str
    columns: list[tuple[str, str]] = field(default_factory=list)
    """Name and declared type of each column, in order."""
    key: list[str] = field(default_factory=list)
    """Primary key columns."""
    indexes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Name and columns of each further index."""


def parse(text: str) -> dict[str, TableDef]:
    """Read a table list: ``table NAME``, then ``column type [key]`` and ``index NAME (columns)`` lines."""
    tables: dict[str, TableDef] = {}
    current = TableDef("")
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "table":
            current = tables[words[1]] = TableDef(words[1])
        elif words[0] == "index":
            columns = line[line.index("(") + 1 : line.index(")")].split(",")
            current.indexes.append((words[1], tuple(column.strip() for column in columns)))
        else:
            current.columns.append((words[0], words[1]))
            if words[2:3] == ["key"]:
                current.key.append(words[0])
    return tables


def tables_of(pms: Pms) -> dict[str, TableDef]:
    """The tables of a PMS shape by name."""
    from sandbox.practice import eaglesoft_tables, opendental_tables

    return parse(eaglesoft_tables.TABLES if pms == "eaglesoft" else opendental_tables.TABLES)


def ddl(pms: Pms, engine: EngineName) -> list[str]:
    """The statements that make an empty database of a PMS shape."""
    statements = [f'CREATE SCHEMA "{POSTGRESQL_SCHEMA}"'] if engine == "postgresql" else []
    for table in tables_of(pms).values():
        statements += _table(table, pms, engine)
    if pms == "eaglesoft":
        from sandbox.practice import eaglesoft_tables

        statements.append(eaglesoft_tables.TRANSACTIONS_VIEW.format(prefix=prefix(engine)))
    return statements


def prefix(engine: EngineName) -> str:
    """What stands before a table name."""
    return f'"{POSTGRESQL_SCHEMA}".' if engine == "postgresql" else ""


def quote(name: str, engine: EngineName) -> str:
    """A column or table name, quoted."""
    return f"`{name}`" if engine == "mariadb" else f'"{name}"'


def _table(table: TableDef, pms: Pms, engine: EngineName) -> list[str]:
    lines = []
    single = table.key[0] if len(table.key) == 1 else None
    for name, declared in table.columns:
        text = f"{quote(name, engine)} {_type(declared, pms, engine, name in table.key)}"
        if name == single and engine == "sqlite" and declared in ("int", "bigint"):
            text = f"{quote(name, engine)} integer PRIMARY KEY"
        elif name == single and engine == "mariadb" and declared == "bigint":
            text += " AUTO_INCREMENT"
        lines.append(text)
    if table.key and not any(line.endswith("integer PRIMARY KEY") for line in lines):
        lines.append(f"PRIMARY KEY ({_columns(table.key, engine)})")
    if engine == "mariadb":
        lines += [f"KEY `{name}` ({_columns(columns, engine)})" for name, columns in table.indexes]
        end = ") ENGINE=MyISAM DEFAULT CHARSET=utf8mb3"
    else:
        end = ")"
    created = f"CREATE TABLE {prefix(engine)}{quote(table.name, engine)} (\n  " + ",\n  ".join(lines) + f"\n{end}"
    if engine == "mariadb":
        return [created]
    return [created] + [
        f"CREATE INDEX {quote(f'{table.name}_{name}', engine)} ON {prefix(engine)}{quote(table.name, engine)}"
        f" ({_columns(columns, engine)})"
        for name, columns in table.indexes
    ]


def _columns(names: list[str] | tuple[str, ...], engine: EngineName) -> str:
    return ", ".join(quote(name, engine) for name in names)


def _type(declared: str, pms: Pms, engine: EngineName, key: bool) -> str:
    if pms == "eaglesoft":
        if engine == "sqlite" and declared.startswith("char"):
            return declared + " COLLATE NOCASE" + (" NOT NULL" if key else "")
        return declared + (" NOT NULL" if key else "")
    if declared == "stamp":
        on_update = " ON UPDATE CURRENT_TIMESTAMP" if engine == "mariadb" else ""
        return f"timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP{on_update}"
    if declared == "date":
        return "date NOT NULL DEFAULT '0001-01-01'"
    if declared == "datetime":
        return "datetime NOT NULL DEFAULT '0001-01-01 00:00:00'"
    if declared == "time":
        return "time NOT NULL DEFAULT '00:00:00'"
    if declared.endswith("text"):
        return f"{declared} NOT NULL" + ("" if engine == "mariadb" else " DEFAULT ''")
    if declared.startswith(("varchar", "char")):
        return f"{declared} NOT NULL DEFAULT ''"
    return f"{declared} NOT NULL" + ("" if key and engine == "mariadb" else " DEFAULT 0")
