"""From a driver's exception to a fault code. Runs in the child; the driver's text is read here and goes no further.

Knows the SQLSTATEs of ODBC and the error numbers of SQL Anywhere, MariaDB/MySQL, PostgreSQL and SQLite. Any DB-API
exception will do: what is looked at are its arguments, not its class.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.wire.bridge import Fault


class Refused(Exception):
    """A request that ends with a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


_SQLSTATES: Mapping[str, str] = {
    "28000": "login_refused",
    "28P01": "login_refused",
    "3D000": "database_unknown",
    "08S01": "database_lost",
    "08003": "database_lost",
    "08006": "database_lost",
    "08007": "database_lost",
    "57P01": "database_lost",
    "57P02": "database_lost",
    "57P03": "database_unreachable",
    "HYT00": "statement_timeout",
    "HYT01": "statement_timeout",
    "HY008": "statement_timeout",
    "HY018": "statement_timeout",
    "57014": "statement_timeout",
    "40001": "locked",
    "40P01": "locked",
    "55P03": "locked",
    "42W18": "locked",
    "42S02": "table_missing",
    "42P01": "table_missing",
    "42W33": "table_missing",
    "42S22": "column_missing",
    "42703": "column_missing",
    "42501": "permission_denied",
    "53300": "database_busy",
    "IM003": "driver_missing",
    "IM014": "driver_wrong_bitness",
}

_CLASSES: Mapping[str, str] = {
    "08": "database_unreachable",
    "28": "login_refused",
    "42": "statement_refused",
    "37": "statement_refused",
    "IM": "driver_missing",
}

_NATIVE: Mapping[str, Mapping[int, str]] = {
    "mysql": {
        1040: "database_busy",
        1044: "permission_denied",
        1045: "login_refused",
        1049: "database_unknown",
        1053: "database_lost",
        1142: "permission_denied",
        1143: "permission_denied",
        1146: "table_missing",
        1054: "column_missing",
        1203: "database_busy",
        1205: "locked",
        1213: "locked",
        1226: "database_busy",
        1227: "permission_denied",
        1317: "statement_timeout",
        1698: "login_refused",
        1927: "database_lost",
        1969: "statement_timeout",
        2002: "database_unreachable",
        2003: "database_unreachable",
        2005: "database_unreachable",
        2006: "database_lost",
        2013: "database_lost",
        2055: "database_lost",
        3024: "statement_timeout",
    },
    "sqlanywhere": {
        -83: "database_unknown",
        -85: "database_lost",
        -100: "database_unreachable",
        -101: "database_lost",
        -102: "database_busy",
        -103: "login_refused",
        -105: "database_unreachable",
        -121: "permission_denied",
        -141: "table_missing",
        -143: "column_missing",
        -210: "locked",
        -299: "statement_timeout",
        -306: "locked",
        -307: "locked",
        -308: "database_lost",
        -1192: "statement_timeout",
    },
    "sqlite": {
        5: "locked",
        6: "locked",
        9: "statement_timeout",
        11: "database_damaged",
        14: "database_unreachable",
        23: "permission_denied",
        26: "database_damaged",
    },
}

_PHRASES: tuple[tuple[str, str], ...] = (
    ("can't open lib", "driver_missing"),
    ("system error code 193", "driver_wrong_bitness"),
    ("system error 193", "driver_wrong_bitness"),
    ("no such table", "table_missing"),
    ("no such column", "column_missing"),
)
"""Where drivers give no better code. Looked for in lower case."""

_CONNECT_PHRASES: tuple[tuple[str, str], ...] = (
    ("password authentication failed", "login_refused"),
    ("no password supplied", "login_refused"),
    ("no pg_hba.conf entry", "login_refused"),
    ("role ", "login_refused"),
    ("too many clients", "database_busy"),
    ("connection slots", "database_busy"),
    ("database ", "database_unknown"),
)
"""PostgreSQL's driver gives one SQLSTATE for everything that goes wrong at login."""


def classify(error: Exception, *, table: str | None = None, connecting: bool = False, by_name: bool = False) -> Fault:
    """The fault of an exception. ``by_name``: the connection names a DSN, not a driver."""
    state, text = sqlstate_of(error), _text_of(error)
    native = _native_of(error, text)
    code = _code(state, native, text.lower(), connecting, by_name)
    return Fault(code, state, native, table or None)


def sqlstate_of(error: Exception) -> str | None:
    """The SQLSTATE that an ODBC exception carries."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, str) and re.fullmatch(r"[0-9A-Z]{5}", first) else None


def _code(state: str | None, native: int | None, text: str, connecting: bool, by_name: bool) -> str:
    if state == "IM002":
        return "dsn_unknown" if by_name else "driver_missing"
    code_of_native = None if native is None else _NATIVE.get(_engine(text, state), {}).get(native)
    if code_of_native is not None:
        return code_of_native
    for phrase, code in (*_PHRASES, *(_CONNECT_PHRASES if connecting and "fatal:" in text else ())):
        if phrase in text:
            return code
    if state is None:
        return "database_error" if native is not None else "bridge_fault"
    if connecting and state.startswith("HYT"):
        return "database_unreachable"
    return _SQLSTATES.get(state) or _CLASSES.get(state[:2]) or "database_error"


def _engine(text: str, state: str | None) -> str:
    if "[ma-" in text or "[mysql]" in text or "mariadb" in text:
        return "mysql"
    if "sql anywhere" in text or "[sybase]" in text or "[sap]" in text:
        return "sqlanywhere"
    return "sqlite" if "[sqlite]" in text or state is None else ""


def _text_of(error: Exception) -> str:
    return str(error.args[-1]) if error.args else ""


def _native_of(error: Exception, text: str) -> int | None:
    found = re.search(r"\((-?\d+)\)(?: \(SQL|; \[)", text)
    if found:
        return int(found[1])
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return code & 0xFF
    return 5 if text == "database is locked" else None
