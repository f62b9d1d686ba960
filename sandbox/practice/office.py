"""The office manager's work: rename, hide and add set-up, and the program's upgrade."""

from __future__ import annotations

from typing import TypeVar

from sandbox.practice.clerk import operation
from sandbox.practice.model import Chair, Definition, Location, Provider, VisitType
from sandbox.practice.money import Money

Named = TypeVar("Named", VisitType, Chair, Definition, Location)

_WORDS = ("Blue", "North", "Second", "New", "Quiet", "Garden")

_HIDDEN = frozenset({"paytype", "payment", "document", "communication", "confirmation"})
_ALONE = frozenset({"note_type", "document", "communication"})
_CODES = _HIDDEN | _ALONE
"""Categories of definitions that are codes of the feed: those that can be hidden, those that no other record shows."""


class Office(Money):
    """Operations on set-up. Each takes what to work on, or chooses it; None when there is none."""

    @operation
    def rename_type(self, kind: VisitType | None = None, name: str | None = None) -> VisitType | None:
        """Give a kind of visit another name."""
        kind = kind or self.choose(self.practice.types)
        return None if kind is None else self._rename(kind, name)

    @operation
    def rename_chair(self, chair: Chair | None = None, name: str | None = None) -> Chair | None:
        """Give a chair another name."""
        chair = chair or self.choose(self.practice.chairs)
        return None if chair is None else self._rename(chair, name)

    @operation
    def move_chair(self, chair: Chair | None = None, location: int | None = None) -> Chair | None:
        """Move a chair to another site (in Eaglesoft its appointments go with it)."""
        chair = chair or self.choose(self.practice.chairs)
        if chair is None:
            return None
        with self.writer.changing(chair):
            chair.location = self.rng.choice(list(self.practice.locations)) if location is None else location
        self.stamped(chair)
        return chair

    @operation
    def rename_definition(self, definition: Definition | None = None, name: str | None = None) -> Definition | None:
        """Give an office-defined word (a payment type, a confirmation state) another name."""
        definition = definition or self.choose(self.practice.definitions)
        return None if definition is None else self._rename(definition, name)

    @operation
    def rename_code(self, name: str | None = None) -> Definition | None:
        """Give a folder or a kind of contact, which no other record shows, another name."""
        code = self.choose(self.practice.definitions, lambda one: one.category in _ALONE)
        return None if code is None else self._rename(code, name)

    @operation
    def hide_code(self, code: Definition | None = None) -> Definition | None:
        """Stop offering a code, or offer it again."""
        code = code or self.choose(self.practice.definitions, lambda one: one.category in _HIDDEN)
        if code is None:
            return None
        with self.writer.changing(code):
            code.hidden = not code.hidden
        self.stamped(code)
        return code

    @operation
    def add_code(self, category: str | None = None, name: str | None = None) -> Definition:
        """A new payment type, folder, kind of contact or confirmation state."""
        definitions = self.practice.definitions
        category = category or self.rng.choice(sorted({one for one, _ in definitions} & _CODES))
        taken = [key for one, key in definitions if one == category or self.opendental is not None]
        code = Definition(category, max(taken, default=0) + 1, name or f"{self.rng.choice(_WORDS)} code")
        definitions[category, code.key] = code
        self.writer.add(code)
        self.stamped(code)
        return code

    @operation
    def rename_location(self, location: Location | None = None, name: str | None = None) -> Location | None:
        """Give a site another name."""
        location = location or self.choose(self.practice.locations)
        return None if location is None else self._rename(location, name)

    @operation
    def rename_provider(self, provider: Provider | None = None, last: str | None = None) -> Provider | None:
        """A provider marries."""
        provider = provider or self.choose(self.practice.providers)
        if provider is None:
            return None
        with self.writer.changing(provider):
            provider.last = last or f"{self.rng.choice(_WORDS)}-{(provider.last or 'x')[:20]}"
        self.stamped(provider)
        return provider

    @operation
    def hide(self, what: Provider | Chair | VisitType | Definition | Location | None = None) -> object:
        """Hide something of the set-up, or show it again."""
        practice = self.practice
        if what is None:
            some: list[Provider | Chair | VisitType | Definition] = [
                *practice.providers.values(),
                *practice.types.values(),
            ]
            if self.opendental is not None:
                some += [*practice.chairs.values(), *practice.definitions.values()]
            what = self.rng.choice(some) if some else None
        if what is None:
            return None
        with self.writer.changing(what):
            if isinstance(what, VisitType):
                what.active = not what.active
            elif isinstance(what, Provider) and self.eaglesoft:
                what.status = "I" if what.status == "A" else "A"
            else:
                what.hidden = not what.hidden
        self.stamped(what)
        return what

    @operation
    def add_type(self) -> VisitType:
        """A new kind of visit."""
        number = max(self.practice.types, default=0) + 1
        kind = VisitType(number, f"{self.rng.choice(_WORDS)} visit", 5 * self.rng.randrange(0, 20))
        self.practice.types[number] = kind
        self.writer.add(kind)
        self.stamped(kind)
        return kind

    @operation
    def delete_type(self, kind: VisitType | None = None) -> VisitType | None:
        """Delete the row of a kind of visit; appointments keep its number."""
        kind = kind or (self.choose(self.practice.types) if len(self.practice.types) > 3 else None)
        if kind is None:
            return None
        self.writer.remove(kind)
        del self.practice.types[kind.key]
        self.stamped(kind)
        return kind

    @operation
    def age_accounts(self) -> int:
        """The nightly run over all accounts: balances and stamps of many rows move, nothing of the feed does."""
        heads = {person.guarantor for person in self.practice.patients.values()}
        family_heads = [person for person in self.practice.patients.values() if person.key in heads]
        with self.writer.changing(*family_heads):
            for person in family_heads:
                person.balance += self.rng.randrange(100)
        return len(family_heads)

    def upgrade(self, computer: str = "OFFICE-PC") -> None:
        """Open Dental: begin (or with '' end) an upgrade of the program; third parties must stop meanwhile."""
        assert self.opendental is not None
        self.opendental.upgrade(computer)

    def _rename(self, what: Named, name: str | None) -> Named:
        with self.writer.changing(what):
            what.name = name or f"{self.rng.choice(_WORDS)} {self.rng.randrange(100)}"
        self.stamped(what)
        return what
