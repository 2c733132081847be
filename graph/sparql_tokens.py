"""A query text as tokens, each with the brackets around it.

Invariant: inside an expression, `<` after an operand is "less than", and everywhere else it starts an IRI where it can,
as the engine's grammar has it. So nothing that the engine reads as brackets and operators hides in what looks like an
IRI here (`?x<((((1))))&&?y>2`), and an IRI is never taken for operators. The scan takes time linear in the text.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# A word may be spelled with \uXXXX escapes; the engine takes none outside strings and IRIs, but a later one might.
_ESCAPE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_NAME: Final = (
    r"A-Za-z0-9_\u00B7\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u037D\u037F-\u1FFF\u200C-\u200D\u203F-\u2040"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_LOCAL: Final = rf"[{_NAME}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_KINDS: Final = {
    "space": r"\s+",
    "comment": r"\#[^\n\r]*",
    "iri": rf"<(?:[^\x00-\x20<>\"{{}}|^`\\]|{_ESCAPE})*>",
    "long": r"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''",
    "unclosed": r"\"\"\"|'''",
    "string": r"\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'",
    "open": r"[\"']",
    "variable": rf"[?$][{_NAME}]+",
    "language": r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*",
    # prefix:local, :local, prefix:, _:label; dots may stand within
    "name": rf"(?:[{_NAME}](?:[{_NAME}.-]*[{_NAME}-])?)?:(?:(?:{_LOCAL})(?:(?:{_LOCAL}|[.-])*(?:{_LOCAL}|-))?)?",
    "word": rf"(?:[{_NAME}]|{_ESCAPE})+",
    "other": r"\^\^|&&|\|\||[<>!]=|.",
}


def _compiled(kinds: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()), re.DOTALL)


_TOKEN: Final = _compiled(_KINDS)
# The same where no prefix can start. To try one at each character of `a.a.a…` would take time quadratic in its length.
_NO_PREFIX: Final = _compiled({**_KINDS, "name": rf":(?:(?:{_LOCAL})(?:(?:{_LOCAL}|[.-])*(?:{_LOCAL}|-))?)?"})
_RUN: Final = re.compile(rf"[{_NAME}.-]*")
_LESS: Final = re.compile(r"(?P<other><=?)")
_UNESCAPE: Final = re.compile(_ESCAPE)

_OPERANDS: Final = frozenset({"iri", "long", "string", "variable", "language", "name"})
CLOSED_BY: Final = {"{": "}", "[": "]", "(": ")"}


class Token(NamedTuple):
    """One token: its kind, its text (a word with its escapes resolved), its offset and what stands around it.

    `kind` is `iri`, `string`, `long`, `open` or `unclosed` (a string that never ends), `variable`, `language`, `name`
    (prefixed), `word` (keywords, numbers) or `other`. `inside` says what the innermost bracket holds: `query` (none, or
    a subselect), `pattern`, `data` (a collection, a path, a triple term), `values` (the block of VALUES and its rows)
    or `expression`. `depth` counts the brackets that are open around it. `operand` is true where it may end an operand
    of an expression.
    """

    kind: str
    text: str
    start: int
    inside: str
    depth: int
    operand: bool


NONE: Final = Token("space", "", 0, "query", 0, operand=False)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` without spaces and comments. No text is refused: what is no token is `other`."""
    around = ["query"]
    before = last = NONE
    values = False  # the next brace opens the block of VALUES
    position = run_end = 0
    while position < len(text):
        if last.operand and around[-1] == "expression" and text[position] == "<":
            match = _LESS.match(text, position)
        else:
            if position >= run_end and (run := _RUN.match(text, position)) is not None:
                run_end = run.end()
            prefix = text[run_end : run_end + 1] == ":" and text[run_end - 1 : run_end] != "."
            match = (_TOKEN if prefix else _NO_PREFIX).match(text, position)
        if match is None:  # `other` takes any character
            raise AssertionError(position)
        kind, words, start = match.lastgroup or "other", match[0], position
        position = match.end()
        if kind in ("space", "comment"):
            continue
        if kind == "word":
            if "\\" in words:
                words = _UNESCAPE.sub(lambda found: chr(min(int(found[0][2:], 16), 0x10FFFF)), words)
            if around[-1] == "pattern" and "SELECT" in words.upper():
                around[-1] = "query"
            values = values or "VALUES" in words.upper()
        found = Token(kind, words, start, around[-1], len(around) - 1, _ends_operand(kind, words, start, last))
        yield found
        if kind == "other":
            if words in "{[":
                around.append("values" if values and words == "{" else "pattern")
                values = False
            elif words == "(":
                around.append(_parenthesis(around[-1], before, last, start))
            elif words in "}])" and len(around) > 1:
                around.pop()
        before, last = last, found


def is_filter(token: Token) -> bool:
    """Return whether the keyword FILTER is in a token; the engine reads `1FILTER` and `FILTER:name` as two.

    >>> [is_filter(token) for token in tokens("FILTER(1FILTER:f ?filter a:filter)") if token.text not in "()"]
    [True, True, False, False]
    """
    if token.kind == "name":
        return "FILTER" in token.text.partition(":")[0].upper()
    return token.kind == "word" and "FILTER" in token.text.upper()


def _ends_operand(kind: str, words: str, start: int, last: Token) -> bool:
    if kind == "word":  # true, 1, 5e3; of the keywords only DISTINCT stands before an operand
        return not words.upper().endswith("DISTINCT")
    if kind == "other":
        triple_ends = words == ">" and last.text == ">" and last.start == start - 1
        return words in ")]}" or triple_ends
    return kind in _OPERANDS


def _parenthesis(inside: str, before: Token, last: Token, start: int) -> str:
    """Return what the parenthesis at `start` holds, which stands `inside` something and after two tokens."""
    if last.text == "<" and before.text == "<" and before.start == start - 2:
        return "data"  # the triple term <<( … )>>
    if inside != "pattern":
        return inside if inside in ("data", "values") else "expression"
    if last.kind == "word":
        return "data" if last.text == "a" else "expression"
    called = last.kind in ("iri", "name") and (is_filter(before) or is_filter(last))
    return "expression" if called else "data"
