"""The model of a practice survives in its file."""

from __future__ import annotations

import pytest

from sandbox.practice.desk import Desk
from sandbox.practice.oracle import compare, expected
from sandbox.practice.saved import load, save
from tests.sandbox.practice.rows import BOTH, desk_on, rendered, stored


@pytest.mark.parametrize("pms", BOTH)
def test_a_model_read_back_is_the_same(pms, tmp_path):
    desk = desk_on(pms, random_keys=True)
    desk.work(150)
    save(desk.practice, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert again == desk.practice
    assert compare(expected(desk.practice), expected(again)) == []


@pytest.mark.parametrize("pms", BOTH)
def test_the_front_desk_goes_on_where_it_was(pms, tmp_path):
    desk = desk_on(pms)
    desk.work(50)
    save(desk.practice, tmp_path / "model.json")
    connection = desk.writer.database.connection
    later = Desk(load(tmp_path / "model.json"), connection, desk.rng)
    later.work(150)
    assert stored(later) == rendered(later)
