"""What drivers say of statements that write becomes a code; SQL Anywhere's among them."""

from __future__ import annotations

import pytest

from agent.sources.bridge.writer_faults import classify_write, commit_refused
from tests.sources.bridge.test_faults import odbc, sap


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (sap("23000", "Primary key for table 'patient' is not unique", -193), "key_taken"),
        (sap("23000", "Index 'x' for table 'patient' would not be unique", -196), "key_taken"),
        (sap("23000", "No primary key value for foreign key", -194), "constraint"),
        (sap("42000", "Authentication violation", -98), "read_only"),
        (sap("22001", "Right truncation of string data", -638), "value_too_long"),
        (sap("42000", "Permission denied", -121), "permission_denied"),
        (sap("HY000", "User 'X' has the row in 'patient' locked", -210), "locked"),
        (odbc("23505", "duplicate key value violates unique constraint"), "key_taken"),
        (odbc("25006", "cannot execute INSERT in a read-only transaction"), "read_only"),
        (odbc("HY000", "[SQLite]UNIQUE constraint failed: t.id (19)"), "key_taken"),
        (odbc("HY000", "[SQLite]attempt to write a readonly database (8)"), "read_only"),
        (odbc("08S01", "Communication link failure"), "database_lost"),
    ],
)
def test_what_a_driver_says_becomes_a_code(error: Exception, code: str) -> None:
    assert classify_write(error).code == code


@pytest.mark.parametrize(("state", "refused"), [("40001", True), ("40P01", True), ("40003", False), ("08S01", False)])
def test_only_a_transaction_that_was_rolled_back_is_certain_after_the_commit_was_sent(
    state: str, refused: bool
) -> None:
    assert commit_refused(odbc(state, "whatever")) is refused
