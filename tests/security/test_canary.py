"""P7: what is known of a patient is in the practice, in the sealed store and in the cloud, and nowhere else.

A practice full of canaries is fed to a real cloud by the real program, in processes of their own, while nearly
everything goes wrong; then every byte that was written or can be seen from outside is searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import canaries
from tests.security.office import Office, opened, until

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


def set_up(office: Office) -> None:
    """From nothing to a first load, with every verb that a person would try."""
    where = f"Driver=SQLite3;Database={office.practice}"
    login = ("--login=reader", "--password-stdin")
    cloud = (f"--cloud=https://127.0.0.1:{office.port}", f"--ca-file={office.folder / 'tls' / 'ca.pem'}")
    given = ("--pms=eaglesoft", f"--connection={where}", "--time-zone=America/New_York", *cloud, *login)
    assert office.say("init", *given, typed=canaries.LOGIN_PASSWORD)[0] == 0
    file = office.home / "agent.toml"
    quick = {"poll_seconds": 0.5, "compare_seconds": 1, "lookup_minutes": 0.01, "duty_office": 1.0, "duty_load": 1.0}
    text = file.read_text().replace("[limits]", "[limits]\ndelete_share = 0.01\ndelete_floor = 0")
    file.write_text(text.replace("[pace]", "[pace]\n" + "\n".join(f"{k} = {v}" for k, v in quick.items())))
    assert office.say("enroll", office.code())[0] == 0
    assert office.say("doctor")[0] == 0
    code, shown = office.say("preview", "--rows", "40")
    assert code == 0 and "first_name" in shown
    assert office.say("preview", "patient", "--json")[0] == 0
    assert office.say("version")[0] == 0
    assert office.say("sync", "--once")[0] == 0


def trouble(office: Office) -> None:
    """A day on which everything goes wrong, and what people ask the agent meanwhile."""
    with office.running() as agent:
        office.desk.work(30)
        office.cloud_off()
        office.desk.work(10)
        until(lambda: "offline" in office.told() or "connection_lost" in office.told(), "the cloud missed")
        office.say("status")
        office.cloud_on()
        for statement, values in canaries.spoil():
            office.connection.execute(statement, values)
        office.connection.commit()
        assert office.say("sync", "--once", "--json")[0] in (0, 1)
        office.look_at(agent)

        office.connection.execute("ALTER TABLE patient RENAME COLUMN birth_date TO born")
        office.connection.execute("DELETE FROM appointment WHERE appointment_id % 2 = 0")
        office.connection.commit()
        assert office.say("sync", "--once")[0] == 1
        assert office.say("doctor")[0] == 1
        assert office.say("preview", "patient")[0] == 5
        assert office.say("reconcile")[0] == 1

    with office.running() as agent:
        code, shown = office.say("holds", "list", "--json")
        assert code == 0 and "mass_delete" in shown
        office.say("status", "--json")
        away = office.practice.with_suffix(".away")
        office.practice.replace(away)
        for child in agent.children(recursive=True):
            child.kill()
        until(lambda: "bridge_died" in office.told(), "the reader missed")
        assert office.say("doctor")[0] == 1
        away.replace(office.practice)


def quiet(office: Office) -> None:
    """Everything is mended; the agent catches up in a process that ends by itself."""
    office.connection.execute("ALTER TABLE patient RENAME COLUMN born TO birth_date")
    office.connection.commit()
    assert office.say("holds", "accept", "1", "--yes")[0] in (0, 3)
    assert office.say("sync", "--once")[0] in (0, 1)
    _, told = office.say("reconcile", "--json")
    assert '"all_matched": true' in told, told
    office.say("status")


def test_canaries_are_found_in_the_practice_and_in_the_cloud_and_nowhere_else(office: Office):
    set_up(office)
    trouble(office)
    quiet(office)

    # The search finds what is there: the practice holds all of them, and all but what is never read has arrived.
    every = {*canaries.PATIENT, "never to be read"}
    assert canaries.found(office.practice.read_bytes()) == every
    held = b"".join(file.read_bytes() for file in office.folder.glob("cloud.db*"))
    assert canaries.found(held) == set(canaries.PATIENT)

    assert {what: canaries.found(said) for what, said in office.said.items() if canaries.found(said)} == {}
    assert {what: canaries.found(seen) for what, seen in office.seen.items() if canaries.found(seen)} == {}
    written = {name: found for place in office.places for name, found in canaries.found_in_files(place).items()}
    assert [found for name, found in written.items() if "secret" not in name] == []
    assert all(found == {"password"} for found in written.values())
    assert len(office.said) > 18 and sum(what.startswith("heartbeat") for what in office.seen) == 2
