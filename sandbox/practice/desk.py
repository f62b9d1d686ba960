"""The front desk: works on a practice as a real one does, driven by a seeded chance and the practice's own clock.

Every operation can be asked for by name (``desk.move(...)``, ``desk.do("move")``); ``desk.work(n)`` does n random ones.
The clock (``desk.now``) is moved by whoever runs the desk, never by the desk. Names of operations may be shown, data of
patients not. After a restore of the database (and of a copy of the model), make a new desk on the restored model.
"""

from __future__ import annotations

from sandbox.practice.office import Office

WEIGHTS: dict[str, float] = {
    # the schedule
    "book": 14,
    "move": 12,
    "confirm": 12,
    "check_in": 6,
    "seat": 5,
    "complete": 7,
    "cancel": 5,
    "no_show": 2,
    "wait": 2,
    "rebook": 2,
    "annotate": 3,
    "change_type": 1,
    "withdraw": 0.7,
    "reinstate": 0.7,
    "delete_appointment": 2,
    # people
    "new_patient": 4,
    "edit_phone": 3,
    "edit_address": 1.5,
    "rename_patient": 1,
    "edit_mail": 1.5,
    "edit_consent": 1.5,
    "edit_providers": 1,
    "change_guarantor": 0.7,
    "change_status": 1,
    "touch_patient": 1,
    "flip_sex": 0.5,
    "delete_patient": 1,
    "reenter_patient": 0.3,
    "merge_patients": 0.8,
    # the ledger
    "post_charge": 4,
    "post_payment": 7,
    "edit_payment": 2,
    "delete_payment": 1.5,
    "erase_entry": 0.5,
    "void": 0.7,
    "adjust": 2,
    "edit_adjustment": 0.7,
    "delete_adjustment": 0.5,
    "post_insurance": 4,
    "edit_insurance": 1,
    "edit_charge": 1.5,
    "delete_charge": 0.8,
    # the office
    "rename_type": 0.3,
    "rename_chair": 0.3,
    "move_chair": 0.2,
    "rename_definition": 0.3,
    "rename_code": 0.2,
    "hide_code": 0.3,
    "add_code": 0.2,
    "rename_location": 0.1,
    "rename_provider": 0.3,
    "hide": 0.4,
    "add_type": 0.2,
    "delete_type": 0.1,
    # many at once
    "bulk_confirm": 0.15,
    "bulk_move": 0.15,
    "age_accounts": 0.1,
}
"""Operation -> how often it is done, relative to the others."""


class Desk(Office):
    """A front desk."""

    def do(self, name: str) -> object:
        """Do one operation by its name, on whatever it chooses."""
        if name not in WEIGHTS:
            raise KeyError(name)
        return getattr(self, name)()

    def work(self, count: int = 1, only: frozenset[str] | None = None) -> list[str]:
        """Do so many weighted random operations (of those named in ``only``); their names, in order."""
        offered = [name for name in WEIGHTS if only is None or name in only]
        chosen = self.rng.choices(offered, [WEIGHTS[name] for name in offered], k=count)
        for name in chosen:
            self.do(name)
        return chosen

    def late(self, count: int = 1, only: frozenset[str] | None = None) -> list[str]:
        """Do random operations whose commit comes late: at ``release()``, or when somebody needs the same rows."""
        with self.held():
            return self.work(count, only)

    def burst(self, count: int = 50) -> list[str]:
        """The rush of the morning: so many confirmations, arrivals and calls at once."""
        return self.work(count, frozenset({"confirm", "check_in", "seat", "move", "book", "post_payment", "cancel"}))
