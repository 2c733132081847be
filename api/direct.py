"""Short cuts: what is asked most goes to its handler without the layers of the framework.

Invariant: a short cut answers what the app itself would answer, errors included. It leaves out matching of all routes,
dependencies and validation, which these handlers do not use and which take longer than a small query.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem
from api.threads import internal

_LOG: Final = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


class Direct:
    """ASGI middleware around `app`; `handlers` are by path and method, and get requests as those of `app` do."""

    def __init__(self, app: FastAPI, handlers: Mapping[tuple[str, str], Handler]) -> None:
        self.app: ASGIApp = app
        self._owner = app
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        handler = self._handlers.get((scope["path"], scope["method"])) if scope["type"] == "http" else None
        if handler is None:
            await self.app(scope, receive, send)
            return
        scope["app"] = self._owner
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        request = Request(scope, receive, noting)
        try:
            response = await handler(request)
            await response(scope, receive, noting)
        except Problem as problem:
            if begun:
                raise
            await problem.response()(scope, receive, send)
        except Exception as error:
            if begun:
                raise
            _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
            await internal().response()(scope, receive, send)
