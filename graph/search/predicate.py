"""`wq:text` in SPARQL: `?thing wq:text "words"` holds of the things that have a text with these words.

Invariant: a query means what it would mean if the default graph held such a triple for each such thing. The triple is
replaced by VALUES with the things, found before the query runs; the rest is left as it is. What cannot be replaced is
refused with its place, and never matches nothing in silence.

A join with many values is given to the engine as LATERAL, value by value: left to itself it would first evaluate all
the rest, for all of the graph.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, Store
from pyoxigraph import QuerySolutions as Solutions

from graph.search.wording import BadWording, Wording, read
from graph.sparql import MalformedQuery, QueryRefused, malformed, parse_only, place_of
from graph.sparql_tokens import Token, tokens
from ontology.vocabulary import WQ

Find = Callable[[Wording, int], list[str]]
"""Returns the IRIs of the things that have a text with the words, no more than so many."""

PREDICATE: Final = f"{WQ}text"
MOST_THINGS: Final = 100_000
_MOST_SEARCHES: Final = 8
_JOINED: Final = 1_000  # values that the engine joins well by itself
_KEYWORDS: Final = frozenset(
    {"FILTER", "OPTIONAL", "UNION", "MINUS", "GRAPH", "BIND", "VALUES", "SERVICE", "SILENT", "EXISTS", "NOT", "LATERAL"}
    | {"SELECT", "WHERE"}
)
_PATH: Final = frozenset("/|*+?")
_HOW: Final = 'wq:text stands between a variable and words in quotation marks, as in ?claim wq:text "حلب قصف"'
_DEFAULT: Final = "wq:text searches the default graph, as it is without FROM"
_ELSEWHERE: Final = {
    "SERVICE": "wq:text searches this graph, and SERVICE asks another server: search outside of its braces",
    "GRAPH": f"{_DEFAULT}, and GRAPH looks into named ones: search outside of its braces, and join by a variable",
}
_DATASET: Final = (
    f"{_DEFAULT}: leave out FROM, FROM NAMED, default-graph-uri and named-graph-uri, and name graphs with GRAPH beside "
    "the search"
)
_TERM: Final = f"no variable stands for wq:text in the place of a predicate: {_HOW}"


class BadSearch(QueryRefused):
    """A search for words that cannot be: for its words, for where it stands, or because too much has them."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One `wq:text` of a query: the variable, the words, and offsets in the text.

    `group` is behind the brace that opens the group, `end` before the one that closes it; `subject` is where the
    variable starts, and what lies in `gone` is left out. `alone` says that the group begins with triples only.
    """

    variable: str
    words: str
    at: int
    group: int
    end: int
    subject: int
    gone: tuple[int, int]
    alone: bool


def expanded(
    text: str, prefixes: Mapping[str, str], find: Find, most: int = MOST_THINGS, *, dataset: bool = False
) -> str:
    """Return a query that says the same without `wq:text`; one that has none comes back as it is.

    `dataset` says that it is asked of another dataset than the graph has, whatever its FROM clauses say.

    Raises:
        BadSearch, graph.sparql.MalformedQuery
    """
    if "text" not in text:
        return text
    names = _names(text, prefixes)
    listed = list(tokens(text))
    if not any(_is_term(token, names) for token in listed):
        return text
    try:
        parse_only(text, prefixes)  # so that faults are told by their place in what was written
    except SyntaxError as error:
        raise malformed(text, error) from None
    _refuse_values(text, listed, names)
    dataset = dataset or any(_is_from(token) for token in listed)
    # The engine takes no LATERAL around what binds the same variable again.
    words = {token.text.upper() for token in listed if token.kind == "word"}
    apart = sum(_is_term(token, names) for token in listed) == 1 and not words & {
        "VALUES",
        "BIND",
        "AS",
        "SERVICE",
    }
    for _ in range(_MOST_SEARCHES):
        found = _first(text, listed, names)
        if found is None:
            return text
        if dataset:
            raise BadSearch(_DATASET, *place_of(text, found.at))
        try:
            wording = read(found.words)
        except BadWording as bad:
            raise BadSearch(str(bad), *place_of(text, found.at)) from None
        things = find(wording, most + 1)
        if len(things) > most:
            reason = (
                f"more than {most} things have these words (WAQAI_SEARCH_THINGS): add words that say more, or exclude "
                "some with -"
            )
            raise BadSearch(reason, *place_of(text, found.at))
        text = _replaced(text, found, things, lateral=apart and len(things) > _JOINED)
        listed = list(tokens(text))
    if _first(text, listed, names) is not None:
        raise BadSearch(f"a query may have {_MOST_SEARCHES} searches for words: put them together", 1, 1)
    return text


def _replaced(text: str, found: _Found, things: list[str], *, lateral: bool) -> str:
    values = f" VALUES ?{found.variable} {{ {' '.join(f'<{thing}>' for thing in things)} }} "
    start, end = found.gone
    rest = text[:start] + " " + text[end:]
    shift = len(rest) - len(text)
    if not lateral:
        return rest[: found.subject] + values + rest[found.subject :]
    at = found.group if found.alone else found.subject
    close = found.end + shift
    return f"{rest[:at]}{values}LATERAL {{ {rest[at:close]} }}{rest[close:]}"


def _names(text: str, prefixes: Mapping[str, str]) -> frozenset[str]:
    """Return the prefixed names that the predicate has in a query."""
    known = dict(prefixes)
    last: list[Token] = []
    for token in tokens(text):
        if token.kind == "iri" and len(last) == 2 and last[0].text.upper() == "PREFIX" and last[1].text.endswith(":"):
            known[last[1].text[:-1]] = token.text[1:-1]
        last = [*last, token][-2:]
    return frozenset(
        f"{prefix}:{PREDICATE.removeprefix(iri)}" for prefix, iri in known.items() if iri and PREDICATE.startswith(iri)
    )


def _is_term(token: Token, names: frozenset[str]) -> bool:
    """Tell whether a token is the IRI; DESCRIBE and FROM name it and do not search."""
    if token.inside == "query":
        return False
    return (token.kind == "name" and token.text in names) or (token.kind == "iri" and token.text == f"<{PREDICATE}>")


def _is_from(token: Token) -> bool:
    return token.kind == "word" and token.depth == 0 and token.text.upper() == "FROM"


def _refuse_values(text: str, listed: list[Token], names: frozenset[str]) -> None:
    """Raise where a variable may be given `wq:text` or compared with it, and one stands in the place of a predicate.

    The graph holds no such triple, so that would find nothing. What is asked about the term itself may find something.
    """
    terms = [token for token in listed if token.inside in ("values", "expression") and _is_term(token, names)]
    if terms and any(
        token.kind == "variable" and group is not None and group.pattern and group.state == "verb"
        for _, token, group in _walk(listed)
    ):
        raise BadSearch(_TERM, *place_of(text, terms[0].start))


class _Group:
    """One brace that is open, and how far its triples are read."""

    def __init__(self, opened: int, *, pattern: bool, elsewhere: str) -> None:
        self.opened = opened
        self.elsewhere = elsewhere  # SERVICE or GRAPH where it is not about the default graph
        self.pattern = pattern
        self.state = "subject"  # what is expected next: subject, verb, path, object, next; or keyword
        self.subject: Token | None = None
        self.simple = False  # whether the subject is one variable
        self.alone = True
        self.keyword = ""


def _first(text: str, listed: list[Token], names: frozenset[str]) -> _Found | None:
    """Return the first `wq:text` of a query, None where there is none. Raises BadSearch where it is out of place."""
    for number, token, group in _walk(listed):
        if token.inside not in ("pattern", "data") or not _is_term(token, names):
            continue
        if group is not None and group.pattern and group.state in ("subject", "object"):
            continue  # it is asked about the term
        if group is not None and group.elsewhere:
            raise BadSearch(_ELSEWHERE[group.elsewhere], *place_of(text, token.start))
        if group is None or not group.pattern or group.state != "verb" or not group.simple or group.subject is None:
            raise BadSearch(_HOW, *place_of(text, token.start))
        return _found(text, listed, number, group)
    return None


def _walk(listed: list[Token]) -> Iterator[tuple[int, Token, _Group | None]]:
    """Yield each token with its number and the innermost brace around it, as that one is before the token."""
    stack: list[_Group] = []
    template = False
    for number, token in enumerate(listed):
        group = stack[-1] if stack else None
        yield number, token, group
        after = listed[number + 1] if number + 1 < len(listed) else None
        if token.kind == "word":
            template = template or token.text.upper() == "CONSTRUCT"  # until a brace closes; short forms have no other
        if token.kind == "other" and token.text in "{[(" and len(token.text) == 1:
            keyword = group.keyword if group is not None and group.state == "keyword" else ""
            pattern = token.text == "{" and keyword != "VALUES" and not template
            elsewhere = group.elsewhere if group is not None else ""
            if keyword in _ELSEWHERE and elsewhere != "SERVICE":
                elsewhere = keyword
            stack.append(_Group(token.start, pattern=pattern, elsewhere=elsewhere))
            continue
        if token.kind == "other" and token.text in "}])" and len(token.text) == 1:
            if stack:
                stack.pop()
            if token.text == "}" and not stack:
                template = False
            if stack:
                _closed(stack[-1], token, after)
            continue
        if group is not None and group.pattern:
            _step(group, token, after)


def _closed(group: _Group, token: Token, after: Token | None) -> None:
    """Note that a bracket inside a group was closed."""
    if group.state == "keyword":
        if token.text == "}" or (token.text == ")" and group.keyword in ("FILTER", "BIND")):
            group.state = "subject"
    elif token.text == "}":
        group.state, group.alone = "subject", group.alone and group.state == "subject"
    elif group.state == "subject":
        group.state, group.subject, group.simple = "verb", token, False
    elif group.state in ("verb", "path"):
        group.state = _behind_path(after)
    elif group.state == "object":
        group.state = "next"


def _step(group: _Group, token: Token, after: Token | None) -> None:
    """Read one token of a group that is no bracket."""
    word = token.text.upper() if token.kind == "word" else ""
    if word in _KEYWORDS:
        if not (group.state == "keyword" and word in ("EXISTS", "NOT", "SILENT")):
            group.state, group.keyword = "keyword", word
            group.alone = group.alone and word in ("FILTER", "VALUES")
    elif group.state == "keyword":
        return
    elif token.text == ".":
        group.state = "subject"
    elif token.text == ";":
        group.state = "verb"
    elif token.text == ",":
        group.state = "object"
    elif group.state == "subject":
        group.state, group.subject, group.simple = "verb", token, token.kind == "variable"
    elif group.state in ("verb", "path"):
        group.state = "path" if token.text in ("^", "!", "/", "|") else _behind_path(after)
    elif group.state == "object":
        group.state = "next"


def _behind_path(after: Token | None) -> str:
    return "path" if after is not None and after.kind == "other" and after.text in _PATH else "object"


def _found(text: str, listed: list[Token], number: int, group: _Group) -> _Found:
    """Return the `wq:text` that token `number` is. Raises BadSearch where no words follow, or more than these."""
    token, words = listed[number], listed[number + 1] if number + 1 < len(listed) else None
    after = listed[number + 2] if number + 2 < len(listed) else None
    if words is None or words.kind not in ("string", "long") or after is None:
        raise BadSearch(_HOW, *place_of(text, token.start))
    if after.kind == "language" or after.text in ("^^", ",", "~") or after.text.startswith("{|"):
        raise BadSearch(f"{_HOW}; nothing else belongs to the words", *place_of(text, after.start))
    depth, end = 0, len(text)
    for later in listed[number:]:
        if later.kind == "other" and later.text in "{[(":
            depth += 1
        elif later.kind == "other" and later.text in "}])":
            depth -= 1
            if depth < 0:
                end = later.start
                break
    assert group.subject is not None
    first = listed[number - 1] is group.subject
    start, stop = token.start, words.start + len(words.text)
    behind = number + 2
    if first and after.text == ";":
        while listed[behind].text == ";":
            stop = listed[behind].start + 1
            behind += 1
        if listed[behind].text in (".", "}"):  # nothing is said of the thing but its words
            start = group.subject.start
            stop = listed[behind].start + (1 if listed[behind].text == "." else 0)
    elif first:
        start = group.subject.start
        stop = after.start + 1 if after.text == "." else stop
    return _Found(
        variable=group.subject.text[1:],
        words=_value(text[words.start : words.start + len(words.text)]),
        at=words.start,
        group=group.opened + 1,
        end=end,
        subject=group.subject.start,
        gone=(start, stop),
        alone=group.alone,
    )


def _value(written: str) -> str:
    """Return what a string of SPARQL means."""
    found = Store().query(f"SELECT ({written} AS ?value) {{}}")
    assert isinstance(found, Solutions)
    value = next(found)["value"]
    if not isinstance(value, Literal):
        raise MalformedQuery("words in quotation marks are expected here", 1, 1)
    return value.value
