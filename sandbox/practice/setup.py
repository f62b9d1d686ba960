"""The set-up of a new practice: sites, providers, chairs, visit types, codes and definitions, hidden and odd ones
included.
"""

from __future__ import annotations

from random import Random

from sandbox.practice import names
from sandbox.practice.model import Chair, Definition, Key, Location, Practice, Provider, Service, VisitType

ARRIVALS = {
    "AppointmentTimeArrivedTrigger": "Arrived",
    "AppointmentTimeSeatedTrigger": "In the chair",
    "AppointmentTimeDismissedTrigger": "Gone",
}
"""Open Dental: the confirmation states that mean that the patient has come, by the preference that says so."""

_ES_DEFINITIONS = {
    "position": ("Dentist", "Hygienist", "Orthodontist", "Front desk assistant", "Office staff", "Mascot"),
    "paytype": ("Cash", "Check", "Visa/MC", "Insurance check", "Transfer", "Old voucher"),
    "adjustment_type": ("Senior discount", "Write-off", "Refund", "Bounced check fee", "Correction"),
    "note_type": ("Clinical", "Treatment", "Recall", "Payment log", "Letter", "Phone call", "Message"),
}
_OD_DEFINITIONS = {
    "confirmation": (
        *("Unconfirmed", "Appointment Confirmed", "Left Msg", "E-Mailed", "Texted", "Not called"),
        *("Not accepted", "Sending failed", "Arrived", "In the chair", "Gone", "Maybe?"),
    ),
    "payment": ("Cash", "Check", "Credit Card", "Gift card", "Refund"),
    "adjustment": ("Senior discount", "Write-off", "Refund", "Bounced check fee", "Correction"),
    "specialty": names.SPECIALTIES,
    "document": ("Letters", "Insurance cards", "Consents", "Pictures", "Old folder"),
    "communication": ("Appointment", "Insurance", "Financial", "Recall", "Misc", "Old list"),
    "billing": ("Standard account", "Courtesy", "Old kind of account"),
    "unearned": ("Prepayment", "Old deposit"),
    "unscheduled": ("Called", "Left message", "Gave up"),
}
_CONFIRMATIONS = {
    "ApptEConfirmStatusSent": "Texted",
    "ApptEConfirmStatusAccepted": "Appointment Confirmed",
    "ApptEConfirmStatusDeclined": "Not accepted",
    "ApptEConfirmStatusSendFailed": "Sending failed",
    **ARRIVALS,
}
_BROKEN = (("D9986", "Visit missed"), ("D9987", "Visit called off late"))


def set_up(practice: Practice, rng: Random, *, sites: int, dentists: int, chairs: int, odd: frozenset[str]) -> None:
    """Fill a new practice with what exists before the first patient comes."""
    _sites(practice, rng, sites)
    _definitions(practice, rng, odd)
    if practice.pms == "eaglesoft":
        _eaglesoft_providers(practice, rng, dentists, odd)
    else:
        _opendental_providers(practice, rng, dentists, odd)
    homes = list(practice.locations)
    for number in range(1, chairs + 1):
        chair = Chair(number, f"Op {number}", f"OP{number}", rng.choice(homes), hygiene=number % 3 == 0)
        if "hidden" in odd and number == chairs and practice.pms == "opendental":
            chair.hidden = True
        practice.chairs[number] = chair
    for number, (name, minutes) in enumerate(names.VISITS, 1):
        active = not ("hidden" in odd and number == len(names.VISITS))
        practice.types[number] = VisitType(number, name, minutes, active)
    for number, (name, fee) in enumerate(names.WORK, 1):
        key: Key = f"{number:02d}A" if practice.pms == "eaglesoft" else 100 + number
        code = None if number == len(names.WORK) and practice.pms == "eaglesoft" else f"{1000 + number * 10}"
        practice.services[key] = Service(key, code, name, fee)
    if practice.pms == "opendental":
        for number, (code, name) in enumerate(_BROKEN, 190):
            practice.services[number] = Service(number, code, name, 3500)
        _opendental_settings(practice)


def _sites(practice: Practice, rng: Random, sites: int) -> None:
    first = 1
    if practice.pms == "opendental":
        first = 0
        sites = sites + 1 if sites > 1 else 1
    for key in range(first, first + sites):
        city, state, code = names.CITIES[key % len(names.CITIES)]
        practice.locations[key] = Location(
            key,
            f"{city} Family Practice",
            f"S{key}",
            (f"{rng.randint(1, 99)} {rng.choice(names.STREETS)}", "Floor 2" if key % 2 else "", city, state, code),
            f"(212)555-{9000 + key}",
            hidden=False,
        )


def _definitions(practice: Practice, rng: Random, odd: frozenset[str]) -> None:
    eaglesoft = practice.pms == "eaglesoft"
    number = 0 if eaglesoft else rng.randrange(20, 300)
    for category, words in (_ES_DEFINITIONS if eaglesoft else _OD_DEFINITIONS).items():
        for position, word in enumerate(words, 1):
            number += 1
            key = position if eaglesoft else number
            hidden = "hidden" in odd and position == len(words)
            practice.definitions[category, key] = Definition(category, key, word, hidden)


def _eaglesoft_providers(practice: Practice, rng: Random, dentists: int, odd: frozenset[str]) -> None:
    homes = list(practice.locations)
    for number in range(1, dentists * 2 + 3):
        role = 1 if number <= dentists else 2 if number <= dentists * 2 else 5
        letters = {1: "D", 2: "H", 5: "U"}[role]
        key = f"{letters}R{number}" if number < 10 else f"{letters}{number:02d}"
        provider = Provider(key, rng.choice(names.GIVEN), rng.choice(names.FAMILY), role=role, status="A")
        provider.specialty = rng.choice(names.SPECIALTIES) if role == 1 else None
        provider.npi = f"19{rng.randrange(10**8):08d}" if role != 5 else ""
        provider.location = rng.choice(homes)
        practice.providers[key] = provider
    if "hidden" in odd:
        practice.providers["OLD"] = Provider("OLD", None, "Former, Dr.", role=1, status="I", location=homes[0])
    if "codes" in odd:
        practice.providers["MAS"] = Provider("MAS", "Rex", "", role=6, status="A", location=None)
        practice.providers["NOP"] = Provider("NOP", "No", "Position", role=77, status=None, location=homes[0])


def _opendental_providers(practice: Practice, rng: Random, dentists: int, odd: frozenset[str]) -> None:
    specialties = [key for category, key in practice.definitions if category == "specialty"]
    for number in range(1, dentists * 2 + 1):
        role = 0 if number <= dentists else 1
        first, last = rng.choice(names.GIVEN), rng.choice(names.FAMILY)
        provider = Provider(number, first, last, f"{'DOC' if role == 0 else 'HYG'}{number}", role)
        provider.specialty = rng.choice(specialties) if rng.random() < 0.7 else 0
        provider.npi = f"19{rng.randrange(10**8):08d}" if rng.random() < 0.8 else ""
        practice.providers[number] = provider
    number = dentists * 2
    if "hidden" in odd:
        practice.providers[number + 1] = Provider(number + 1, "Former", "Doctor", "OLD", hidden=True)
        practice.providers[number + 2] = Provider(number + 2, "Deleted", "Doctor", "DEL", status=1)
    if "codes" in odd:
        company = Provider(number + 3, "", "Dental Group LLC", "LLC", specialty=99999, person=False)
        practice.providers[number + 3] = company


def _opendental_settings(practice: Practice) -> None:
    """What the office has chosen in the program; the names are the program's."""
    words = {(category, one.name): str(key) for (category, key), one in practice.definitions.items()}
    practice.settings = {
        **{setting: words["confirmation", name] for setting, name in _CONFIRMATIONS.items()},
        "ApiPaymentType": words["payment", "Check"],
        "PrepaymentUnearnedType": words["unearned", "Prepayment"],
        "PracticeDefaultBillType": words["billing", "Standard account"],
        "PracticeDefaultProv": str(next(iter(practice.providers))),
        "ApptsAllowOverlap": "0",
        "BrokenApptProcedure": "3",
        "BrokenApptCommLog": "0",
        "FutureTransDatesAllowed": "0",
        "AtoZfolderUsed": "1",
        "DocPath": "C:\\OpenDentImages\\",
    }
