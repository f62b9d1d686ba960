"""Open Dental's definitions that commands refer to. A set is a category; numbers are unique over all of them."""

from __future__ import annotations

from agent.sources.fields import code, key, not_flag, text
from agent.sources.opendental.codes import (
    COMMUNICATION_TYPES,
    CONFIRMATION,
    CONFIRMATIONS,
    DOCUMENT_CATEGORIES,
    PAYMENT_TYPES,
    definitions,
)
from agent.sources.shape import Shape, Table
from agent.sources.words import Const, Word


def _set(name: str, category: int, **fields: Word) -> Shape:
    """One category of definitions."""
    return Shape(
        f"code.{name}",
        "code",
        Table("definition", ("DefNum",), where=definitions(category)),
        {
            "set": Const(name),
            "code": key("DefNum"),
            "label": text("ItemName"),
            "active": not_flag("IsHidden"),
            **fields,
        },
        id_prefix=f"{name.replace('_', '-')}-",
        small=True,
    )


payment_type = _set("payment_type", PAYMENT_TYPES)

document_category = _set("document_category", DOCUMENT_CATEGORIES)

communication_type = _set("communication_type", COMMUNICATION_TYPES)

confirmation_status = _set("confirmation_status", CONFIRMATIONS, meaning=code(text("ItemName"), CONFIRMATION))

SHAPES = (payment_type, document_category, communication_type, confirmation_status)
