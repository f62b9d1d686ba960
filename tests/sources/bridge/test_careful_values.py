"""Values that drivers stumble over: one bad value costs one value, on every engine that can hold it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.model.errors import Terminal
from agent.model.reading import Range, Unreadable
from agent.sources import dialect
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.bridge.port import Bridge
from agent.sources.layout import Layout, layout_of
from agent.sources.reader import Reader
from agent.sources.shape import Part, Shape, Table, Window
from agent.wire.bridge import MAX_TEXT, Open
from tests import servers
from tests.sources.shapes import Read

COLUMNS = ("note", "day", "at", "hour", "amount", "raw", "big")

ODD = Shape(
    id="odd",
    resource="odd",
    root=Table("odd", key=("k",)),
    parts={"lines": Part("odd_line", on=("k",), order=("n",))},
    fields={"all": Read(COLUMNS), "lines": Read((), {"lines": ("n", "hour")})},
    hurry={"near": Window("at", back=1, ahead=1)},
)
LAYOUT: Layout = layout_of(ODD)

OUT_OF_RANGE = Unreadable("out_of_range")
UNDECODABLE = Unreadable("undecodable")


def ddl(engine: str) -> list[str]:
    moment = "DATETIME" if engine == "mariadb" else "TIMESTAMP"
    raw = {"mariadb": "VARBINARY(20)", "postgresql": "BYTEA", "sqlite": "BLOB"}[engine]
    big = {"mariadb": "BIGINT UNSIGNED", "postgresql": "NUMERIC(30)", "sqlite": "BIGINT"}[engine]
    note = "LONGTEXT CHARACTER SET utf8mb4" if engine == "mariadb" else "TEXT"
    tail = " ENGINE=MyISAM" if engine == "mariadb" else ""
    return [
        (
            f"CREATE TABLE odd (k INTEGER PRIMARY KEY, note {note}, day DATE, at {moment}, hour TIME, "
            f"amount DECIMAL(20,8), raw {raw}, big {big}){tail}"
        ),
        f"CREATE TABLE odd_line (k INTEGER, n INTEGER, hour TIME, PRIMARY KEY (k, n)){tail}",
    ]


def plain_rows(*keys: int) -> list[str]:
    values = "'fine', '2026-01-02', '2026-01-02 03:04:05', '10:00:00', 1.5, NULL, 7"
    return [f"INSERT INTO odd VALUES ({k}, {values})" for k in keys]


FINE: list[Any] = ["fine", "2026-01-02", "2026-01-02T03:04:05", "10:00:00", "1.50000000", None, 7]


@contextmanager
def reading(bridge: Bridge, spoken: dialect.Dialect) -> Iterator[Reader]:
    try:
        yield Reader(bridge, spoken, {"odd": LAYOUT})
    finally:
        bridge.close()


def roots(reader: Reader) -> dict[int, list[Any]]:
    """Rows by key; on the way it is shown that both forms of a page have the same digest, twice."""
    page = reader.scan("odd", Range(), 1000)
    for _ in range(2):
        assert reader.digest("odd", Range(), 1000).digest == page.digest
    by_key = {record.key: record for record in reader.rows("odd", [record.key for record in page.records])}
    assert list(by_key.values()) == page.records
    return {int(record.root[0]): list(record.root[1:]) for record in page.records}


@pytest.mark.servers
def test_mariadb_values_that_no_type_of_ours_can_hold(
    mariadb: servers.Database, mariadb_server: servers.Server
) -> None:
    mariadb.run(
        *ddl("mariadb"),
        *plain_rows(1, 5),
        "INSERT INTO odd VALUES (2, 'Mull', '0000-00-00', '0000-00-00 00:00:00', '838:59:59', 0, x'00FF', "
        "18446744073709551615)",
        "INSERT INTO odd VALUES (3, 'nul\\0kept', '0001-01-01', '9999-12-31 23:59:59', '-800:00:00', -0.00000001, "
        "'abc', 0)",
        "INSERT INTO odd_line VALUES (2, 1, '10:00:00'), (2, 2, '24:00:01'), (3, 1, '10:00:00')",
        "FLUSH TABLES odd",
    )
    # A program that wrote latin1 into an utf8 column: the server itself refuses to make such a row.
    file = Path(mariadb_server.folder) / "data" / mariadb.name / "odd.MYD"
    file.write_bytes(file.read_bytes().replace(b"Mull", b"M\xfcll"))
    mariadb.run("FLUSH TABLES odd")
    with reading(
        ProcessBridge(lambda: Open(mariadb.connection, dialect.mariadb().session)), dialect.mariadb()
    ) as reader:
        found = roots(reader)
        parts = {record.key: record.parts for record in reader.scan("odd", Range((1,), (3,)), 10).records}
        glimpsed = reader.glimpse("odd", "near", "2026-01-01", "2026-01-03")
    assert found[1] == found[5] == FINE
    assert found[2] == [UNDECODABLE, None, None, OUT_OF_RANGE, "0.00000000", UNDECODABLE, 18446744073709551615]
    assert found[3] == ["nul\0kept", "0001-01-01", "9999-12-31T23:59:59", OUT_OF_RANGE, "-0.00000001", "abc", 0]
    assert parts[(2,)] == (([2, 1, "10:00:00"], [2, 2, OUT_OF_RANGE]),)
    assert parts[(3,)] == (([3, 1, "10:00:00"],),)
    assert set(glimpsed.digests) == {(1,), (5,)}


@pytest.mark.servers
def test_postgresql_values_that_no_type_of_ours_can_hold(postgresql: servers.Database) -> None:
    postgresql.run(
        *ddl("postgresql"),
        *plain_rows(1, 5),
        "INSERT INTO odd VALUES (2, 'x', 'infinity', '-infinity', '24:00:00', 'NaN', '\\x00ff', 123456789012345678901)",
        "INSERT INTO odd VALUES (3, 'y', '0001-01-01 BC', '4713-01-01 BC', '10:00:00', 0, NULL, 0)",
    )
    spoken = dialect.postgresql()
    with reading(ProcessBridge(lambda: Open(postgresql.connection, spoken.session)), spoken) as reader:
        found = roots(reader)
    assert {**dict(enumerate(found[1])), 6: 7} == dict(enumerate(FINE))
    assert found[1] == found[5]
    # Its driver makes some date or other of infinity and of years before Christ: the row must come all the same.
    assert (found[2][0], found[2][3], found[2][4], found[2][5]) == ("x", OUT_OF_RANGE, "NaN", UNDECODABLE)
    assert found[2][6] == "123456789012345678901"
    assert (found[3][0], found[3][3]) == ("y", "10:00:00")


@pytest.mark.parametrize("over", ["odbc", "in process"])
def test_sqlite_values_that_no_type_of_ours_can_hold(over: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as owner:
        for statement in [
            *ddl("sqlite"),
            *plain_rows(1, 5),
            (
                "INSERT INTO odd VALUES (2, CAST(x'4dfc6c6c' AS TEXT), '2026-01-02', '2026-01-02 03:04:05', "
                "'10:00:00', 'garbage', x'00ff', 9223372036854775807)"
            ),
            "INSERT INTO odd VALUES (3, 'b', 'garbage', '', '838:59:59', 1e300, 'abc', NULL)",
        ]:
            owner.execute(statement)
        owner.commit()
    spoken = dialect.sqlite()
    bridge: Bridge = (
        ProcessBridge(lambda: Open(f"DRIVER={{SQLite3}};DATABASE={path};", spoken.session))
        if over == "odbc"
        else InProcessBridge(lambda: sqlite3.connect(path, isolation_level=None), spoken.session)
    )
    with reading(bridge, spoken) as reader:
        found = roots(reader)
    assert found[1] == found[5]
    assert found[1][0] == "fine"
    assert found[2][0] == UNDECODABLE
    assert found[2][4:] == ["garbage", UNDECODABLE, 9223372036854775807]
    assert found[3][0] == "b"


def in_memory(rows: list[tuple[int, Any]]) -> tuple[InProcessBridge, sqlite3.Connection]:
    link = sqlite3.connect(":memory:", isolation_level=None)
    for statement in ddl("sqlite"):
        link.execute(statement)
    link.executemany("INSERT INTO odd (k, note) VALUES (?, ?)", rows)
    return InProcessBridge(lambda: link), link


def test_a_long_note_comes_whole_and_one_beyond_the_limit_as_a_marker() -> None:
    bridge, _link = in_memory([(1, "x" * MAX_TEXT), (2, "x" * (MAX_TEXT + 1)), (3, "short")])
    with reading(bridge, dialect.sqlite()) as reader:
        found = roots(reader)
    assert found[1][0] == "x" * MAX_TEXT
    assert found[2][0] == Unreadable("too_long")
    assert found[3][0] == "short"


def test_a_page_of_large_records_ends_early_and_its_digest_is_that_of_its_own_range() -> None:
    bridge, _link = in_memory([(n, "y" * 20_000) for n in range(1, 1201)])
    with reading(bridge, dialect.sqlite()) as reader:
        page = reader.scan("odd", Range(), 2000)
        assert 0 < len(page.records) < 1200
        assert not page.last
        upto = page.records[-1].key
        assert reader.digest("odd", Range(None, upto), 2000).digest == page.digest
        rest = reader.scan("odd", Range(upto), 2000)
        assert rest.records[0].key == (len(page.records) + 1,)


def test_rows_that_change_while_they_are_read_with_care_are_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    front_desk = sqlite3.connect(path, isolation_level=None)
    for statement in [*ddl("sqlite"), *plain_rows(1, 2, 3), "UPDATE odd SET note = CAST(x'fc' AS TEXT) WHERE k = 2"]:
        front_desk.execute(statement)
    link = sqlite3.connect(path, isolation_level=None)
    seen: list[str] = []

    def interfere(sql: str) -> None:
        seen.append(sql)
        if len(seen) == 3:  # after the first whole read and the keys, before the other columns
            front_desk.execute("DELETE FROM odd WHERE k = 1")

    link.set_trace_callback(interfere)
    with closing(front_desk), reading(InProcessBridge(lambda: link), dialect.sqlite()) as reader:
        page = reader.scan("odd", Range(), 10)
        link.set_trace_callback(None)
    assert [(record.key, record.root[1]) for record in page.records] == [((2,), UNDECODABLE), ((3,), "fine")]


def test_a_page_that_would_end_with_an_unusable_key_says_so() -> None:
    link = sqlite3.connect(":memory:", isolation_level=None)
    link.execute("CREATE TABLE word (id TEXT, n INTEGER)")
    link.execute("INSERT INTO word VALUES ('a', 1), (CAST(x'fc' AS TEXT), 2)")
    shape = Shape("word", "word", Table("word", key=("id",), integer_key=False), {"n": Read(("n",))})
    with reading(InProcessBridge(lambda: link), dialect.sqlite()) as reader:
        reader.layouts = {"word": layout_of(shape)}
        with pytest.raises(Terminal) as caught:
            reader.scan("word", Range(), 10)
    assert (caught.value.code, caught.value.fields["table"]) == ("key_unusable", "word")
