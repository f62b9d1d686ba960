"""The front desk's work on the ledger: charges, payments with splits, adjustments, insurance; edits and deletions."""

from __future__ import annotations

from typing import Any

from sandbox.practice.books import Shares
from sandbox.practice.clerk import operation
from sandbox.practice.codes import credit
from sandbox.practice.model import Entry, Patient
from sandbox.practice.patients import Patients


class Money(Patients):
    """Operations on the ledger. Each takes what to work on, or chooses it; None when there is none."""

    @operation
    def post_charge(self, patient: Patient | None = None) -> Entry | None:
        """Charge work without a visit."""
        patient = patient or self.living()
        if patient is None:
            return None
        service = self.rng.choice(list(self.practice.services.values()))
        charge = self.books.charge(patient, service, self.provider(), patient.location, self.now)
        self.enter(charge)
        return charge

    @operation
    def post_payment(
        self, patient: Patient | None = None, shares: Shares | None = None, kind: int | None = None
    ) -> Entry | None:
        """Take a payment and share it out over the family's charges."""
        patient = patient or self.living()
        if patient is None:
            return None
        shares = shares or self._shares(patient)
        payment = self.books.payment(
            patient,
            shares,
            location=patient.location,
            when=self.now,
            kind=kind if kind is not None else self._kind("payment"),
            code=self.rng.choice("AAP"),
        )
        self.enter(payment)
        return payment

    @operation
    def edit_payment(self, payment: Entry | None = None) -> Entry | None:
        """Share a payment out anew, for another amount: the old shares are deleted and new ones made."""
        payment = payment or self.choose(self.practice.payments, _current)
        patient = None if payment is None or payment.patient is None else self.practice.patients.get(payment.patient)
        if payment is None or patient is None:
            return None
        shares = self._shares(patient)
        was = payment.amount
        with self.writer.changing(payment):
            payment.splits = self.books.splits(shares, payment.location)
            payment.amount = credit(self.practice, sum(share[2] for share in shares))
        self.settle(payment.guarantor, payment.amount - was)
        return payment

    @operation
    def delete_payment(self, payment: Entry | None = None) -> Entry | None:
        """Delete a payment: rows and shares in Open Dental, a mark in Eaglesoft."""
        payment = payment or self.choose(self.practice.payments, _current)
        return self._delete(payment)

    @operation
    def erase_entry(self, entry: Entry | None = None) -> Entry | None:
        """Delete the rows of a ledger line for good (a purge, or a script)."""
        entry = entry or self.choose(self.practice.ledger()[self.rng.choice(("payment", "adjustment", "insurance"))])
        return None if entry is None else self._erase(entry)

    @operation
    def void(self, entry: Entry | None = None) -> Entry | None:
        """Void a line: a mark in Eaglesoft; in Open Dental the payment is brought down to nothing."""
        entry = entry or self.choose(self.practice.payments, _current)
        if entry is None:
            return None
        with self.writer.changing(entry):
            if self.eaglesoft:
                entry.status = "V"
            else:
                entry.amount = 0
                entry.splits = []
        return entry

    @operation
    def adjust(self, patient: Patient | None = None, cents: int | None = None) -> Entry | None:
        """Adjust an account, sometimes for one charge."""
        patient = patient or self.living()
        if patient is None:
            return None
        if cents is None:
            cents = self.rng.choice((-1, -1, 1)) * self.rng.randrange(1, 20000)
        charge = self.choose(self.practice.charges, lambda one: one.patient == patient.key)
        adjustment = self.books.adjustment(
            patient,
            self.provider(),
            cents,
            location=patient.location,
            when=self.now,
            kind=self._kind("adjustment"),
            charge=None if charge is None or self.rng.random() < 0.5 else charge.key,
        )
        self.enter(adjustment)
        return adjustment

    @operation
    def edit_adjustment(self, adjustment: Entry | None = None) -> Entry | None:
        """Correct the amount and type of an adjustment."""
        adjustment = adjustment or self.choose(self.practice.adjustments, _current)
        if adjustment is None:
            return None
        with self.writer.changing(adjustment):
            adjustment.amount = -adjustment.amount
            adjustment.type = self._kind("adjustment")
            adjustment.description = "corrected"
            for split in adjustment.splits:
                split.amount = -split.amount
        return adjustment

    @operation
    def delete_adjustment(self, adjustment: Entry | None = None) -> Entry | None:
        """Delete an adjustment."""
        return self._delete(adjustment or self.choose(self.practice.adjustments, _current))

    @operation
    def post_insurance(self, charge: Entry | None = None) -> Entry | None:
        """An insurer pays for a charge; the office writes a part off."""
        charge = charge or self.choose(self.practice.charges, lambda one: one.patient in self.practice.patients)
        patient = None if charge is None or charge.patient is None else self.practice.patients.get(charge.patient)
        if charge is None or patient is None:
            return None
        paid = abs(charge.amount) * self.rng.randrange(11) // 10
        entry = self.books.insurance(charge, patient, paid, (abs(charge.amount) - paid) // 3, self.now)
        entry.type = self._kind("payment") if self.eaglesoft else None
        self.enter(entry)
        return entry

    @operation
    def edit_insurance(self, entry: Entry | None = None) -> Entry | None:
        """Correct what an insurer paid, down to nothing or back."""
        entry = entry or self.choose(self.practice.insurance, _current)
        if entry is None:
            return None
        with self.writer.changing(entry):
            entry.amount = credit(self.practice, self.rng.choice((0, 5000, 12345)))
            entry.write_off = 0 if self.eaglesoft else self.rng.choice((0, 1500))
            if not self.eaglesoft:
                entry.code = self.rng.choice((0, 1, 1, 1, 4, 7))
            for split in entry.splits[:1]:
                split.amount = entry.amount - sum(other.amount for other in entry.splits[1:])
        return entry

    @operation
    def edit_charge(self, charge: Entry | None = None, **fields: Any) -> Entry | None:
        """Correct a charge: fee, tooth, provider."""
        charge = charge or self.choose(self.practice.charges, _current)
        if charge is None:
            return None
        fields = fields or {"amount": self.rng.randrange(1000, 90000), "tooth": self.rng.choice(("2", "31", "B"))}
        with self.writer.changing(charge):
            for name, value in fields.items():
                setattr(charge, name, value)
            for split in charge.splits[:1]:
                split.amount = charge.amount
                split.provider = charge.provider
        return charge

    @operation
    def delete_charge(self, charge: Entry | None = None) -> Entry | None:
        """Delete a charge: a mark in both programs; in Open Dental it leaves the feed, its claim lines are deleted."""
        charge = charge or self.choose(self.practice.charges, _current)
        if charge is None:
            return None
        with self.writer.changing(charge):
            if self.eaglesoft:
                charge.status = "D"
            else:
                charge.code, charge.appointment = 6, None
        if self.opendental is not None:
            for claim in [one for one in self.practice.insurance.values() if one.charge == charge.key]:
                self._erase(claim)
        return charge

    def _delete(self, entry: Entry | None) -> Entry | None:
        if entry is None:
            return None
        self.settle(entry.guarantor, -entry.amount)
        if self.opendental is not None:
            return self._erase(entry)
        with self.writer.changing(entry):
            entry.status = "D"
        return entry

    def _erase(self, entry: Entry) -> Entry:
        self.writer.remove(entry)
        del self.practice.ledger()[entry.family][entry.key]
        return entry

    def _kind(self, family: str) -> int | None:
        wanted = {"payment": "paytype", "adjustment": "adjustment_type"}[family] if self.eaglesoft else family
        kinds = [key for category, key in self.practice.definitions if category == wanted]
        return self.rng.choice(kinds) if kinds else None

    def _shares(self, patient: Patient) -> Shares:
        family = {one.key for one in self.practice.patients.values() if one.guarantor == patient.guarantor}
        charges = [one for one in self.practice.charges.values() if one.patient in family and _current(one)]
        chosen = self.rng.sample(charges, min(len(charges), self.rng.randint(1, 3)))
        shares: Shares = [
            (one.patient, one.provider, self.rng.randrange(1, max(2, abs(one.amount))), one.key) for one in chosen
        ]
        if not shares or self.rng.random() < 0.3:
            shares.append((patient.key, self.provider(), self.rng.randrange(500, 20000), None))
        return shares


def _current(entry: Entry) -> bool:
    return entry.status == "A" and entry.code != 6
