"""Foreign failures become ours here, once: httpx exceptions and HTTP answers turn into ``agent.model.errors``.

Texts are our own: nothing that came over the wire is quoted, neither a problem's title nor a page's content.
"""

from __future__ import annotations

import socket
import ssl
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from pydantic import ValidationError

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.cloud import Problem

E = TypeVar("E", bound=BaseException)

_MAX_WAIT = 24 * 3600.0
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_NOT_YET = 9  # X509_V_ERR_CERT_NOT_YET_VALID

_ASK = "Run the enrolment again with a fresh code."
_REFUSALS: dict[str, tuple[type[AgentError], str, str]] = {
    "code_unknown": (NeedsPerson, "The enrolment code is not known", "Check for typing errors or ask for a new code."),
    "code_used": (NeedsPerson, "The enrolment code was used before", "Ask for a new code; each works once."),
    "code_expired": (NeedsPerson, "The enrolment code has expired", "Ask for a new code."),
    "already_enrolled": (
        NeedsPerson,
        "Another agent is enrolled for this practice",
        "If this machine replaces that one, enrol with --takeover; the other agent then stops.",
    ),
    "bad_key": (Terminal, "The cloud does not accept this agent's key", "Update the agent or ask support."),
    "agent_unknown": (NeedsPerson, "The cloud does not know this agent any more", _ASK),
    "agent_replaced": (
        NeedsPerson,
        "Another agent has taken this practice over",
        "If this machine should feed the cloud, enrol it with --takeover and a fresh code; otherwise remove the agent.",
    ),
    "superseded": (
        NeedsPerson,
        "A newer run of this agent has begun",
        "Make sure that the agent runs only once, then start it again.",
    ),
    "other_host": (
        NeedsPerson,
        "This agent's identity is in use on another machine",
        "If this machine replaces that one, enrol with --takeover and a fresh code; otherwise stop the agent here.",
    ),
    "epoch_required": (
        Retry,
        "The cloud holds another course of changes",
        "Nothing to do: a new session begins by itself and what is needed is sent again.",
    ),
    "gap": (Retry, "The cloud misses earlier changes", "Nothing to do: they are sent again by themselves."),
    "bad_batch": (
        Terminal,
        "The cloud cannot read what the agent sent",
        "Ask support; the agent and the cloud may be of versions that do not fit.",
    ),
    "bad_request": (
        Terminal,
        "The cloud cannot read what the agent asked",
        "Ask support; the agent and the cloud may be of versions that do not fit.",
    ),
    "too_large": (Terminal, "A message is larger than the cloud takes", "Ask support."),
    "not_in_this_version": (Terminal, "The cloud cannot do this yet", "Update the cloud or ask support."),
    "forbidden": (NeedsPerson, "The cloud does not let this agent do that", _ASK),
}
_TOKEN_REFUSED = (
    "token_refused",
    "The cloud refuses this agent's key",
    "Check the machine's clock; if it is right, enrol again with a fresh code.",
)


def from_transport(error: httpx.HTTPError | httpx.InvalidURL, proxied: bool, issuer: str | None = None) -> AgentError:
    """What went wrong on the way; ``issuer``: who signed the certificate that was not trusted, if known."""
    tls, dns = _cause(error, ssl.SSLError), _cause(error, socket.gaierror)
    if isinstance(error, httpx.TimeoutException):
        return timed_out(connected=not isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout))
    if isinstance(error, httpx.ProxyError):
        # A refused tunnel has no answer of its own; its status is the beginning of the error's text.
        return proxy_login_wanted() if str(error).startswith("407") else proxy_failed()
    if isinstance(tls, ssl.SSLCertVerificationError):
        return _untrusted(tls, issuer)
    if tls is not None:
        return Retry(
            "tls_failed",
            "No secure connection to the cloud could be made",
            "Check firewalls and proxies that look into encrypted traffic; TLS 1.2 or later must pass.",
        )
    if isinstance(error, httpx.ConnectError):
        if proxied:
            return proxy_failed()
        if dns is not None:
            return Retry(
                "dns_failed",
                "The cloud's name cannot be resolved",
                "Check the internet connection, the machine's DNS settings and the cloud's address.",
            )
        return Retry(
            "offline",
            "The cloud cannot be reached",
            "Check the internet connection and that a firewall lets HTTPS out. Nothing is lost meanwhile.",
        )
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError):
        return bad_answer()
    return Retry(
        "connection_lost",
        "The connection to the cloud broke off",
        "Nothing to do: it is tried again. If it goes on, check the internet connection.",
    )


def from_answer(response: httpx.Response, body: bytes, now: float) -> AgentError:
    """What an answer of status 300 or above means."""
    status, problem = response.status_code, _problem(body)
    wait = retry_after(response.headers.get("Retry-After"), now)
    if status == httpx.codes.PROXY_AUTHENTICATION_REQUIRED:
        return proxy_login_wanted()
    if problem is not None and problem.code in _REFUSALS:
        return from_problem(problem, wait)
    if status == httpx.codes.UNAUTHORIZED:
        return NeedsPerson(*_TOKEN_REFUSED, status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        advice = "Nothing to do: it is tried again later."
        return Retry("throttled", "The cloud asks to wait", advice, retry_after=wait, status=status)
    if status == httpx.codes.REQUEST_TIMEOUT:
        return timed_out(connected=True)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Retry(
            "server_error",
            "The cloud has a fault",
            "Nothing to do: it is tried again. If it goes on, ask support.",
            retry_after=wait,
            status=status,
        )
    if problem is None:
        return bad_answer(status)
    return from_problem(problem)


def from_problem(problem: Problem, wait: float | None = None) -> AgentError:
    """What the cloud's refusal means to us; ``wait``: the seconds that it asked for."""
    if problem.code not in _REFUSALS:
        return Terminal("refused", "The cloud refuses this request", "Ask support.", status=problem.status)
    kind, title, advice = _REFUSALS[problem.code]
    fields = {"status": problem.status, "expected_seq": problem.expected_seq}
    return kind(problem.code, title, advice, retry_after=wait, **fields)


def bad_answer(status: int | None = None) -> AgentError:
    """An answer that is not the cloud's, or only half of one. What was asked may have been done."""
    return Retry(
        "bad_answer",
        "What answered does not speak as the cloud does",
        "Check the cloud's address, and whether a proxy or login page answers in its place.",
        status=status,
    )


def timed_out(*, connected: bool) -> AgentError:
    """No answer in time; once connected, what was asked may have been done all the same."""
    title = "The cloud did not answer in time" if connected else "The cloud cannot be reached in time"
    return Retry(
        "timeout", title, "Nothing to do: it is tried again. If it goes on, check the connection.", sent=int(connected)
    )


def proxy_failed() -> AgentError:
    """The proxy does not answer or does not let us through."""
    return Retry(
        "proxy_failed",
        "The proxy does not let the agent through to the cloud",
        "Check the proxy's address and login, and that it allows the cloud's host name.",
    )


def proxy_login_wanted() -> AgentError:
    """The proxy lets nobody through without a login."""
    return Retry(
        "proxy_login_wanted",
        "The proxy wants a name and a password",
        "Give them with `practice-agent proxy --login NAME`, which asks for the password, or let the proxy pass the "
        "cloud's address without a login. If the agent has them already, the proxy refuses them.",
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` asks for, from seconds or an HTTP date; at most a day. ``now``: since 1970."""
    if value is None:
        return None
    text = value.strip()
    if text.isdecimal():
        seconds = float(text[:9])
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now
    return min(max(seconds, 0.0), _MAX_WAIT)


def _untrusted(error: ssl.SSLCertVerificationError, issuer: str | None) -> AgentError:
    if error.verify_code in {_EXPIRED, _NOT_YET}:
        return NeedsPerson(
            "tls_expired",
            "The cloud's certificate is not valid now",
            "Check the machine's date and time; if they are right, tell the cloud's operator.",
        )
    by = f" (issued by {issuer})" if issuer else ""
    return NeedsPerson(
        "tls_untrusted",
        f"This machine does not trust the certificate that was shown{by}",
        "If a firewall here inspects encrypted traffic, add its certificate to the machine's trusted roots or exempt "
        "the cloud's host name; otherwise check the cloud's address.",
        issuer=issuer,
    )


def _problem(body: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None


def _cause(error: BaseException, kind: type[E]) -> E | None:
    """The first of this kind among what led to an error."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return None
        if isinstance(seen, kind):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
