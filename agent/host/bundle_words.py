"""The words that a bundle may hold: the program's own, from its declarations, catalogue and messages.

They are the same on every machine: nothing that a practice's database says can become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from typing import Any, get_args, get_type_hints
from zoneinfo import available_timezones

from agent.health.bundle_forms import Each, Form, Keyed, Table
from agent.health.bundle_parts import TITLES, parts_of
from agent.health.catalogue import CATALOGUE
from agent.host.log import FIELDS
from agent.host.sources import PMS
from agent.model.reasons import REASONS
from agent.model.resources import RESOURCES
from agent.sources.layout import layout_of
from agent.wire.commands import State
from agent.wire.payloads import PAYLOADS

_TOKEN = re.compile(r"[A-Za-z0-9_]+")

_EVENTS = (
    "agent_started agent_stopped worker_did_not_stop epoch_begun captured delivered capture_halted shape_stopped "
    "mass_delete_held store_restored store_set_aside key_lost log_lost command_keys_renewed command_refused "
    "command_received write_unclear write_ended internal_error bundle_made bundle_sent api_used api_failed pause_begun "
    "pause_ended settings_changed"
)
_WORKERS = "capture upload heartbeat status commands reports writeback bundles api history pausing"
_PLAIN = (
    # what parts say of themselves and of the program
    "running starting silent stopped open missing damaged ok none direct set machine invalid default defaults "
    # the local API: rights and calls
    "look operate change version status events history writes write pause resume begin_task task settings "
    "plan_settings change_settings discover decide unmask "
    # causes, states and kinds of what is done
    "change load mapping reconcile repair snapshot sync diagnostics doctor waiting done failed not_seen first_load "
    "window growth lookup rotation dirty readback write "
    # engines, dialects, days
    "sqlite mariadb postgresql sqlanywhere mon tue wed thu fri sat sun "
    # what errors name
    "statement commit connect connection login password secret key table column shape file line errno status"
)


@cache
def words() -> frozenset[str]:
    """Every word."""
    found: set[str] = set()
    for text in (_EVENTS, _WORKERS, _PLAIN):
        found.update(text.split())
    found.update(f"{worker}_well_again" for worker in _WORKERS.split())
    found.update(CATALOGUE, REASONS, RESOURCES, FIELDS, PAYLOADS, get_args(State))
    for kind in PAYLOADS:
        found.update(kind.split("."))
        found.update(PAYLOADS[kind].model_fields)
    for resource in RESOURCES.values():
        found.update(get_type_hints(resource))
    found.update(_declared())
    return frozenset(found)


def _declared() -> Iterator[str]:
    """Names in the declarations: of systems, shapes, tables, columns."""
    for pms in PMS.values():
        yield from (pms.name, *(mark.table for mark in pms.marks), *(mark.column for mark in pms.marks))
        for fact in pms.facts:
            yield from (fact.table, *fact.columns)
        for shape in pms.shapes:
            yield from (shape.id, *shape.id.split("."), *shape.hurry, *shape.parts, *shape.lookups)
            for table, columns in layout_of(shape).columns().items():
                yield from (table, *columns)


@cache
def sentences() -> frozenset[str]:
    """Longer texts that a bundle may hold."""
    return TITLES | frozenset(part.title for part in parts_of(words(), FIELDS))


@cache
def spoken() -> frozenset[str]:
    """Everything that is no word of a practice, whatever a patient is called: also names of fields, files, zones."""
    found: set[str] = set(words())
    for part in parts_of((), FIELDS):
        found.update(_names(part.form))
    found.update(tokens(available_timezones()), tokens(sentences()))
    found.update(tokens(one.name for one in metadata.distributions() if one.name))
    return frozenset(one.casefold() for one in found)


def tokens(texts: Iterable[str]) -> set[str]:
    """The words of some texts."""
    return {word for text in texts for word in (text, *_TOKEN.findall(text))}


def tokens_of(value: Any) -> set[str]:
    """The words in a JSON value, names of fields included."""
    match value:
        case str():
            return tokens([value])
        case Mapping():
            return {word for name, inner in value.items() for word in (*tokens([str(name)]), *tokens_of(inner))}
        case list() | tuple():
            return {word for inner in value for word in tokens_of(inner)}
        case _:
            return set()


def _names(form: Form) -> Iterator[str]:
    match form:
        case Table():
            for name, inner in form.fields.items():
                yield name
                yield from _names(inner)
        case Each() | Keyed():
            yield from _names(form.form)
