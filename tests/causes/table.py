"""Every cause that the product promises to tell apart, the warning that tells it, and the test that causes it.

*real*: a running agent meets the thing itself (a server that is stopped, a proxy, a full disk), tells of it within a
minute and forgets it when it is mended. What is not says why.
"""

from __future__ import annotations

from dataclasses import dataclass

_DATABASE = "tests/causes/test_the_database.py"
_OTHER = "tests/causes/test_another_database.py"
_WAY = "tests/causes/test_the_way.py"
_BACK = "tests/causes/test_the_way_back.py"
_MACHINE = "tests/causes/test_the_machine.py"
_STATUS = "tests/host/test_status.py"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause."""

    words: str
    """As people call it."""
    code: str
    """Of the warning."""
    test: str
    """``file::function``."""
    instead: str = ""
    """Empty = real; else why it is not caused for real, or why its end is not waited for."""


CAUSES: tuple[Cause, ...] = (
    # --- the practice's database
    Cause("a stopped database server", "database_unreachable", f"{_DATABASE}::test_a_server_that_is_stopped"),
    Cause("a refused login", "login_refused", f"{_DATABASE}::test_a_login_that_is_refused"),
    Cause(
        "a missing driver",
        "driver_missing",
        f"{_MACHINE}::test_a_driver_that_is_not_installed_and_one_whose_file_somebody_removed",
    ),
    Cause(
        "a driver of the wrong bitness",
        "driver_wrong_bitness",
        "tests/sources/bridge/test_faults.py::test_what_a_driver_says_becomes_a_code",
        "only the driver manager of Windows says so: its words are fed in",
    ),
    Cause("a changed schema", "column_missing", f"{_DATABASE}::test_a_column_that_is_gone"),
    Cause("a changed schema", "schema_changed", f"{_DATABASE}::test_a_column_that_has_become_something_else"),
    Cause("a changed schema", "table_missing", f"{_DATABASE}::test_a_table_that_is_gone"),
    Cause("a replaced database", "database_changed", f"{_OTHER}::test_a_training_database_and_an_old_backup"),
    Cause("a replaced database", "database_restored", f"{_OTHER}::test_a_training_database_and_an_old_backup"),
    Cause("a PMS upgrade under way", "upgrade_in_progress", f"{_DATABASE}::test_an_upgrade_under_way"),
    Cause("a read-only connection", "channel_read_only", f"{_BACK}::test_a_connection_that_may_only_read"),
    Cause("a refused login", "channel_refused", f"{_BACK}::test_a_login_for_writes_that_is_refused"),
    # --- the way to the cloud
    Cause("offline", "offline", f"{_WAY}::test_a_cloud_that_nobody_answers_for_is_offline_and_back"),
    Cause(
        "a name that does not resolve",
        "dns_failed",
        f"{_WAY}::test_a_name_that_does_not_resolve_is_told_from_being_offline",
    ),
    Cause("a proxy", "proxy_failed", f"{_WAY}::test_a_proxy_that_wants_a_login_is_told_from_one_that_is_gone"),
    Cause(
        "a proxy that wants a login",
        "proxy_login_wanted",
        f"{_WAY}::test_a_proxy_that_wants_a_login_is_given_one_and_changes_flow_again",
    ),
    Cause(
        "TLS inspection",
        "tls_untrusted",
        f"{_WAY}::test_a_firewall_that_inspects_and_a_certificate_that_has_expired_are_told_apart",
    ),
    Cause(
        "an expired certificate",
        "tls_expired",
        f"{_WAY}::test_a_firewall_that_inspects_and_a_certificate_that_has_expired_are_told_apart",
    ),
    Cause(
        "a certificate that is about to expire",
        "certificate_expiring",
        f"{_WAY}::test_a_certificate_that_ends_soon_is_told_though_everything_works",
    ),
    Cause(
        "a refused token", "token_refused", f"{_WAY}::test_a_cloud_that_refuses_the_agents_key_is_told_and_taken_back"
    ),
    Cause(
        "a wrong clock", "clock_wrong", f"{_WAY}::test_a_machine_whose_clock_is_wrong_is_told_and_works_all_the_same"
    ),
    Cause(
        "a second agent with the same identity",
        "other_host",
        f"{_MACHINE}::test_a_copy_of_the_folder_is_refused_until_it_takes_over_and_then_the_first_one_is",
    ),
    Cause(
        "fenced by a newer agent",
        "agent_replaced",
        f"{_MACHINE}::test_a_copy_of_the_folder_is_refused_until_it_takes_over_and_then_the_first_one_is",
    ),
    Cause(
        "a second agent with the same identity",
        "superseded",
        "tests/crash/test_others.py::test_of_two_runs_that_cannot_be_told_apart_the_newer_one_goes_on",
        "both runs write to one folder, so that the log tells it; the older one ends with a person",
    ),
    # --- the agent's machine
    Cause("a full disk", "disk_full", f"{_MACHINE}::test_a_disk_that_is_full_to_the_last_byte"),
    Cause("a damaged store", "store_damaged", f"{_MACHINE}::test_a_store_that_is_torn_and_one_whose_key_is_lost"),
    Cause("a lost key", "key_lost", f"{_MACHINE}::test_a_store_that_is_torn_and_one_whose_key_is_lost"),
    Cause(
        "antivirus holds or removed a file",
        "driver_missing",
        f"{_MACHINE}::test_a_driver_that_is_not_installed_and_one_whose_file_somebody_removed",
    ),
    Cause(
        "antivirus holds or removed a file",
        "files_missing",
        "tests/platform/test_program.py::test_a_file_that_somebody_removed_is_missed",
        "the doctor looks; a program that lost a part of itself may not be able to run",
    ),
    Cause(
        "antivirus holds or removed a file",
        "store_unwritable",
        "tests/host/test_status_file.py::test_a_folder_that_cannot_be_written_is_tried_again_later",
        "nothing holds a file on Linux: writing is refused by the file system instead",
    ),
    # --- keeping up: told after half an hour to a day, so with a clock that is set
    Cause("a growing outbox", "outbox_growing", f"{_STATUS}::test_changes_that_wait_for_long_are_told", "time"),
    Cause("sync behind", "sync_behind", f"{_STATUS}::test_reading_that_falls_behind_its_bound_is_told", "time"),
    Cause(
        "nothing seen",
        "nothing_seen",
        f"{_STATUS}::test_a_working_day_without_a_change_is_told_and_forgotten_with_the_next_change",
        "time",
    ),
    Cause(
        "a server that sleeps",
        "server_sleeps",
        "tests/health/test_doctor_facts.py::test_a_machine_that_goes_to_sleep_is_warned_of",
        "the doctor looks at the machine's settings; a machine that sleeps cannot tell",
    ),
)
