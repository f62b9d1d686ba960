"""Makes an empty database with the complete real Open Dental schema, from a dump that somebody supplies.

The dump is the vendor's and never part of this project. Only its table definitions are used: the rows are our own.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DEFINITIONS = ("CREATE TABLE", "DROP TABLE")


def load_schema(connection: Any, dump: Path) -> int:
    """Create the dump's tables on a connection to an empty MariaDB database; how many.

    Raises:
        OSError: the dump cannot be read.
    """
    cursor = connection.cursor()
    cursor.execute("SET SESSION sql_mode=''")
    made = 0
    for statement in _statements(dump):
        cursor.execute(statement)
        made += statement.startswith("CREATE TABLE")
    connection.commit()
    return made


def _statements(dump: Path) -> Iterator[str]:
    """The table definitions of a dump; its lines never break inside a text."""
    opened = gzip.open if dump.suffix == ".gz" else open
    with opened(dump, "rt", encoding="utf-8", errors="replace") as lines:
        collected: list[str] = []
        for line in lines:
            if not collected and not line.startswith(_DEFINITIONS):
                continue
            collected.append(line)
            if line.rstrip().endswith(";"):
                yield "".join(collected).rstrip().rstrip(";")
                collected = []
