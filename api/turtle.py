"""Turtle and TriG that the server writes by itself.

Invariant: the same triples give the same bytes.
"""


def sorted_prefixes(data: bytes) -> bytes:
    """Return Turtle or TriG with its prefixes sorted: the engine writes them in no fixed order."""
    lines = data.splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if not line.startswith(b"@prefix")), len(lines))
    return b"".join([*sorted(lines[:count]), *lines[count:]])
