"""What stops a shape, what only costs an accelerator, and what is said about it."""

from __future__ import annotations

from typing import Any

from agent.sources.eaglesoft.appointment import appointment as eaglesoft_appointment
from agent.sources.eaglesoft.patient import patient
from agent.sources.fit import Fit, fit
from agent.sources.layout import layout_of
from agent.sources.opendental.appointment import appointment
from agent.sources.opendental.patient import patient as opendental_patient
from agent.sources.shape import Shape
from agent.wire.bridge import ColumnInfo, TableInfo


def tables(shape: Shape, indexes: dict[str, list[str]], **changes: Any) -> dict[str, TableInfo | None]:
    """A database as the shape wants it, with these indexes (each leading with one column) and these changes."""
    layout = layout_of(shape)
    found: dict[str, TableInfo | None] = {}
    for table, columns in layout.columns().items():
        infos = [
            ColumnInfo(name.upper(), changes.get(name, layout.families.get((table, name), "text")), True)
            for name in columns
            if changes.get(name, "") is not None
        ]
        found[table] = TableInfo(tuple(infos), tuple((name,) for name in indexes.get(table, ())))
    return found


HISTORY = {"histappointment": ["HistApptNum", "AptNum"]}


def names(found: Fit) -> set[str]:
    return {accelerator.name for accelerator in found.accelerators}


def test_a_last_resort_is_used_only_where_nothing_better_is_to_be_had():
    all_of_them = {"appointment": ["AptNum", "DateTStamp", "AptDateTime"], **HISTORY}
    last_resorts = frozenset({"days"})
    assert names(fit(appointment, tables(appointment, all_of_them), last_resorts)) == {"history", "new", "stamp"}
    no_audit = tables(appointment, {"appointment": ["AptNum", "DateTStamp", "AptDateTime"]})
    assert names(fit(appointment, no_audit, last_resorts)) == {"new", "stamp"}
    neither = fit(appointment, tables(appointment, {"appointment": ["AptNum", "AptDateTime"]}), last_resorts)
    assert names(neither) == {"new", "days"}
    assert neither.stopped is None


def test_a_stamp_without_an_index_is_left_out_in_silence_and_anything_else_with_a_warning():
    found = fit(
        opendental_patient, tables(opendental_patient, {"patient": ["PatNum"], "patientlink": ["PatientLinkNum"]})
    )
    assert (names(found), found.warnings) == ({"new"}, ())
    found = fit(eaglesoft_appointment, tables(eaglesoft_appointment, {"appointment": ["appointment_id"]}))
    assert names(found) == {"new"}
    assert set(found.warnings) == {
        ("index_missing", "appointment.start_time"),
        ("index_missing", "appointment_provider.appointment_id"),
        ("index_missing", "appt_log.appt_log_id"),
    }


def test_columns_of_an_audit_table_cost_the_accelerator_only():
    found = fit(eaglesoft_appointment, tables(eaglesoft_appointment, {"appointment": ["appointment_id"]}, appt_id=None))
    assert found.stopped is None
    assert ("column_missing", "appt_log.appt_id") in found.warnings


def test_what_records_are_made_of_stops_the_shape():
    indexes = {"patient": ["patient_id"]}
    assert fit(patient, tables(patient, indexes, birth_date="text")).stopped == "schema_changed:patient.birth_date"
    assert fit(patient, tables(patient, indexes, birth_date="timestamp")).stopped is None
    assert fit(patient, tables(patient, indexes, birth_date="other")).stopped is None
    assert fit(patient, tables(patient, indexes, chart_id=None)).stopped == "column_missing:patient.chart_id"
    assert fit(patient, {"patient": None}).stopped == "table_missing:patient"
    without = {**tables(patient, indexes), "patient_site_providers": None}
    layout = fit(patient, without).layout
    assert layout is not None
    assert layout.parts == ()
