"""The front desk's work on people: new patients, changes of what is known of them, deletions, merges."""

from __future__ import annotations

from copy import copy
from typing import Any

from sandbox.practice import names
from sandbox.practice.clerk import operation
from sandbox.practice.codes import SEXES, SMS
from sandbox.practice.model import Entry, Key, Patient
from sandbox.practice.visits import Visits


class Patients(Visits):
    """Operations on patients. Each takes the patient to work on, or chooses one; None when there is none."""

    @operation
    def new_patient(self, guarantor: Patient | None = None, **fields: Any) -> Patient:
        """Enter a new patient, alone or in somebody's family; ``fields`` are set on the new record."""
        if guarantor is None and not fields and self.rng.random() < 0.5:
            guarantor = self.living()
        key: Key = self.eaglesoft.patient_key() if self.eaglesoft else self.writer.number("patient")
        person = self.people.person(key, self.now.date(), guarantor)
        person.first_visit = None
        for name, value in fields.items():
            setattr(person, name, value)
        self.practice.patients[key] = person
        self.writer.add(person)
        if self.eaglesoft is not None:
            self.eaglesoft.entered(person)
        return person

    @operation
    def edit_patient(self, patient: Patient | None = None, **fields: Any) -> Patient | None:
        """Change fields of a patient (of the model's record)."""
        patient = patient or self.choose(self.practice.patients)
        if patient is None:
            return None
        with self.writer.changing(patient):
            for name, value in fields.items():
                setattr(patient, name, value)
        return patient

    @operation
    def edit_phone(self, patient: Patient | None = None) -> Patient | None:
        """A new telephone number, or one taken away."""
        which = self.rng.choice(("home", "mobile", "work"))
        return self.edit_patient(patient, **{which: self.rng.choice((self.people.phone(), self.people.phone(), ""))})

    @operation
    def edit_address(self, patient: Patient | None = None) -> int:
        """A family moves: the address of everybody with the same guarantor; how many."""
        patient = patient or self.choose(self.practice.patients)
        if patient is None:
            return 0
        address = self.people.address()
        family = [one for one in self.practice.patients.values() if one.guarantor == patient.guarantor]
        with self.writer.changing(*family):
            for one in family:
                one.address = address
        return len(family)

    @operation
    def rename_patient(self, patient: Patient | None = None) -> Patient | None:
        """Another family name."""
        return self.edit_patient(patient, last=self.rng.choice(names.FAMILY))

    @operation
    def edit_mail(self, patient: Patient | None = None) -> Patient | None:
        """Another mail address."""
        patient = patient or self.choose(self.practice.patients)
        return None if patient is None else self.edit_patient(patient, email=self.people.email(patient))

    @operation
    def edit_consent(self, patient: Patient | None = None) -> Patient | None:
        """What the patient agrees to receive."""
        wishes: dict[str, Any] = {"sms": self.rng.choice(SMS[self.practice.pms])}
        if self.eaglesoft:
            wishes |= {"by_email": self.rng.choice(("Y", "N")), "recalls": self.rng.choice(("Y", "N", None))}
        return self.edit_patient(patient, **wishes)

    @operation
    def edit_providers(self, patient: Patient | None = None) -> Patient | None:
        """Other preferred providers, for every site or for one."""
        patient = patient or self.choose(self.practice.patients)
        dentist, hygienist = self.provider(), self.provider(hygienist=True)
        if patient is None or dentist is None:
            return None
        if self.eaglesoft and self.rng.random() < 0.5:
            site = self.rng.choice(list(self.practice.locations))
            sites = dict(patient.sites)
            if site in sites and self.rng.random() < 0.3:
                del sites[site]
            else:
                sites[site] = (dentist, hygienist)
            return self.edit_patient(patient, sites=sites)
        return self.edit_patient(patient, dentist=dentist, hygienist=hygienist)

    @operation
    def change_guarantor(self, patient: Patient | None = None, guarantor: Patient | None = None) -> Patient | None:
        """Somebody else answers for the account."""
        guarantor = guarantor or self.living()
        return None if guarantor is None else self.edit_patient(patient, guarantor=guarantor.key)

    @operation
    def change_status(self, patient: Patient | None = None) -> Patient | None:
        """The patient becomes inactive, active again, or has died."""
        patient = patient or self.living()
        died = self.rng.random() < 0.2
        if self.eaglesoft:
            if died:
                return self.edit_patient(patient, deceased="Y")
            return self.edit_patient(patient, status=self.rng.choice("AI"))
        if died:
            return self.edit_patient(patient, status=5, died=self.now.replace(microsecond=0))
        return self.edit_patient(patient, status=self.rng.choice((0, 1, 2, 6)))

    @operation
    def touch_patient(self, patient: Patient | None = None) -> Patient | None:
        """Change what the agent does not read (a balance): no change of the feed may follow."""
        patient = patient or self.choose(self.practice.patients)
        return None if patient is None else self.edit_patient(patient, balance=patient.balance + 100)

    @operation
    def flip_sex(self, patient: Patient | None = None) -> Patient | None:
        """Correct a wrong entry."""
        return self.edit_patient(patient, sex=self.rng.choice(SEXES[self.practice.pms]))

    @operation
    def delete_patient(self, patient: Patient | None = None) -> Patient | None:
        """Delete a patient: the row in Eaglesoft (whoever has no ledger), the status in Open Dental."""
        if self.opendental is not None:
            patient = patient or self.living()
            return None if patient is None else self.edit_patient(patient, status=4, guarantor=patient.key)
        patient = patient or self._without_ledger()
        if patient is None:
            return None
        for visit in [one for one in self.practice.appointments.values() if one.patient == patient.key]:
            self.delete_appointment(visit)
        for member in self.practice.patients.values():
            if member.guarantor == patient.key and member is not patient:
                self.edit_patient(member, guarantor=member.key)
        self._remove(patient)
        return patient

    @operation
    def reenter_patient(self, patient: Patient | None = None) -> Patient | None:
        """Eaglesoft: delete somebody and enter the same person again, usually under the same key."""
        gone = self.delete_patient(patient) if self.eaglesoft else None
        if gone is None or self.eaglesoft is None:
            return None
        again = copy(gone)
        again.key = self.eaglesoft.patient_key()
        again.guarantor, again.sites = again.key, dict(gone.sites)
        self.practice.patients[again.key] = again
        self.writer.add(again)
        return again

    @operation
    def merge_patients(self, old: Patient | None = None, new: Patient | None = None) -> Patient | None:
        """Merge a duplicate into the other record; returns the one that stays.

        Open Dental keeps the old record as archived and says so in a link; Eaglesoft (assumed) deletes it.
        """
        old, new = old or self.living(), new or self.living()
        if old is None or new is None or old is new:
            return None
        self._repoint(old.key, new.key)
        if self.opendental is not None:
            with self.writer.changing(old):
                old.status = old.status if old.status == 5 else 3
                old.guarantor = old.key
            self.opendental.link(old.key, new.key)
        else:
            self._remove(old)
        return new

    def _repoint(self, old: Key, new: Key) -> None:
        practice = self.practice
        for visit in practice.appointments.values():
            if visit.patient == old:
                with self.writer.changing(visit):
                    visit.patient = new
        for member in practice.patients.values():
            if member.guarantor == old and member.key not in (old, new):
                with self.writer.changing(member):
                    member.guarantor = new
        heir = practice.patients[new]
        if heir.guarantor == old:
            with self.writer.changing(heir):
                heir.guarantor = new
        for book in practice.ledger().values():
            for entry in book.values():
                if old in (entry.patient, entry.guarantor) or any(split.patient == old for split in entry.splits):
                    with self.writer.changing(entry):
                        _repoint_entry(entry, old, new)

    def _remove(self, patient: Patient) -> None:
        assert self.eaglesoft is not None
        self.writer.remove(patient)
        del self.practice.patients[patient.key]
        self.eaglesoft.forget(patient)

    def _without_ledger(self) -> Patient | None:
        busy: set[Key | None] = set()
        for book in self.practice.ledger().values():
            for entry in book.values():
                busy.update((entry.patient, entry.guarantor))
                busy.update(split.patient for split in entry.splits)
        return self.choose(self.practice.patients, lambda one: one.key not in busy)


def _repoint_entry(entry: Entry, old: Key, new: Key) -> None:
    entry.patient = new if entry.patient == old else entry.patient
    entry.guarantor = new if entry.guarantor == old else entry.guarantor
    for split in entry.splits:
        split.patient = new if split.patient == old else split.patient
