"""Why a write ended as it did: one list of reason codes, what each means and what it asks for.

The cloud, the CLI, the audit trail and ``docs/writes.md`` all use these codes and texts. Must hold no patient data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ends = Literal["verified", "rejected", "conflict", "expired", "needs_person", "waits"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code."""

    code: str
    ends: Ends
    """The state that it comes with; ``waits`` = the command is kept and tried again until it expires."""
    title: str
    """What happened."""
    asks: str
    """What to do about it."""
    retryable: bool = False
    """A new command of the same content may succeed without anything being changed in it."""


_ALL = (
    # Verified, with something to know
    Reason(
        "already_so",
        "verified",
        "The practice is as asked already, by an earlier attempt or by the office itself",
        "Nothing.",
    ),
    Reason(
        "overwritten_since",
        "verified",
        "It was written, and the office has changed it since",
        "Read the record's latest version from the feed.",
    ),
    # The command itself
    Reason(
        "signature_invalid",
        "rejected",
        "The command is not signed by a key that this agent trusts",
        "Ask support; somebody may be forging commands.",
    ),
    Reason("not_addressed", "rejected", "The command is for another practice", "Queue it for the right practice."),
    Reason(
        "malformed",
        "rejected",
        "The command or its payload is not as documented",
        "Correct the field that `rule` names.",
    ),
    Reason("replayed", "rejected", "Another command had this id", "Queue a new command."),
    Reason(
        "kind_unknown",
        "rejected",
        "This agent does not know such a command",
        "Update the agent, or use a kind that it knows.",
    ),
    Reason(
        "expired",
        "expired",
        "It could not be applied before it expired",
        "Queue a new command if it is still wanted.",
        True,
    ),
    # What the office and its PMS allow
    Reason(
        "kind_not_offered", "rejected", "This PMS has no door for such a write", "See `practice-agent capabilities`."
    ),
    Reason(
        "no_trial",
        "rejected",
        "This PMS cannot take back what it was given, so nothing can be tried in it",
        "Rehearse without a trial.",
    ),
    Reason(
        "needs_vendor_interface",
        "rejected",
        "This PMS takes such a write only through an interface of its vendor that is not there",
        "See `practice-agent capabilities`.",
    ),
    Reason(
        "kind_off",
        "rejected",
        "The office has not switched such writes on",
        "Ask the office to switch it on in its policy file.",
    ),
    Reason(
        "not_allowed",
        "rejected",
        "The office's policy does not allow it: `rule` says which limit",
        "Choose what the office allows.",
    ),
    Reason("limit_reached", "rejected", "The office's limit per hour or day is used up", "Queue it again later.", True),
    Reason("person_refused", "rejected", "Somebody in the office refused it", "Ask the office."),
    Reason("approval_wanted", "waits", "Somebody in the office must approve it first", "Wait, or ask the office."),
    Reason("policy_invalid", "waits", "The office's policy file cannot be read", "Ask the office's IT to correct it."),
    # What support asks of the agent
    Reason("bundle_not_sent", "waits", "The diagnostics bundle is made and could not be sent yet", "Nothing."),
    Reason(
        "bundle_refused",
        "rejected",
        "The cloud does not take the diagnostics bundle",
        "Ask the office to send the file from the folder `bundles` of the agent's home.",
    ),
    # The way into the PMS
    Reason(
        "channel_not_configured",
        "rejected",
        "The office has not set up the way to write into its PMS",
        "Ask the office's IT; see docs/writes.md.",
    ),
    Reason(
        "channel_read_only",
        "rejected",
        "The PMS lets this connection read only",
        "The office must supply the vendor's authentication.",
    ),
    Reason("channel_refused", "waits", "The PMS does not accept the key or login", "Ask the office's IT to renew it."),
    Reason(
        "channel_unreachable", "waits", "The PMS cannot be reached for writing", "Wait; ask the office if it lasts."
    ),
    Reason(
        "reading_halted",
        "waits",
        "The agent does not read the practice's database at the moment",
        "See the agent's status.",
    ),
    Reason("internal_error", "waits", "The agent met a case that it does not know", "Tell support; it is tried again."),
    Reason("not_loaded", "waits", "The record has not been read for the first time yet", "Wait for the first load."),
    Reason("pms_refused", "rejected", "The PMS refused it", "`sqlstate` and `native` say why."),
    # Rules
    Reason(
        "target_unknown", "rejected", "The practice has no such record (any more)", "Read the feed; correct the target."
    ),
    Reason(
        "reference_unknown",
        "rejected",
        "The practice has no record of the id that `rule` names",
        "Read the feed; correct the id.",
    ),
    Reason("inactive", "rejected", "The record that `rule` names is inactive, hidden or deleted", "Choose another."),
    Reason("not_booked", "rejected", "The appointment is cancelled, completed or missed", "Book a new one."),
    Reason(
        "double_booked",
        "conflict",
        "Another appointment is there at that time",
        "Choose another time; `conflicting` names what is there.",
    ),
    Reason("outside_hours", "rejected", "Outside the hours in which the office takes bookings", "Choose another time."),
    Reason("in_the_past", "rejected", "The time is past", "Choose another time."),
    Reason("time_does_not_exist", "rejected", "The clocks skip that time", "Choose another time."),
    Reason("time_ambiguous", "rejected", "The clocks show that time twice", "Choose another time."),
    Reason(
        "time_not_on_grid",
        "rejected",
        "The PMS keeps times and lengths in steps that this is not a multiple of",
        "Round it to the step.",
    ),
    Reason("text_too_long", "rejected", "The text is longer than the PMS keeps", "Shorten it."),
    Reason("text_not_storable", "rejected", "The PMS cannot keep a character of the text", "Replace it."),
    Reason(
        "value_not_storable",
        "rejected",
        "The PMS has no place for the value of the field that `rule` names",
        "Leave the field out, or give it a value that `practice-agent capabilities` lists.",
    ),
    Reason("phone_invalid", "rejected", "Not a possible telephone number", "Correct it."),
    Reason("email_invalid", "rejected", "Not an e-mail address", "Correct it."),
    Reason("nothing_to_do", "rejected", "The command sets nothing", "Name a field."),
    Reason("amount_invalid", "rejected", "The amount is zero or too large", "Correct it."),
    Reason("splits_do_not_sum", "rejected", "The splits do not sum to the amount", "Correct them."),
    Reason("splits_wanted", "rejected", "This PMS does not distribute a payment by itself", "Name the splits."),
    Reason(
        "document_too_large", "rejected", "The document is larger than the PMS or the office takes", "Make it smaller."
    ),
    Reason("document_type_refused", "rejected", "The content is not of the type that it claims", "Correct the type."),
    Reason("patient_exists", "conflict", "Such a patient is there already", "Use the one that `conflicting` names."),
    # The practice has changed
    Reason(
        "version_changed",
        "conflict",
        "The record has changed since the decision was made",
        "Read its latest version, decide again.",
    ),
    Reason(
        "changed_meanwhile",
        "conflict",
        "The record changed in the moment of writing",
        "Read its latest version, decide again.",
    ),
    # Nobody knows
    Reason(
        "outcome_unknown",
        "needs_person",
        "It may have been written; the agent cannot tell",
        "Somebody in the office looks and settles it with `practice-agent writes`.",
    ),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _ALL}
"""Code -> reason."""
