"""Eaglesoft as a whole: its shapes, and how its database tells what it is."""

from __future__ import annotations

from agent.sources.eaglesoft.appointment import appointment
from agent.sources.eaglesoft.code_set import SHAPES as CODES
from agent.sources.eaglesoft.ledger import ledger_entry
from agent.sources.eaglesoft.patient import patient
from agent.sources.eaglesoft.reference import appointment_type, location, operatory, provider
from agent.sources.eaglesoft.writing.rights import READS
from agent.sources.pms import Cell, Fact, Mark, Pms

EAGLESOFT = Pms(
    name="eaglesoft",
    title="Eaglesoft",
    shapes=(location, provider, operatory, appointment_type, *CODES, patient, appointment, ledger_entry),
    dialects=frozenset({"sqlanywhere", "postgresql", "sqlite"}),
    version=Cell("system_preferences", "version"),
    versions=((16, 0), (24, 99)),
    # Charges are marked as deleted, never taken out, and are not dated anew once their day is closed.
    facts=(
        Fact(
            "transactions_header",
            ("tran_num", "tran_date", "service_code", "resp_party_id"),
            order=("tran_num",),
            where="type = 'S'",
        ),
        Fact("patient", ("patient_id", "date_entered"), order=("patient_id",)),
    ),
    # Not tran_num: the newest transaction can be taken out.
    marks=(Mark("appt_log", "appt_log_id"),),
    also_read=READS,
)
