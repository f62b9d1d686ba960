"""The few rows of the practice's database that the channel looks at. Reads only; decides nothing.

Times are local ISO 8601 text to the second; None stands for the PMS's empty ones and for what cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.model.reading import Row
from agent.sources.reader import Reader
from agent.sources.times import EMPTY
from agent.wire.bridge import Param

SCHEDULED = 1
COMPLETE = 2
UNSCHEDULED = 3
ASAP = 4
BROKEN = 5
"""States of an appointment."""

CREATED = 0
"""Action of a history row."""
API = 6
"""Source of a history row: the API Service."""
API_LOGGED = 23
"""Source of a line of the program's log: the API."""
PATIENT_ENTERED = 106
PATIENT_EDITED = 108
"""What such a line is about."""
DELETED_PATIENT = 4
"""State of a patient."""
MINUTES_PER_LETTER = 5
LONGEST_PATTERN = 108
"""Letters: nine hours."""

_VISIT = (
    "AptNum",
    "PatNum",
    "AptStatus",
    "Pattern",
    "Confirmed",
    "Op",
    "Note",
    "ProvNum",
    "ProvHyg",
    "AptDateTime",
    "DateTimeArrived",
    "AppointmentTypeNum",
)
_PATIENT = (
    "PatNum",
    "LName",
    "FName",
    "MiddleI",
    "Preferred",
    "PatStatus",
    "Gender",
    "Birthdate",
    "Address",
    "Address2",
    "City",
    "State",
    "Zip",
    "HmPhone",
    "WkPhone",
    "WirelessPhone",
    "Email",
    "TxtMsgOk",
    "PriProv",
    "ClinicNum",
    "Guarantor",
    "SecDateEntry",
    "DateTStamp",
)

READS: Mapping[str, tuple[str, ...]] = {
    "appointment": (*_VISIT, "SecDateTEntry", "DateTStamp"),
    "histappointment": ("HistApptNum", "HistDateTStamp", "HistApptAction", "ApptSource", *_VISIT),
    "patient": _PATIENT,
    "patientlink": ("PatNumFrom", "PatNumTo", "LinkType"),
    "securitylog": ("SecurityLogNum", "PatNum", "PermType", "LogSource", "LogDateTime"),
    "commlog": ("CommlogNum", "PatNum", "Note", "CommType", "Mode_", "SentOrReceived", "CommDateTime", "DateTEntry"),
    "payment": ("PayNum", "PatNum", "PayNote", "PayAmt", "PayDate", "PayType", "CheckNum", "DateEntry"),
    "paysplit": ("PayNum", "SplitAmt"),
    "document": ("DocNum", "PatNum", "Description", "DocCategory", "DateTStamp"),
    "popup": ("PopupNum", "PatNum", "Description", "IsArchived", "PopupNumArchive", "DateTimeEntry"),
    "preference": ("PrefName", "ValueString"),
    "provider": ("ProvNum", "IsSecondary"),
    "operatory": ("OperatoryNum", "ClinicNum"),
    "definition": ("DefNum", "Category", "ItemOrder", "IsHidden"),
}
"""Table -> every column that the channel reads or names in a condition; the reading login must see them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of ``appointment``, or its copy in the history."""

    number: int
    patient: int
    status: int
    pattern: str
    confirmed: int
    operatory: int
    note: str
    provider: int
    hygienist: int
    start: str | None
    arrived: str | None
    """When the patient arrived; midnight is the PMS's "not yet"."""
    type: int

    @property
    def minutes(self) -> int:
        """Length."""
        return len(self.pattern) * MINUTES_PER_LETTER


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment as it is now."""

    visit: Visit
    entered: str | None
    """When it was made."""
    stamp: str | None
    """When its row changed last."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A row of an appointment's history."""

    at: str | None
    action: int
    source: int
    visit: Visit


Person = Mapping[str, Any]
"""A row of ``patient`` by column."""


class Rows:
    """Reads them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    # --- appointments -------------------------------------------------------------------------------------------------

    def visit(self, number: int) -> Booked | None:
        """An appointment."""
        found = self._visits("AptNum = ?", (number,))
        return found[0] if found else None

    def visits_tagged(self, patients: Sequence[int], tag: str) -> list[Booked]:
        """Appointments of a person whose note holds a tag."""
        return self._visits(f"PatNum IN ({_marks(patients)}) AND Note LIKE ?", (*patients, f"%{tag}%"))

    def visits_at(self, operatory: int, start: str) -> list[Booked]:
        """What begins in an operatory at a time."""
        return self._visits("Op = ? AND AptDateTime = ?", (operatory, self._reader.dialect.moment(start)))

    def visits_between(self, operatory: int, after: str, before: str) -> list[Booked]:
        """What is on the book of an operatory and begins after one time and before another."""
        spoken = self._reader.dialect
        return self._visits(
            f"Op = ? AND AptDateTime > ? AND AptDateTime < ? AND AptStatus IN ({SCHEDULED}, {COMPLETE}, {ASAP})",
            (operatory, spoken.moment(after), spoken.moment(before)),
        )

    def history(self, number: int, since: str | None) -> list[Trace]:
        """What is known of an appointment's past, the oldest first."""
        return self._traces("AptNum = ?", (number,), since)

    def history_tagged(self, patients: Sequence[int], tag: str) -> list[Trace]:
        """Copies of a person's appointments whose note held a tag."""
        return self._traces(f"PatNum IN ({_marks(patients)}) AND Note LIKE ?", (*patients, f"%{tag}%"), None)

    # --- persons ------------------------------------------------------------------------------------------------------

    def person(self, number: int) -> Person | None:
        """A patient."""
        found = self._rows("patient", _PATIENT, "PatNum = ?", (number,))
        return found[0] if found else None

    def namesakes(self, first_name: str, last_name: str, birth_date: str) -> list[Person]:
        """Patients of these names and this birthday, deleted ones left out."""
        found = self._rows(
            "patient",
            _PATIENT,
            "LName = ? AND Birthdate = ?",
            (last_name, self._reader.dialect.day(birth_date)),
        )
        wanted = folded(first_name)
        return [row for row in found if number(row["PatStatus"]) != DELETED_PATIENT and folded(row["FName"]) == wanted]

    def also(self, patient: int) -> list[int]:
        """A patient's number, and those into which the office has merged it: rows move with a merger."""
        known = [patient]
        for merged in known:
            rows = self._reader.select(
                "patientlink", ("PatNumTo",), where="PatNumFrom = ? AND LinkType = 1", params=(merged,)
            )
            known += [into for row in rows if (into := number(row[0])) and into not in known]
        return known

    def by_api(self, patient: int, about: int, since: str) -> bool:
        """Whether the program's log says that the API has entered or edited a patient since."""
        where = "PatNum = ? AND PermType = ? AND LogSource = ? AND LogDateTime >= ?"
        params = (patient, about, API_LOGGED, self._reader.dialect.moment(since))
        return bool(self._reader.select("securitylog", ("SecurityLogNum",), where=where, params=params, limit=1))

    # --- what else a person's file holds ------------------------------------------------------------------------------

    def filed(self, table: str, where: str, params: Sequence[Param]) -> list[Mapping[str, Any]]:
        """Rows of ``commlog``, ``payment``, ``document`` or ``popup``, by column; keys rise."""
        return self._rows(table, READS[table], where, params)

    def splits(self, payment: int) -> list[Any]:
        """The shares of a payment, as they are kept."""
        rows = self._reader.select("paysplit", ("SplitAmt",), where="PayNum = ?", params=(payment,))
        return [row[0] for row in rows]

    # --- the office ---------------------------------------------------------------------------------------------------

    def preference(self, name: str) -> str:
        """What the office has set; empty = nothing."""
        rows = self._reader.select("preference", ("ValueString",), where="PrefName = ?", params=(name,))
        return plain(rows[0][0]).strip() if rows else ""

    def preferred_number(self, name: str) -> int:
        """A number that the office has set; 0 = none."""
        value = self.preference(name)
        return int(value) if value.isdecimal() else 0

    def version(self) -> tuple[int, ...]:
        """The PMS's version; empty = not known."""
        pieces = self.preference("ProgramVersion").split(".")
        return tuple(int(piece) for piece in pieces) if all(piece.isdecimal() for piece in pieces) else ()

    def is_secondary(self, provider: int) -> bool:
        """Whether a provider is a hygienist."""
        rows = self._reader.select("provider", ("IsSecondary",), where="ProvNum = ?", params=(provider,))
        return bool(rows) and number(rows[0][0]) == 1

    def clinic_of(self, operatory: int) -> int:
        """The site of an operatory; 0 = the practice itself."""
        rows = self._reader.select("operatory", ("ClinicNum",), where="OperatoryNum = ?", params=(operatory,))
        return number(rows[0][0]) if rows else 0

    def first_definition(self, category: int) -> int:
        """The first one of a category that is not hidden; 0 = none."""
        rows = self._reader.select(
            "definition",
            ("DefNum",),
            where="Category = ? AND IsHidden = 0",
            params=(category,),
            order=("ItemOrder", "DefNum"),
            limit=1,
        )
        return number(rows[0][0]) if rows else 0

    # ------------------------------------------------------------------------------------------------------------------

    def _visits(self, where: str, params: Sequence[Param]) -> list[Booked]:
        rows = self._reader.select("appointment", READS["appointment"], where=where, params=params, order=("AptNum",))
        return [Booked(_visit(row), moment(row[-2]), moment(row[-1])) for row in rows]

    def _traces(self, where: str, params: Sequence[Param], since: str | None) -> list[Trace]:
        if since is not None:
            where, params = f"{where} AND HistDateTStamp >= ?", (*params, self._reader.dialect.moment(since))
        columns = READS["histappointment"]
        rows = self._reader.select("histappointment", columns, where=where, params=params, order=("HistApptNum",))
        return [Trace(moment(row[1]), number(row[2]), number(row[3]), _visit(row[4:])) for row in rows]

    def _rows(self, table: str, columns: Sequence[str], where: str, params: Sequence[Param]) -> list[Mapping[str, Any]]:
        rows = self._reader.select(table, columns, where=where, params=params, order=(columns[0],))
        return [dict(zip(columns, row, strict=True)) for row in rows]


def _visit(row: Row) -> Visit:
    arrived = moment(row[10])
    return Visit(
        number=number(row[0]),
        patient=number(row[1]),
        status=number(row[2]),
        pattern=plain(row[3]),
        confirmed=number(row[4]),
        operatory=number(row[5]),
        note=plain(row[6]),
        provider=number(row[7]),
        hygienist=number(row[8]),
        start=moment(row[9]),
        arrived=None if arrived is None or arrived.endswith("T00:00:00") else arrived,
        type=number(row[11]),
    )


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def number(raw: Any) -> int:
    """A whole number; 0 for what is none."""
    if isinstance(raw, int | float):
        return int(raw)
    return int(raw) if isinstance(raw, str) and raw.strip().lstrip("-").isdecimal() else 0


def plain(raw: Any) -> str:
    """Text as canonical data have it, without NUL; empty for what is none."""
    return (
        raw.replace("\0", "")
        if isinstance(raw, str)
        else ""
        if raw is None or not isinstance(raw, int | float)
        else str(raw)
    )


def moment(raw: Any) -> str | None:
    """A local time to the second, or a day; None for an empty one."""
    value = plain(raw).strip().replace(" ", "T")[:19]
    return None if value in EMPTY or value.startswith("0000") else value


def folded(raw: Any) -> str:
    """Text as it is compared: white space and case do not count."""
    return " ".join(plain(raw).split()).casefold()
