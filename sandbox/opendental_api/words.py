"""The words in which the API says the program's numbers, and the API's forms of dates, flags and colours."""

from __future__ import annotations

import re
from datetime import date, datetime

APT_STATUS = ("None", "Scheduled", "Complete", "UnschedList", "ASAP", "Broken", "Planned", "PtNote", "PtNoteCompleted")
PRIORITY = ("Normal", "ASAP")
HIST_ACTION = ("Created", "Changed", "Missed", "Cancelled", "Deleted")
SERVICE = (
    *("None", "EConnector", "Broadcaster", "BroadcastMonitor", "ServiceMainHQ"),
    *("OpenDentalService", "OpenDentalAPIService"),
)
PAT_STATUS = ("Patient", "NonPatient", "Inactive", "Archived", "Deleted", "Deceased", "Prospective")
GENDER = ("Male", "Female", "Unknown", "Other")
POSITION = ("Single", "Married", "Child", "Widowed", "Divorced")
YES_NO = ("Unknown", "Yes", "No")
CONTACT = ("None", "DoNotCall", "HmPhone", "WkPhone", "WirelessPh", "Email", "SeeNotes", "Mail", "TextMessage")
MODE = ("None", "Email", "Mail", "Phone", "In Person", "Text", "Email and Text", "Phone and Text", "Fax")
SENT = ("Neither", "Sent", "Received")
COMM_SOURCE = ("User", "WebSched", "ProgramLink", "ApptReminder", "EServices", "SupplementalBackup", "ApptThankYou")
IMAGE = ("Document", "Radiograph", "Photo", "File", "Attachment")
POPUP_LEVEL = ("Patient", "Family", "SuperFamily", "Automation")
PROV_STATUS = ("Active", "Deleted")
PROCESS = ("OfficeProcessed", "OnlineProcessed", "OnlinePending")
DEBIT = ("Unknown", "Principal", "Interest")
CATEGORY = {
    1: "AdjTypes", 2: "ApptConfirmed", 4: "BillingTypes", 10: "PaymentTypes", 13: "RecallUnschedStatus",
    18: "ImageCats", 27: "CommLogTypes", 29: "PaySplitUnearnedType", 35: "ProviderSpecialties",
}  # fmt: skip
SIGNAL = {14: "Defs", 22: "Providers", 27: "Operatories", 58: "AppointmentTypes", 68: "Appointment", 85: "Schedules"}
PAYMENT_BY_API = 13
"""``payment.PaymentSource``: API."""

NEVER = "0001-01-01 00:00:00"
NO_DAY = "0001-01-01"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def word(words: tuple[str, ...], number: int) -> str:
    """The word for a number; a number that has none stays one."""
    return words[number] if 0 <= number < len(words) else str(number)


def flag(value: int) -> str:
    """A yes or no."""
    return "true" if value else "false"


def colour(argb: int) -> str:
    """A stored colour as red, green, blue."""
    return f"{argb >> 16 & 255},{argb >> 8 & 255},{argb & 255}"


def amount(value: float) -> str:
    """An amount as the API's texts have it: no more digits than are needed."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def moment_of(text: str) -> datetime | None:
    """A date and time in the API's form, or None."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """A date in the API's form, or None."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
