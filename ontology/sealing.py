"""How a record names words without holding them: by the digest of a salt and the words.

Invariant: a digest that is made here says nothing to somebody who has neither the salt nor the key, however short the
words are. The salt stands before the words, and both go when the content is erased. It follows from the key and the
words, so whoever has the key finds the same content again, and two runs of one command write the same bytes.
"""

import hmac
from typing import Final, NamedTuple

from ontology.identity import canonical_json, sha256_hex

SALT_BYTES: Final = 32
KEY_BYTES: Final = 32


class Sealed(NamedTuple):
    """A content as it is stored: `data` is the salt and the words, `digest` the SHA-256 of both, in hex."""

    digest: str
    data: bytes


def sealed(key: bytes, kind: str, words: bytes, scope: str = "") -> Sealed:
    """Return `words` with a salt of 32 bytes before them: HMAC-SHA256 over kind, scope and words under `key`.

    The same words of another scope have another salt, so their digests do not show that they are the same.

    >>> one, other = sealed(bytes(32), "title", b"news"), sealed(bytes(32), "title", b"news", "elsewhere")
    >>> one == sealed(bytes(32), "title", b"news"), one.digest == other.digest, unsealed(one.data)
    (True, False, b'news')
    """
    salt = hmac.digest(key, canonical_json([kind, scope]) + words, "sha256")
    data = salt + words
    return Sealed(sha256_hex(data), data)


def unsealed(data: bytes) -> bytes:
    """Return the words of a stored content."""
    return data[SALT_BYTES:]
