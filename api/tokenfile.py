"""The tokens of a server: who may do what over HTTP, and until when.

Invariant: the file holds no token, only its SHA-256; a token is shown once, when it is made. It has 256 bits from the
operating system's generator, so a slow hash would keep nobody from guessing it. What was revoked stays listed, because
records name it. The file is read again whenever it was changed, so revoking holds for the next request.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from graph.durable import alone, write_whole

_PREFIX: Final = "waqai"  # so that scanners of leaked secrets can know one
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_LONGEST_NAME: Final = 200  # characters, as of a reviewer


class Scope(StrEnum):
    """What a token allows.

    READ is what needs a token without writing (lists of curation), INGEST adding articles, CURATE decisions and updates
    of curation graphs, ADMIN erasing, and everything else too.
    """

    READ = "read"
    INGEST = "ingest"
    CURATE = "curate"
    ADMIN = "admin"


class TokenError(Exception):
    """Something about the tokens; the message says what to do."""


class TokensUnreadable(TokenError):
    """The file of tokens cannot be read, so it lets nobody in."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"the file of tokens {path} cannot be read ({reason}), so none of them counts: restore it from a backup, "
            "or remove it and make new ones with waqai token create"
        )


class BadToken(TokenError):
    """A token cannot be made as it was asked for."""


class NoSuchToken(TokenError):
    """No token that still counts has this id or name."""

    def __init__(self, named: str) -> None:
        super().__init__(f"no token that still counts has the id or name {named}: waqai token list shows them")


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the file holds it. Times are ISO 8601 in UTC; `expires` None means never.

    `name` is what records say of who wrote with it.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created: str
    expires: str | None
    sha256: str
    revoked: str | None = None

    def allows(self, scope: Scope) -> bool:
        """Tell whether it may do what needs `scope`; whoever may write or administer may read."""
        return scope in self.scopes or Scope.ADMIN in self.scopes or (scope is Scope.READ and bool(self.scopes))

    def expired(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and datetime.fromisoformat(self.expires) <= now

    def counts(self, now: datetime) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked is None and not self.expired(now)


_TOKENS: Final = TypeAdapter(tuple[Token, ...])


class TokenFile:
    """The tokens in the file at `path`, which need not be there. May be used by several threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int] | None, tuple[Token, ...]] = (None, ())

    def all(self) -> tuple[Token, ...]:
        """Return every token that was made, oldest first.

        Raises:
            TokensUnreadable
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise TokensUnreadable(self.path, (error.strerror or str(error)).lower()) from None
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        known, tokens = self._read
        if known != state:
            tokens = self._parsed()
            self._read = (state, tokens)
        return tokens

    def find(self, presented: str) -> Token | None:
        """Return the token that somebody presents, also where it was revoked or has expired; None for any other text.

        It takes as long for a wrong token as for a right one.

        Raises:
            TokensUnreadable
        """
        tokens = self.all()
        digest = _digest(presented)
        found = None
        for token in tokens:  # all of them, whichever it is
            if secrets.compare_digest(token.sha256, digest):
                found = token
        return found

    def create(self, name: str, scopes: Sequence[Scope], expires: datetime | None, now: datetime) -> tuple[Token, str]:
        """Make a token and return it with its text, which is kept nowhere.

        Raises:
            BadToken: without a name or a scope, or with an end that is past.
            TokensUnreadable: there is a file that cannot be read; it is left as it is.
            OSError: it cannot be written.
        """
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise BadToken(
                f"the name {name!r} cannot stand in records: give one of 1 to {_LONGEST_NAME} printable characters"
            )
        if not scopes:
            raise BadToken(f"a token needs a scope: {', '.join(Scope)}")
        if expires is not None and expires <= now:
            raise BadToken(f"a token that ends at {_iso(expires)} would never count")
        id_ = secrets.token_hex(_ID_BYTES)
        text = f"{_PREFIX}_{id_}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        token = Token(
            id=id_,
            name=name.strip(),
            scopes=tuple(scope for scope in Scope if scope in scopes),
            created=_iso(now),
            expires=None if expires is None else _iso(expires),
            sha256=_digest(text),
        )
        with self._alone():
            self._write((*self.all(), token))
        return token, text

    def revoke(self, named: str, now: datetime) -> list[Token]:
        """Revoke the token with this id, or all with this name, and return them.

        Raises:
            NoSuchToken, TokensUnreadable
            OSError: it cannot be written.
        """
        with self._alone():
            tokens = self.all()
            gone = [token for token in tokens if named in (token.id, token.name) and token.counts(now)]
            if not gone:
                raise NoSuchToken(named)
            revoked = [replace(token, revoked=_iso(now)) for token in gone]
            others = {token.id: token for token in revoked}
            self._write(tuple(others.get(token.id, token) for token in tokens))
        return revoked

    def _parsed(self) -> tuple[Token, ...]:
        try:
            return _TOKENS.validate_json(self.path.read_bytes())
        except OSError as error:
            raise TokensUnreadable(self.path, (error.strerror or str(error)).lower()) from None
        except ValidationError as error:
            raise TokensUnreadable(self.path, error.errors(include_url=False)[0]["msg"].lower()) from None

    def _write(self, tokens: tuple[Token, ...]) -> None:
        data = json.dumps([asdict(token) for token in tokens], ensure_ascii=False, indent=1)
        write_whole(self.path, data.encode())  # a file of its owner only
        self._read = (None, ())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with alone(self.path.with_name(f".{self.path.name}.lock"), wait=True):
            yield


def same(presented: str, expected: str) -> bool:
    """Compare two tokens in a time that says nothing of either, not even its length."""
    return secrets.compare_digest(_digest(presented), _digest(expected))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
