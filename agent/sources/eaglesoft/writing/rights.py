"""What the channel reads, for the login that reads, and what it writes, for the login that writes.

For the page of logins; a test writes every kind with logins that have these rights and no others.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.sources.eaglesoft.writing.people import CONTACT
from agent.sources.eaglesoft.writing.visits import COLUMNS

READS: Mapping[str, tuple[str, ...]] = {
    "alert": ("alert_id", "description", "show_in_list_yn"),
    "appointment": tuple(COLUMNS),
    "appointment_provider": ("appointment_id", "provider_id"),
    "appt_log": ("appt_log_id", "appt_id", "patient_name"),
    "operatory_notes": (
        *("note_id", "patient_id", "user_id", "description", "note", "date_modified", "status", "tran_num"),
    ),
    "operatory_notes_type": ("id", "note_type"),
    "patient": (
        *("patient_id", "first_name", "last_name", "birth_date", "responsible_party", "practice_id", *CONTACT),
    ),
    "patient_alerts": ("patient_id", "alert_id"),
    "provider": ("provider_id", "status", "collections_go_to", "practice_id"),
    "transactions_detail": ("tran_num", "detail_id", "patient_id", "provider_id", "amount", "status"),
    "transactions_header": (
        *("tran_num", "type", "tran_date", "resp_party_id", "amount", "paytype_id", "description", "status"),
    ),
}
"""Table -> columns that the channel looks at through the login that reads."""

WRITES: Mapping[str, str] = {
    "alert": "SELECT, INSERT",
    "appointment": "SELECT, INSERT, UPDATE",
    "appointment_provider": "SELECT, INSERT, UPDATE, DELETE",
    "appt_log": "SELECT, INSERT",
    "operatory_notes": "SELECT, INSERT",
    "patient": "SELECT, INSERT, UPDATE",
    "patient_alerts": "SELECT, INSERT",
    "patient_site_providers": "INSERT",
    "transactions_detail": "SELECT, INSERT",
    "transactions_header": "SELECT, INSERT",
    "used_patients": "INSERT",
}
"""Table -> rights of the login that writes; it reads where a change expects what was there, and fetches keys."""
