"""Errors over HTTP, in one shape: RFC 9457 problem details.

Invariant: every answer with a status of 400 or more is `application/problem+json` with `type`, `title`, `status` and a
`detail` that says what is wrong and what to do; an answer that has begun is broken off, never mixed with an error.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:waqai:problem:"
_METHODS = ("GET", "HEAD", "POST", "QUERY", "PUT", "PATCH", "DELETE", "OPTIONS")  # in the order of messages
_LOG = logging.getLogger(__name__)


class Problem(Exception):
    """A refusal: `kind` names it for programs (`malformed-query`), `detail` for people; `more` are further members."""

    def __init__(
        self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def plain(self) -> "Problem":
        """Return the same problem without a traceback and without a cause."""
        return Problem(self.status, self.kind, self.detail, headers=self.headers, **self.more)

    def response(self) -> Response:
        """Return this problem as an HTTP answer."""
        return problem_response(self.status, self.kind, self.detail, self.headers, **self.more)


def problem_response(
    status: int, kind: str, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """Return an `application/problem+json` answer."""
    body = {
        "type": f"{TYPE_PREFIX}{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return Response(orjson.dumps(body), status, {"cache-control": "no-store", **(headers or {})}, MEDIA_TYPE)


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Make every error of `app` a problem; `routes` are those that say which methods a path takes."""

    async def on_problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _http_problem(request, error, routes)

    async def on_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [(".".join(str(part) for part in e["loc"][1:]) or "the request", e["msg"]) for e in error.errors()]
        detail = "; ".join(f"{where}: {what}" for where, what in faults)
        errors = [{"where": where, "detail": what} for where, what in faults]
        return problem_response(400, "bad-request", f"The request has a bad value. {detail}.", errors=errors)

    async def on_crash(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem_response(500, "internal", "The server failed to answer; its log says why.")

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(Exception, on_crash)


def _methods(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """Return every method that the path of `request` takes; the framework itself names those of one route only."""
    found = set()
    for route in routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    found |= {"HEAD"} if "GET" in found else set()
    return [method for method in _METHODS if method in found] or ["GET", "HEAD"]  # files have no route of their own


def _http_problem(request: Request, error: HTTPException, routes: Sequence[BaseRoute]) -> Response:
    headers = dict(error.headers or {})
    path = request.url.path
    if error.status_code == 404:
        detail = f"There is nothing at {path}. The start page / lists what there is."
        return problem_response(404, "not-found", detail, headers)
    if error.status_code == 405:
        *others, last = _methods(request, routes)
        allowed = f"{', '.join(others)} and {last}" if others else last
        detail = f"{path} does not take {request.method}; it takes {allowed}."
        return problem_response(405, "method-not-allowed", detail, {"allow": ", ".join([*others, last])})
    return problem_response(error.status_code, "http", str(error.detail), headers)
