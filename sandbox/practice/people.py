"""Invents persons: names, birthdays, addresses, numbers, wishes. Never a real one."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sandbox.practice import names
from sandbox.practice.codes import CHILD, MARITAL, SEXES, SMS, active_patient
from sandbox.practice.model import Key, Patient, Practice

_LANGUAGES = ("", "", "", "", "Spanish", "fra", "pt-BR")


class People:
    """Invents the people of one practice."""

    def __init__(self, practice: Practice, rng: Random) -> None:
        self.practice = practice
        self.rng = rng
        self._eaglesoft = practice.pms == "eaglesoft"
        dentist = 1 if self._eaglesoft else 0
        self._sites = [site.key for site in practice.locations.values()]
        self._dentists = [p.key for p in practice.providers.values() if p.role == dentist]
        self._hygienists = [p.key for p in practice.providers.values() if p.role == dentist + 1]

    def person(self, key: Key, entered: date, guarantor: Patient | None = None) -> Patient:
        """A new person; with a guarantor, a member of the guarantor's family."""
        rng, pms = self.rng, self.practice.pms
        minor = guarantor is not None and rng.random() < 0.6
        age = rng.randint(1, 17) if minor else rng.randint(19, 94)
        first, last = rng.choice(names.GIVEN), rng.choice(names.FAMILY)
        if not self._eaglesoft and rng.random() < 0.01:
            last = rng.choice(names.WIDE)
        family = guarantor is not None and rng.random() < 0.85
        person = Patient(key, first, guarantor.last if guarantor is not None and family else last)
        person.birth = str(entered - timedelta(days=age * 365 + rng.randrange(365)))
        person.sex = rng.choice(SEXES[pms])
        person.marital = CHILD[pms] if minor else rng.choice(MARITAL[pms])
        person.status = active_patient(self.practice)
        person.entered = str(entered)
        person.first_visit = str(entered + timedelta(days=rng.randrange(30))) if rng.random() < 0.8 else None
        person.guarantor = key if guarantor is None else guarantor.key
        person.middle = rng.choice(("", "", "", "J", "M.", "Lee"))
        person.preferred = first[:3] if rng.random() < 0.1 else ""
        person.salutation = f"Dear {first}" if rng.random() < 0.2 else ""
        person.chart = f"C{rng.randrange(10**6):06d}" if rng.random() < 0.4 else ""
        self._preferences(person)
        if guarantor is None or rng.random() < 0.2:
            person.address = self.address()
        else:
            person.address = guarantor.address
        person.home = guarantor.home if guarantor is not None else self.phone()
        person.mobile = "" if minor and rng.random() < 0.7 else self.phone()
        person.work = self.phone() if not minor and rng.random() < 0.3 else ""
        person.email = self.email(person) if rng.random() < 0.7 else ""
        if self._eaglesoft:
            person.other = self.phone() if rng.random() < 0.03 else None
            person.by_email, person.recalls = rng.choice(("Y", "N")), rng.choice(("Y", "Y", None))
        else:
            person.language = rng.choice(_LANGUAGES)
        return person

    def phone(self) -> str:
        """A telephone number as people type them, now and then not one at all."""
        rng = self.rng
        area, line = rng.choice(("212", "718", "914", "201")), rng.randrange(10000)
        form = rng.randrange(20)
        if form < 9:
            return f"({area})555-{line:04d}"
        if form < 15:
            return f"{area}555{line:04d}"
        if form < 18:
            return f"{area}.555.{line:04d}"
        return rng.choice(("", f"1-{area}-555-{line:04d} x12", "no phone", f"555-{line:04d}"))

    def address(self) -> tuple[str | None, str | None, str | None, str | None, str | None]:
        """A street address."""
        city, state, code = self.rng.choice(names.CITIES)
        street = f"{self.rng.randint(1, 999)} {self.rng.choice(names.STREETS)}"
        return street, self.rng.choice(names.SUITES), city, state, code

    def email(self, person: Patient) -> str:
        """A mail address; in Open Dental sometimes two in one field."""
        plain = "".join(letter for letter in str(person.first).lower() if letter.isascii() and letter.isalpha())
        mail = f"{plain or 'x'}{self.rng.randrange(1000)}@example.org"
        return f"{mail}, {plain}@example.net" if not self._eaglesoft and self.rng.random() < 0.08 else mail

    def _preferences(self, person: Patient) -> None:
        rng = self.rng
        person.location = rng.choice(self._sites)
        person.dentist = rng.choice(self._dentists)
        person.hygienist = rng.choice(self._hygienists) if self._hygienists and rng.random() < 0.8 else None
        person.sms = rng.choice(SMS[self.practice.pms])
        if self._eaglesoft:
            for site in self._sites:
                if rng.random() < 0.4:
                    person.sites[site] = (rng.choice(self._dentists), person.hygienist)
