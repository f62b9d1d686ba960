"""The doctor's checks of the records themselves: how many there are, how well they map, which codes nobody knows.

Pure over a port, as those of ``doctor.py``. Of a record nothing is kept but figures, one masked sample, and codes of
the office's own set-up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from agent.health.catalogue import explain
from agent.health.doctor import Finding, named
from agent.health.masking import mask_record, mask_text
from agent.model.reading import Description, Key, Mapped, Page, Range, Record, ShapeFacts

_STATEMENT_SECONDS = 0.03
_FIRST_LIMIT, _LAST_LIMIT = 50, 1000
_REST = 3.0
"""Pauses are so many times as long as the engine was at work: a quarter of its time at most."""
_FARTHEST = 2**62
"""No key is looked for beyond it."""
_DAYS = {"appointment": "start", "ledger_entry": "date", "patient": "entered_date"}
"""The field of a resource that tells when the practice was at work."""
_SAID = {
    "unknown_code": "a code that is not known; sent as unknown, the raw code beside",
    "unmapped": "a value that has no place in the model",
    "out_of_range": "a value that cannot be, such as a date like 0000-00-00; left out",
    "nonexistent_local_time": "a time that clocks skip in spring; read as one hour later",
    "ambiguous_local_time": "a time that comes twice when clocks go back; read as the first",
    "undecodable": "text that cannot be decoded; left out",
    "too_long": "text that is too long; left out",
    "nul_removed": "text with characters that cannot be shown; left away",
    "cycle": "a merge that leads back to itself; left out",
    "invalid": "a value of another kind than expected; left out",
    "missing_amount": "no amount",
}
"""What is said of a field that could not be mapped as it should; it is sent with an issue beside."""
_CODE = re.compile(r"\w[\w ./-]{0,23}")
_SHORT, _SHARED = 3, 5
"""A raw code is shown as it is when it looks like one and is so short, or so many records share it: what only one or
two hold might be no code at all. Any other is masked."""
_MOST_CODES = 20
"""Codes of one table that are listed."""


class Database(Protocol):
    """What the doctor asks of a practice's database: a part of capture's ``Source``."""

    def describe(self) -> Description:
        """Look at the database afresh."""

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first records of a range."""

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        """Records in canonical form."""


@dataclass(slots=True)
class Sample:
    """What a walk over a shape's records found."""

    read: int = 0
    whole: bool = False
    """True when every record was read."""
    left_out: int = 0
    """Records that the declaration filters out."""
    unusable: int = 0
    """Records whose key cannot be used."""
    issues: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(field, issue code) -> how many."""
    busy: float = 0.0
    after: Key | None = None
    """The last key read."""
    newest: str | None = None
    """The latest day, today at most, that a record names as its own."""
    masked: Mapping[str, Any] | None = None
    """One record in canonical form, masked."""


def walk(
    database: Database, shape: ShapeFacts, budget: float, wait: Callable[[float], object], today: date | None = None
) -> Sample:
    """Read and map records from the beginning until all are read or the engine was busy for ``budget`` seconds; then,
    where keys are numbers, the last ones: what is new is found there.
    """
    found = Sample()
    limit = _FIRST_LIMIT
    while found.busy < budget and not found.whole:
        page = database.scan(shape.id, Range(found.after, None), limit)
        for mapped in database.map(shape.id, page.records):
            _note(found, shape.resource, mapped, today)
            found.left_out += mapped.id is not None and mapped.data is None
            found.unusable += mapped.id is None
            found.issues.update((issue.field, issue.code) for issue in mapped.issues)
        found.read += len(page.records)
        found.whole = page.last
        found.busy += max(page.busy, 0.001)
        if page.records:
            found.after = page.records[-1].key
        limit = min(_LAST_LIMIT, limit * 2) if page.busy < _STATEMENT_SECONDS / 2 else max(_FIRST_LIMIT, limit // 2)
        if not found.whole:
            wait(page.busy * _REST)
    if not found.whole:
        found.newest = None  # the beginning is old in any practice
        if shape.ordered and today is not None and shape.resource in _DAYS:
            _look_at_the_end(database, shape, found, today, wait)
    return found


def _look_at_the_end(
    database: Database, shape: ShapeFacts, found: Sample, today: date, wait: Callable[[float], object]
) -> None:
    """Find the greatest key by asking for one record beyond ever farther ones, and read the last records."""

    def beyond(key: int, limit: int = 1) -> list[Record]:
        page = database.scan(shape.id, Range((key,), None), limit)
        wait(page.busy * _REST)
        return list(page.records)

    assert found.after is not None
    last, step = int(found.after[0]), _LAST_LIMIT
    while last + step < _FARTHEST and (met := beyond(last + step)):
        last, step = int(met[0].key[0]), step * 4
    empty = last + step
    while empty - last > _FIRST_LIMIT:
        middle = (last + empty) // 2
        met = beyond(middle)
        last, empty = (int(met[0].key[0]), empty) if met else (last, middle)
    for mapped in database.map(shape.id, beyond(last - _LAST_LIMIT // 2, _LAST_LIMIT)):
        _note(found, shape.resource, mapped, today)


def _note(found: Sample, resource: str, mapped: Mapped, today: date | None) -> None:
    """Keep what one record shows."""
    if mapped.data is None:
        return
    # A full record shows more than the first one: set-up often begins with an empty one.
    if found.masked is None or len(mapped.data) > len(found.masked):
        found.masked = mask_record(resource, mapped.data)
    day = (mapped.data.get(_DAYS.get(resource, "")) or "")[:10]
    if today is not None and (found.newest or "") < day <= today.isoformat():
        found.newest = day


def estimate(sample: Sample, size: int | None) -> int | None:
    """About how many records there are: exact when all were read, else what the engine says of the table by itself."""
    if sample.whole:
        return sample.read - sample.left_out
    return None if size is None or size < sample.read else size


def check_records(sample: Sample, shape: ShapeFacts, size: int | None) -> Iterator[Finding]:
    """Counts, and how well the records map."""
    about = estimate(sample, size)
    kept = sample.read - sample.left_out
    count = f"{kept:,}" if sample.whole else f"about {about:,}" if about is not None else f"more than {kept:,}"
    issues = sum(sample.issues.values())
    facts: dict[str, int | float | str | None] = {
        "records": about if about is not None else kept,
        "exact": int(sample.whole),
        "sampled": sample.read,
        "left_out": sample.left_out,
        "unusable": sample.unusable,
        "issues": issues,
    }
    facts |= {f"{name} {code}": times for (name, code), times in sorted(sample.issues.items())}
    read = "all read" if sample.whole else f"{sample.read:,} read here"
    noted = f"{issues:,} {'field needs' if issues == 1 else 'fields need'} a note" if issues else "all map"
    detail = tuple(
        f"{name}: {times:,} of {sample.read:,} with {_SAID.get(code, code)}"
        for (name, code), times in sorted(sample.issues.items())
    )
    title = f"{named(shape.id)}: {count} {'record' if count == '1' else 'records'}, {read}, {noted}"
    yield Finding("records", shape.id, "ok", title, facts=facts, detail=detail)
    if sample.unusable:
        warnable = explain("records_quarantined")
        title = f"{named(shape.id)}: {sample.unusable:,} records have a key that cannot be used"
        yield Finding("records", f"{shape.id} keys", "warning", title, warnable.advice, warnable.code)


def check_codes(unknown: Mapping[str, Mapping[str, int]], meanings: Mapping[str, Sequence[str]]) -> Finding:
    """The office's codes that no table knows. ``unknown``: table -> raw code -> records; ``meanings``: table -> what a
    code can mean.
    """
    count = sum(len(codes) for codes in unknown.values())
    if not count:
        return Finding("records", "codes", "ok", "The agent knows every code that these records hold")
    told = explain("codes_unknown")
    detail: list[str] = []
    for table, codes in sorted(unknown.items()):
        can = ", ".join(meanings.get(table, ()))
        detail += [f'[codes."{table}"]' + (f"  # one of: {can}" if can else "")]
        most = sorted(codes.items(), key=lambda one: (-one[1], one[0]))
        for raw, times in most[:_MOST_CODES]:
            plain = _CODE.fullmatch(raw) and (len(raw) <= _SHORT or times >= _SHARED)
            shown = raw if plain else mask_text(raw)
            detail.append(f'"{shown}" = "..."  # {times:,} {"record" if times == 1 else "records"}')
        if len(most) > _MOST_CODES:
            detail.append(f"# and {len(most) - _MOST_CODES} more")
    title = f"{count:,} {'code' if count == 1 else 'codes'} of this office are not known to the agent"
    if count == 1:
        title = title.replace(" are ", " is ")
    facts: dict[str, int | float | str | None] = {"codes": count, "tables": ", ".join(sorted(unknown))}
    return Finding("records", "codes", "warning", title, told.advice, told.code, facts, tuple(detail))
