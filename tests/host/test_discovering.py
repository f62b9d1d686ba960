"""What is found on a machine, and how it is said to have been found."""

from __future__ import annotations

from agent.host.discovering import discover
from agent.platform.install import Install
from agent.sources.bridge import listing
from agent.sources.bridge.listing import Listing

MARIADB = "MariaDB ODBC 3.2 Driver"


def found(*sources: tuple[str, str], drivers: tuple[str, ...] = (), installed: tuple[Install, ...] = ()):
    return discover(lambda: Listing(drivers, sources, 64), lambda: installed)


def test_data_sources_are_known_by_their_names():
    told = found(("DENTAL", "SQL Anywhere 17"), ("Open Dental", MARIADB), ("Payroll", "SQL Server"))
    assert [(one.pms, one.connection) for one in told.found] == [
        ("eaglesoft", "DSN=DENTAL"),
        ("opendental", "DSN=Open Dental"),
    ]
    assert all("64 bit" in one.how and one.title for one in told.found)


def test_an_installed_program_is_offered_with_its_usual_connection():
    install = Install("opendental", "There is a file.", "server1", "od")
    told = found(drivers=("SQLite3", MARIADB), installed=(install,))
    assert [one.connection for one in told.found] == [f"Driver={{{MARIADB}}};Server=server1;Database=od"]
    assert told.drivers == ["SQLite3", MARIADB]


def test_what_is_missing_is_said():
    told = found(installed=(Install("opendental", "There is a file."), Install("eaglesoft", "There is a key.")))
    assert [one.connection for one in told.found] == ["", "DSN=DENTAL"]
    assert "install one first" in told.found[0].how
    assert "not seen" in told.found[1].how


def test_the_same_is_offered_once():
    told = found(("DENTAL", "SQL Anywhere 17"), installed=(Install("eaglesoft", "There is a key."),))
    assert len(told.found) == 1


def test_without_odbc_there_is_nothing_and_no_fault():
    assert discover(lambda: None, lambda: ()).drivers == []


def test_a_real_machine_lists_its_drivers_through_a_child_process():
    told = listing.ask()
    assert told is not None
    assert "SQLite3" in told.drivers and told.bits in (32, 64)


def test_a_child_that_is_not_there_or_says_nonsense_lists_nothing():
    assert listing.ask(["nowhere-at-all"]) is None
    assert listing.ask(["echo", "nonsense"]) is None
    assert listing.ask(["false"]) is None
