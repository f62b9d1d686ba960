"""The simulated practice by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from sandbox.practice.cli import app
from sandbox.practice.saved import load
from tests.sandbox.practice.rows import BOTH

SMALL = ["--patients", "30", "--appointments", "60", "--ledger", "80"]


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("pms", BOTH)
def test_a_practice_can_be_built_and_worked_on_by_hand(pms, tmp_path):
    file = tmp_path / "practice.db"
    assert "appointments" in run("build", pms, file, *SMALL)
    assert run("work", file, "--count", 30, "--pace", 0).count("\n") == 30
    model = load(tmp_path / "practice.db.model.json")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT count(*) FROM patient").fetchone()[0] == len(model.patients)
    assert "charges" in run("totals", file)


def test_the_names_of_operations_are_shown_and_nothing_of_patients(tmp_path):
    file = tmp_path / "practice.db"
    run("build", "eaglesoft", file, *SMALL)
    assert set(run("work", file, "--count", 10, "--pace", 0, "--only", "book", "--only", "move").split()) <= {
        *("book", "move"),
    }


def test_an_unknown_operation_is_refused(tmp_path):
    file = tmp_path / "practice.db"
    run("build", "eaglesoft", file, *SMALL)
    result = CliRunner().invoke(app, ["work", str(file), "--only", "dance"])
    assert result.exit_code == 2
    assert "dance" in result.output


@pytest.mark.servers
def test_a_practice_on_a_server_can_be_worked_on_by_hand(mariadb, tmp_path):
    model = tmp_path / "model.json"
    run("build", "opendental", mariadb.connection, *SMALL, "--model", model)
    assert run("work", mariadb.connection, "--count", 10, "--pace", 0, "--model", model).count("\n") == 10


def test_a_server_needs_a_place_for_the_model():
    assert CliRunner().invoke(app, ["work", "DRIVER=x;DATABASE=y"]).exit_code == 2
