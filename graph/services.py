"""The SERVICE clauses of a query: which servers it names, and the same query with other addresses in their place.

Invariant: where the addresses of all clauses are replaced, whatever the engine takes for SERVICE leads to one of the
new addresses, and to no other. So it need not be believed that these tokens see clauses, strings and brackets as the
engine's grammar does: the engine parses the text with each clause as GRAPH and every other "service" spelled wrongly,
and a text that has a clause somewhere else does not parse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, parse

from graph.sparql import MalformedQuery, ServiceRefused, malformed, mentions_service, misspelt, parse_only, place_of
from graph.sparql_tokens import Token, tokens

_KEYWORD: Final = "SERVICE"
_AS: Final = "GRAPH  "  # as long, and its clause has the same form
_PROLOGUE: Final = frozenset({"BASE", "PREFIX", "VERSION"})


@dataclass(frozen=True, slots=True)
class Service:
    """One clause: the address of its server, whether SILENT stands there, and whether no other clause is around it.

    What stands inside another clause is asked by that one's server. `start` is the offset of the keyword, `name` those
    of what names the server.
    """

    address: str
    silent: bool
    outer: bool
    start: int
    name: tuple[int, int]


def services_of(text: str, prefixes: Mapping[str, str] | None = None) -> tuple[Service, ...]:
    """Return the clauses of a query in their order; `prefixes` are known beside its own.

    Raises:
        ServiceRefused: a variable names the server, or the keyword stands where it cannot be told apart.
        MalformedQuery
    """
    if not mentions_service(text) and "\\u" not in text.lower():  # no engine takes escapes in keywords, as yet
        return ()
    found: list[tuple[Token, Token, bool, bool]] = []  # keyword, name, silent, outer
    listed = list(tokens(text))
    form: int | None = None
    around = -1  # the depth within the clause that is open
    for number, token in enumerate(listed):
        if token.kind == "other" and token.text == "}" and token.depth == around:
            around = -1
        word = token.text.upper() if token.kind == "word" else ""
        if form is None:
            form = token.start if word and word not in _PROLOGUE else None
        elif _KEYWORD in word:
            if text[token.start : token.start + len(_KEYWORD)].upper() != word:
                raise ServiceRefused("set SERVICE off with spaces, and write it without escapes", *_at(text, token))
            silent = _word(listed, number + 1) == "SILENT"
            name, brace = _token(listed, number + 1 + silent), _token(listed, number + 2 + silent)
            if name is not None and name.kind == "variable":
                reason = f"SERVICE {name.text[:80]} leaves it to a variable which server is asked: name it with its IRI"
                raise ServiceRefused(reason, *_at(text, name))
            if name is None or name.kind not in ("iri", "name") or brace is None or brace.text != "{":
                raise MalformedQuery("SERVICE is followed by the IRI of a server and {", *_at(text, token))
            found.append((token, name, silent, around < 0))
            around = brace.depth + 1 if around < 0 else around
    prologue = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in (prefixes or {}).items()) + text[: form or 0]
    clauses = [
        Service("", silent, outer, keyword.start, (name.start, name.start + len(name.text)))
        for keyword, name, silent, outer in found
    ]
    _check(text, _put(text, clauses, _AS), prefixes)
    names = [_resolved(prologue, text, name) for _, name, _, _ in found]
    return tuple(replace(clause, address=name) for clause, name in zip(clauses, names, strict=True))


def routed(
    text: str, services: Sequence[Service], addresses: Sequence[str], prefixes: Mapping[str, str] | None = None
) -> str:
    """Return a query with other `addresses`, which hold no "service", for its clauses, in their order.

    Raises:
        MalformedQuery
    """
    _check(text, _put(text, services, _AS, addresses), prefixes)
    return _put(text, services, _KEYWORD, addresses)


def without_services(text: str, services: Sequence[Service]) -> str:
    """Return a query that has the same columns and asks nobody, each character where it was."""
    return _put(text, services, _AS)


def _check(text: str, harmless: str, prefixes: Mapping[str, str] | None) -> None:
    """Raise where the engine would still take something for the keyword in a text without the known clauses."""
    try:
        parse_only(misspelt(harmless), prefixes)
    except SyntaxError as error:
        raise malformed(text, error) from None


def _put(text: str, services: Sequence[Service], keyword: str, addresses: Sequence[str] | None = None) -> str:
    """Return a text with another keyword for its clauses; where addresses are given, with these for their names."""
    parts, done = [], 0
    for number, service in enumerate(services):
        start, (name, end) = service.start, service.name
        between = "".join(c if c.isspace() else " " for c in text[start + len(_KEYWORD) : name])  # SILENT, comments
        parts += [text[done:start], keyword]
        if addresses is None:
            parts += [between, text[name:end]]
        else:
            silent = " SILENT" if service.silent and keyword == _KEYWORD else ""
            parts += [silent, between, f" <{addresses[number]}> "]
        done = end
    return "".join([*parts, text[done:]])


def _resolved(prologue: str, text: str, name: Token) -> str:
    """Return the IRI that a token means; as data, of which nothing can be run."""
    try:
        (quad,) = parse(f"{prologue}\n<urn:s> <urn:p> {name.text} .", RdfFormat.TRIG)
    except (SyntaxError, ValueError):
        reason = f"{name.text[:200]} is no whole IRI of a server, or its prefix is not declared"
        raise ServiceRefused(reason, *_at(text, name)) from None
    assert isinstance(quad.object, NamedNode)
    return quad.object.value


def _token(listed: Sequence[Token], number: int) -> Token | None:
    return listed[number] if number < len(listed) else None


def _word(listed: Sequence[Token], number: int) -> str:
    token = _token(listed, number)
    return token.text.upper() if token is not None and token.kind == "word" else ""


def _at(text: str, token: Token) -> tuple[int, int]:
    return place_of(text, token.start)
