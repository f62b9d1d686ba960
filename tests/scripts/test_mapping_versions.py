"""A mapping that means something else bears a higher version, so that every agent maps its records anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.sources.eaglesoft.patient import patient
from agent.sources.fields import date, derived, looked_up, text
from agent.sources.opendental.appointment import appointment
from agent.sources.shape import Shape
from scripts import mapping_versions
from scripts.mapping_versions import COMMAND, WHOLE, broken, meaning


@pytest.fixture
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notes of one shape in a file of the test's own; its declaration may be changed."""
    file = tmp_path / "kept.json"
    monkeypatch.setattr(mapping_versions, "KEPT", file)
    return file


def declared(monkeypatch: pytest.MonkeyPatch, shape: Shape) -> None:
    """This shape is all that the program declares."""
    noted = {"mapping_version": shape.mapping_version, "fields": meaning(shape)}
    monkeypatch.setattr(mapping_versions, "now", lambda: {"p.shape": noted})


def changed(shape: Shape, other: Shape) -> list[str]:
    """Fields that the two map differently."""
    before, after = meaning(shape), meaning(other)
    return sorted(name for name in before | after if before.get(name) != after.get(name))


def test_no_mapping_means_something_else_under_the_same_version():
    before, after = mapping_versions.noted(), mapping_versions.now()
    assert broken(before, after) == []
    assert before == after, f"Versions were raised or shapes came or went: run `{COMMAND}`."


def test_the_same_said_otherwise_means_the_same():
    def twice_trimmed(value: str | None) -> str | None:
        return None if value is None else value.strip()

    other = replace(patient, fields={**patient.fields, "last_name": derived(twice_trimmed, text("last_name"))})
    assert changed(patient, other) == []


def test_a_field_made_otherwise_is_named():
    other = replace(patient, fields={**patient.fields, "salutation": text("first_name")})
    assert changed(patient, other) == ["salutation"]
    other = replace(patient, fields={**patient.fields, "birth_date": date("first_visit_date")})
    assert changed(patient, other) == [WHOLE, "birth_date"]  # it is also by what a person is known again


def test_a_field_that_comes_or_goes_is_named():
    fields = {name: word for name, word in appointment.fields.items() if name != "note"}
    assert changed(appointment, replace(appointment, fields=fields)) == ["note"]


def test_other_records_other_keys_and_other_tables_are_another_meaning():
    where = replace(appointment, root=replace(appointment.root, where="AptStatus <> 6"))
    prefixed = replace(appointment, id_prefix="visit-")
    part = replace(appointment, parts={"broken": replace(appointment.parts["broken"], where="HistApptAction = 2")})
    assert changed(appointment, where) == changed(appointment, prefixed) == changed(appointment, part) == [WHOLE]


def test_values_of_looked_up_rows_count():
    raw = looked_up("Confirmed", "definition", "ItemName", lambda value: value and str(value).upper())
    other = replace(appointment, fields={**appointment.fields, "confirmation_raw": raw})
    assert "confirmation_raw" in changed(appointment, other)


def test_another_meaning_is_noted_only_under_a_higher_version(
    kept_elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    declared(monkeypatch, patient)
    assert mapping_versions.main() == 0
    first = kept_elsewhere.read_bytes()
    other = replace(patient, fields={**patient.fields, "salutation": text("first_name")})
    declared(monkeypatch, other)
    assert mapping_versions.main() == 1
    told = capsys.readouterr().err
    assert "p.shape maps differently: salutation." in told
    assert f"Raise its mapping_version to {patient.mapping_version + 1} and run `{COMMAND}`." in told
    assert kept_elsewhere.read_bytes() == first
    declared(monkeypatch, replace(other, mapping_version=patient.mapping_version + 1))
    assert mapping_versions.main() == 0
    declared(monkeypatch, patient)
    assert mapping_versions.main() == 1
    assert "went back" in capsys.readouterr().err
