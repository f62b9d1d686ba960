"""The watch over a whole cloud, on a virtual clock: what is told when, and that it is told once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest

from agent.wire.cloud import ReconcileRequest, ReconcileResponse
from sandbox.cloud.alarms_rules import Limits
from sandbox.cloud.fleet_facts import Office
from sandbox.cloud.fleet_hours import closing, open_hours
from sandbox.cloud.fleet_memory import note_comparison
from tests.sandbox.cloud.fleet_office import OFFICE, Watched, warning
from tests.sandbox.cloud.office import Office as CommandOffice

ZONE = ZoneInfo("America/New_York")


@pytest.fixture
def place(cloud_url: str) -> Watched:
    return Watched(cloud_url)


def test_silence_opens_an_alarm_and_the_next_heartbeats_close_it(place: Watched) -> None:
    place.beat()
    assert place.go(14, beats=False) == []
    assert place.go(3, beats=False) == ["opened agent_silent"]
    assert place.open_alarms() == ["agent_silent"]
    assert place.go(10) == ["closed agent_silent"]
    assert place.open_alarms() == []
    opened, closed = place.bodies()
    assert opened["data"]["alarm_id"] == closed["data"]["alarm_id"] == f"{place.practice_id}.agent_silent"
    assert (opened["type"], opened["data"]["severity"], opened["data"]["closed_at"]) == ("alarm.opened", "error", None)
    assert closed["data"]["closed_at"] == "2026-03-02T15:20:00Z"
    assert opened["data"]["practice_name"] == "Elm"


def test_a_cloud_that_was_away_gives_the_agents_time_to_come_back(place: Watched) -> None:
    place.beat()
    place.watch.look()
    place.clock.go(hours=3)
    assert place.go(10, beats=False) == []
    assert place.go(10) == []


def test_a_server_that_is_off_over_night_raises_nothing() -> None:
    place, office, told = Watched(), Office.model_validate(OFFICE), []
    place.clock.now = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)  # half an hour before the office closes
    for _ in range(17 * 12):
        place.clock.go(minutes=5)
        late = place.clock.now - timedelta(minutes=20)
        if closing(office, place.clock.now) and closing(office, late):  # switched on 20 minutes after the opening
            place.beat()
        place.watch.look()
        told += place.open_alarms()
    assert told == []
    assert closing(office, place.clock.now) is not None


def test_an_error_of_the_agent_is_told_in_the_catalogues_words_and_closes_with_it(place: Watched) -> None:
    assert place.go(30, warnings=[warning("offline"), warning("sync_behind", "warning")]) == ["opened agent_behind"]
    assert place.go(15, warnings=[warning("offline")]) == ["closed agent_behind", "opened warning_lasts.offline"]
    assert place.go(10) == ["closed warning_lasts.offline"]
    assert b"Zebulon" not in orjson.dumps(place.bodies())


def test_a_warning_that_comes_and_goes_is_not_told(place: Watched) -> None:
    told = []
    for _ in range(6):
        told += place.go(20, warnings=[warning("offline")])
        told += place.go(1)
    assert told == []


def usual_weeks(place: Watched) -> None:
    """Eight usual weeks, and a Monday on which no appointment changes before two in the afternoon; it is 8:00."""
    office = Office.model_validate(OFFICE)
    for back in range(1, 57):
        day = place.clock.now.date() - timedelta(days=back)
        for hour in open_hours(office, day):
            place.changed("appointment", hour, 40)
            place.changed("patient", hour, 30)
    today = open_hours(office, place.clock.now.date())
    place.clock.now = today[0]
    for at, hour in enumerate(today):
        place.changed("patient", hour, 30)
        if at >= 6:
            place.changed("appointment", hour, 55)


def test_volume_is_judged_once_an_hour_and_the_alarm_closes_when_it_is_usual_again(place: Watched) -> None:
    usual_weeks(place)
    place.beat()
    told = place.go(9 * 60, step=3)
    assert told == [f"{what} volume_low.appointment" for what in ("opened", "reminder", "closed")]
    facts = place.bodies()[0]["data"]["facts"]
    assert facts["changes"] == 0 and facts["usual"] == 120 and facts["hours"] == 3
    assert place.go(60, step=5) == []


def test_a_practice_whose_agent_is_paused_is_not_judged_by_its_volume() -> None:
    place = Watched()
    usual_weeks(place)
    assert place.go(9 * 60, step=4, paused_until="2026-03-03T00:00:00Z") == []


def test_differences_of_two_runs_raise_an_alarm_and_a_clean_run_closes_it(place: Watched) -> None:
    def compare(*differing: int) -> None:
        asked = ReconcileRequest(resource="appointment", epoch=0, seq=0, segments=[(0, "")] * 8)
        answer = ReconcileResponse(differing=list(differing))
        with place.cloud._database.write() as db:
            note_comparison(db, place.agent.agent_id, asked, answer, place.clock.now)

    told = []
    for differing in ((1, 2), (4,), (4, 5), (4,), ()):
        compare(*differing)
        compare(*differing)  # of the same run
        told += [place.go(10)]
        place.clock.go(hours=23)
        told += [place.go(1)]
    events = [one for many in told for one in many]
    assert events == [f"{what} drift_lasts.appointment" for what in ("opened", "reminder", "reminder", "closed")]


def test_a_difference_that_the_agent_has_found_opens_an_alarm_at_once_and_its_repair_closes_it(place: Watched) -> None:
    def found(different: int) -> dict[str, object]:
        one = {"at": place.clock.now.isoformat(), "different": different, "missing": 0, "extra": 0}
        return {"reconcile": {"resources": {"appointment": one}}}

    assert place.go(2, **found(0)) == []
    assert place.go(1, **found(2)) == ["opened drift_lasts.appointment"]
    assert place.bodies()[-1]["data"]["facts"]["different"] == 2
    assert place.go(10, **found(0)) == ["closed drift_lasts.appointment"]


def test_a_certificate_that_the_agent_sees_ending_is_told_of_until_it_is_a_new_one(place: Watched) -> None:
    assert place.go(30, cloud={"certificate_ends_in_days": 9}) == ["opened certificate_expiring.seen_by_agent"]
    assert place.go(10, cloud={"certificate_ends_in_days": 90}) == ["closed certificate_expiring.seen_by_agent"]


def test_an_agent_that_is_behind_is_told_of_until_it_has_caught_up(place: Watched) -> None:
    late = {"changes": 40, "bytes": 900, "oldest_seconds": 1200}
    assert place.go(30, waiting=late) == ["opened agent_behind"]
    assert place.go(10) == ["closed agent_behind"]


def test_an_old_agent_is_told_of_until_it_is_replaced() -> None:
    place = Watched(limits=Limits(oldest_agent="1.5"))
    assert place.go(70) == ["opened agent_outdated"]
    for _ in range(10):
        place.clock.go(minutes=1)
        place.beat("1.5.1")
        place.watch.look()
    assert place.open_alarms() == []


def test_three_usual_days_without_any_change_are_told_of_and_close_when_the_office_works_again() -> None:
    place, office = Watched(), Office.model_validate(OFFICE)
    monday = place.clock.now.date()
    for at in [*range(-60, -4), 3, 4]:  # Wednesday to Friday before it, and Monday to Wednesday, nothing changes
        for hour in open_hours(office, monday + timedelta(days=at)):
            place.changed("appointment", hour, 30)
    told = place.go(4 * 24 * 60, step=60)
    assert told[0] == "opened nothing_changes" and told[-1] == "closed nothing_changes", told


def test_far_more_changes_than_usual_are_told_of_and_close_by_themselves() -> None:
    place = Watched()
    usual_weeks(place)
    for hour in open_hours(Office.model_validate(OFFICE), place.clock.now.date())[:3]:
        place.changed("patient", hour, 2000)
    told = [one for one in place.go(9 * 60, step=10) if "patient" in one]
    assert told[0] == "opened volume_high.patient" and told[-1] == "closed volume_high.patient"


def test_the_clouds_own_certificate_and_old_agents_are_told_of(cloud_url: str) -> None:
    place = Watched(cloud_url, Limits(oldest_agent="2.0"))
    place.certificate = (place.clock.now - timedelta(days=80), place.clock.now + timedelta(days=10))
    assert sorted(place.go(70)) == ["opened agent_outdated", "opened certificate_expiring.of_this_cloud"]
    place.certificate = (place.clock.now, place.clock.now + timedelta(days=90))
    assert place.go(10) == ["closed certificate_expiring.of_this_cloud"]


def test_a_write_that_needs_a_person_is_told_of_until_somebody_has_decided(cloud_url: str) -> None:
    office = CommandOffice(cloud_url)
    command = office.queue()
    office.fetch()
    office.report(command.command_id, 1, "needs_person", reason_code="outcome_unknown")
    watch = office.cloud.watch()

    def look(minutes: int) -> list[str]:
        for _ in range(minutes):
            office.clock.go(minutes=1)
            watch.look()
        return [one.kind for one in reversed(office.cloud.alarms.log(office.practice_id)) if "person" in one.alarm_id]

    assert look(10) == ["alarm.opened"]
    office.report(command.command_id, 2, "verified")
    assert look(10) == ["alarm.opened", "alarm.closed"]


def test_two_clouds_on_one_database_tell_an_alarm_once(place: Watched) -> None:
    other = place.cloud.watch()
    place.beat()
    place.watch.look()
    for _ in range(20):
        place.clock.go(minutes=1)
        both = [threading.Thread(target=one.look) for one in (place.watch, other)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert [one.kind for one in place.cloud.alarms.log()] == ["alarm.opened"]


def test_a_practice_whose_agent_is_taken_away_has_no_alarms_left(place: Watched) -> None:
    place.beat()
    place.go(30, beats=False)
    assert place.open_alarms() == ["agent_silent"]
    place.cloud.unenrol(place.agent.agent_id)
    assert place.go(5, beats=False) == ["closed agent_silent"]


def test_a_fortnight_of_an_ordinary_office_raises_nothing() -> None:
    place, office = Watched(), Office.model_validate(OFFICE)
    first = datetime(2026, 2, 27, tzinfo=UTC).date()
    holiday = datetime(2026, 3, 11).date()
    for at in range(-60, 14):
        day = first + timedelta(days=at)
        for number, hour in enumerate(open_hours(office, day)):
            if day != holiday:
                place.changed("appointment", hour, 30 + (at * 7 + number * 3) % 11)
                place.changed("patient", hour, 6 + (at + number) % 3)
    place.clock.now = datetime(2026, 2, 27, 12, 20, tzinfo=UTC)
    told = []
    for _ in range(14 * 24):
        place.clock.go(minutes=60)
        place.beat()
        place.watch.look()
        told += place.open_alarms()
    assert told == [], "over a weekend, the change to daylight saving on 8 March, and a holiday on the 11th"
