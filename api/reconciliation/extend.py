"""Data extension: the values of properties for entities that were matched.

Invariant: every row and every column that was asked for is in the answer, empty where there is nothing to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.problems import Problem
from api.reconciliation.entities import Entity
from api.reconciliation.properties import Property, properties_of, property_named
from api.reconciliation.queries import Limits
from api.reconciliation.types import family_of, type_json, type_named


@dataclass(frozen=True, slots=True)
class Column:
    """A property to fetch: the id as the client wrote it, and how many values a cell may have (0: all)."""

    id: str
    prop: Property
    limit: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A data extension query."""

    ids: tuple[str, ...]
    columns: tuple[Column, ...]


def wanted(text: str | bytes, where: str, limits: Limits) -> Wanted:
    """Return what a data extension query asks for.

    Raises:
        Problem: for what is no such query, naming the field.
    """
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _wrong(where, f"is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise _wrong(where, "must be a JSON object")
    ids, listed = body.get("ids"), body.get("properties")
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise _wrong("ids", "must be an array of ids")
    if len(ids) > limits.batch:
        detail = (
            f"There are {len(ids)} ids; at most {limits.batch} are taken (WAQAI_RECONCILE_BATCH): send them in parts."
        )
        raise Problem(413, "batch-too-large", detail, batchSize=limits.batch)
    if not isinstance(listed, list) or len(listed) > limits.conditions:
        raise _wrong("properties", f"must be an array of at most {limits.conditions} properties")
    return Wanted(tuple(dict.fromkeys(ids)), tuple(_column(item, f"properties[{n}]") for n, item in enumerate(listed)))


def _column(item: Any, where: str) -> Column:
    id_ = item.get("id") if isinstance(item, dict) else None
    if not isinstance(id_, str):
        raise _wrong(f"{where}.id", "is missing")
    prop = property_named(id_)
    if prop is None or not prop.values:
        raise _wrong(f"{where}.id", f"is {id_!r}, which is no property; extend/propose lists them")
    settings = item.get("settings") or {}
    if not isinstance(settings, dict):
        raise _wrong(f"{where}.settings", "must be a JSON object")
    limit = settings.get("limit") or 0
    if isinstance(limit, str) and limit.isascii() and limit.isdigit() and len(limit) < 10:
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0 or limit != int(limit):
        raise _wrong(f"{where}.settings.limit", "must be a whole number, 0 for all")
    return Column(id_, prop, int(limit))


def extended_02(asked: Wanted, found: Mapping[str, Entity], language: str) -> dict[str, Any]:
    """Return the answer of version 0.2: rows by id, columns by id."""
    rows = {id_: {c.id: _cells(found.get(id_), c, directions=False) for c in asked.columns} for id_ in asked.ids}
    return {"meta": _meta(asked.columns, language), "rows": rows}


def extended_10(asked: Wanted, found: Mapping[str, Entity], language: str) -> dict[str, Any]:
    """Return the answer of version 1.0-draft: arrays, in the order of the question."""
    rows = [
        {
            "id": id_,
            "properties": [
                {"id": c.id, "values": _cells(found.get(id_), c, directions=True)} for c in asked.columns
            ],
        }
        for id_ in asked.ids
    ]  # fmt: skip
    return {"meta": _meta(asked.columns, language), "rows": rows}


def proposed(type_: str | None, language: str, limit: int | None) -> dict[str, Any]:
    """Return the properties that can be fetched for a type; for none, those of all types."""
    cls = type_named(type_) if type_ else None
    if type_ and cls is None:
        raise _wrong("type", f"is {type_!r}, which is no type; suggest/type lists them")
    found = [p for p in properties_of(family_of(cls) if cls else None) if p.values]
    body: dict[str, Any] = {"properties": [p.json(language) for p in found[:limit]]}
    if type_:
        body["type"] = type_
    if limit is not None:
        body["limit"] = limit
    return body


def _cells(entity: Entity | None, column: Column, *, directions: bool) -> list[dict[str, Any]]:
    if entity is None:
        return []
    cells = entity.values.get(column.prop.code, [])
    return [value.json(directions=directions) for value in (cells[: column.limit] if column.limit else cells)]


def _meta(columns: Sequence[Column], language: str) -> list[dict[str, Any]]:
    made = []
    for column in columns:
        meta: dict[str, Any] = {"id": column.id, "name": column.prop.label(language)}
        if column.prop.of_type is not None:
            meta["type"] = type_json(column.prop.of_type, language, broader=False)
        made.append(meta)
    return made


def _wrong(where: str, what: str) -> Problem:
    return Problem(400, "bad-extend", f"{where} {what}.", field=where)
