"""P7: what is known of a patient is in the practice, in the sealed store and in the cloud, and nowhere else.

A practice full of canaries is fed to a real cloud by the real program, in processes of their own, while nearly
everything goes wrong; then every output in :mod:`tests.security.outputs` is searched for each canary, however it is
written or packed.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.api.server import CALLS
from agent.host.secret_names import STORE_KEY
from agent.platform.secrets import Secrets
from gui.texts import say
from sandbox.practice.build import Size, build
from tests.causes.road import Road, inspector, squid
from tests.sandbox.cloud.receiver import receiving
from tests.security import canaries, outputs
from tests.security.asking import PACKED
from tests.security.office import Office, opened, until

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


def set_up(office: Office) -> None:
    """From nothing to a first load, with every verb that a person would try."""
    where = f"Driver=SQLite3;Database={office.practice}"
    login = ("--login=reader", "--password-stdin")
    cloud = (f"--cloud=https://127.0.0.1:{office.port}", f"--ca-file={office.folder / 'trusted.pem'}")
    given = ("--pms=eaglesoft", f"--connection={where}", "--time-zone=America/New_York", *cloud, *login)
    assert office.say("diagnostics", "--preview")[0] == 0
    assert office.say("init", *given, typed=canaries.LOGIN_PASSWORD)[0] == 0
    file = office.home / "agent.toml"
    quick = {"poll_seconds": 0.5, "compare_seconds": 1, "lookup_minutes": 0.01, "duty_office": 1.0, "duty_load": 1.0}
    text = file.read_text().replace("[limits]", "[limits]\ndelete_share = 0.01\ndelete_floor = 0")
    file.write_text(text.replace("[pace]", "[pace]\n" + "\n".join(f"{k} = {v}" for k, v in quick.items())))
    assert office.say("enroll", office.code())[0] == 0
    assert office.say("doctor", "--html", str(office.folder / "user" / "report.html"))[0] == 0
    code, shown = office.say("preview", "--rows", "40")
    assert code == 0 and "first_name" in shown
    assert office.say("preview", "patient", "--json")[0] == 0
    assert office.say("version")[0] == 0
    assert office.say("sync", "--once")[0] == 0
    assert office.say("diagnostics", "--json")[0] == 0


def asked_for(office: Office) -> None:
    """The cloud asks for writes, most of which come to nothing, and people look at them and decide."""
    where, author = f"Driver=SQLite3;Database={office.practice}", office.desk.practice.providers
    given = (
        "--connection",
        where,
        "--login",
        "writer",
        "--user",
        next(k for k, v in author.items() if v.status == "A"),
    )
    secrets = f"{canaries.LOGIN_PASSWORD}\nSELECT '{canaries.WRITE_SECRET}'\n"
    assert office.say("writes", "setup", *map(str, given), "--secrets-stdin", typed=secrets)[0] == 0
    modes = {"appointment.note": "on", "alert.create": "on", "communication.create": "on", "patient.create": "ask"}
    policy = "\n".join(f'[kinds."{kind}"]\nmode = "{mode}"' for kind, mode in modes.items())
    (office.home / "policy.toml").write_text(policy)
    ((visit,),) = office.connection.execute(
        "SELECT appointment_id FROM appointment WHERE patient_id LIKE 'Zq7A%' AND appointment_id % 2 = 1 LIMIT 1"
    )
    text, patient = canaries.PAYLOAD, f"patient:{canaries.PATIENT['id'][0]}"
    person: dict[str, object] = {
        "first_name": canaries.PATIENT["first name"][0],
        "last_name": text,
        "birth_date": "1931-07-23",
    }
    with office.running() as agent:
        assert office.queue("appointment.note", f"appointment:{visit}", {"text": text}, 60)[1] == "verified"
        assert office.queue("appointment.note", f"appointment:{text}", {"text": text}, 60)[1] == "rejected"
        assert office.queue("alert.create", patient, {"text": f"{text} " * 5}, 60)[1] == "rejected"
        older = ("--expected-version", "0" * 32)
        assert office.queue("appointment.note", f"appointment:{visit}", {"text": text}, 60, *older)[1] == "conflict"
        wrong: dict[str, object] = {"mode": "phone", "text": text, "type_id": text}
        assert office.queue("communication.create", patient, wrong, 60)[1] == "rejected"
        office.connection.execute("ALTER TABLE patient_alerts RENAME TO no_alerts")
        assert office.queue("alert.create", patient, {"text": text}, 4)[1] != "verified"
        office.connection.execute("ALTER TABLE no_alerts RENAME TO patient_alerts")
        waits, state = office.queue("patient.create", "patient", person, 60)
        assert state == "awaiting_approval"
        office.look_at(agent)
        office.look_everywhere()
        office.ask_fleet()
        assert office.say("writes")[0] == 0
        assert office.say("writes", "list", "--json")[0] == 0
        code, shown = office.say("writes", "show", waits)
        assert code == 0 and "last_name: xxxxxx" in shown
        assert office.say("writes", "show", waits, "--json")[0] == 0
        tried = {"kind": "patient.create", "target": {"resource": "patient"}, "payload": person}
        assert office.say("writes", "try", "-", typed=json.dumps(tried))[0] == 0
        odd = {"kind": "appointment.note", "target": {"resource": text}, "payload": {text: text}}
        assert office.say("writes", "try", "-", typed=json.dumps(odd))[0] == 2
        (office.home / "policy.toml").write_text(f"# {text}\n{policy}\n[{text.split()[0]}]")
        office.queue("appointment.note", f"appointment:{visit}", {"text": text}, 3)
        assert office.say("capabilities")[0] != 0
        (office.home / "policy.toml").write_text(policy)
        assert office.say("writes", "reject", waits, "--yes")[0] == 0
        office.say("doctor")
        office.say("status")
        bundled(office)
    assert office.say("audit")[0] == 0
    assert office.say("audit", "--json")[0] == 0
    assert office.say("audit", "verify")[0] == 0
    assert office.say("capabilities", "--json")[0] == 0


def bundled(office: Office) -> None:
    """Bundles are made by hand and asked for by the cloud, also while there is a pause."""
    assert office.say("diagnostics", "--preview", "--json")[0] == 0
    assert office.say("diagnostics", "--send")[0] == 0
    assert office.queue("agent.collect_diagnostics", "agent", {}, 60)[1] == "verified"
    assert office.queue("agent.pause", "agent", {"minutes": 5}, 60)[1] == "verified"
    office.say("status", "--json")
    assert office.queue("agent.collect_diagnostics", "agent", {}, 60)[1] == "verified"
    assert office.queue("agent.resume", "agent", {}, 60)[1] == "verified"
    assert len(office.ask_cloud("SELECT bundle FROM bundles")) == 3


def trouble(office: Office) -> None:
    """A day on which everything goes wrong, and what people ask the agent meanwhile."""
    with office.running() as agent:
        office.desk.work(30)
        office.cloud_off()
        office.desk.work(10)
        until(lambda: "offline" in office.told() or "connection_lost" in office.told(), "the cloud missed")
        office.say("status")
        office.cloud_on()
        for kind in ("garbage", "half", "cut"):
            office.fault(kind=kind, times=3)
        for status in (401, 403, 422, 500, 503):
            office.fault(kind="error", status=status, times=2)
        office.desk.work(5)
        assert office.say("diagnostics", "--send")[0] != 0
        assert office.say("diagnostics")[0] == 0
        office.say("doctor", "--json")
        office.fault()
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
        assert office.say("diagnostics", "--preview")[0] == 0
        office.show()
        office.ask_fleet()

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
        assert office.say("diagnostics")[0] == 0
        away.replace(office.practice)


def on_the_way(office: Office) -> None:
    """What stands between an agent and its cloud: a proxy that is gone, one that wants a login, firewalls, old
    certificates, a wrong clock; and on its own machine a driver that is gone and a disk that is full.
    """
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    clock = {"LD_PRELOAD": str(library), "FAKETIME": "+20m", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with office.running(clock):
        office.tells("clock_wrong")
    with office.running({"ODBCSYSINI": str(office.folder / "user")}):
        office.tells("driver_missing")
        office.say("doctor")
    with office.limits(disk_free_mb=1_000_000), office.running():
        office.tells("disk_full")
    with squid(office.folder / "squid", login=("agent", "another")) as port, office.running():
        proxy = ("proxy", f"http://127.0.0.1:{port}", "--login", "agent", "--password-stdin")
        assert office.say(*proxy, typed=canaries.LOGIN_PASSWORD)[0] == 0
        office.tells("proxy_login_wanted")
        office.say("doctor", "--json")
        office.say("diagnostics", "--send")
        office.say("proxy")
    with office.running(heard=False):
        office.tells("proxy_failed")
        assert office.say("proxy", "direct")[0] == 0
    office.cloud_off()
    road = Road(0, office.port)
    try:
        with office.running(heard=False):
            for context, code in ((inspector(), "tls_untrusted"), (office.expired, "tls_expired")):
                road.lead(shows=context)
                office.tells(code)
                office.say("doctor")
    finally:
        road.close()
        office.cloud_on()


def others(office: Office) -> None:
    """Another database under the same name; the same agent twice."""
    away, other = office.practice.with_suffix(".away"), office.practice.with_suffix(".other")
    with closing(sqlite3.connect(other)) as link:
        build("eaglesoft", link, 99, Size(20, 40, 50, 2))
        link.commit()
    with office.running() as agent:
        office.practice.replace(away)
        other.replace(office.practice)
        for child in agent.children(recursive=True):
            child.kill()
        office.tells("database_changed")
        office.say("holds")
        office.say("doctor")
        away.replace(office.practice)
        for child in agent.children(recursive=True):
            child.kill()
    copy = office.folder / "user" / "copy"
    shutil.copytree(office.home, copy)
    assert office.say("--home", str(copy), "sync", "--once")[0] == 3
    office.say("--home", str(copy), "status")


def quiet(office: Office) -> None:
    """Everything is mended; the agent catches up in a process that ends by itself."""
    office.connection.execute("ALTER TABLE patient RENAME COLUMN born TO birth_date")
    office.connection.commit()
    for hold in json.loads(office.say("holds", "list", "--json")[1]):
        assert office.say("holds", "accept", str(hold["id"]), "--yes")[0] in (0, 3), hold
    assert office.say("sync", "--once")[0] in (0, 1)
    _, told = office.say("reconcile", "--json")
    assert '"all_matched": true' in told, told
    office.say("status")


def damaged(office: Office) -> None:
    """The store is torn, then its key is lost; both are told, and a bundle is made all the same."""
    store, torn = office.home / "store.db", b"\x00\xffnothing that was sealed" * 40
    with store.open("r+b") as file:
        for at in range(4096, store.stat().st_size, 8192):
            file.seek(at)
            file.write(torn)
    assert office.say("diagnostics", "--json")[0] == 0
    office.say("holds")
    office.say("writes", "list")
    assert office.say("sync", "--once")[0] in (0, 1, 4, 5)
    Secrets(office.home).delete(STORE_KEY)
    assert office.say("diagnostics")[0] == 0
    assert office.say("sync", "--once")[0] in (0, 1)
    (office.home / "agent.toml").write_text(f"{canaries.PAYLOAD} = [")
    assert office.say("status")[0] != 70
    assert office.say("doctor")[0] != 0
    assert office.say("diagnostics", "--json")[0] == 0
    (office.home / "agent.toml").unlink()


def test_canaries_are_found_in_the_practice_and_in_the_cloud_and_nowhere_else(office: Office):
    with receiving() as hook:
        office.tell_alarms_to(hook.url)
        set_up(office)
        asked_for(office)
        trouble(office)
        quiet(office)
        on_the_way(office)
        others(office)
        damaged(office)
        office.ask_fleet()
        office.alarms = {f"{number} {heads}": body for number, (heads, body) in enumerate(hook.came)}

    # The search finds what is there: the practice holds all of them, and all but what is never read has arrived.
    every = {*canaries.PATIENT, "never to be read"}
    assert canaries.found(office.practice.read_bytes()) == every
    held = b"".join(file.read_bytes() for file in office.folder.glob("cloud.db*"))
    assert canaries.found(held) == set(canaries.PATIENT)

    # No output holds any; and the outputs are there to be searched.
    assert outputs.leaks(office) == {}
    assert len(office.said) > 30 and sum(what.startswith("heartbeat") for what in office.seen) >= 3
    for what, contents in outputs.OUTPUTS:
        assert contents(office), what
    for call in CALLS:
        asked = rf"api \w+ {call.method} {re.sub('{[^}]*}', '[^/ ]+', call.path.removeprefix('/v1/'))}[ ?]"
        assert any(re.match(asked, what) for what in office.seen), call.name
    assert sum(what.startswith(PACKED) for what in office.seen) >= 1
    told = b"".join(office.shown.values()).decode()
    for page in ("overview", "data", "writes", "activity", "connection", "support", "settings", "about"):
        assert say(f"page.{page}") in told, page
    assert "PA-" in told  # an incident's number: a bundle was made and is shown
    assert {status for path, status in office.answered.items() if "nonsense" not in path} == {200}
    assert sum("writes/" in path for path in office.answered) >= 10
    bundles = outputs.bundles(office)
    assert len(bundles) == 5 and all(bundle["parts"] for bundle in bundles)
    # Who signed a foreign certificate is a foreign text: of the log it stays out, and nothing else does.
    left_out = {one["name"] for bundle in bundles for one in bundle["parts"] if one["left_out"]}
    assert left_out <= {"events.jsonl"}
