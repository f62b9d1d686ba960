"""Makes ledger entries as each PMS keeps them: charges, payments with splits, adjustments, insurance payments.

Pure construction: entries are neither entered in the practice nor written here.
"""

from __future__ import annotations

from datetime import datetime

from sandbox.practice.codes import credit
from sandbox.practice.model import Entry, Key, Patient, Practice, Service, Split
from sandbox.practice.writer import Writer

_TABLES = {
    "charge": "procedurelog",
    "payment": "payment",
    "adjustment": "adjustment",
    "insurance": "claimproc",
}


Shares = list[tuple[Key | None, Key | None, int, int | None]]
"""How a payment is shared out: patient, provider, cents, charge."""


class Books:
    """Makes entries with keys of their own."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.practice: Practice = writer.practice
        self._eaglesoft = writer.practice.pms == "eaglesoft"

    def charge(
        self, patient: Patient, service: Service, provider: Key | None, location: int | None, when: datetime
    ) -> Entry:
        """Work done on a patient."""
        entry = self._entry("charge", patient, service.fee, "S" if self._eaglesoft else 2, location=location, when=when)
        entry.provider, entry.service = provider, service.key
        if self._eaglesoft:
            entry.description = service.name
            entry.splits = [self._split(patient.key, provider, location, service.fee)]
        return entry

    def payment(
        self,
        payer: Patient,
        shares: Shares,
        *,
        location: int | None,
        when: datetime,
        kind: int | None,
        code: str = "A",
    ) -> Entry:
        """A patient's payment, shared out over (patient, provider, cents, charge)."""
        total = sum(share[2] for share in shares)
        entry = self._entry(
            "payment",
            payer,
            credit(self.practice, total),
            code if self._eaglesoft else None,
            location=location,
            when=when,
        )
        entry.type = kind
        entry.splits = self.splits(shares, location)
        return entry

    def splits(self, shares: Shares, location: int | None) -> list[Split]:
        """New splits for a payment of these (patient, provider, cents, charge)."""
        return [
            self._split(patient, provider, location, credit(self.practice, cents), charge)
            for patient, provider, cents, charge in shares
        ]

    def adjustment(
        self,
        patient: Patient,
        provider: Key | None,
        cents: int,
        *,
        location: int | None,
        when: datetime,
        kind: int | None,
        charge: int | None = None,
    ) -> Entry:
        """A correction of the account; negative cents are in the patient's favour."""
        code = ("C" if cents < 0 else "D") if self._eaglesoft else None
        entry = self._entry("adjustment", patient, cents, code, location=location, when=when)
        entry.type, entry.provider, entry.charge = kind, provider, charge
        if self._eaglesoft:
            entry.splits = [self._split(patient.key, provider, location, cents, charge)]
        return entry

    def insurance(self, charge: Entry, patient: Patient, paid: int, written_off: int, when: datetime) -> Entry:
        """What an insurer paid and the office wrote off on a charge."""
        entry = self._entry(
            "insurance",
            patient,
            credit(self.practice, paid),
            "I" if self._eaglesoft else 1,
            location=charge.location,
            when=when,
        )
        entry.provider, entry.charge = charge.provider, charge.key
        if self._eaglesoft:
            shares: Shares = [(patient.key, charge.provider, paid, charge.key)]
            entry.splits = self.splits(shares, charge.location)
        else:
            entry.write_off = written_off
        return entry

    def _entry(
        self, family: str, patient: Patient, cents: int, code: str | int | None, *, location: int | None, when: datetime
    ) -> Entry:
        key = self.writer.number("transactions_header" if self._eaglesoft else _TABLES[family])
        return Entry(
            family,
            key,
            str(when.date()),
            cents,
            code,
            patient=patient.key,
            guarantor=patient.guarantor,
            location=location,
            entered=when.replace(microsecond=0),
        )

    def _split(
        self, patient: Key | None, provider: Key | None, location: int | None, amount: int, charge: int | None = None
    ) -> Split:
        key = self.writer.number("transactions_detail" if self._eaglesoft else "paysplit")
        return Split(key, patient, provider, location, amount, charge)
