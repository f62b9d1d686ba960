"""Certificates for development: a CA and a server certificate of its own making, kept in a folder.

For tests, the demo and trying out. The CA's key is never written: nobody can sign with it later.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class ServerTls:
    """Files of a server certificate."""

    certificate: Path
    """PEM, with the chain."""
    key: Path
    """PEM, readable by its owner only."""
    ca: Path | None = None
    """PEM of the CA, for clients; None = a CA that they know already."""


def development_tls(folder: Path, *names: str) -> ServerTls:
    """The folder's certificate, made at first use for localhost and the names given."""
    files = ServerTls(folder / "server.pem", folder / "server-key.pem", folder / "ca.pem")
    assert files.ca is not None
    if not (files.certificate.exists() and files.key.exists() and files.ca.exists()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ca = trustme.CA()
        issued = ca.issue_cert("localhost", "127.0.0.1", "::1", *names)
        _write(files.key, issued.private_key_pem.bytes(), 0o600)
        _write(files.certificate, b"".join(blob.bytes() for blob in issued.cert_chain_pems), 0o644)
        _write(files.ca, ca.cert_pem.bytes(), 0o644)
    return files


def _write(path: Path, content: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
