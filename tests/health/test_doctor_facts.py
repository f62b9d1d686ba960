"""What the doctor says of freshness, effort, the machine and trust."""

from __future__ import annotations

from datetime import date

import pytest

from agent.health.doctor_facts import Machine, check_effort, check_freshness, check_machine, check_trust, sample_of

TODAY = date(2026, 3, 2)


def machine(drivers: tuple[str, ...] = ("MariaDB Unicode",), sleeps: bool | None = False) -> Machine:
    return Machine("Linux 6.1", "3.11.7", 64, 2, 8192, drivers, "UTC", sleeps)


def test_the_machine_is_told_and_one_without_drivers_fails():
    assert [one.level for one in check_machine(machine(), "1.0")] == ["ok", "ok", "ok"]
    _, drivers, _ = check_machine(machine(drivers=()), "1.0")
    assert (drivers.level, drivers.code) == ("failed", "driver_missing")


@pytest.mark.parametrize(("sleeps", "level"), [(True, "warning"), (False, "ok"), (None, "ok")])
def test_a_machine_that_goes_to_sleep_is_warned_of(sleeps: bool | None, level: str):
    assert [*check_machine(machine(sleeps=sleeps), "1.0")][2].level == level


def test_a_database_in_which_nobody_has_worked_for_weeks_may_be_a_copy():
    fresh = check_freshness("appointment", "2026-03-01", TODAY)
    old = check_freshness("appointment", "2025-11-01", TODAY)
    assert fresh is not None and fresh.level == "ok"
    assert old is not None and (old.level, old.code) == ("warning", "database_old")
    assert check_freshness("patient", None, TODAY) is None
    patient = check_freshness("patient", "2026-01-02", TODAY)
    assert patient is not None and patient.level == "ok", "a small practice has a new patient less often"


def test_the_first_load_is_reckoned_from_what_the_engine_took():
    found = check_effort({"patient": (2.0, 1000), "provider": (0.0, 0)}, {"patient": 30_000, "provider": 9}, 0.5, 0.05)
    assert found.facts == {"engine_seconds": 60.0, "load_seconds": 120, "bound_seconds": 720}
    assert "about 2 minutes" in found.title and "within about 12 minutes" in found.title


def test_a_sample_is_shown_field_by_field_without_what_is_empty():
    found = sample_of("patient", {"first_name": "xxx", "email": None, "phones": [{"type": "home", "raw": "999"}]})
    assert found.detail == ("first_name: xxx", "phones: type home, raw 999")


def test_a_certificate_that_only_this_machine_trusts_tells_of_an_inspecting_firewall():
    (public,) = check_trust("Public CA", None, True)
    (inspected,) = check_trust("Firewall Inc", None, False)
    assert (public.level, inspected.level, inspected.code) == ("ok", "warning", "tls_inspected")
    (given,) = check_trust("Own CA", None, None)
    assert given.level == "ok" and [*check_trust(None, None, None)] == []


@pytest.mark.parametrize(("days", "level"), [(300, "ok"), (13, "warning")])
def test_a_certificate_that_ends_soon_is_warned_of(days: int, level: str):
    (found,) = check_trust(None, days, None)
    assert found.level == level
