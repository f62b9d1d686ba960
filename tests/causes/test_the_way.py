"""Causes on the way to the cloud: each is told apart from the others within a minute, and gone when it is mended."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.faults import Fault
from sandbox.cloud.tls import development_tls
from tests.causes.road import Road, ending, inspector, squid
from tests.causes.watching import at_work
from tests.cli import office as offices
from tests.cli.office import Office
from tests.crash.workplace import practice_in

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office that is not set up yet."""
    file = tmp_path / "practice.db"
    practice_in(file).connection.close()
    with offices.opened(tmp_path, file, development_tls(tmp_path / "tls")) as made:
        yield made


def set_up(office: Office, port: int, *authorities: bytes, proxy: str = "direct", host: str = "127.0.0.1") -> None:
    """The agent believes its cloud to be on this port, and trusts these authorities too."""
    trusted = office.folder / "trusted.pem"
    trusted.write_bytes(b"".join([Path(str(office.cloud.ca)).read_bytes(), *authorities]))
    given = [word for word in office.settings if not word.startswith(("--cloud", "--ca-file"))]
    office.well("init", *given, f"--cloud=https://{host}:{port}", f"--ca-file={trusted}")
    file = office.home / "agent.toml"
    file.write_text(file.read_text().replace("[cloud]\n", f'[cloud]\nproxy = "{proxy}"\n'))
    office.well("enroll", office.code())


LOGIN = ("agent", "open sesame")


def port_of(office: Office) -> int:
    """Where the cloud really is."""
    return int(office.cloud.url.rpartition(":")[2])


def test_a_firewall_that_inspects_and_a_certificate_that_has_expired_are_told_apart(office: Office):
    ended, authority = ending(-1)
    road = Road(port_of(office))
    try:
        set_up(office, road.port, authority)
        with at_work(office) as agent:
            road.lead(shows=inspector())
            agent.tells("tls_untrusted")
            assert "tls_expired" not in agent.warnings()
            road.lead(shows=ended)
            agent.tells("tls_expired")
            road.lead()
            for code in ("tls_expired", "tls_untrusted"):
                agent.forgets(code)
    finally:
        road.close()


def test_a_cloud_that_nobody_answers_for_is_offline_and_back(office: Office):
    road = Road(port_of(office))
    set_up(office, road.port)
    with at_work(office) as agent:
        road.close()
        agent.tells("offline")
        again = Road(port_of(office), road.port)
        try:
            agent.forgets("offline")
        finally:
            again.close()


def test_a_proxy_that_wants_a_login_is_told_from_one_that_is_gone(office: Office):
    with squid(office.folder / "squid") as port:
        set_up(office, port_of(office), proxy=f"http://127.0.0.1:{port}")
        with at_work(office) as agent:
            agent.forgets("proxy_failed")
    with squid(office.folder / "other", login=LOGIN, port=port), at_work(office) as agent:
        agent.tells("proxy_login_wanted")
    with at_work(office) as agent:
        agent.tells("proxy_failed")
        with squid(office.folder / "third", port=port):
            agent.forgets("proxy_failed")


def test_a_proxy_that_wants_a_login_is_given_one_and_changes_flow_again(office: Office):
    name, password = LOGIN
    with squid(office.folder / "squid") as port:
        set_up(office, port_of(office), proxy=f"http://127.0.0.1:{port}")
        office.settings_of("pace", poll_seconds=0.5, compare_seconds=1)
    with squid(office.folder / "strict", login=LOGIN, port=port), at_work(office) as agent:
        agent.tells("proxy_login_wanted")
        assert "practice-agent proxy --login" in agent.warnings()["proxy_login_wanted"]["advice"]
        assert "proxy_login_wanted" in office.say("doctor").stdout
        assert office.say("proxy", "--login", name, "--password-stdin", typed="a wrong one\n").exit_code == 0
        agent.tells("proxy_login_wanted")
        assert office.say("proxy", "--login", name, "--password-stdin", typed=f"{password}\n").exit_code == 0
        agent.until(lambda: office.held("patient"), "the first load")
        agent.forgets("proxy_login_wanted")
        office.change(
            "UPDATE patient SET first_name = 'Proxima' WHERE patient_id = (SELECT MIN(patient_id) FROM patient)"
        )
        agent.until(lambda: any(one.data["first_name"] == "Proxima" for one in office.held("patient").values()), "it")
        assert "proxy_login_wanted" not in office.say("doctor").stdout
    for file in office.home.iterdir():
        if file.is_file() and file.name != "secrets.json":
            assert password.encode() not in file.read_bytes(), file.name


def test_a_certificate_that_ends_soon_is_told_though_everything_works(office: Office):
    soon, authority = ending(5)
    road = Road(port_of(office))
    try:
        set_up(office, road.port, authority)
        with at_work(office) as agent:
            road.lead(shows=soon, onward=ssl.create_default_context(cafile=str(office.cloud.ca)))
            agent.tells("certificate_expiring")
            road.lead()
            agent.forgets("certificate_expiring")
    finally:
        road.close()


def test_a_cloud_that_refuses_the_agents_key_is_told_and_taken_back(office: Office):
    set_up(office, port_of(office))
    with at_work(office) as agent:
        office.cloud.faults.plan(Fault(kind="error", status=401, times=-1))
        agent.tells("token_refused")
        office.cloud.faults.forget()
        agent.forgets("token_refused")


@pytest.mark.skipif(os.geteuid() != 0, reason="the names that a machine knows are changed for one process by root only")
def test_a_name_that_does_not_resolve_is_told_from_being_offline(office: Office):
    names, servers = office.folder / "hosts", office.folder / "resolv.conf"
    names.write_text("127.0.0.1 localhost\n")
    servers.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    script = 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'
    set_up(office, port_of(office), host="localhost")
    with at_work(office, within=["unshare", "--mount", "sh", "-c", script, str(names), str(servers)]) as agent:
        names.write_text("")
        agent.tells("dns_failed")
        assert "offline" not in agent.warnings()
        names.write_text("127.0.0.1 localhost\n")
        agent.forgets("dns_failed")


@pytest.mark.parametrize("off", ["+10m", "-10m"])
def test_a_machine_whose_clock_is_wrong_is_told_and_works_all_the_same(office: Office, off: str):
    set_up(office, port_of(office))
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    wrong = {"LD_PRELOAD": str(library), "FAKETIME": off, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with at_work(office, wrong) as agent:
        agent.tells("clock_wrong")
        assert not {"token_refused", "tls_expired"} & set(agent.warnings())
    with at_work(office) as agent:
        agent.forgets("clock_wrong")


def test_the_doctor_names_the_same_causes(office: Office):
    road = Road(port_of(office))
    try:
        set_up(office, road.port)
        road.lead(shows=inspector())
        told = office.say("doctor").stdout
        assert "tls_untrusted" in told and "Firewall Example" in told
        road.lead()
        assert "tls_untrusted" not in office.well("doctor")
    finally:
        road.close()
