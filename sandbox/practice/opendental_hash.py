"""The stand-in for Open Dental's ``SecurityHash``: a keyed digest of the columns that the real one covers.

The real digest is the vendor's secret and must never be imitated; this one has another form and a key of its own. It
serves the same end: a row that was written past the program has none that fits, and :func:`foreign_rows` finds it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from sandbox.practice.engine import Database

_KEY = b"the sandbox's own"


def appointment_hash(status: int, confirmed: int, start: str) -> str:
    """Of a row of ``appointment``; the start as it is stored."""
    return _digest(status, confirmed, start)


def patient_hash(key: int) -> str:
    """Of a row of ``patient``."""
    return _digest(key)


def split_hash(patient: int, amount: float, day: str) -> str:
    """Of a row of ``paysplit``; the date of the payment as it is stored."""
    return _digest(patient, round(amount * 100), day)


def foreign_rows(database: Database) -> list[str]:
    """Tables and keys of rows that were not written by the program: what its integrity check would complain about."""
    found: list[str] = []
    for key, status, confirmed, start, stored in database.select(
        "SELECT AptNum, AptStatus, Confirmed, AptDateTime, SecurityHash FROM appointment"
    ):
        if stored != appointment_hash(status, confirmed, _text(start)):
            found.append(f"appointment {key}")
    for key, stored in database.select("SELECT PatNum, SecurityHash FROM patient"):
        if stored != patient_hash(key):
            found.append(f"patient {key}")
    for key, patient, amount, day, stored in database.select(
        "SELECT SplitNum, PatNum, SplitAmt, DatePay, SecurityHash FROM paysplit"
    ):
        if stored != split_hash(patient, amount, _text(day)):
            found.append(f"paysplit {key}")
    return found


def _digest(*covered: object) -> str:
    return blake2b("|".join(map(str, covered)).encode(), key=_KEY, digest_size=9).hexdigest()


def _text(moment: Any) -> str:
    return "0000-00-00" if moment is None else str(moment)
