"""The local API as an ASGI application: the table of calls behind the gate. Everything that is not in the table, and
every token without a call's right, is refused. Knows the agent as a port.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent.api.calls import Asked, Call
from agent.api.change_calls import CHANGE_CALLS
from agent.api.gate import Gate, includes
from agent.api.look_calls import LOOK_CALLS
from agent.api.openapi import document
from agent.api.operate_calls import OPERATE_CALLS
from agent.api.ports import Agent
from agent.api.refusals import Refused, answer_of, invalid, refusal_of, refused
from agent.api.waiting import Bell
from agent.model.errors import AgentError
from agent.wire.cloud import Message
from agent.wire.local import Right

CALLS: tuple[Call, ...] = (*LOOK_CALLS, *OPERATE_CALLS, *CHANGE_CALLS)
"""Every call."""

DOCUMENT_PATH = "/v1/openapi.json"
"""The one path beside the calls: this API's document, for any right."""

MAX_BODY = 256 * 1024
"""Bytes of a request's body."""

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def build_app(agent: Agent, bell: Bell, tokens: Mapping[Right, str], port: int) -> ASGIApp:
    """The application; ``port``: where it will be reached, for the check of the Host header."""
    described = Route(DOCUMENT_PATH, _document, methods=["GET"])
    paths: dict[str, dict[str, Call]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method] = call
    routes = [Route(path, _endpoint(agent, bell, calls), methods=sorted(calls)) for path, calls in paths.items()]
    app = Starlette(routes=[described, *routes], exception_handlers={404: _unknown, 405: _method})
    app.router.redirect_slashes = False
    return Gate(app, tokens, port)


def _endpoint(agent: Agent, bell: Bell, calls: Mapping[str, Call]) -> Callable[[Request], Awaitable[Response]]:
    """Answers the calls of one path."""

    async def endpoint(request: Request) -> Response:
        call = calls["GET" if request.method == "HEAD" else request.method]
        right: Right = request.scope["right"]
        try:
            return await _answer(agent, bell, call, right, request)
        except Refused as error:
            return answer_of(error.refusal)
        except AgentError as error:
            return answer_of(refusal_of(error))
        except ClientDisconnect:
            return refused("request_invalid")  # nobody hears it
        except Exception as error:  # noqa: BLE001 - a bug in one call must not reach the others, nor its text anybody
            agent.failed(call.name, error)
            return refused("internal_error")

    return endpoint


async def _answer(agent: Agent, bell: Bell, call: Call, right: Right, request: Request) -> Response:
    if not includes(right, call.right):
        raise Refused("right_missing")
    if call.right != "look":
        agent.used(call.name, call.right)
    try:
        query = call.query.model_validate(dict(request.query_params))
        body = None if call.takes is None else call.takes.model_validate_json(await _body(request), strict=True)
    except ValidationError as error:
        raise invalid(error) from None
    answer = await call.answer(Asked(agent, bell, call.name, right, dict(request.path_params), query, body))
    return _good(answer, call.status)


async def _body(request: Request) -> bytes:
    """The body, of a bounded size and said to be JSON: a web page's form is not."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused("body_type")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BODY:
            raise Refused("body_too_large")
    return bytes(content)


def _good(answer: Message, status: int) -> Response:
    return Response(answer.model_dump_json(), status_code=status, media_type="application/json", headers=_HEADERS)


async def _document(_request: Request) -> Response:
    return Response(orjson.dumps(document(CALLS)), media_type="application/json", headers=_HEADERS)


async def _unknown(_request: Request, _error: Exception) -> Response:
    return refused("call_unknown")


async def _method(_request: Request, error: Exception) -> Response:
    answer = refused("method_refused")
    allowed = getattr(error, "headers", None) or {}
    answer.headers.update({name: value for name, value in allowed.items() if name.lower() == "allow"})
    return answer
