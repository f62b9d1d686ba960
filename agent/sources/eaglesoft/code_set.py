"""Eaglesoft's code sets that commands refer to: payment types and types of notes.

Confirmation statuses are fixed numbers of the program with no table of their own: commands name them by their canonical
words. Folders of documents are left out: documents cannot be filed without the vendor's own interface.
"""

from __future__ import annotations

from agent.sources.fields import flag, key, text
from agent.sources.shape import Shape, Table
from agent.sources.words import Const

payment_type = Shape(
    "code.payment_type",
    "code",
    Table("paytype", ("paytype_id",)),
    {
        "set": Const("payment_type"),
        "code": key("paytype_id"),
        "label": text("description"),
        "active": flag("display_on_payment_screen"),
    },
    id_prefix="payment-type-",
    small=True,
)

communication_type = Shape(
    "code.communication_type",
    "code",
    Table("operatory_notes_type", ("id",)),
    {
        "set": Const("communication_type"),
        "code": key("id"),
        "label": text("description"),
    },
    id_prefix="communication-type-",
    small=True,
)

SHAPES = (payment_type, communication_type)
