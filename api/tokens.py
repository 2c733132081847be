"""Who may do what over HTTP.

Invariant: nothing that needs a token is done before a token with the scope that it needs was found right, and tokens
are compared in constant time. The token of the settings may do everything; those of the file (`waqai token`) may do
what their scopes say, and records say their names.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import Request

from api.problems import Problem
from api.state import ServerState, server_of
from api.tokenfile import Scope, Token, TokensUnreadable, same

_MAY: Final = {
    Scope.READ: "reading this",
    Scope.INGEST: "adding articles",
    Scope.CURATE: "curating",
    Scope.ADMIN: "this",
}

TOKEN_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "The bearer token is missing, wrong, revoked or expired"},
    403: {"description": "The token lacks the scope that is named, or the server has no tokens at all"},
}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who sent a request: the name of the token, None for the token of the settings, which is nobody's own."""

    name: str | None
    admin: bool

    def actor(self, named: str | None, default: str | None = None) -> str:
        """Return who a record says wrote it: `named` in the request, else the token's name, else `default`.

        Raises:
            Problem: 403 where the token is somebody's and the request names another, 400 where nobody says who writes.
        """
        if self.name is None:
            if not (who := named or default):
                raise Problem(400, "bad-request", "The token is nobody's own: say in the request who writes.")
            return who
        if named not in (None, self.name) and not self.admin:
            detail = f"This token writes as {self.name}, and not as {named}: leave the name out. An admin token may."
            raise Problem(403, "not-your-name", detail)
        return named or self.name


def authorize(request: Request, scope: Scope) -> Bearer:
    """Let a request pass that carries a token with `scope`, and return whose it is.

    Raises:
        Problem: 401 without a token that counts, 403 where it lacks the scope or the server has no tokens, 503 where
            the tokens cannot be read.
    """
    return bearer_of(server_of(request), request.headers.get("authorization", ""), scope)


def bearer_of(state: ServerState, header: str, scope: Scope) -> Bearer:
    """Return who an Authorization header says it is, if they have the scope. Raises as `authorize`."""
    scheme, _, given = header.partition(" ")
    given = given.strip()
    presented = scheme.lower() == "bearer" and bool(given)
    setting = state.settings.token
    if setting is not None and presented and same(given, setting.get_secret_value()):
        return Bearer(None, admin=True)
    now = datetime.now(UTC)
    try:
        found = state.tokens.find(given) if presented else None
        if found is None and setting is None and not any(token.counts(now) for token in state.tokens.all()):
            detail = (
                "This server takes no writes over HTTP: make a token with waqai token create, or set WAQAI_TOKEN; or "
                "use the command line."
            )
            raise Problem(403, "writes-refused", detail)
    except TokensUnreadable as error:
        raise Problem(503, "tokens-unreadable", f"{str(error)[0].upper()}{str(error)[1:]}.") from None
    if found is None:
        wrong = "The token is none of this server's. " if presented else ""
        detail = f"{wrong}This needs the header Authorization: Bearer with a token that has the scope {scope}."
        raise Problem(401, "token-needed", detail, headers=_challenge(scope, "invalid_token" if presented else None))
    return _bearer(found, scope, now)


def _bearer(token: Token, scope: Scope, now: datetime) -> Bearer:
    ended = f"was revoked on {token.revoked[:10]}" if token.revoked is not None else None
    if ended is None and token.expired(now):
        ended = f"has expired ({token.expires})"
    if ended is not None:
        detail = f"The token {token.id} {ended}: ask for a new one (waqai token create)."
        raise Problem(401, "token-ended", detail, headers=_challenge(scope, "invalid_token"))
    if not token.allows(scope):
        detail = (
            f"The token {token.id} of {token.name} has the scopes {', '.join(token.scopes)}; {_MAY[scope]} needs "
            f"the scope {scope}."
        )
        headers = _challenge(scope, "insufficient_scope")
        raise Problem(403, "insufficient-scope", detail, headers=headers, scope=str(scope))
    return Bearer(token.name, token.allows(Scope.ADMIN))


def _challenge(scope: Scope, error: str | None) -> dict[str, str]:
    """Return what RFC 6750 asks for."""
    parts = [f'Bearer realm="waqai", scope="{scope}"', *([f'error="{error}"'] if error else [])]
    return {"www-authenticate": ", ".join(parts)}
