"""Asking an outside reconciliation service for candidates, in version 0.2 or 1.0-draft of the API.

Invariant: an answer is taken as a whole or not at all: every candidate of every query was checked before any is given
to the caller. Whatever is wrong is named with the service and the field; nothing that a service says is believed beyond
its candidates, so no address in its manifest is followed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import orjson

from api.reconciliation import fetching
from api.reconciliation.fetching import Bounds, Unreachable
from graph.audit.text import isolate
from graph.iris import is_iri
from ontology.candidates import Offer, Received
from ontology.identity import canonical_json, sha256_hex

OLD: Final = "0.2"
DRAFT: Final = "1.0-draft"
_TEMPLATE_10: Final = re.compile(r"\{(\+?)id\}")
_LONGEST: Final = 2_000  # characters of an id, a name or a description
_LONGEST_ERROR: Final = 200
_MOST_TYPES: Final = 100
_HIGHEST: Final = 1e15
_DEFAULT_BATCH: Final = 10


class ServiceFailed(Exception):
    """An outside service could not be used; the message names the service, and the field where one is wrong."""

    def __init__(self, service: str, what: str) -> None:
        super().__init__(f"the reconciliation service {service} {what}")
        self.service = service


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a name, the id of a type of the service, values by the ids of its properties."""

    name: str
    type: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    limit: int = 3

    def canonical(self) -> bytes:
        """Return the question in canonical JSON: what its digest is of."""
        body: dict[str, Any] = {"name": self.name, "limit": self.limit}
        if self.type is not None:
            body["type"] = self.type
        if self.properties:
            body["properties"] = [[id_, value] for id_, value in sorted(self.properties.items())]
        return canonical_json(body)

    @property
    def sha256(self) -> str:
        """Digest of the question."""
        return sha256_hex(self.canonical())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a service says of itself, as far as a client needs it."""

    name: str
    version: str
    batch: int
    space: str | None = None
    view: str | None = None

    def iri(self, id_: str) -> str | None:
        """Return the web address of an entity, None where the manifest gives no way to it."""
        if is_iri(id_):
            return id_
        found: str | None = None
        if self.version == OLD and self.space is not None and self.space.endswith(("/", "#")):
            found = self.space + quote(id_, safe="")
        elif self.view is not None and self.version == OLD and "{{id}}" in self.view:
            found = self.view.replace("{{id}}", quote(id_, safe=""))
        elif self.view is not None and (template := _TEMPLATE_10.search(self.view)) is not None:
            inserted = quote(id_, safe=":/?#[]@!$&'()*+,;=" if template[1] else "")
            found = self.view[: template.start()] + inserted + self.view[template.end() :]
        return found if found is not None and is_iri(found) else None


class Service:
    """An outside reconciliation service.

    Args:
        endpoint: its address, as a person gave it.
        bounds: of each request.
        version: the version to speak; by default what the manifest says, 0.2 before the draft.
    """

    def __init__(self, endpoint: str, bounds: Bounds, version: str | None = None) -> None:
        self.endpoint = endpoint.rstrip("/") if not endpoint.partition("?")[2] else endpoint
        self._bounds = bounds
        self._version = version
        self._manifest: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        """The manifest, fetched when first needed.

        Raises:
            ServiceFailed: where there is none, or it is not as the API says.
        """
        if self._manifest is None:
            self._manifest = self._described(self._fetched(lambda: fetching.get(self.endpoint, self._bounds)))
        return self._manifest

    def candidates(self, questions: Sequence[Asked]) -> list[Received]:
        """Return what the service offers for each question, in their order; at most as many as fit in one batch.

        Raises:
            ServiceFailed: nothing of the answer can be used.
        """
        manifest = self.manifest
        assert len(questions) <= manifest.batch
        if manifest.version == OLD:
            queries = {f"q{n}": _query_02(question) for n, question in enumerate(questions)}
            form = {"queries": orjson.dumps(queries).decode()}
            body = self._fetched(lambda: fetching.post_form(self.endpoint, form, self._bounds))
            if not isinstance(body, dict):
                raise self._wrong("its answer", "must be a JSON object")
            if body.get("status") == "error" and not any(name in body for name in queries):
                said = isolate(" ".join(str(body.get("message") or "it does not say why").split())[:_LONGEST_ERROR])
                raise ServiceFailed(self.endpoint, f"refuses the question: {said}")
            results = [self._result(body.get(name), name, "result") for name in queries]
        else:
            data = orjson.dumps({"queries": [_query_10(question) for question in questions]})
            body = self._fetched(lambda: fetching.post_json(f"{self.endpoint}/match", data, self._bounds))
            listed = body.get("results") if isinstance(body, dict) else None
            if not isinstance(listed, list) or len(listed) != len(questions):
                raise self._wrong("results", f"must be an array of {len(questions)} results, one for each query")
            results = [self._result(item, f"results[{n}]", "candidates") for n, item in enumerate(listed)]
        return [
            Received(self.endpoint, manifest.name, manifest.version, question.sha256, tuple(offers[: question.limit]))
            for question, offers in zip(questions, results, strict=True)
        ]

    def _fetched(self, fetch: Callable[[], bytes]) -> Any:
        try:
            data = fetch()
        except Unreachable as error:
            raise ServiceFailed(self.endpoint, str(error)) from None
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise ServiceFailed(self.endpoint, f"answers with what is no JSON: {error}") from None

    def _described(self, body: Any) -> Manifest:
        if not isinstance(body, dict):
            raise self._wrong("its manifest", "must be a JSON object")
        name = self._text(body.get("name"), "manifest: name")
        versions = body.get("versions", [OLD])  # services of before 0.2 name none, and take its queries
        if not isinstance(versions, list) or not all(isinstance(v, str) for v in versions):
            raise self._wrong("manifest: versions", "must be an array of strings")
        spoken = self._spoken(versions)
        batch = body.get("batchSize", _DEFAULT_BATCH)
        if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
            raise self._wrong("manifest: batchSize", "must be a positive whole number")
        view = body.get("view")
        address = view.get("url") if isinstance(view, dict) else None
        if view is not None and not isinstance(address, str):
            raise self._wrong("manifest: view.url", "must be a string")
        space = body.get("identifierSpace")
        if space is not None and not isinstance(space, str):
            raise self._wrong("manifest: identifierSpace", "must be a string")
        return Manifest(name, spoken, min(batch, _DEFAULT_BATCH), space, address)

    def _spoken(self, versions: list[str]) -> str:
        known = {OLD: ("0.2", "0.1"), DRAFT: ("1.0-draft", "1.0", "draft")}
        for version, names in known.items():
            if self._version in (None, version) and any(name in versions for name in names):
                return version
        wanted = self._version or f"{OLD} and {DRAFT}"
        raise self._wrong("manifest: versions", f"names {', '.join(versions) or 'none'}; Waqai asks in {wanted}")

    def _result(self, item: Any, where: str, key: str) -> list[Offer]:
        listed = item.get(key) if isinstance(item, dict) else None
        if not isinstance(listed, list):
            raise self._wrong(f"{where}.{key}", "must be an array of candidates")
        offers = [self._offer(candidate, f"{where}.{key}[{n}]") for n, candidate in enumerate(listed)]
        if self.manifest.version == OLD or all(offer.score is not None for offer in offers):
            offers.sort(key=lambda offer: -float(offer.score or 0))  # it should have sorted them itself
        return offers

    def _offer(self, candidate: Any, where: str) -> Offer:
        if not isinstance(candidate, dict):
            raise self._wrong(where, "must be a JSON object")
        id_ = self._text(candidate.get("id"), f"{where}.id")
        name = self._text(candidate.get("name"), f"{where}.name")
        score = candidate.get("score")
        if score is None and self.manifest.version == OLD:
            raise self._wrong(f"{where}.score", "is missing")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise self._wrong(f"{where}.score", "must be a number")
        if score is not None and abs(score) >= _HIGHEST:
            raise self._wrong(f"{where}.score", "is beyond all measure")
        match = candidate.get("match", False)
        if not isinstance(match, bool):
            raise self._wrong(f"{where}.match", "must be true or false")
        description = candidate.get("description")
        return Offer(
            id=id_,
            name=name,
            iri=self.manifest.iri(id_),
            score=None if score is None else _decimal(score),
            match=match,
            types=self._types(candidate.get("type", []), f"{where}.type"),
            description=self._text(description, f"{where}.description") if description else None,
        )

    def _types(self, value: Any, where: str) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        if len(listed) > _MOST_TYPES:
            raise self._wrong(where, f"has more than {_MOST_TYPES} types")
        return tuple(
            self._text(item.get("id") if isinstance(item, dict) else item, f"{where}[{n}]")
            for n, item in enumerate(listed)
        )

    def _text(self, value: Any, where: str) -> str:
        if not isinstance(value, str) or not value:
            raise self._wrong(where, "must be a string that is not empty")
        if len(value) > _LONGEST:
            raise self._wrong(where, f"is longer than {_LONGEST} characters")
        text = " ".join(value.split())
        if not text or any(unicodedata.category(c) == "Cc" for c in text):
            raise self._wrong(where, "holds control characters, or nothing but spaces")
        return text

    def _wrong(self, where: str, what: str) -> ServiceFailed:
        return ServiceFailed(self.endpoint, f"does not keep to the API: {where} {what}")


def _decimal(score: int | float) -> str:
    """Return a number as a decimal string of at most nine places: records hold no floats."""
    number = Decimal(repr(score)) if isinstance(score, float) else Decimal(score)
    number = round(number, 9)
    return "0" if number == 0 else format(number.normalize(), "f")


def _query_02(question: Asked) -> dict[str, Any]:
    body: dict[str, Any] = {"query": question.name, "limit": question.limit}
    if question.type is not None:
        body |= {"type": question.type, "type_strict": "should"}
    if question.properties:
        body["properties"] = [{"pid": id_, "v": value} for id_, value in sorted(question.properties.items())]
    return body


def _query_10(question: Asked) -> dict[str, Any]:
    conditions: list[dict[str, str]] = [{"matchType": "name", "propertyValue": question.name}]
    conditions += [
        {"matchType": "property", "propertyId": id_, "propertyValue": value}
        for id_, value in sorted(question.properties.items())
    ]
    body: dict[str, Any] = {"conditions": conditions, "limit": question.limit}
    return body if question.type is None else {**body, "type": question.type}
