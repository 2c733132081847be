"""At which token of a query the engine's parser stops.

Invariant: what is returned is the token that the parser could not go beyond. Its own place is ahead of that: it takes
as many characters as a keyword has before it compares them, so "SELECT COUNT(?e)" is faulted behind the parenthesis.
Between tokens that are far apart it takes blanks only, and these belong to the token before them.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from graph.sparql_tokens import Token, tokens

_LONGEST: Final = 10_000  # characters of a text that is parsed again to say more about it
_APART: Final = " " * 40  # more than any keyword has
_ERROR: Final = re.compile(r"error at 1:(\d+): (.*)", re.DOTALL)
_OPERATORS: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "&&", "||", "*"})
_BRACKETS: Final = frozenset("{[(}]);,")
_TERMS: Final = frozenset({"variable", "string", "long", "iri", "name", "word"})
UNSPACED: Final = frozenset({"CONCAT", "COALESCE", "BNODE"})
"""Functions that the engine takes only where their parenthesis follows at once."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The tokens of a text, and the number of the one where the parser stops: their count where that is the end.

    `wanted` is what the engine says it expects there, where that is all that could stand there; else it is empty.
    """

    listed: list[Token]
    number: int
    wanted: str

    @property
    def token(self) -> Token | None:
        """The token, None at the end."""
        return self.listed[self.number] if self.number < len(self.listed) else None


def stop_of(text: str, parse: Callable[[str, Mapping[str, str]], None]) -> Stop | None:
    """Return where the parser stops, None where that cannot be told for sure.

    `parse` lets the engine parse a text with prefixes and runs nothing; it raises the engine's SyntaxError.
    """
    if len(text) > _LONGEST:
        return None
    listed = list(tokens(text))
    parts: list[str] = []
    starts: list[int] = []
    glued: list[bool] = []
    length = end = 0
    for number, token in enumerate(listed):
        if text[token.start : token.start + len(token.text)] != token.text or token.kind in ("open", "unclosed"):
            return None
        apart = number == 0 or token.start > end or _separate(listed, number)
        if apart:
            parts.append(_APART)
            length += len(_APART)
        glued.append(not apart)
        starts.append(length)
        # A string may go over lines, and the place is easier to tell in one.
        parts.append(token.text)
        length += len(token.text)
        end = token.start + len(token.text)
    spaced = "".join([*parts, _APART])
    if "\n" in spaced or "\r" in spaced:
        return None
    known = {token.text.partition(":")[0]: "urn:" for token in listed if token.kind == "name"}
    known.pop("_", None)
    try:
        parse(spaced, known)
    except SyntaxError as error:
        match = _ERROR.match(str(error))
    except (ValueError, RuntimeError):
        return None
    else:
        return None
    if match is None or "IRI parsing failed" in match[2] or "Prefix not found" in match[2]:
        return None
    at = int(match[1]) - 1
    if at >= len(spaced):
        return Stop(listed, len(listed), "" if "[_]" in match[2] else match[2])
    number = bisect_right(starts, at) - 1
    if number < 0 or glued[number]:
        return None
    return Stop(listed, number, match[2] if at == starts[number] else "")


def _separate(listed: list[Token], number: int) -> bool:
    """Tell whether blanks before a token, which follows the one before it at once, would change nothing."""
    left, right = listed[number - 1], listed[number]
    a, b = (token.text if token.kind == "other" else "" for token in (left, right))
    if (a, b) in (("{", "|"), ("|", "}")):
        return False
    if (a, b) == ("<", "("):
        return listed[number - 2].text != "<"  # <<( … )>>
    if (a, b) == (")", ">"):
        return number + 1 == len(listed) or listed[number + 1].text != ">"
    if b == "(" and left.kind == "word" and left.text.upper() in UNSPACED:
        return False
    if a in _BRACKETS or b in _BRACKETS:
        return True
    if b in _OPERATORS or (b == "." and left.kind == "variable"):
        return left.kind in _TERMS or a == b == "="
    return (a in _OPERATORS or a == "!") and right.kind in _TERMS
