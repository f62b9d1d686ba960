"""Trust, proxies, names and addresses: each failure of the way has its own code."""

from __future__ import annotations

import gc
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from agent.cloud.errors import retry_after
from agent.cloud.transport import DIRECT, Limits, Transport
from agent.model.errors import AgentError, NeedsPerson, Retry
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.tls import ServerTls
from tests.cloud.conftest import QUICK, Ticking


def ask(url: str, ca: Path | None = None, proxy: str | None = None, limits: Limits = QUICK) -> int:
    transport = Transport(url, Ticking(), ca_file=ca, proxy=proxy, limits=limits)
    try:
        return transport.exchange("GET", "/openapi.json").response.status_code
    finally:
        transport.close()


def failure(url: str, ca: Path | None = None, proxy: str | None = None, limits: Limits = QUICK) -> AgentError:
    with pytest.raises(AgentError) as caught:
        ask(url, ca, proxy, limits)
    return caught.value


@contextmanager
def listener(says: bytes = b"", heard: list[bytes] | None = None) -> Iterator[int]:
    """Something on a port that takes one connection after the other, says its piece and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)
        done = threading.Event()

        def receive() -> None:
            while not done.is_set():
                try:
                    guest, _ = door.accept()
                except OSError:
                    continue
                with guest:
                    if says:
                        said = guest.recv(65_536)
                        if heard is not None:
                            heard.append(said)
                        guest.sendall(says)

        thread = threading.Thread(target=receive)
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            done.set()
            thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def test_a_ca_file_is_trusted_beside_the_machines_own(server: Running) -> None:
    assert ask(server.url, server.ca) == 200


def test_what_was_sent_is_let_go_at_once(server: Running) -> None:
    transport = Transport(server.url, Ticking(), ca_file=server.ca, limits=QUICK)
    body = bytes(100_000)
    held = sys.getrefcount(body)
    gc.disable()
    try:
        transport.exchange("POST", "/oauth2/token", body)
        assert sys.getrefcount(body) == held
    finally:
        gc.enable()
        transport.close()


def test_a_certificate_that_is_not_trusted_names_who_issued_it(server: Running) -> None:
    error = failure(server.url)
    assert isinstance(error, NeedsPerson)
    assert error.code == "tls_untrusted"
    assert "trustme" in str(error.fields["issuer"])
    assert "trustme" in error.title


def test_a_certificate_for_another_name_is_not_trusted(server: Running, tmp_path: Path) -> None:
    ca = trustme.CA()
    issued = ca.issue_cert("elsewhere.invalid")
    with served(ca, issued, server.cloud, tmp_path) as url:
        assert failure(url, tmp_path / "ca.pem").code == "tls_untrusted"


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_a_certificate_out_of_its_time_points_to_the_clock(
    server: Running, tmp_path: Path, days: tuple[int, int]
) -> None:
    ca = trustme.CA()
    now = datetime.now(UTC)  # noqa: TID251  certificates are checked against the real clock
    issued = ca.issue_cert(
        "127.0.0.1", not_before=now + timedelta(days=days[0]), not_after=now + timedelta(days=days[1])
    )
    with served(ca, issued, server.cloud, tmp_path) as url:
        error = failure(url, tmp_path / "ca.pem")
    assert error.code == "tls_expired"
    assert "date and time" in error.advice


@contextmanager
def served(ca: trustme.CA, issued: trustme.LeafCert, cloud: Cloud, folder: Path) -> Iterator[str]:
    ca.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    with running(cloud, ServerTls(folder / "cert.pem", folder / "key.pem")) as up:
        yield up.url


def test_nothing_there_is_offline() -> None:
    error = failure(f"https://127.0.0.1:{free_port()}")
    assert (error.code, isinstance(error, Retry)) == ("offline", True)


def test_a_name_that_does_not_resolve_is_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert failure("https://cloud.invalid").code == "dns_failed"


def test_something_that_hangs_up_at_once_or_speaks_no_tls_is_told_apart_from_offline() -> None:
    with listener() as port:
        assert failure(f"https://127.0.0.1:{port}").code in {"tls_failed", "connection_lost"}
    with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert failure(f"https://127.0.0.1:{port}").code == "tls_failed"


def test_a_server_that_never_greets_is_a_timeout_before_anything_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        error = failure(f"https://127.0.0.1:{door.getsockname()[1]}", limits=Limits(connect=0.3, silence=0.3))
    assert (error.code, error.fields["sent"]) == ("timeout", 0)


def test_a_proxy_that_is_not_there_or_refuses_is_the_proxys_fault(server: Running) -> None:
    assert failure(server.url, server.ca, f"http://127.0.0.1:{free_port()}").code == "proxy_failed"
    with listener(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as port:
        error = failure(server.url, server.ca, f"http://user:secret@127.0.0.1:{port}")
    assert error.code == "proxy_login_wanted"
    assert "secret" not in str(error)


def test_the_environments_proxy_is_used_unless_a_setting_says_otherwise(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{free_port()}")
    assert failure(server.url, server.ca).code == "proxy_failed"
    assert ask(server.url, server.ca, DIRECT) == 200
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert ask(server.url, server.ca) == 200


def test_the_login_goes_to_the_proxy_and_to_nobody_else(server: Running) -> None:
    heard: list[bytes] = []
    with listener(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", heard) as port:
        way = Transport(
            server.url,
            Ticking(),
            ca_file=server.ca,
            proxy=f"http://127.0.0.1:{port}",
            proxy_login=("Aladdin", "open sesame"),
            limits=QUICK,
        )
        with pytest.raises(Retry) as caught:
            way.exchange("GET", "/", headers={"Authorization": "Bearer mine"})
        way.close()
    assert caught.value.code == "proxy_login_wanted"
    (asked,) = heard
    assert b"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n" in asked
    assert asked.startswith(b"CONNECT 127.0.0.1:") and b"Bearer" not in asked
    straight = Transport(server.url, Ticking(), ca_file=server.ca, proxy=DIRECT, proxy_login=("a", "b"), limits=QUICK)
    answer = straight.exchange("GET", "/openapi.json")
    straight.close()
    assert "proxy-authorization" not in answer.response.request.headers


@pytest.mark.parametrize("proxy", ["ftp://x", "://", "http://[", "socks9://a:1"])
def test_a_proxy_setting_that_is_none_is_refused(proxy: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        Transport("https://cloud.invalid", Ticking(), proxy=proxy)
    assert caught.value.code == "proxy_invalid"


@pytest.mark.parametrize(
    "url", ["http://cloud.invalid", "cloud.invalid", "", "https://", "https://user:pw@cloud.invalid", "https://[x"]
)
def test_only_https_addresses_are_taken(url: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        Transport(url, Ticking())
    assert caught.value.code == "insecure_url"


def test_a_ca_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("not a certificate")
    for name in ("missing.pem", "bad.pem"):
        with pytest.raises(NeedsPerson) as caught:
            Transport("https://cloud.invalid", Ticking(), ca_file=tmp_path / name)
        assert caught.value.code == "ca_file_unreadable"


def test_tls_below_1_2_is_refused_by_both_sides(server: Running) -> None:
    import ssl
    import warnings

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.minimum_version = ssl.TLSVersion.TLSv1
    host, port = server.url.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("17", 17.0),
        (" 0 ", 0.0),
        ("99999999999999999999", 86_400.0),
        ("Thu, 01 Jan 1970 00:20:00 GMT", 200.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_understood_in_seconds_and_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, 1000.0) == seconds
