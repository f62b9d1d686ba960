"""Where the expressions of a declaration stand: columns become indexes, functions become names, lookups become dicts.

Compiles words for one layout, one set of lookups and one office, in one of two manners: fast, which fails at the first
odd value, or careful, where every call goes through ``say`` and is judged. Never runs what it compiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from typing_extensions import override

from agent.sources.codes import CodeTable, Decoder, Overrides, UnknownCode
from agent.sources.doubt import Memo
from agent.sources.layout import Layout
from agent.sources.values import folded
from agent.sources.words import Applied, Place


@dataclass(frozen=True, slots=True)
class Office:
    """What the practice's settings say about mapping."""

    zone: str
    """IANA zone of the practice."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """Location id -> IANA zone, where it differs."""
    overrides: Overrides = field(default_factory=dict)
    """Code table -> raw code -> canonical value."""

    def zone_of(self, location: str | None) -> str:
        """The zone of a location."""
        return self.zone if location is None else self.zones.get(location, self.zone)


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A lookup as read."""

    columns: tuple[str, ...]
    """Columns of the rows' values."""
    rows: Mapping[Any, tuple[Any, ...]]
    """Values by key; one-column keys are not wrapped."""


@dataclass(frozen=True)
class Spot(Place):
    """Where expressions stand while a shape is compiled."""

    layout: Layout
    lookups: Mapping[str, LookupTable]
    office: Office
    names: dict[str, Any]
    """Objects that the expressions use, by the names they use."""
    careful: bool
    part: str | None = None
    row: str = "r"
    """The current row's expression."""
    cells: Mapping[str, str] | None = None
    """Expressions that stand for columns while a remembered word is compiled."""
    unknown: str | None = None
    """What decoders answer for a code that they do not know; None = they raise."""
    hidden: bool = False

    @override
    def use(self, thing: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = thing
        return name

    @override
    def hide(self) -> Place:
        return self if self.hidden else replace(self, hidden=True)

    @override
    def cell(self, column: str) -> str:
        if self.cells is not None:
            return self.cells[column]
        if self.part is None:
            index = self.layout.root_index(column)
            return f"{self.row}[{index}]" if self.careful else f"x{index}"
        return f"{self.row}[{self.layout.part_index(self.part, column)[1]}]"

    @override
    def call(self, make: Callable[..., Any], *arguments: str) -> str:
        if self.careful:
            return f"say({', '.join((self.use(make), *arguments))})"
        return f"{self.use(make)}({', '.join(arguments)})"

    @override
    def memo(self, make: Callable[..., Any], *arguments: str) -> str:
        if self.careful:
            return self.call(make, *arguments)
        once = make if len(arguments) == 1 else partial(_spread, make)
        return f"{self.use(Memo(once))}[{', '.join(arguments)}]"

    @override
    def remember(self, word: Applied) -> str:
        columns = word.columns
        if self.careful or self.cells is not None:
            return word.bind_once(self)
        if not columns or not word.stands_alone:
            make, arguments = word.applied(self)
            return self.memo(make, *arguments)
        names = [f"x{index}" for index in range(len(columns))]
        inside = replace(self, cells=dict(zip(columns, names, strict=True)))
        made = f"lambda {', '.join(names)}: {word.bind_once(inside)}"
        once = eval(made, self.names)  # noqa: S307 - made from our declarations
        return self.memo(once, *(self.cell(column) for column in columns))

    @override
    def quick(self, quick: str, made: str) -> str:
        return made if self.careful else quick

    @override
    def constant(self, value: Any) -> str:
        return repr(value) if value is None or isinstance(value, (bool, int, str)) else self.use(value)

    @override
    def made(self, name: str) -> str:
        return f"f_{name}"

    @override
    def rows(self, part: str) -> str | None:
        return f"p[{self.layout.parts.index(part)}]" if part in self.layout.parts else None

    @override
    def within(self, part: str, row: str = "s") -> Place:
        return replace(self, part=part, row=row)

    @override
    def lookup(self, name: str, column: str) -> Mapping[Any, Any]:
        table = self.lookups.get(name)
        if table is None:
            return {}
        index = table.columns.index(column)
        return {folded(key): row[index] for key, row in table.rows.items()}

    @override
    def table(self, name: str) -> Sequence[tuple[Any, ...]]:
        table = self.lookups.get(name)
        return [] if table is None else [row for _, row in sorted(table.rows.items(), key=lambda item: repr(item[0]))]

    @override
    def decoder(self, table: CodeTable) -> Callable[[Any], Any]:
        decode, unknown = Decoder(table, self.office.overrides), self.unknown
        if unknown is None:
            return decode

        def decode_softly(raw: Any) -> str:
            try:
                return decode(raw)
            except UnknownCode:
                return unknown

        return decode_softly

    @override
    def zone_of(self, location: str | None) -> str:
        return self.office.zone_of(location)


def _spread(make: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return make(*arguments)
