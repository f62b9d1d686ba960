"""One HTTPS exchange: trust, proxy, time limits, bounded answers. Knows nothing of what is said.

Trust is the machine's own certificate store (what practice IT manages), plus one CA file if given. Plain HTTP is
refused.
"""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import httpx
import truststore
from cryptography import x509
from cryptography.x509.oid import NameOID

from agent.cloud.connections import Lines
from agent.cloud.errors import bad_answer, from_transport, timed_out
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""An answer is read up to this length."""

DIRECT = "direct"
"""Value of the proxy setting that means: no proxy, whatever the environment says."""


_SHORT = 16 * 1024
"""Requests of so many bytes tell how long the way is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits, seconds."""

    connect: float = 10.0
    """Until the connection stands."""
    silence: float = 60.0
    """Without a byte in either direction."""
    whole: float = 180.0
    """For the whole exchange."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    response: httpx.Response
    """Status and headers."""
    body: bytes
    """Content."""


class Transport:
    """Exchanges with one cloud; safe to use from several threads."""

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        *,
        ca_file: Path | None = None,
        proxy: str | None = None,
        proxy_login: tuple[str, str] | None = None,
        limits: Limits | None = None,
        agent_version: str = "0",
    ) -> None:
        """``proxy``: a URL, :data:`DIRECT`, or None = what the environment or the system says. ``proxy_login``: name
        and password for whichever proxy that is; given to it alone.
        """
        self.base_url = _https(base_url)
        """The cloud's address, without a slash at the end."""
        self.proxy = _checked(_proxy_for(self.base_url, proxy))
        """The proxy in use, or None. May hold a password: show only its host."""
        self.clock_offset: float | None = None
        """Seconds that the cloud's clock is ahead of this one's, by the last answer; None = not known yet."""
        self.round_trip: float | None = None
        """Seconds until the last short request was answered; None = none was yet."""
        self._clock = clock
        self._limits = limits if limits is not None else Limits()
        self._lines = Lines()
        self._client = httpx.Client(
            verify=_trust(ca_file),
            proxy=None if self.proxy is None else httpx.Proxy(self.proxy, auth=proxy_login),
            trust_env=False,
            headers={"User-Agent": f"practice-agent/{agent_version}", "Accept-Encoding": "identity"},
        )

    def exchange(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        patience: float = 0.0,
    ) -> Answer:
        """Send one request and read its answer to the end, whatever its status. Raises ``Retry`` or ``NeedsPerson``.

        ``patience``: seconds that the answer may come later than the limits say (a long poll).
        """
        per_step = httpx.Timeout(self._limits.silence + patience, connect=self._limits.connect)
        begun = self._clock.monotonic()
        sent = dict(headers or {})
        body = None
        if content is not None:
            # Request and answer refer to each other until garbage is collected; the body must not wait for that.
            sent["Content-Length"] = str(len(content))
            body = _once(content)
        try:
            with self._client.stream(
                method,
                self.base_url + path,
                content=body,
                headers=sent,
                timeout=per_step,
                extensions={"trace": self._lines.note},
            ) as response:
                self._measure(response)
                if not patience and len(content or b"") <= _SHORT:
                    self.round_trip = self._clock.monotonic() - begun
                parts: list[bytes] = []
                room = MAX_ANSWER_BYTES
                for part in response.iter_bytes():
                    room -= len(part)
                    if room < 0:
                        raise bad_answer(response.status_code)
                    if self._clock.monotonic() - begun > self._limits.whole + patience:
                        raise timed_out(connected=True)
                    parts.append(part)
                return Answer(response, b"".join(parts))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            ours = from_transport(error, proxied=self.proxy is not None)
            if ours.code == "tls_untrusted" and self.proxy is None:
                ours = from_transport(error, proxied=False, issuer=self.issuer())
            raise ours from None

    @property
    def certificate_ends(self) -> float | None:
        """When the certificate that the other side showed last expires, seconds since 1970; None = not known yet."""
        return self._lines.certificate_ends

    def interrupt(self) -> None:
        """Break off what is under way, from another thread: it fails with ``Retry`` at once. New exchanges work."""
        self._lines.cut()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def issuer(self) -> str | None:
        """Who issued the certificate that is shown: looked at only, nothing is sent to its holder. None = not known."""
        parts = urlsplit(self.base_url)
        try:
            shown = ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=self._limits.connect)
            issuer = x509.load_pem_x509_certificate(shown.encode()).issuer
        except (OSError, ValueError):
            return None
        names = issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) or issuer.get_attributes_for_oid(
            NameOID.COMMON_NAME
        )
        return str(names[0].value)[:80] if names else None

    def publicly_trusted(self) -> bool | None:
        """Whether the public authorities vouch for the certificate that is shown; None = nobody answers."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        context = ssl.create_default_context(cafile=certifi.where())
        try:
            with (
                socket.create_connection((host, parts.port or 443), timeout=self._limits.connect) as line,
                context.wrap_socket(line, server_hostname=host),
            ):
                return True
        except ssl.SSLCertVerificationError:
            return False
        except OSError:
            return None

    def _measure(self, response: httpx.Response) -> None:
        date = response.headers.get("Date")
        if date is not None:
            try:
                self.clock_offset = parsedate_to_datetime(date).timestamp() - self._clock.time()
            except (ValueError, TypeError):
                return  # a Date that is none tells nothing


def _once(content: bytes) -> Iterator[bytes]:
    """The content as a stream that forgets it once it is sent."""
    yield content


def _https(base_url: str) -> str:
    try:
        parts = urlsplit(base_url.strip())
        good = parts.scheme == "https" and parts.hostname and parts.port != 0
        plain = not (parts.username or parts.query or parts.fragment)
    except ValueError:  # an impossible host or port
        good = plain = False
    if not good or not plain:
        raise NeedsPerson(
            "insecure_url",
            "The cloud's address is not an https:// address",
            "Write it as https://host or https://host:port.",
        )
    return base_url.strip().rstrip("/")


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError):
            raise NeedsPerson(
                "ca_file_unreadable", "The CA file cannot be read", "Give a readable file of PEM certificates."
            ) from None
    return context


def _checked(proxy: str | None) -> str | None:
    if proxy is None:
        return None
    try:
        parts = urlsplit(proxy)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # an impossible host or port
        good = False
    if not good:
        raise NeedsPerson(
            "proxy_invalid", "The proxy setting is not a proxy's address", "Write it as http://host:port."
        )
    return proxy


def _proxy_for(base_url: str, setting: str | None) -> str | None:
    if setting == DIRECT:
        return None
    if setting is not None:
        return setting
    host = urlsplit(base_url).hostname or ""
    if urllib.request.proxy_bypass(host):
        return None
    known = urllib.request.getproxies()
    found = known.get("https") or known.get("all")
    return found if found is None or "://" in found else f"http://{found}"
