"""Texts that carry a tag: it can be found again whatever else is in them."""

from __future__ import annotations

from tests.sources.eaglesoft.writing.offices import Office
from tests.sources.eaglesoft.writing.test_channel import create, note, reschedule


def test_a_write_is_found_again_by_its_tag_though_a_name_holds_a_character_that_ends_texts(
    small_office: Office,
) -> None:
    small_office.run("UPDATE {t}patient SET first_name = 'Al' || char(0) || 'ice'")
    for make in (create, note, reschedule):
        task, channel = make(small_office), small_office.channel()
        channel.apply(task, channel.prepare(task))
        assert channel.find(task).result == "applied", task.kind
