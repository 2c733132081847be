"""Incidents as FollowTheMoney entities and statements, in JSON Lines.

Invariant: each entity has a schema and only properties that its schema has. A statement says which claim it is from
(`origin`), where it is from one, and how the text writes a name (`original_value`).

FollowTheMoney: https://followthemoney.tech (MIT), schemata as of version 4. An incident is an `Event`; who takes part
is an `Organization`, a `PublicBody` or a `LegalEntity`, tied to it by an `UnknownLink` with its role; an article is an
`Article`, and the event's `proof`. Languages are ISO 639-3, countries ISO 3166-1 alpha-2 in lower case, days ISO 8601.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.exporting import disputes
from api.exporting.happened import CIVILIANS, Actor, Happened, Happenings, Voice
from api.exporting.writing import lines
from api.ledger.forms import day
from ontology.wire import display_name

DATASET: Final = "waqai"
_PARTY: Final = {"name": "name", "alias": "name", "wikidataId": "identifier", "classification": "string"}
# What each schema has of what is written here, with the type of the property.
SCHEMATA: Final[Mapping[str, Mapping[str, str]]] = {
    "Event": {
        "name": "name",
        "startDate": "date",
        "endDate": "date",
        "location": "address",
        "country": "country",
        "involved": "entity",
        "summary": "text",
        "notes": "text",
        "keywords": "string",
        "publisher": "string",
        "sourceUrl": "url",
        "proof": "entity",
        "recordId": "string",
    },
    "Organization": _PARTY,
    "PublicBody": _PARTY,
    "LegalEntity": _PARTY,
    "UnknownLink": {"subject": "entity", "object": "entity", "role": "string"},
    "Article": {
        "name": "name",
        "title": "string",
        "publisher": "string",
        "publishedAt": "date",
        "language": "language",
        "sourceUrl": "url",
    },
}
_BODIES: Final = {
    "stateForce": "PublicBody",
    "government": "PublicBody",
    "state": "PublicBody",
    "armedGroup": "Organization",
    "organisation": "Organization",
    "international": "Organization",
    "rescue": "Organization",
}
_LANGUAGES: Final = {"ar": "ara", "en": "eng"}
_WIKIDATA: Final = "http://www.wikidata.org/entity/"


@dataclass(frozen=True, slots=True)
class Statement:
    """One value of a property of an entity; `lang` is ISO 639-3."""

    entity: str
    schema: str
    prop: str
    value: str
    lang: str | None = None
    original: str | None = None
    origin: str | None = None

    def json(self) -> dict[str, Any]:
        """Return it as FollowTheMoney writes statements; its id is that of `Statement.make_key` there."""
        key = f"{DATASET}.{self.entity}.{self.prop}.{self.value}{'' if self.lang is None else f'@{self.lang}'}"
        return {
            "id": hashlib.sha1(key.encode()).hexdigest(),  # noqa: S324 - an id, as the format wants it
            "entity_id": self.entity,
            "canonical_id": self.entity,
            "schema": self.schema,
            "prop": self.prop,
            "prop_type": SCHEMATA[self.schema][self.prop],
            "value": self.value,
            "dataset": DATASET,
            "lang": self.lang,
            "original_value": self.original,
            "origin": self.origin,
            "external": False,
            "first_seen": None,
            "last_seen": None,
        }


def entities(found: Iterable[Happened], happenings: Happenings) -> Iterator[bytes]:
    """Yield an entity a line: id, schema, properties with their values. An actor or article comes once."""
    return lines(
        {"id": id_, "schema": schema, "properties": properties, "datasets": [DATASET]}
        for id_, schema, properties in _entities(found, happenings)
    )


def statements(found: Iterable[Happened], happenings: Happenings) -> Iterator[bytes]:
    """Yield a statement a line."""
    return lines(one.json() for some in _grouped(found, happenings) for one in some)


def _entities(found: Iterable[Happened], happenings: Happenings) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    for some in _grouped(found, happenings):
        properties: dict[str, list[str]] = {}
        for one in some:
            values = properties.setdefault(one.prop, [])
            if one.value not in values:
                values.append(one.value)
        yield some[0].entity, some[0].schema, properties


def _grouped(found: Iterable[Happened], happenings: Happenings) -> Iterator[list[Statement]]:
    """Yield the statements of each entity, those of what an event names before the event."""
    known: set[str] = set()
    for one in found:
        for actor in (*one.doers, *one.targets, *one.disputed_doers):
            if _party(actor) and actor.iri not in known:
                known.add(actor.iri)
                yield list(_actor(actor))
        for voice in one.voices:
            if voice.article not in known:
                known.add(voice.article)
                yield list(_article(voice))
        yield list(_event(one, happenings))
        for role, actors in (("agent", one.doers), ("target", one.targets), ("disputed agent", one.disputed_doers)):
            for actor in actors:
                if _party(actor):
                    yield _link(one, actor, role)


def _party(actor: Actor) -> bool:
    return actor.kind != CIVILIANS and bool(actor.name) and not actor.unidentified


def _id(kind: str, iri: str) -> str:
    return f"waqai-{kind}-{iri.rpartition('/')[2]}"


def _actor(actor: Actor) -> Iterator[Statement]:
    id_, schema = _id("actor", actor.iri), _BODIES.get(actor.kind or "", "LegalEntity")
    main = actor.name
    for language, name in actor.names.items() or (("", actor.words),):
        if name:
            prop = "name" if name == main else "alias"
            yield Statement(id_, schema, prop, name, _LANGUAGES.get(language), actor.words)
    for link in actor.links:
        if link.identifier.startswith(_WIKIDATA) and link.relation in ("exactMatch", "closeMatch"):
            yield Statement(id_, schema, "wikidataId", link.identifier.removeprefix(_WIKIDATA))
    if actor.kind is not None:
        yield Statement(id_, schema, "classification", actor.kind)


def _article(voice: Voice) -> Iterator[Statement]:
    id_, lang = _id("article", voice.article), _LANGUAGES.get(voice.language)
    title = voice.headline or f"{voice.outlet or 'Article'} {voice.published or ''}".strip()
    yield Statement(id_, "Article", "name", title, lang if voice.headline else None)
    if voice.headline:
        yield Statement(id_, "Article", "title", voice.headline, lang)
    for prop, value in (
        ("publisher", voice.outlet),
        ("publishedAt", None if voice.published is None else voice.published[:10]),
        ("language", lang),
        ("sourceUrl", voice.url),
    ):
        if value:
            yield Statement(id_, "Article", prop, value)


def _event(one: Happened, happenings: Happenings) -> Iterator[Statement]:
    id_ = _id("event", one.event)

    def said(prop: str, value: str | None, **more: str | None) -> Iterator[Statement]:
        if value:
            yield Statement(id_, "Event", prop, value, **more)

    yield from said("name", happenings.label(one), lang="eng")
    if one.account.days is not None:
        yield from said("startDate", day(one.account.days[0]))
        yield from said("endDate", day(one.account.days[1]))
    around = [one.placename, *(display_name(area.names, None) for area in one.within)]
    if one.placename is not None:
        yield from said("location", ", ".join(name for name in around if name))
    yield from said("country", None if one.country is None else one.country.lower())
    for actor in (*one.doers, *one.targets):
        if _party(actor):
            yield from said("involved", _id("actor", actor.iri), original=actor.words)
    for figure in one.figures:
        yield from said("notes", figure, lang="eng")
    for voice, sentence in disputes.denials(one):
        yield from said("notes", sentence, lang="eng", origin=voice.claim)
    for sentence in disputes.contradictions(one):
        yield from said("notes", sentence, lang="eng")
    yield from said("keywords", one.type)
    for voice in one.voices:
        yield from said("summary", voice.quote, lang=_LANGUAGES.get(voice.language), origin=voice.claim)
        yield from said("publisher", voice.outlet, origin=voice.claim)
        yield from said("sourceUrl", voice.url, origin=voice.claim)
        yield from said("proof", _id("article", voice.article), origin=voice.claim)
    yield from said("recordId", one.event)


def _link(one: Happened, actor: Actor, role: str) -> list[Statement]:
    event, party = _id("event", one.event), _id("actor", actor.iri)
    id_ = _id("link", hashlib.sha256(f"{event} {role} {party}".encode()).hexdigest()[:20])
    return [
        Statement(id_, "UnknownLink", "subject", party, original=actor.words),
        Statement(id_, "UnknownLink", "object", event),
        Statement(id_, "UnknownLink", "role", role),
    ]
