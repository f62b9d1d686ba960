"""What the channel offers, kind by kind, with what an office and an integrator should know of it."""

from __future__ import annotations

from agent.model.writing import Capability, Mode

_EVERYWHERE = "The API does not ask for a user's rights or for date locks; the program logs what it does."


def _offer(kind: str, default: Mode, note: str) -> Capability:
    return Capability(kind, offered=True, default=default, verified="stand-in", note=f"{note} {_EVERYWHERE}")


CAPABILITIES: tuple[Capability, ...] = (
    _offer(
        "appointment.create",
        "on",
        "Start and length in steps of 5 minutes, at most 9 hours, all of it provider's time. At most two "
        "providers. A reference is added to the note.",
    ),
    _offer(
        "appointment.reschedule",
        "on",
        "Steps of 5 minutes, at most 9 hours. The confirmation stays as it is. A visit from the unscheduled list "
        "goes back on the book.",
    ),
    _offer(
        "appointment.cancel",
        "on",
        "The visit goes to the unscheduled list (status `waitlist`), so that it can be booked again. A missed one "
        "stays in its place (status `no_show`) and is charted with the office's procedure for missed visits; only "
        "where the office has switched that on. A note is written first, as a request of its own.",
    ),
    _offer(
        "appointment.confirm",
        "on",
        "Without `code_id`: the office's own statuses for automated messages, or its first status for `unconfirmed`.",
    ),
    _offer(
        "appointment.check_in",
        "on",
        "Sets the office's status for arrivals, which notes the time at which it is written. Another time (more "
        "than 5 minutes from now) only with Open Dental 25.2.10 or later and on the visit's own day.",
    ),
    _offer(
        "appointment.note",
        "on",
        "Added on a line of its own, with a reference.",
    ),
    _offer(
        "patient.update_contact",
        "on",
        "American numbers are written as (503)555-0123. An e-mail address replaces all that are there. State: two "
        "capital letters.",
    ),
    _offer(
        "patient.create",
        "ask",
        "Nobody of the same names and birthday may be there. `sex`: other is not offered by the API. No reference "
        "is left: a lost answer is settled by names, birthday and day of entry.",
    ),
    _offer(
        "communication.create",
        "on",
        "A reference is added to the note. Without `type_id`: miscellaneous.",
    ),
    _offer(
        "payment.post",
        "ask",
        "Distributed by the program itself, oldest charges of the family first; `splits` are refused. Follows the "
        "office's setting for future dates. Another payment type than the office's own for the API: 23.1.27 or "
        "later. A reference is added to the note.",
    ),
    _offer(
        "document.attach",
        "ask",
        "At most 16.8 million characters of base64; the file appears in its folder when somebody opens it. A "
        "reference is added to the description.",
    ),
    _offer(
        "alert.create",
        "ask",
        "A pop-up on the patient, shown to everybody who opens the chart, with a reference at its end.",
    ),
)
