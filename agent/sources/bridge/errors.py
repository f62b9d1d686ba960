"""From a fault code to an error of the house: title, advice, and whether to try again. The parent's side.

Must know every code that ``faults.py``, ``core.py`` and ``client.py`` give.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.bridge import Fault

_Meaning = tuple[type[AgentError], str, str]

MEANINGS: Mapping[str, _Meaning] = {
    "driver_missing": (
        NeedsPerson,
        "The ODBC driver is not installed",
        "Install the database's ODBC driver on this machine, or correct the driver's name in the connection.",
    ),
    "driver_wrong_bitness": (
        NeedsPerson,
        "The ODBC driver or data source is of the other bitness",
        "Set the bridge to the driver's bitness (32 or 64 bit), or make the data source for this one.",
    ),
    "dsn_unknown": (
        NeedsPerson,
        "The ODBC data source does not exist",
        "Check the DSN's name in the ODBC administrator of the right bitness; it must be a system DSN.",
    ),
    "login_refused": (
        NeedsPerson,
        "The database refused the login",
        "Check user name and password of the connection; they may have been changed.",
    ),
    "database_unknown": (
        NeedsPerson,
        "The server has no database of that name",
        "Check the database's name in the connection.",
    ),
    "permission_denied": (
        NeedsPerson,
        "The login may not read a table",
        "Give the login the right to read it; run the doctor to see everything that it lacks.",
    ),
    "database_damaged": (
        NeedsPerson,
        "The database file is damaged or is no database",
        "Check the path; ask the practice-management system's support for a repair.",
    ),
    "database_unreachable": (
        Retry,
        "The database cannot be reached",
        "Check that the database server runs and that this machine can reach it.",
    ),
    "database_lost": (Retry, "The connection to the database was lost", "It is opened again by itself."),
    "database_busy": (
        Retry,
        "The database takes no more connections",
        "It is tried again by itself; if it stays so, check the server's limit or its licence seats.",
    ),
    "statement_timeout": (Retry, "The database took too long to answer", "It is asked again by itself."),
    "locked": (Retry, "Rows are locked by another user", "They are read again by itself."),
    "unstable": (Retry, "Rows changed while they were being read", "They are read again by itself."),
    "database_error": (
        Retry,
        "The database answered with an error",
        "It is asked again by itself; if it stays so, send a support bundle.",
    ),
    "not_open": (Retry, "The connection is closed", "It is opened again by itself."),
    "bridge_died": (
        Retry,
        "The process that holds the ODBC driver has ended",
        "It is started again by itself; if it happens often, update the ODBC driver.",
    ),
    "bridge_hung": (
        Retry,
        "The ODBC driver did not answer and was stopped",
        "It is started again by itself; if it happens often, update the ODBC driver.",
    ),
    "bridge_resting": (Retry, "The bridge waits before it starts again", "Nothing has to be done."),
    "connections_exhausted": (
        Retry,
        "All connections allowed to the database are in use",
        "A stopped one is freed by the server in a while.",
    ),
    "bridge_missing": (
        NeedsPerson,
        "The bridge program cannot be started",
        "Repair the installation; antivirus may hold or have removed a file.",
    ),
    "bridge_version": (NeedsPerson, "The bridge program is of another version", "Repair the installation."),
    "bridge_fault": (Terminal, "The bridge failed on a request", "Send a support bundle."),
    "table_missing": (
        Terminal,
        "A table is missing",
        "Check that this is the right database and that the version of the practice-management system is supported.",
    ),
    "column_missing": (
        Terminal,
        "A column is missing",
        "Check that the version of the practice-management system is supported.",
    ),
    "statement_refused": (Terminal, "The database refused a statement", "Send a support bundle."),
    "too_large": (Terminal, "A result is too large", "Send a support bundle."),
    "key_unusable": (Terminal, "A record's key cannot be read", "Repair the record in the practice-management system."),
}
"""Every code, with what it means."""


def error_of(fault: Fault, retry_after: float | None = None) -> AgentError:
    """The error that a fault means."""
    kind, title, advice = MEANINGS.get(fault.code, MEANINGS["bridge_fault"])
    return kind(
        fault.code,
        title,
        advice,
        retry_after=retry_after,
        sqlstate=fault.sqlstate,
        native=fault.native,
        table=fault.table,
    )
