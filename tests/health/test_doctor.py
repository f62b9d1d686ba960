"""The doctor's checks, on databases that say what they are told to say."""

from __future__ import annotations

from typing import Any

from agent.health import doctor
from agent.health.doctor import Finding
from agent.model.errors import NeedsPerson
from agent.model.reading import Accelerator, Description, ShapeFacts

NOON_IN_NEW_YORK = 1_741_021_200.0  # 2025-03-03T17:00:00Z


def shape(name: str = "patient", **facts: Any) -> ShapeFacts:
    return ShapeFacts(
        **{"id": name, "resource": name.split(".", maxsplit=1)[0], "table": name, "ordered": True, **facts}
    )


def description(**facts: Any) -> Description:
    usual: dict[str, Any] = {
        "pms": "eaglesoft",
        "pms_version": "21.20",
        "engine": "SQL Anywhere 17",
        "database": "d",
        "schema": "s",
        "dirty_reads": True,
        "high_marks": {},
        "clock": "2025-03-03T12:00:01",
        "shapes": (),
    }
    return Description(**{**usual, **facts})


def level(found: Finding) -> tuple[str, str | None]:
    return found.level, found.code


def test_a_version_that_is_known_is_fine_and_another_is_told():
    fine = list(doctor.check_version(description(), "Eaglesoft"))
    assert [level(one) for one in fine] == [("ok", None), ("ok", None)]
    odd = list(
        doctor.check_version(
            description(warnings=(("version_unknown", "99"),), halted="upgrade_in_progress"), "Eaglesoft"
        )
    )
    assert [level(one) for one in odd] == [
        ("ok", None),
        ("warning", "version_unknown"),
        ("warning", "upgrade_in_progress"),
    ]


def test_the_database_s_clock_is_compared_in_the_practice_s_zone():
    zone = "America/New_York"
    assert doctor.check_clock(description(), zone, NOON_IN_NEW_YORK).level == "ok"
    hours = doctor.check_clock(description(clock="2025-03-03T17:00:30"), zone, NOON_IN_NEW_YORK)
    assert "+5 hours" in hours.title and "time zone" in hours.title
    minutes = doctor.check_clock(description(clock="2025-03-03T11:53:00"), zone, NOON_IN_NEW_YORK)
    assert "-7 minutes" in minutes.title


def test_a_login_that_can_do_more_than_it_needs_is_a_warning_with_the_statements_for_a_better_one():
    more = doctor.check_rights(("INSERT", "SUPER"), users=True, grants=("CREATE USER a", "GRANT b"))
    assert level(more) == ("warning", "login_can_write")
    assert "INSERT, SUPER" in more.title
    assert more.detail == ("CREATE USER a;", "GRANT b;")
    fine = doctor.check_rights((), users=True, grants=("GRANT b",))
    assert (fine.level, fine.detail) == ("ok", ())
    unknown = doctor.check_rights(None, users=True, grants=("GRANT b",))
    assert "cannot be told" in unknown.title and unknown.detail
    assert "no users" in doctor.check_rights(None, users=False).title


def test_a_login_that_cannot_see_what_it_must_is_told_the_statements():
    found = doctor.check_rights((), users=True, grants=("GRANT b",), lacking=("patient.birth_date",))
    assert level(found) == ("warning", "permission_denied")
    assert "patient.birth_date" in found.title and found.detail == ("GRANT b;",)


def test_a_stopped_shape_fails_and_names_table_and_column():
    shapes = (shape(stopped="column_missing:patient.birth_date"), shape("provider"))
    patient, provider = doctor.check_shapes(description(shapes=shapes))
    assert level(patient) == ("failed", "column_missing")
    assert "patient.birth_date" in patient.title
    assert patient.facts["missing"] == "patient.birth_date"
    assert "by comparing" in provider.title


def test_accelerators_are_named_and_a_missing_index_is_told():
    quick = shape("appointment", accelerators=(Accelerator("days", "window"), Accelerator("log", "growth")))
    found = list(doctor.check_shapes(description(shapes=(quick,), warnings=(("index_missing", "appt_log.id"),))))
    assert "the days around today, the log of visits" in found[0].title
    assert level(found[1]) == ("warning", "index_missing")


def test_an_error_ends_a_check_with_its_own_words():
    error = NeedsPerson("permission_denied", "The login may not read a table", "Grant it.", table="patient")
    found = doctor.failed("records", "patient", error)
    assert level(found) == ("failed", "permission_denied")
    assert found.facts == {"table": "patient"}


def test_disk_folder_and_clock_are_judged():
    assert doctor.check_disk(100_000_000, 512).level == "failed"
    assert doctor.check_disk(1_000_000_000, 512).level == "warning"
    assert doctor.check_disk(10_000_000_000, 512).level == "ok"
    assert doctor.check_private(True).level == "ok"
    assert doctor.check_private(False).code == "home_open"
    assert doctor.check_offset(None) is None
    near, far = doctor.check_offset(1.0), doctor.check_offset(-600.0)
    assert near is not None and near.level == "ok"
    assert far is not None and "+10 minutes" in far.title


def test_a_program_that_lost_files_is_told():
    assert level(doctor.check_program(3)) == ("failed", "files_missing")
    assert level(doctor.check_program(0)) == level(doctor.check_program(None)) == ("ok", None)
