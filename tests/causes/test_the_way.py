"""Causes on the way to the cloud: each is told apart from the others within a minute, and gone when it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.tls import development_tls
from tests.causes.road import Road, expired, inspector, squid
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


def set_up(office: Office, port: int, *authorities: bytes, proxy: str = "direct") -> None:
    """The agent believes its cloud to be on this port, and trusts these authorities too."""
    trusted = office.folder / "trusted.pem"
    trusted.write_bytes(b"".join([Path(str(office.cloud.ca)).read_bytes(), *authorities]))
    given = [word for word in office.settings if not word.startswith(("--cloud", "--ca-file"))]
    office.well("init", *given, f"--cloud=https://127.0.0.1:{port}", f"--ca-file={trusted}")
    file = office.home / "agent.toml"
    file.write_text(file.read_text().replace("[cloud]\n", f'[cloud]\nproxy = "{proxy}"\n'))
    office.well("enroll", office.code())


def port_of(office: Office) -> int:
    """Where the cloud really is."""
    return int(office.cloud.url.rpartition(":")[2])


def test_a_firewall_that_inspects_and_a_certificate_that_has_expired_are_told_apart(office: Office):
    ended, authority = expired()
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
    with squid(office.folder / "squid", login=False) as port:
        set_up(office, port_of(office), proxy=f"http://127.0.0.1:{port}")
        with at_work(office) as agent:
            agent.forgets("proxy_failed")
    with squid(office.folder / "other", login=True, port=port), at_work(office) as agent:
        agent.tells("proxy_login_wanted")
    with at_work(office) as agent:
        agent.tells("proxy_failed")
        with squid(office.folder / "third", login=False, port=port):
            agent.forgets("proxy_failed")


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
