"""The usual mistakes of a query that does not parse, each told in one sentence.

Invariant: a sentence is given only where the parser stops because of what it says; where the cause is not sure there is
none, and the engine's own words stay.
"""

from collections.abc import Iterator
from typing import Final

from graph.sparql_clauses import Clauses, is_aggregate
from graph.sparql_stops import UNSPACED, Stop
from graph.sparql_tokens import Token, tokens

Mistake = tuple[Token, str]
"""The token that is at fault, and the sentence."""

_MOST_ROWS: Final = 2**64 - 1
_BOUNDS: Final = frozenset({"LIMIT", "OFFSET"})
_OPERATORS: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-", "*", "/"})
_NO_COLUMN: Final = frozenset({"DISTINCT", "REDUCED", "AS", "FROM", "WHERE", "SELECT"})
_PARENTHESES: Final = {
    "FILTER": "FILTER has its condition in parentheses, as in FILTER(?n > 1)",
    "HAVING": "HAVING has its condition in parentheses, as in HAVING(COUNT(?n) > 1)",
    "BIND": "BIND has all in parentheses, as in BIND(?n + 1 AS ?m)",
}
_OPERANDS: Final = frozenset({"variable", "string", "long"})
_ORDER: Final = {"GROUP": 0, "HAVING": 1, "ORDER": 2, "LIMIT": 3, "OFFSET": 3}
_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_UNFINISHED: Final = frozenset({"GROUP", "HAVING", "ORDER", "BY", "LIMIT", "OFFSET", "ASC", "DESC"})
_STAR: Final = "SELECT * cannot stand where there are groups: name the columns"
_NO_GROUPS: Final = "the engine has groups and aggregates in SELECT only: group in a subquery, { SELECT … }"
# What the engine says where it has read a query and does not take what it means.
_SAID: Final = {
    "SELECT * is not authorized with GROUP BY": _STAR,
    "variable that is unbound": (
        "beside groups SELECT uses keys of GROUP BY and aggregates only: GROUP BY (… AS ?name) names a key that is "
        "computed, and a query around this one can use the names that this one gives"
    ),
    "The SELECT overrides an existing variable": (
        "a name that SELECT gives with AS has a value in the pattern already: take another name"
    ),
    "Duplicated variable name in SELECT": "SELECT has one name for two columns",
}


def mistake_of(stop: Stop) -> Mistake | None:
    """Return the mistake at which the parser stops, None where it is none of those that are known."""
    clauses = Clauses()
    parts: list[str] = []
    for token in stop.listed:
        clauses.read(token)
        parts.append(clauses.part)
    for find in (_bound, _column, _condition, _modifier, _subquery, _bind, _grouped, _form):
        found = find(stop, parts)
        if found is not None:
            return found
    return None


def meaning_of(message: str, text: str) -> str | None:
    """Return a sentence for what the engine says of a text that it has read whole, None where it says nothing known."""
    said = next((sentence for words, sentence in _SAID.items() if words in message), None)
    return _NO_GROUPS if said is _STAR and not any(t.text.upper() == "SELECT" for t in tokens(text)) else said


def _bound(stop: Stop, _: list[str]) -> Mistake | None:
    """A LIMIT or OFFSET that is larger than the engine counts."""
    for number in (stop.number - 2, stop.number - 1):
        word, value = _word(stop.listed, number), _at(stop.listed, number + 1)
        if word in _BOUNDS and value is not None and value.text.isdecimal() and int(value.text[:40]) > _MOST_ROWS:
            return value, f"{word} is at most {_MOST_ROWS}: leave it out " + (
                "for all rows" if word == "LIMIT" else "to skip none"
            )
    return None


def _column(stop: Stop, parts: list[str]) -> Mistake | None:
    """What SELECT computes, without parentheses or without a name."""
    token, before, after = stop.token, _at(stop.listed, stop.number - 1), _at(stop.listed, stop.number + 1)
    if token is None or before is None or parts[stop.number] != "SELECT":
        return None
    if token.inside == "query":
        called = token.kind in ("word", "name", "iri") and after is not None and after.text == "("
        at_once = after is not None and after.start == token.start + len(token.text)
        if called and (at_once or is_aggregate(token)) and token.text.upper() not in _NO_COLUMN:
            return token, f"what SELECT computes has parentheses and a name: ({token.text[:40]}(…) AS ?name)"
        if token.text == "," and token.kind == "other":
            return token, "the columns of SELECT have spaces between them, and no commas"
        return None
    opened = _opener(stop.listed, stop.number)
    if token.text != ")" or opened is None or stop.listed[opened].inside != "query" or not before.operand:
        return None
    if before.kind == "word" and not (before.text.isdecimal() or before.text in ("true", "false")):
        return None
    level = [one for one in stop.listed[opened : stop.number] if one.depth == token.depth and one.kind == "word"]
    if any(one.text.upper() == "AS" for one in level):
        return None
    return token, "what SELECT computes has a name: write AS ?name before this )"


def _condition(stop: Stop, parts: list[str]) -> Mistake | None:
    """FILTER, HAVING and BIND without parentheses, or with more behind them; AND and OR."""
    token, before = stop.token, _at(stop.listed, stop.number - 1)
    if token is None or before is None:
        return None
    word = _word(stop.listed, stop.number - 1)
    if word in _PARENTHESES and token.inside in ("pattern", "query"):
        bare = token.kind in _OPERANDS or token.text in ("!", "-", "+", "true", "false") or token.text.isdecimal()
        return (token, _PARENTHESES[word]) if bare or (word == "BIND" and token.text != "(") else None
    if before.kind in ("name", "iri") and token.text in _OPERATORS:
        head = _word(stop.listed, stop.number - 2)
        return (token, _PARENTHESES[head]) if head in ("FILTER", "HAVING") else None
    after = _at(stop.listed, stop.number + 1)
    called = token.kind == "word" and token.text.upper() in UNSPACED and token.inside == "expression"
    if called and not before.operand and after is not None and after.text == "(":
        return token, f"the engine takes {token.text} only without a space before its parenthesis: {token.text}("
    if word == "NOT" and _word(stop.listed, stop.number - 2) == "FILTER":
        return token, "NOT is followed by EXISTS { … }; the contrary of a condition is FILTER(!(…))"
    if word == "EXISTS" and token.text != "{":
        return token, "EXISTS is followed by a pattern in braces, as in FILTER EXISTS { ?s ?p ?o }"
    here = token.text.upper() if token.kind == "word" else ""
    if token.inside == "expression" and before.operand and here in ("AND", "OR"):
        return token, f"conditions are joined by {'&&' if here == 'AND' else '||'}, and not by {here}"
    if token.inside == "expression" and token.text == before.text == "=":
        return token, "= compares two values, and there is no =="
    goes_on = here in ("IN", "NOT", "AND", "OR") or (token.kind == "other" and token.text in _OPERATORS)
    opened = _opener(stop.listed, stop.number - 1) if before.text == ")" and goes_on else None
    if opened is None or token.inside not in ("pattern", "query"):
        return None
    for number in (opened - 1, opened - 2):
        head = _word(stop.listed, number)
        if head in ("FILTER", "HAVING"):
            return token, f"{head} has all of its condition in one pair of parentheses: {head}(… {token.text} …)"
    return None


def _modifier(stop: Stop, parts: list[str]) -> Mistake | None:
    """What stands behind the pattern, in another order or with commas; GROUP and ORDER without BY."""
    token = stop.token
    if token is None or token.inside != "query" or stop.number == 0:
        return None
    word, before = _word(stop.listed, stop.number - 1), parts[stop.number - 1]
    if word in ("GROUP", "ORDER"):
        return token, f"{word} is followed by BY"
    if token.text == "," and before in ("GROUP", "ORDER"):
        return token, f"what {before} BY names has spaces between it, and no commas"
    here = _word(stop.listed, stop.number)
    if here in _ORDER and before in _ORDER and _ORDER[here] < _ORDER[before]:
        return token, f"{here} stands before {before}: the order is GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET"
    return None


def _subquery(stop: Stop, _: list[str]) -> Mistake | None:
    """A subquery among triples."""
    token, before = stop.token, _at(stop.listed, stop.number - 1)
    if token is None or before is None or not token.depth or before.text == "{":
        return None
    if _word(stop.listed, stop.number) != "SELECT":
        return None
    return token, "a subquery has braces of its own: { SELECT … }"


def _bind(stop: Stop, _: list[str]) -> Mistake | None:
    """A variable of a triple to which BIND, in the same group behind it, gives another value."""
    token = stop.token
    if token is None or token.text != "}" or token.inside != "pattern":
        return None
    used: set[str] = set()
    start = _opener(stop.listed, stop.number)
    for number in range(stop.number if start is None else start + 1, stop.number):
        one = stop.listed[number]
        if one.kind == "variable" and one.inside == "pattern" and one.depth == token.depth:
            used.add(one.text[1:])
        bound = one.kind == "variable" and one.depth == token.depth + 1 and _word(stop.listed, number - 1) == "AS"
        opened = _opener(stop.listed, number + 1) if bound and number + 1 < stop.number else None
        if opened is not None and _word(stop.listed, opened - 1) == "BIND" and one.text[1:] in used:
            return one, f"?{one.text[1:]} has a value before BIND already: take another name"
    return None


def _grouped(stop: Stop, parts: list[str]) -> Mistake | None:
    """Columns of a SELECT that has groups, and does not group by them; it must end where the parser stops."""
    token = stop.token
    if (token is not None and token.text != "}") or _word(stop.listed, stop.number - 1) in _UNFINISHED:
        return None
    depth = 0 if token is None else token.depth
    opened = -1 if token is None else _opener(stop.listed, stop.number)
    first = next(
        (
            number
            for number in range(stop.number if opened is None else opened + 1, stop.number)
            if stop.listed[number].depth == depth and _word(stop.listed, number) == "SELECT"
        ),
        None,
    )
    if first is None:
        return None
    own = list(_own(stop.listed, parts, first, stop.number))
    groups = [one for one, part in own if part == "GROUP" and one.kind == "variable"]
    aggregate = any(is_aggregate(one) and part in ("SELECT", "HAVING", "ORDER") for one, part in own)
    if not aggregate and not any(part == "GROUP" for _, part in own):
        return None
    given = _given(own)
    inside = {one.text[1:] for one in groups}
    for number, (one, part) in enumerate(own):
        if part != "SELECT":
            continue
        if one.text == "*" and one.kind == "other" and one.inside == "query":
            return one, _STAR
        if one.kind != "variable" or _is_name(own, number):
            continue
        name = one.text[1:]
        if name in inside or name in given:
            continue
        if not groups and not any(part == "GROUP" for _, part in own):
            how = f"beside an aggregate ?{name} needs GROUP BY ?{name}, or an aggregate of its own"
        else:
            how = f"?{name} is no key of GROUP BY and in no aggregate: group by it too, or take one value"
        return one, f"{how}, as in (SAMPLE(?{name}) AS ?name)"
    return None


def _form(stop: Stop, parts: list[str]) -> Mistake | None:
    """Groups and aggregates behind the pattern of ASK, CONSTRUCT or DESCRIBE."""
    form = next((t.text.upper() for t in stop.listed if t.kind == "word" and t.text.upper() in _FORMS), "")
    if form in ("", "SELECT"):
        return None
    for token, part in _own(stop.listed, parts, 0, stop.number):
        if part == "GROUP" or (part in ("HAVING", "ORDER") and is_aggregate(token)):
            return token, _NO_GROUPS
    return None


def _own(listed: list[Token], parts: list[str], start: int, end: int) -> Iterator[tuple[Token, str]]:
    """Yield the tokens of a SELECT with their parts, without those in braces."""
    braces = 0
    for number in range(start, end):
        token = listed[number]
        if token.kind == "other" and token.text in ("{", "}"):
            braces += 1 if token.text == "{" else -1
        elif not braces:
            yield token, parts[number]


def _given(own: list[tuple[Token, str]]) -> set[str]:
    """Return the names that a SELECT makes with AS."""
    return {one.text[1:] for number, (one, _) in enumerate(own) if one.kind == "variable" and _is_name(own, number)}


def _is_name(own: list[tuple[Token, str]], number: int) -> bool:
    before = own[number - 1][0] if number else None
    return before is not None and before.kind == "word" and before.text.upper() == "AS"


def _opener(listed: list[Token], number: int) -> int | None:
    """Return the number of the bracket that the one of `number` closes."""
    depth = listed[number].depth - 1
    return next((one for one in range(number - 1, -1, -1) if listed[one].depth == depth), None)


def _at(listed: list[Token], number: int) -> Token | None:
    return listed[number] if 0 <= number < len(listed) else None


def _word(listed: list[Token], number: int) -> str:
    token = _at(listed, number)
    return token.text.upper() if token is not None and token.kind == "word" else ""
