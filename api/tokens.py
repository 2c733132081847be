"""Who may write over HTTP.

Invariant: without a token in the settings every write is refused, and a token is compared in constant time.
"""

import secrets

from fastapi import Request

from api.problems import Problem
from api.settings import Settings


def authorize(request: Request, settings: Settings) -> None:
    """Let a request pass that carries the token of this server.

    Raises:
        Problem: it does not, or the server takes no writes.
    """
    if settings.token is None:
        detail = "This server takes no writes over HTTP: set WAQAI_TOKEN to allow them, or use the command line."
        raise Problem(403, "writes-refused", detail)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = settings.token.get_secret_value()
    if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), expected.encode()):
        detail = "Writing needs the header Authorization: Bearer with the token of this server."
        raise Problem(401, "token-needed", detail, headers={"www-authenticate": 'Bearer realm="waqai"'})
