"""What a request of the SPARQL 1.1 Protocol asks: one query or one update, of which dataset, within which bounds.

Invariant: a request is exactly one operation, or refused with the reason. A parameter with nearly the name of a known
one is refused, because without it another dataset would answer; any other unknown one is passed over and named.
"""

import binascii
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from api.problems import Problem
from api.settings import Settings
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES

QUERY_TYPE: Final = "application/sparql-query"
UPDATE_TYPE: Final = "application/sparql-update"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_QUERY: Final = ("query", "default-graph-uri", "named-graph-uri")
_UPDATE: Final = ("update", "using-graph-uri", "using-named-graph-uri")
_BOUNDS: Final = ("at", "fingerprint", "timeout", "min_position", "format")
# Other names of `format`, and what caches are kept away with: clients send them to any endpoint.
_BESIDE: Final = ("output", "results", "_")
# Fields whose escapes are all whole: quoted-printable but for the sign that escapes.
_PLAIN: Final = re.compile(r"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*+")
_NEAR: Final = 0.75  # how like a known name an unknown one is that must be a slip of the pen
_LONG: Final = 7  # letters of a name that others are not like by chance: clients send queryLn, lat and infer
_YES: Final = ("true", "1", "yes", "on")
_NO: Final = ("false", "0", "no", "off", "")
_NAMED: Final = {
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "turtle": ("text/turtle",),
    "ttl": ("text/turtle",),
    "n3": ("text/turtle",),
    "ntriples": ("application/n-triples",),
    "nt": ("application/n-triples",),
    "nquads": ("application/n-quads",),
    "nq": ("application/n-quads",),
    "trig": ("application/trig",),
    "rdf": ("application/rdf+xml",),
    "rdf+xml": ("application/rdf+xml",),
    "json-ld": ("application/ld+json",),
    "jsonld": ("application/ld+json",),
}
FORMATS: Final = {**_NAMED, **{media_type: (media_type,) for media_type in (*SOLUTIONS_TYPES, *GRAPH_TYPES)}}
"""What `format` may say, and the media types that it stands for: of solutions and of graphs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One query operation of the protocol; the graph lists are None where the request names no dataset.

    `at` is the moment that it asks about, as written; `fingerprint` whether that of the dataset is asked for too;
    `timeout` the seconds that the client allows; `min_position` a position that the answer must not be older than.
    `formats` are the media types that the parameter format stands for, None without it. `ignored` are the parameters
    that nothing reads.
    """

    query: str
    default_graph: list[str] | None
    named_graphs: list[str] | None
    at: str | None = None
    fingerprint: bool = False
    timeout: float | None = None
    min_position: int = 0
    formats: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """One update operation of the protocol, its text not looked at; the graphs stand in place of USING clauses.

    `reason` is why it is done, where the request says so in a parameter.
    """

    update: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    reason: str | None = None


def parse_parameters(data: bytes, where: str) -> list[tuple[str, str]]:
    """Return the fields of a query string or form.

    Raises:
        Problem: where they are not UTF-8, or too many.
    """
    try:
        text = data.decode("ascii")
        if _PLAIN.fullmatch(text) is None:
            return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=1000)
        fields = [field.partition("=") for field in text.replace("+", " ").split("&") if field]
        if len(fields) > 1000:
            raise ValueError
        return [(_unescaped(name), _unescaped(value)) for name, _, value in fields]
    except UnicodeDecodeError:
        raise Problem(400, "not-utf-8", f"The text in {where} is not percent-encoded UTF-8.") from None
    except ValueError:
        raise Problem(400, "bad-form", f"There are too many fields in {where}, or they cannot be read.") from None


def _unescaped(text: str) -> str:
    """Return what percent-encoding stands for; ten times as fast as the library where there is much of it."""
    if "%" not in text:
        return text
    return binascii.a2b_qp(text.replace("=", "%3D").replace("%", "=")).decode("utf-8")


def utf8(data: bytes, where: str) -> str:
    """Return the text of a body. Raises Problem (400)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "not-utf-8", f"The text in {where} is not UTF-8 (byte {error.start}).") from None


def query_operation(parameters: Sequence[tuple[str, str]], settings: Settings) -> Operation:
    """Return the query operation that `parameters` ask for.

    Raises:
        Problem: for an update, no query, more than one, one that is too long, or a bad value.
    """
    queries = _all(parameters, "query")
    if _all(parameters, "update"):
        both = "A request holds a query or an update, and this one holds both. " if queries else ""
        raise Problem(400, "not-a-query", f"{both}An update is sent by POST, without a query.")
    if len(queries) != 1:
        found = "no query" if not queries else f"{len(queries)} queries"
        raise Problem(400, "not-one-query", f"The request holds {found}: send exactly one in the parameter query.")
    ignored = unread(parameters, (*_QUERY, *_BOUNDS), _BESIDE)
    at = one_of(parameters, "at", "two-moments")
    told = [value.lower() for value in _all(parameters, "fingerprint")]
    if any(value not in _YES + _NO for value in told):
        raise Problem(400, "bad-parameter", "fingerprint is true or false.")
    _not_too_long(queries[0], settings)
    timeout, position = one_of(parameters, "timeout"), one_of(parameters, "min_position")
    default_graph, named_graphs = _all(parameters, "default-graph-uri"), _all(parameters, "named-graph-uri")
    dataset = bool(default_graph or named_graphs)
    return Operation(
        queries[0],
        [graph_iri(graph) for graph in default_graph] if dataset else None,
        [graph_iri(graph) for graph in named_graphs] if dataset else None,
        at,
        any(value in _YES for value in told),
        None if timeout is None else seconds_of(timeout, settings),
        0 if position is None else position_of(position),
        formats_of(parameters),
        ignored,
    )


def update_operation(parameters: Sequence[tuple[str, str]], settings: Settings) -> UpdateOperation:
    """Return the update operation that `parameters` ask for. Raises Problem, as `query_operation` does."""
    updates = _all(parameters, "update")
    if _all(parameters, "query"):
        both = "A request holds a query or an update, and this one holds both: send one."
        raise Problem(400, "not-one-update", both)
    if len(updates) != 1:
        found = "no update" if not updates else f"{len(updates)} updates"
        raise Problem(400, "not-one-update", f"The request holds {found}: send exactly one in the parameter update.")
    unread(parameters, (*_UPDATE, "reason"), _BESIDE)
    if len(updates[0].encode("utf-8", "replace")) > settings.max_update_bytes:
        raise Problem(
            413,
            "update-too-long",
            f"The update is longer than {settings.max_update_bytes} bytes (WAQAI_MAX_UPDATE_BYTES).",
        )
    using = tuple(graph_iri(graph) for graph in _all(parameters, "using-graph-uri"))
    named = tuple(graph_iri(graph) for graph in _all(parameters, "using-named-graph-uri"))
    return UpdateOperation(updates[0], using, named, one_of(parameters, "reason"))


def unread(parameters: Sequence[tuple[str, str]], known: Sequence[str], others: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of parameters that are neither `known` nor among `others`.

    Raises:
        Problem: for one that is nearly a known one, or of the other kind of operation.
    """
    found = []
    for name in dict.fromkeys(name for name, _ in parameters):
        if name in known or name in others:
            continue
        if name in _QUERY or name in _UPDATE:
            kind = "queries" if name in _QUERY else "updates"
            raise Problem(400, "bad-parameter", f"The parameter {name} is for {kind} only.", parameter=name)
        long = [other for other in known if len(other) >= _LONG]
        near = difflib.get_close_matches(name.lower()[:80], long, n=1, cutoff=_NEAR)
        if near:
            detail = f"There is no parameter {name[:80]}; the nearest is {near[0]}."
            raise Problem(400, "unknown-parameter", detail, parameter=name[:80], known=list(known))
        found.append(name[:80])
    return tuple(found)


def one_of(parameters: Sequence[tuple[str, str]], name: str, kind: str = "bad-parameter") -> str | None:
    """Return the value of a parameter that may be given once. Raises Problem (400)."""
    values = _all(parameters, name)
    if len(values) > 1:
        raise Problem(400, kind, f"The parameter {name} is given {len(values)} times: give it once.", parameter=name)
    return values[0] if values else None


def formats_of(parameters: Sequence[tuple[str, str]]) -> tuple[str, ...] | None:
    """Return the media types that the parameter format (or output, or results) names, None without one.

    Clients give several where they do not know which one a server reads: the first that there is counts.

    Raises:
        Problem (400): none of those in format exists.
    """
    names = _all(parameters, "format")
    beside = [] if names else [*_all(parameters, "output"), *_all(parameters, "results")]
    for name in (*names, *beside):
        found = FORMATS.get(name.lower().replace(" ", "+"))  # a plus sign that was not escaped
        if found is not None:
            return found
    if not names:
        return None
    detail = f"There is no format {names[0][:80]!r}: format is one of {', '.join(_NAMED)}, or a media type."
    raise Problem(400, "unknown-format", detail, known=list(FORMATS))


def seconds_of(text: str, settings: Settings) -> float:
    """Return what `timeout` says. Raises Problem (400)."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) or float(text) == 0:
        detail = (
            f"timeout={text[:40]} is not taken: give seconds above 0 and below 1000000 in plain digits, as 2.5. "
            f"After {settings.query_seconds:g} the server ends a query anyway (WAQAI_QUERY_SECONDS)."
        )
        raise Problem(400, "bad-parameter", detail, parameter="timeout")
    return float(text)


def position_of(text: str) -> int:
    """Return what `min_position` says. Raises Problem (400)."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Problem(400, "bad-parameter", f"min_position={text[:40]} is no position of the log.")
    return int(text)


def graph_iri(graph: str) -> str:
    """Return an IRI that names a graph. Raises Problem (400)."""
    from pyoxigraph import NamedNode

    try:
        return NamedNode(graph).value
    except ValueError:
        raise Problem(400, "bad-iri", f"{graph[:200]!r} is no absolute IRI: it cannot name a graph.") from None


def _all(parameters: Sequence[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in parameters if key == name]


def _not_too_long(text: str, settings: Settings) -> None:
    if len(text.encode("utf-8", "replace")) > settings.max_query_bytes:
        raise Problem(
            413, "query-too-long", f"The query is longer than {settings.max_query_bytes} bytes (WAQAI_MAX_QUERY_BYTES)."
        )
