"""Saved queries: `.rq` files, each a SPARQL query under a header that says what it answers and takes.

Invariant: a `SavedQuery` is whole: its header has everything, every parameter is used, and it is SPARQL that may run
with its parameters filled in or left out. A value gets into a query as one RDF term in the place of one variable, so
no value can become syntax.

The header lines start with `#+` and are YAML, and parameters are variables that start with `?_`, as in grlc
(https://grlc.io). A line that ends with `# with NAME` stands in the query only where that parameter has a value.
`#defaultView:Map` says how the answer is best shown, as in the query service of Wikidata.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from api.queries.parameters import BadValue, Parameter, Term, order_of, read, written
from graph.services import services_of, without_services
from graph.sparql import CheckedQuery, QueryRefused, check_query, malformed
from graph.sparql_tokens import tokens
from ontology.vocabulary import PREFIXES, XSD

LIBRARY: Final = Path(__file__).parent / "library"
LANGUAGES: Final = ("en", "ar")
VIEWS: Final = ("Table", "Map", "Timeline", "LineChart", "BarChart", "Graph")
NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
RESERVED: Final = ("format", "at", "timeout", "min_position")
"""Names that every query answers to over HTTP; no parameter may have them."""
_KEYS: Final = frozenset({"summary", "description", "parameters"})
_PARAMETER_KEYS: Final = frozenset(
    {"type", "default", "optional", "choices", "least", "most", "at_least", "example", *LANGUAGES}
)
_WITH: Final = re.compile(r"[ \t]+#[ \t]*with[ \t]+(\w+)[ \t]*$")
_VIEW: Final = re.compile(r"^#[ \t]*defaultView:[ \t]*(\w+)", re.MULTILINE | re.IGNORECASE)


class BadQueryFile(ValueError):
    """A file of a saved query that cannot be used; the message names the file, what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One saved query: `summary` and `description` by language, `text` without its header, `view` how to show it.

    `own` is one of the user's; `points` one whose rows may name points; `bound` names the parameter that says how many
    rows an answer has at most, None where none does.
    """

    name: str
    text: str
    summary: Mapping[str, str]
    description: Mapping[str, str]
    parameters: tuple[Parameter, ...] = ()
    view: str = "Table"
    own: bool = False
    points: bool = False
    bound: str | None = None

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def complete(self, values: Iterable[tuple[str, str]]) -> bool:
        """Return whether every parameter that must have a value has one."""
        given = {name for name, value in values if value.strip()}
        return all(p.optional or p.default is not None or p.name in given for p in self.parameters)

    def filled(self, terms: Mapping[str, Term]) -> str:
        """Return the query with `terms` in the place of its parameters, prefixes included: it runs anywhere.

        Raises:
            BadValue: where a parameter that must have a value has none.
        """
        for parameter in self.parameters:
            if not parameter.optional and parameter.name not in terms:
                raise BadValue(parameter.name, f"{self.name} needs a value for {parameter.name}", "missing")
        lines = []
        for line in self.text.splitlines():
            marked = _WITH.search(line)
            if marked is None:
                lines.append(line)
            elif marked[1] in terms:
                lines.append(line[: marked.start()])
        text = _replaced("\n".join(lines), {f"_{name}": written(term) for name, term in terms.items()})
        return f"# {self.summary['en']}\n{_prologue(text)}\n{text.strip()}\n"

    def rows(self, terms: Mapping[str, Term]) -> int | None:
        """Return how many rows the answer has at most, None where no parameter says so."""
        bound = terms.get(self.bound) if self.bound is not None else None
        return None if bound is None or int(bound.value) < 1 else int(bound.value)

    def one_more(self, terms: Mapping[str, Term]) -> str:
        """Return the query filled in for one row more than `rows` says: if it comes, the answer is not all."""
        rows = self.rows(terms)
        if self.bound is None or rows is None:
            return self.filled(terms)
        return self.filled({**terms, self.bound: Literal(str(rows + 1), datatype=NamedNode(f"{XSD}integer"))})

    def more(self, rows: int) -> int | None:
        """Return a number of rows above `rows` that may be asked for, None where there is none."""
        parameter = self.parameter(self.bound or "")
        most = None if parameter is None else parameter.most
        wider = 10 * rows if most is None else min(10 * rows, most)
        return wider if parameter is not None and wider > rows else None


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with variables replaced by written terms."""
    parts, done = [], 0
    for token in tokens(text):
        if token.kind == "variable" and token.text[1:] in values:
            parts += [text[done : token.start], values[token.text[1:]]]
            done = token.start + len(token.text)
    return "".join([*parts, text[done:]])


def _prologue(text: str) -> str:
    used = {token.text.partition(":")[0] for token in tokens(text) if token.kind == "name"}
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items() if prefix in used)


def view_of(text: str) -> str | None:
    r"""Return the view that a `#defaultView:` comment of a query asks for, or None.

    >>> view_of("#defaultView:Map\nSELECT * {}")
    'Map'
    """
    found = _VIEW.search(text)
    if found is None:
        return None
    return next((view for view in VIEWS if view.lower() == found[1].lower()), None)


def cut_short(query: SavedQuery, rows: int, give: str = "") -> dict[str, str]:
    """Return by language what is said of an answer that has `rows` rows and would have more.

    `give` is what stands before a parameter where one is given.
    """
    counted = f"{rows} {'row' if rows == 1 else 'rows'}"
    wider, parameter = query.more(rows), query.parameter(query.bound or "")
    if wider is None or parameter is None:
        return {
            "en": f"Cut after {counted}: there are more, and {query.bound} goes no higher: ask for less.",
            "ar": f"لا يظهر هنا إلا أول الصفوف ({rows}) وهناك المزيد، ولا يمكن رفع {query.bound} فوق ذلك: ضيّق السؤال.",
        }
    most = ("", "") if parameter.most is None else (f", up to {parameter.most}", f" (حتى {parameter.most})")
    return {
        "en": f"Cut after {counted}: there are more. {give}{query.bound}={wider} gives more{most[0]}.",
        "ar": f"لا يظهر هنا إلا أول الصفوف ({rows}) وهناك المزيد: {give}{query.bound}={wider} يعطي أكثر منها{most[1]}.",
    }


def with_points(queries: Mapping[str, SavedQuery]) -> str:
    """Return the names of the queries whose rows may name points, for a sentence."""
    return ", ".join(name for name, query in queries.items() if query.points)


def load(folder: Path | None = None) -> dict[str, SavedQuery]:
    """Return the saved queries by name: those of Waqai, then those of `folder` (files `NAME.rq`).

    Raises:
        BadQueryFile: for a file that cannot be used, and where `folder` is no folder.
    """
    found = dict(_library())
    if folder is not None:
        if not folder.is_dir():
            raise BadQueryFile(f"{folder} is no folder: WAQAI_QUERIES names the folder of your own saved queries.")
        for path in sorted(folder.glob("*.rq")):
            if path.stem in found:
                raise BadQueryFile(f"{path}: Waqai has a query of that name already: name the file otherwise.")
            found[path.stem] = read_file(path, own=True)
    return found


@lru_cache(maxsize=1)
def _library() -> dict[str, SavedQuery]:
    return {path.stem: read_file(path) for path in sorted(LIBRARY.glob("*.rq"))}


@lru_cache(maxsize=1)
def examples() -> dict[str, str]:
    """Return the queries of Waqai that say the same whenever and whatever is asked, by their summary: whole SPARQL."""
    return {
        query.summary["en"]: query.filled(terms_of(query, ()))
        for query in _library().values()
        if all(p.type != "time" and (p.optional or p.default is not None) for p in query.parameters)
    }


def read_file(path: Path, *, own: bool = False) -> SavedQuery:
    """Return the query of one file.

    Raises:
        BadQueryFile: with the file and what is wrong.
    """
    if not NAME.fullmatch(path.stem):
        raise BadQueryFile(f"{path}: a name is made of small Latin letters, digits and single hyphens.")
    try:
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQueryFile(f"{path} cannot be read as UTF-8 text: {error}.") from None
    try:
        return parse(path.stem, source, own=own)
    except BadQueryFile as error:
        raise BadQueryFile(f"{path}: {error}") from None


def parse(name: str, source: str, *, own: bool = False) -> SavedQuery:
    """Return the query that a file holds.

    Raises:
        BadQueryFile: with what is wrong.
    """
    lines = source.splitlines()
    header = _header("\n".join(line[2:].removeprefix(" ") for line in lines if line.startswith("#+")))
    text = "\n".join(line for line in lines if not line.startswith("#+")).strip() + "\n"
    parameters = tuple(_parameter(name, entry) for name, entry in header.get("parameters", {}).items())
    query = SavedQuery(
        name,
        text,
        _languages("summary", header.get("summary"), needed=True),
        _languages("description", header.get("description"), needed=False),
        parameters,
        view_of(text) or "Table",
        own,
    )
    columns = _check(query)
    points = "wkt" in columns or {"lat", "long"} <= columns
    return replace(query, points=points, bound=_bound(query) if columns else None)


def _header(source: str) -> dict[str, Any]:
    try:
        header = yaml.safe_load(source)
    except yaml.YAMLError as error:
        why = " ".join(str(error).split())
        raise BadQueryFile(f"its header (the lines that start with #+) is no YAML: {why}") from None
    if not isinstance(header, dict):
        raise BadQueryFile("it has no header: start it with lines such as `#+ summary: {en: …, ar: …}`.")
    unknown = sorted(str(key) for key in header.keys() - _KEYS)
    if unknown:
        raise BadQueryFile(f"its header has {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}.")
    if not isinstance(header.get("parameters", {}), dict):
        raise BadQueryFile("`parameters` of its header must be a mapping of names.")
    return header


def _languages(key: str, found: object, *, needed: bool) -> dict[str, str]:
    if isinstance(found, str):
        found = {"en": found}
    if found is None and not needed:
        return {}
    if not isinstance(found, dict) or "en" not in found or not all(isinstance(text, str) for text in found.values()):
        raise BadQueryFile(f"its header needs `{key}`: one text, or a text for each of {', '.join(LANGUAGES)}.")
    return {str(language): " ".join(text.split()) for language, text in found.items()}


def _parameter(name: object, entry: object) -> Parameter:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii() or name in RESERVED:
        reserved = ", ".join(RESERVED)
        raise BadQueryFile(
            f"{name} cannot name a parameter: use Latin letters, digits and underscores, and none of {reserved}."
        )
    if not isinstance(entry, dict) or not entry.keys() <= _PARAMETER_KEYS or "type" not in entry:
        known = ", ".join(sorted(_PARAMETER_KEYS - {"type"}))
        raise BadQueryFile(f"parameter {name} needs a type, and may have {known}.")
    try:
        return Parameter(
            name=name,
            type=str(entry["type"]),
            meaning={language: str(entry[language]) for language in LANGUAGES if language in entry},
            default=None if entry.get("default") is None else str(entry["default"]),
            optional=entry.get("optional") is True,
            choices=tuple(str(choice) for choice in entry.get("choices", ())),
            least=entry.get("least"),
            most=entry.get("most"),
            at_least=None if entry.get("at_least") is None else str(entry["at_least"]),
            example=None if entry.get("example") is None else str(entry["example"]),
        )
    except ValueError as error:
        raise BadQueryFile(f"parameter {name}: {error}.") from None


def _check(query: SavedQuery) -> set[str]:
    """Return the columns of the answer.

    Raises:
        BadQueryFile: unless the query may run, with all of its parameters and with those only that it must have.
    """
    used = {token.text[2:] for token in tokens(query.text) if token.kind == "variable" and token.text[1] == "_"}
    declared = {parameter.name for parameter in query.parameters}
    marked = {found[1] for line in query.text.splitlines() if (found := _WITH.search(line))}
    for name in sorted((used | marked) ^ declared):
        what = "is declared and not used" if name in declared else "is used and not declared"
        raise BadQueryFile(f"parameter {name} {what}.")
    for parameter in query.parameters:
        if parameter.optional and parameter.default is not None:
            raise BadQueryFile(f"parameter {parameter.name} has a default and is optional: choose one of them.")
        if parameter.optional and not parameter.lines_marked(query.text):
            mark = f"# with {parameter.name}"
            raise BadQueryFile(f"parameter {parameter.name} is optional: end its lines with `{mark}`.")
        lower = None if parameter.at_least is None else query.parameter(parameter.at_least)
        if parameter.at_least is not None and (lower is None or not parameter.comparable(lower)):
            raise BadQueryFile(
                f"parameter {parameter.name} is at least {parameter.at_least}: both must be parameters of dates, or of "
                "numbers."
            )
        for value in (parameter.default, parameter.example):
            if value is not None:
                try:
                    parameter.check(value)
                except BadValue as error:
                    raise BadQueryFile(f"parameter {parameter.name}: {error}.") from None
    everything = {parameter.name: parameter.sample() for parameter in query.parameters}
    columns: set[str] = set()
    for terms in (everything, {p.name: everything[p.name] for p in query.parameters if not p.optional}):
        try:
            columns = _columns(check_query(query.filled(terms), allow_service=query.own))
        except QueryRefused as refused:
            raise BadQueryFile(f"the query is refused, {refused}.") from None
    return columns


def _bound(query: SavedQuery) -> str | None:
    """Return the name of the parameter that stands after the LIMIT of the whole query, not of a part of it."""
    found = list(tokens(query.text))
    for limit, token in pairwise(found):
        name = token.text[2:] if token.kind == "variable" and token.text[1] == "_" else ""
        parameter = query.parameter(name)
        if limit.depth or limit.kind != "word" or limit.text.upper() != "LIMIT" or parameter is None:
            continue
        once = [other.text for other in found if other.kind == "variable"].count(token.text) == 1
        return name if once and parameter.type == "integer" else None
    return None


def _columns(checked: CheckedQuery) -> set[str]:
    try:
        found = Store().query(without_services(checked.text, services_of(checked.text)))  # nobody is asked by reading
    except SyntaxError as error:
        raise malformed(checked.text, error) from None
    return {variable.value for variable in found.variables} if isinstance(found, QuerySolutions) else set()


def terms_of(query: SavedQuery, given: Iterable[tuple[str, str]], **asked: Any) -> dict[str, Term]:
    """Return the terms for a query's parameters from what somebody typed; see `parameters.read`.

    Raises:
        BadValue: for a name that the query does not know, a name given twice, a value that is none of its type or below
            the one that it must reach.
    """
    values: dict[str, str] = {}
    for name, value in given:
        if query.parameter(name) is None:
            known = ", ".join(parameter.name for parameter in query.parameters) or "none"
            raise BadValue(name, f"{query.name} has no parameter {name}: it has {known}", "unknown")
        if name in values:
            raise BadValue(name, f"{name} is given twice", "repeated")
        if value.strip():
            values[name] = value.strip()
    terms: dict[str, Term] = {}
    for parameter in query.parameters:
        value_or_default = values.get(parameter.name, parameter.default)
        if value_or_default is not None:
            terms[parameter.name] = read(parameter, value_or_default, **asked)
    for parameter in query.parameters:
        upper, lower = terms.get(parameter.name), terms.get(parameter.at_least or "")
        if upper is not None and lower is not None and order_of(upper) < order_of(lower):
            name, other = parameter.name, str(parameter.at_least)
            given_here, given_there = (values.get(one, terms[one].value) for one in (name, other))
            what = "before" if parameter.type.startswith("date") else "less than"
            raise BadValue(
                name, f"{name}={given_here} is {what} {other}={given_there}, so nothing can lie between them"
            )
    return terms
