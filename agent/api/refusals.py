"""Refusals as RFC 9457 problems: the one place where an error becomes an HTTP answer. Never repeats what was sent."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.responses import Response

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.local import Refusal

PROBLEM_TYPE = "application/problem+json"

_NOT_FOUND = frozenset({"command_unknown", "task_unknown"})

COMMON: dict[str, tuple[int, str, str]] = {
    "host_refused": (421, "This is not the address of the agent", "Use http://127.0.0.1 and the port in api.json."),
    "origin_refused": (403, "Web pages may not use the agent", "Use the window or the command line."),
    "token_missing": (401, "A token is needed", "Read it from the agent's folder; docs/local-api.md says how."),
    "token_refused": (401, "The token is not valid", "Tokens are new at every start: read the file again."),
    "right_missing": (403, "The token does not have this right", "Ask somebody who may, or use a token that may."),
    "call_unknown": (404, "There is no such call", "See docs/local-api.md."),
    "method_refused": (405, "The call is not made this way", "See docs/local-api.md."),
    "body_too_large": (413, "The request is too large", "Send less."),
    "body_type": (415, "The body must be JSON", "Say Content-Type: application/json."),
    "request_invalid": (422, "The request is not as documented", "See docs/local-api.md."),
    "internal_error": (500, "The program met a case that it does not know", "Please send a bundle to support."),
}
"""Code -> HTTP status, title, advice."""


class Refused(Exception):
    """A request that is refused before the agent hears of it."""

    def __init__(self, code: str, *, about: str = "") -> None:
        super().__init__(code)
        status, title, advice = COMMON[code]
        self.refusal = Refusal(status=status, code=code, title=f"{title}: {about}" if about else title, advice=advice)


def refused(code: str) -> Response:
    """The answer to a request that is refused."""
    return answer_of(Refused(code).refusal)


def refusal_of(error: AgentError) -> Refusal:
    """An error of the agent as a refusal."""
    match error:
        case Terminal() if error.code in _NOT_FOUND:
            status = 404
        case NeedsPerson():
            status = 409
        case Retry():
            status = 503
        case _:
            status = 422
    return Refusal(status=status, code=error.code, title=error.title, advice=error.advice)


def invalid(error: ValidationError) -> Refused:
    """What is wrong with a request: places and rules, no values."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    # What stands in a place that the messages do not know is the sender's, so only its kind is told.
    places = [("" if f["type"] == "extra_forbidden" else ".".join(map(str, f["loc"])), f["type"]) for f in faults[:5]]
    return Refused("request_invalid", about="; ".join(f"{place} {kind}".strip() for place, kind in places))


def answer_of(refusal: Refusal) -> Response:
    """The HTTP answer."""
    headers = {"Cache-Control": "no-store"}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(refusal.model_dump_json(), status_code=refusal.status, media_type=PROBLEM_TYPE, headers=headers)
