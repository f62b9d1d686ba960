"""The road between an agent and its cloud, with what offices put into it: a door that may lead elsewhere, a proxy."""

from __future__ import annotations

import contextlib
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from sandbox.servers.process import free_port
from tests.crash.workplace import until

_PIECE = 65_536


class Road:
    """Listens where the agent believes its cloud to be, and leads there, or to whoever shows another certificate."""

    def __init__(self, cloud_port: int, port: int = 0) -> None:
        self._cloud = cloud_port
        self._shows: ssl.SSLContext | None = None
        self._onward: ssl.SSLContext | None = None
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def lead(self, *, shows: ssl.SSLContext | None = None, onward: ssl.SSLContext | None = None) -> None:
        """From now on to the cloud, or to somebody who shows this certificate, and who leads to the cloud all the same
        where he trusts it (``onward``), reading everything; connections that stand are cut.
        """
        with self._lock:
            self._shows, self._onward = shows, onward
            standing, self._open = self._open, []
        for one in standing:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Nobody listens any more."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self.lead()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with self._lock:
            shows, trusts = self._shows, self._onward
            self._open.append(line)
        with contextlib.suppress(OSError), line:
            if shows is not None:
                with shows.wrap_socket(line, server_side=True) as secured:
                    if trusts is None:
                        secured.recv(_PIECE)
                    else:
                        self._read_along(secured, trusts)
                return
            with socket.create_connection(("127.0.0.1", self._cloud)) as onward:
                with self._lock:
                    self._open.append(onward)
                back = threading.Thread(target=_carry, args=(onward, line), daemon=True)
                back.start()
                _carry(line, onward)
                back.join()

    def _read_along(self, line: ssl.SSLSocket, trusts: ssl.SSLContext) -> None:
        with (
            socket.create_connection(("127.0.0.1", self._cloud)) as plain,
            trusts.wrap_socket(plain, server_hostname="localhost") as onward,
        ):
            with self._lock:
                self._open += [line, onward]
            other = {line: onward, onward: line}
            while True:
                ready = [one for one in other if one.pending()] or select.select([*other], [], [])[0]
                for one in ready:
                    piece = one.recv(_PIECE)
                    if not piece:
                        return
                    other[one].sendall(piece)


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def inspector() -> ssl.SSLContext:
    """A firewall that looks into encrypted traffic, with an authority of its own that nobody here trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA(organization_name="Firewall Example")
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def ending(days: float) -> tuple[ssl.SSLContext, bytes]:
    """A server whose certificate ends in so many days (it may have ended), and its authority (PEM)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    now = datetime.now(UTC)  # noqa: TID251 - certificates end by the machine's clock
    leaf = authority.issue_cert(
        "127.0.0.1", "localhost", not_before=now - timedelta(days=9), not_after=now + timedelta(days=days)
    )
    leaf.configure_cert(context)
    return context, authority.cert_pem.bytes()


@contextmanager
def squid(folder: Path, *, login: tuple[str, str] | None = None, port: int | None = None) -> Iterator[int]:
    """A squid that lets everybody through, or nobody but with this name and password; its port."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    rules = "http_access allow all"
    if login is not None:
        name, password = login
        people = Path(tempfile.mkdtemp(prefix="pa-squid-")) / "people"  # where its user may read it
        people.parent.chmod(0o755)
        hashed = subprocess.run(["openssl", "passwd", "-apr1", password], capture_output=True, text=True, check=True)
        people.write_text(f"{name}:{hashed.stdout.strip()}\n")
        helper = next(Path(root) / "basic_ncsa_auth" for root in ("/usr/lib/squid", "/usr/lib64/squid"))
        rules = (
            f"auth_param basic program {helper} {people}\n"
            "acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all"
        )
    (folder / "squid.conf").write_text(
        f"http_port 127.0.0.1:{port}\n{rules}\ncache deny all\naccess_log none\ncache_log {folder / 'cache.log'}\n"
        f"pid_filename {folder / 'squid.pid'}\ncoredump_dir {folder}\nshutdown_lifetime 0 seconds\n"
        "cache_store_log none\nnetdb_filename none\nlogfile_rotate 0\n"
    )
    # As root, squid works as the user "proxy", who must be able to write here.
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)
    with contextlib.suppress(LookupError, PermissionError):
        shutil.chown(folder, "proxy")
    program = shutil.which("squid") or "/usr/sbin/squid"
    process = subprocess.Popen(
        [program, "-N", "-f", str(folder / "squid.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _listens(port) or process.poll() is not None, "the proxy")
        assert process.poll() is None, (folder / "cache.log").read_text()[-500:]
        yield port
    finally:
        process.kill()
        process.wait(30)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False
