"""Which part of a query a token stands in, and which aggregates stand where SPARQL has none.

Invariant: an aggregate is computed over the groups of a SELECT, so it belongs to what that one says, to HAVING and to
ORDER BY, of a subquery too. One in FILTER, in BIND, in GROUP BY or inside another aggregate is refused: the engine
would take it, and answer with something else. A name, a variable or a string that looks like one is none.
"""

import re
from typing import Final

from graph.sparql_tokens import NONE, Token, is_filter

AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
_AGGREGATE: Final = re.compile("|".join(sorted(AGGREGATES)), re.IGNORECASE)
_CLAUSES: Final = ("SELECT", "WHERE", "FROM", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_REFUSED: Final = {
    "FILTER": "{word} is over many rows, and FILTER looks at one: write HAVING(…) behind the pattern, or a subquery",
    "BIND": "{word} is over many rows, and BIND looks at one: write SELECT ({word}(…) AS ?name), or a subquery",
    "GROUP": "{word} is computed after the groups are made: compute it in a subquery, and group around that",
    "AGGREGATE": "{word} stands inside another aggregate: compute it in a subquery, and the other one around that",
}


def mentions_aggregate(text: str) -> bool:
    """Tell whether the word of an aggregate stands somewhere in a text, as one or as anything else."""
    return _AGGREGATE.search(text) is not None


def is_aggregate(token: Token) -> bool:
    """Tell whether a token is the word of an aggregate; one is meant where `(` follows."""
    return token.kind == "word" and token.text.upper() in AGGREGATES


class Clauses:
    """Reads the tokens of a query one by one.

    `part` is what the last one stands in: the clause of its SELECT (`SELECT`, `GROUP`, `HAVING`, `ORDER`, …), within a
    pattern `FILTER` or `BIND` in their parentheses and `PATTERN` else, `AGGREGATE` in those of an aggregate.
    """

    def __init__(self) -> None:
        self.part = ""
        self._parts = [""]  # by depth
        self._before = self._last = NONE

    def read(self, token: Token) -> None:
        """Read the next token."""
        parts = self._parts
        del parts[token.depth + 1 :]
        if token.inside == "query" and token.kind == "word":
            word = token.text.upper()
            clause = next((one for one in _CLAUSES if word.startswith(one)), "")
            if clause and not is_aggregate(token):
                parts[-1] = clause
        self.part = parts[-1]
        if token.kind == "other" and token.text in ("{", "[", "("):
            opened = self._opened(token)
            if token.inside == "query" and token.text == "{":
                parts[-1] = "WHERE"
            parts.append(opened)
        self._before, self._last = self._last, token

    def misplaced(self, token: Token) -> tuple[Token, str] | None:
        """Read the next token; return an aggregate that stands where none can, and a sentence, or None."""
        last, part = self._last, self.part
        if part == "PATTERN" and is_filter(self._before):
            part = "FILTER"
        self.read(token)
        if token.text != "(" or token.kind != "other" or not is_aggregate(last) or part not in _REFUSED:
            return None
        return last, _REFUSED[part].format(word=last.text.upper())

    def _opened(self, token: Token) -> str:
        """Return the part that a bracket opens."""
        if token.text != "(":
            return "PATTERN"
        if is_aggregate(self._last):
            return "AGGREGATE"
        if self.part != "PATTERN":
            return self.part
        if is_filter(self._last) or is_filter(self._before):
            return "FILTER"
        return "BIND" if self._last.kind == "word" and "BIND" in self._last.text.upper() else "PATTERN"
