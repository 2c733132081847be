"""What a reason may hold: it stays in the log for ever and stands in the graph as a literal.

Invariant: no control character goes into a reason but tabs and line breaks, whoever gives it and wherever.
"""

import unicodedata
from typing import Final

_ALLOWED: Final = frozenset("\t\n\r")


def unprintable(reason: str) -> str | None:
    """Return the first control character of `reason`, as people write it; None where it has none.

    >>> unprintable(f"as{chr(0)}seen"), unprintable(f"as{chr(9)}seen")
    ('U+0000', None)
    """
    found = next((one for one in reason if one not in _ALLOWED and unicodedata.category(one) == "Cc"), None)
    return None if found is None else f"U+{ord(found):04X}"


def refusal(reason: str, name: str = "the reason") -> str | None:
    """Return why `reason` cannot be written, None where it can."""
    found = unprintable(reason)
    return None if found is None else f"{name} has the control character {found}: leave it out"
