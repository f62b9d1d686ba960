"""What is run on SQL Anywhere differs from what is tested on other engines in the declared points only."""

from __future__ import annotations

import dataclasses
import re

import pytest

from agent.sources import dialect, statements
from agent.sources.dialect import Dialect, Draft, Point
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.layout import layout_of
from agent.sources.shape import Audit, HighWater, Shape, Stamp, Window
from agent.wire.bridge import LastKey, Moment
from tests.sources import shapes

SQL_ANYWHERE, POSTGRESQL = dialect.sqlanywhere("PPM"), dialect.postgresql("PPM")
SHAPES = [*shapes.SHAPES.values(), *(dataclasses.replace(s, id=f"eaglesoft {s.id}") for s in EAGLESOFT.shapes)]
"""The small ones, and all that run on SQL Anywhere."""

DIALECTS = [SQL_ANYWHERE, POSTGRESQL, dialect.mariadb(), dialect.sqlite()]


def drafts_of(shape: Shape) -> dict[str, Draft]:
    """Every statement that a shape is read with."""
    layout = layout_of(shape)
    width = layout.key_width
    low = (1, "a", "b")[:width] if shape.root.integer_key else ("a", "b", "c")[:width]
    high = (9, "x", "y")[:width] if shape.root.integer_key else ("x", "y", "z")[:width]
    found: dict[str, Draft] = {}
    for name, after, upto in (("all", None, None), ("after", low, None), ("upto", None, high), ("both", low, high)):
        found[f"page {name}"] = statements.page(layout, after, upto, 100)
        found[f"keys {name}"] = statements.keys(layout, after, upto, 100)
        for part in layout.parts:
            found[f"part {part} {name}"] = statements.part_page(layout, part, after, upto)
    for part in layout.parts:
        last = tuple(LastKey(index) for index in range(width))
        found[f"part {part} closed"] = statements.part_page(layout, part, low, last)
        found[f"part {part} rows"] = statements.part_rows(layout, part, [low, high])
    found["rows"] = statements.rows(layout, [low, high])
    for name, hurry in shape.hurry.items():
        match hurry:
            case Window():
                found[name] = statements.glimpse(layout, hurry, "2026-01-01", "2026-01-02")
            case Audit():
                found[name] = statements.grown_audit(hurry, 5, 10)
                found[f"{name} end"] = statements.greatest(hurry.table, hurry.grows_by)
            case HighWater():
                found[name] = statements.grown_high_water(layout, 5, 10)
            case Stamp():
                found[name] = statements.grown_stamp(layout, hurry, "2026-01-01", None, 10)
                found[f"{name} on"] = statements.grown_stamp(layout, hurry, "2026-01-01", low, 10)
    found.update({f"lookup {name}": statements.lookup(lookup) for name, lookup in shape.lookups.items()})
    return found


def all_drafts() -> dict[str, Draft]:
    found = {f"{shape.id} {name}": draft for shape in SHAPES for name, draft in drafts_of(shape).items()}
    found["plain"] = statements.plain("t", ("a",), where="a > ?", params=(1,), order=("a",), limit=3)
    for fact in EAGLESOFT.facts:
        found[f"fact {fact.table}"] = statements.plain(
            fact.table, fact.columns, where=fact.where, order=fact.order, limit=1
        )
    return {**found, **{kind: statements.server(kind) for kind in ("now", "version", "database")}}


DRAFTS = all_drafts()


def declared_conditions() -> set[str]:
    """The conditions that declarations write in plain SQL."""
    found = {shape.root.where for shape in SHAPES}
    found |= {part.where for shape in SHAPES for part in shape.parts.values()}
    found |= {lookup.where for shape in SHAPES for lookup in shape.lookups.values()}
    found |= {fact.where for fact in EAGLESOFT.facts}
    return {where for where in found if where is not None}


def as_postgresql(sql: str) -> str:
    """The SQL Anywhere text rewritten by hand at each declared point, and nowhere else."""
    top = re.search(r"^SELECT TOP (\d+) ", sql)
    if top:
        sql = "SELECT " + sql[top.end() :] + f" LIMIT {top[1]}"
    sql = sql.replace(" WITH (READCOMMITTED)", "")
    for theirs, ours in (
        (SQL_ANYWHERE.now, POSTGRESQL.now),
        (SQL_ANYWHERE.version, POSTGRESQL.version),
        (SQL_ANYWHERE.database, POSTGRESQL.database),
    ):
        sql = sql.replace(theirs, ours)
    return sql


@pytest.mark.parametrize("name", DRAFTS)
def test_the_sql_anywhere_statement_is_the_tested_one_but_for_the_declared_points(name: str) -> None:
    ours, tested = SQL_ANYWHERE.select(DRAFTS[name]), POSTGRESQL.select(DRAFTS[name])
    assert as_postgresql(ours.sql) == tested.sql
    assert (ours.params, ours.columns, ours.anchor) == (tested.params, tested.columns, tested.anchor) or name in (
        "now",
        "version",
        "database",
    )
    in_sqlite = dialect.sqlite().select(DRAFTS[name])
    if name not in ("now", "version", "database"):
        assert re.sub(r'"(\w+)"', r"[\1]", tested.sql.replace('"PPM".', "")) == in_sqlite.sql


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_knows_no_dialect_and_quotes_every_identifier(name: str) -> None:
    draft = DRAFTS[name]
    plain = "".join(piece if isinstance(piece, str) else "·" for piece in (*draft.head, *draft.tail))
    for where in declared_conditions():
        plain = plain.replace(f"({where})", "()")
    words = set(re.findall(r"[A-Za-z_]+", plain)) - ({"a"} if name == "plain" else set())
    assert words <= {"SELECT", "FROM", "WHERE", "AND", "OR", "ORDER", "BY", "IN", "IS", "NOT", "NULL", "DESC"}


def test_values_are_parameters_and_as_many_as_there_are_question_marks() -> None:
    for name, draft in DRAFTS.items():
        for spoken in DIALECTS:
            select = spoken.select(draft)
            assert select.sql.count("?") == len(select.params), name


def test_only_reads_of_rows_by_key_ask_for_committed_rows() -> None:
    hinted = {name for name, draft in DRAFTS.items() if "READCOMMITTED" in SQL_ANYWHERE.select(draft).sql}
    assert hinted == {name for name in DRAFTS if name.endswith(" rows")}
    assert SQL_ANYWHERE.dirty_reads
    assert not POSTGRESQL.dirty_reads


def test_the_statements_read_as_people_would_write_them() -> None:
    layout = layout_of(shapes.CHAIR)
    page = SQL_ANYWHERE.select(statements.page(layout, ("S1", "C2"), ("S3", "C4"), 10))
    assert page.sql == (
        'SELECT TOP 11 "site", "place", "name" FROM "PPM"."chair" WHERE "site" >= ? AND '
        '(("site" > ?) OR ("site" = ? AND "place" > ?)) AND "site" <= ? AND '
        '(("site" < ?) OR ("site" = ? AND "place" <= ?)) ORDER BY "site", "place"'
    )
    assert page.params == ("S1", "S1", "S1", "C2", "S3", "S3", "S3", "C4")
    rows = SQL_ANYWHERE.select(statements.rows(layout_of(shapes.PERSON), [("a",), ("b",)]))
    assert rows.sql == (
        'SELECT "person_id", "name" FROM "PPM"."person" WITH (READCOMMITTED) WHERE "person_id" IN (?, ?) '
        'ORDER BY "person_id"'
    )


def test_a_quote_in_an_identifier_is_doubled() -> None:
    assert dialect.mariadb().quote("a`b") == "`a``b`"
    assert dialect.postgresql().quote('a"b') == '"a""b"'
    assert dialect.sqlite().quote("a]b") == "[a]]b]"


def test_moments_are_typed_where_the_engine_has_such_a_type() -> None:
    assert dialect.mariadb().moment("2026-01-02T03:04:05") == Moment("2026-01-02T03:04:05")
    assert dialect.sqlite().moment("2026-01-02T03:04:05") == "2026-01-02 03:04:05"
    assert dialect.mariadb().day("2026-01-02") == Moment("2026-01-02T00:00:00")
    assert dialect.sqlite().day("2026-01-02") == "2026-01-02"


@pytest.mark.parametrize("spoken", DIALECTS, ids=lambda d: d.name)
def test_every_session_forbids_writes_or_bounds_waits(spoken: Dialect) -> None:
    session = " ".join(statement.sql.lower() for statement in spoken.session)
    assert "timeout" in session
    assert spoken.name == "sqlanywhere" or "read" in session or "query_only" in session


def test_every_kind_of_point_is_written_by_every_dialect() -> None:
    for spoken in DIALECTS:
        assert spoken.write(Point("top", 5)) + spoken.write(Point("limit", 5)) in (" TOP 5", " LIMIT 5")
