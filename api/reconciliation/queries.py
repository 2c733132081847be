"""What a client asks, in one shape for both versions of the API.

Invariant: a query that gets past here is whole and within the limits; what is wrong is refused with the field that is,
so no part of a batch is answered while another is not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

import orjson

from api.problems import Problem
from api.reconciliation.properties import EXACT, QUALIFIERS, Property, properties, property_named
from api.reconciliation.types import type_named, types
from ontology.vocabulary import local_name

Quantifier = Literal["any", "all", "none"]
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_LANGUAGES: Final = ("ar", "en")
_MAY_HOLD_02: Final = ("query", "type", "limit", "properties", "type_strict")
_MAY_HOLD_10: Final = ("type", "limit", "conditions", "lang", "dir")
_CONDITION_10: Final = (
    "matchType", "propertyId", "propertyValue", "required", "matchQuantifier", "matchQualifier", "lang", "dir",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may hold: queries a batch, candidates a query, characters of a text, conditions."""

    batch: int
    candidates: int
    characters: int
    conditions: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a condition: its text, and the id of the entity that it was matched to already, if it was."""

    text: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What an entity should have. `required` ones keep out what contradicts them, the others lower the score."""

    prop: Property
    values: tuple[Value, ...]
    required: bool = False
    quantifier: Quantifier = "any"
    qualifier: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """One query: `text` is a name or a description, `types` are classes of which an entity has to be one.

    `exact` allows only entities that bear this very name; `language` is what names are given back in.
    """

    text: str | None
    types: tuple[str, ...]
    limit: int
    conditions: tuple[Condition, ...] = ()
    exact: bool = False
    language: str = "en"

    def condition(self, code: str) -> Condition | None:
        """Return the first condition on a property, None where there is none."""
        return next((c for c in self.conditions if c.prop.code == code), None)


def language_of(text: str | None, wanted: str) -> str:
    """Return the language to answer in: that of the words asked for, else the one wanted."""
    if text and _ARABIC.search(text):
        return "ar"
    return wanted if wanted in _LANGUAGES else "en"


def wanted_language(accept: str | None) -> str:
    """Return `ar` or `en` by an Accept-Language header (RFC 9110), `en` where it says neither.

    >>> wanted_language("fr, ar;q=0.8, en;q=0.5"), wanted_language(None)
    ('ar', 'en')
    """
    found: list[tuple[float, int, str]] = []
    for at, part in enumerate((accept or "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language not in _LANGUAGES:
            continue
        quality = re.search(r"q\s*=\s*(\d(?:\.\d{0,3})?)", parameters)
        weight = float(quality[1]) if quality else 1.0
        if weight > 0:
            found.append((-weight, at, language))
    return min(found)[2] if found else "en"


def batch_02(text: str, limits: Limits, language: str) -> dict[str, Query]:
    """Return the queries of a 0.2 batch: a JSON object of queries by a name that the client chose.

    Raises:
        Problem: for what is no such batch, naming the field.
    """
    batch = _object(_json(text, "queries"), "queries")
    _within_batch(len(batch), limits)
    return {name: _query_02(value, f"queries.{name}", limits, language) for name, value in batch.items()}


def single_02(text: str, limits: Limits, language: str) -> Query:
    """Return the one query of the parameter `query`: a JSON object, or a plain name."""
    stripped = text.strip()
    value = _json(stripped, "query") if stripped.startswith("{") else {"query": stripped}
    return _query_02(value, "query", limits, language)


def batch_10(data: bytes, limits: Limits, language: str) -> list[Query]:
    """Return the queries of a 1.0-draft batch: a JSON object with an array of them.

    Raises:
        Problem: for what is no such batch, naming the field.
    """
    body = _object(_json(data, "the body"), "the body")
    queries = body.get("queries")
    if not isinstance(queries, list):
        _wrong("queries", "must be an array of queries")
    _within_batch(len(queries), limits)
    spoken = _string(body.get("lang", ""), "lang")
    return [_query_10(q, f"queries[{n}]", limits, spoken or language) for n, q in enumerate(queries)]


def _query_02(value: Any, where: str, limits: Limits, language: str) -> Query:
    query = _object(value, where)
    _only(query, _MAY_HOLD_02, where)
    text = query.get("query")
    if text is not None:
        text = _text(text, f"{where}.query", limits)
    given = query.get("properties")
    listed = [] if given is None else _list(given, f"{where}.properties")
    _at_most(listed, limits, f"{where}.properties")
    conditions = []
    for n, item in enumerate(listed):
        at = f"{where}.properties[{n}]"
        pair = _object(item, at)
        prop = _property(_needed(pair, "pid", at), f"{at}.pid")
        conditions.append(Condition(prop, _values(_needed(pair, "v", at), f"{at}.v", limits)))
    if not text and not conditions:
        _wrong(where, "needs a query or properties")
    if query.get("type_strict") not in (None, "any", "should", "all"):
        _wrong(f"{where}.type_strict", "must be any, should or all")
    wanted = query.get("type")
    named = [wanted] if isinstance(wanted, str) else [] if wanted is None else _list(wanted, f"{where}.type")
    places = [f"{where}.type" if isinstance(wanted, str) else f"{where}.type[{n}]" for n in range(len(named))]
    return Query(
        text=text or None,
        types=tuple(_type(name, place) for name, place in zip(named, places, strict=True)),
        limit=_limit(query.get("limit"), f"{where}.limit", limits),
        conditions=tuple(conditions),
        language=language_of(text, language),
    )


def _query_10(value: Any, where: str, limits: Limits, language: str) -> Query:
    query = _object(value, where)
    _only(query, _MAY_HOLD_10, where)
    listed = _list(_needed(query, "conditions", where), f"{where}.conditions")
    if not listed:
        _wrong(f"{where}.conditions", "needs at least one condition")
    _at_most(listed, limits, f"{where}.conditions")
    spoken = _string(query.get("lang", ""), f"{where}.lang").partition("-")[0]
    text: str | None = None
    exact = False
    conditions: list[Condition] = []
    for n, item in enumerate(listed):
        at = f"{where}.conditions[{n}]"
        condition = _object(item, at)
        _only(condition, _CONDITION_10, at)
        kind = _needed(condition, "matchType", at)
        values = _values(_needed(condition, "propertyValue", at), f"{at}.propertyValue", limits)
        qualifier = _qualifier(condition.get("matchQualifier"), f"{at}.matchQualifier")
        quantifier = _or(condition.get("matchQuantifier"), "any")
        if quantifier not in ("any", "all", "none"):
            _wrong(f"{at}.matchQuantifier", "must be any, all or none")
        required = _or(condition.get("required"), False)
        if not isinstance(required, bool):
            _wrong(f"{at}.required", "must be true or false")
        for name in ("propertyId", "lang", "dir"):
            _string(_or(condition.get(name), ""), f"{at}.{name}")
        if kind in ("name", "id"):
            if text is not None:
                _wrong(at, "is a second condition on the name; a query takes one")
            if quantifier != "any" or len(values) != 1:
                _wrong(f"{at}.propertyValue", "must be one name")
            if qualifier not in (None, EXACT):
                _wrong(f"{at}.matchQualifier", f"must be {EXACT} for names")
            text = values[0].text or None
            exact = kind == "id" or qualifier == EXACT
        elif kind == "property":
            prop = _property(_needed(condition, "propertyId", at), f"{at}.propertyId")
            if qualifier is not None and qualifier not in prop.qualifiers:
                allowed = ", ".join(prop.qualifiers) or "none"
                _wrong(f"{at}.matchQualifier", f"is none of {prop.code}; it takes {allowed}")
            conditions.append(Condition(prop, values, required, quantifier, qualifier))
        else:
            _wrong(f"{at}.matchType", "must be name, property or id")
    wanted = query.get("type")
    return Query(
        text=text,
        types=() if wanted is None else (_type(wanted, f"{where}.type"),),
        limit=_limit(query.get("limit"), f"{where}.limit", limits),
        conditions=tuple(conditions),
        exact=exact,
        language=spoken if spoken in _LANGUAGES else language_of(text, language),
    )


def _json(text: str | bytes, where: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _wrong(where, f"is not JSON: {error}", "bad-json")


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _wrong(where, "must be a JSON object")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        _wrong(where, "must be an array")
    return value


def _or(value: Any, otherwise: Any) -> Any:
    """Return what stands for a field that is null as for one that is not there."""
    return otherwise if value is None else value


def _string(value: Any, where: str) -> str:
    if not isinstance(value, str):
        _wrong(where, "must be a string")
    return value


def _needed(holder: Mapping[str, Any], name: str, where: str) -> Any:
    if holder.get(name) is None:
        _wrong(f"{where}.{name}", "is missing")
    return holder[name]


def _only(holder: Mapping[str, Any], names: Sequence[str], where: str) -> None:
    unknown = next((name for name in holder if name not in names), None)
    if unknown is not None:
        _wrong(f"{where}.{unknown}", f"is no field of a query; there are {', '.join(names)}")


def _text(value: Any, where: str, limits: Limits) -> str:
    text = _string(value, where).strip()
    if len(text) > limits.characters:
        _wrong(where, f"is longer than {limits.characters} characters (WAQAI_RECONCILE_CHARACTERS)", "text-too-long")
    return text


def _values(value: Any, where: str, limits: Limits) -> tuple[Value, ...]:
    if isinstance(value, list):
        _at_most(value, limits, where)
        return tuple(_value(item, f"{where}[{n}]", limits) for n, item in enumerate(value))
    return (_value(value, where, limits),)


def _value(value: Any, where: str, limits: Limits) -> Value:
    if isinstance(value, dict):
        id_ = _text(_needed(value, "id", where), f"{where}.id", limits)
        if not id_:
            _wrong(f"{where}.id", "is empty")
        return Value(_text(value.get("name") or id_, f"{where}.name", limits), id_)
    if isinstance(value, bool):
        return Value("true" if value else "false")
    if isinstance(value, int | float):
        return Value(f"{value:g}" if isinstance(value, float) else str(value))
    if isinstance(value, str):
        text = _text(value, where, limits)
        return Value(text, text if text.startswith(("http://", "https://")) else None)
    return _wrong(where, "must be a string, a number, true, false or an object with an id")


def _property(name: Any, where: str) -> Property:
    prop = property_named(_string(name, where))
    if prop is None or not prop.condition:
        usable = ", ".join(p.code for p in properties() if p.condition)
        return _wrong(where, f"is {name!r}, which is no property to match by; there are {usable}", "unknown-property")
    return prop


def _type(name: Any, where: str) -> str:
    cls = type_named(_string(name, where))
    if cls is None:
        wide = ", ".join(local_name(c) for c in types() if local_name(c) in ("Place", "Actor", "Source", "Event"))
        return _wrong(where, f"is {name!r}, which is no type; there are {wide} and what lies below them "
                             "(suggest/type lists all)", "unknown-type")  # fmt: skip
    return cls


def _qualifier(name: Any, where: str) -> str | None:
    if name is None:
        return None
    if name not in QUALIFIERS:
        _wrong(where, f"is {name!r}; there are {', '.join(QUALIFIERS)}")
    return str(name)


def _limit(value: Any, where: str, limits: Limits) -> int:
    if value is None:
        return min(10, limits.candidates)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)  # OpenRefine's own form has sent it as text
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 1:
        _wrong(where, "must be a positive whole number")
    return min(int(value), limits.candidates)


def _at_most(values: Sequence[Any], limits: Limits, where: str) -> None:
    if len(values) > limits.conditions:
        _wrong(where, f"has more than {limits.conditions} items (WAQAI_RECONCILE_CONDITIONS)", "too-many-conditions")


def _within_batch(count: int, limits: Limits) -> None:
    if count > limits.batch:
        detail = (
            f"The batch has {count} queries; at most {limits.batch} are taken at a time (WAQAI_RECONCILE_BATCH): "
            "send it in parts."
        )
        raise Problem(413, "batch-too-large", detail, batchSize=limits.batch)


def _wrong(where: str, what: str, kind: str = "bad-query") -> NoReturn:
    raise Problem(400, kind, f"{where} {what}.", field=where)
