"""The properties by which entities can be told apart and which can be fetched.

Invariant: every property that is offered can be used: as a condition where `condition` is true, in data extension where
`values` is. An id is an IRI; a client may also give the code (`country`) or the prefixed name (`wq:place`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.reconciliation.types import ACTOR, EVENT, PLACE, SOURCE
from ontology.normal import name_key
from ontology.vocabulary import GEO, PREFIXES, RDF, SCHEMA, SKOS, WQ, Vocabulary

EXACT: Final = "skos:exactMatch"
WITHIN: Final = "schema:containedInPlace"
EDTF_LEVEL_0: Final = "EDTF:Level-0"
QUALIFIERS: Final[Mapping[str, Mapping[str, str]]] = {
    EXACT: {"en": "the same value", "ar": "القيمة نفسها"},
    WITHIN: {"en": "lies in the value", "ar": "يقع ضمن القيمة"},
    EDTF_LEVEL_0: {"en": "date in EDTF level 0: 2024-11-30, 2024-11, 2024-11-28/2024-11-30", "ar": "تاريخ بصيغة EDTF"},
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property. `families` are the classes whose entities have it; `category` the figure that it counts, if any."""

    code: str
    iri: str
    families: tuple[str, ...]
    labels: Mapping[str, str]
    description: str
    condition: bool = True
    values: bool = True
    qualifiers: tuple[str, ...] = ()
    of_type: str | None = None  # the type of its values where these are entities
    category: str | None = field(default=None)

    def label(self, language: str) -> str:
        """Return what people call it."""
        return self.labels.get(language) or self.labels["en"]

    def json(self, language: str, *, qualifiers: bool = False) -> dict[str, Any]:
        """Return it as a property of the API."""
        body: dict[str, Any] = {"id": self.iri, "name": self.label(language), "description": self.description}
        if qualifiers and self.qualifiers:
            body["matchQualifiers"] = [
                {"id": q, "name": QUALIFIERS[q].get(language) or QUALIFIERS[q]["en"]} for q in self.qualifiers
            ]
        return body


_ALL: Final = (PLACE, ACTOR, SOURCE, EVENT)
_OWN: Final = (
    Property(
        "country", f"{SCHEMA}addressCountry", (PLACE,), {"en": "country", "ar": "البلد"},
        "The country of a place: ISO 3166 code or name", qualifiers=(EXACT,),
    ),
    Property(
        "within", f"{SCHEMA}containedInPlace", (PLACE, EVENT), {"en": "lies within", "ar": "يقع ضمن"},
        "What contains the place: a governorate, district or town, by name, p-code or IRI",
        qualifiers=(WITHIN,), of_type=PLACE,
    ),
    Property(
        "kind", f"{WQ}code", (PLACE, ACTOR, SOURCE), {"en": "kind", "ar": "النوع"},
        "What sort of thing it is: city, village, camp; armedGroup, state; agency, monitor",
    ),
    Property(
        "coordinates", f"{GEO}asWKT", (PLACE, EVENT), {"en": "coordinates", "ar": "الإحداثيات"},
        "Latitude and longitude in degrees (36.2, 37.16), or WKT: POINT(37.16 36.2)",
    ),
    Property(
        "identifier", f"{SKOS}notation", (PLACE, ACTOR), {"en": "identifier", "ar": "المعرّف"},
        "A code or IRI that another list gives it: p-code, GeoNames, Wikidata",
        qualifiers=(EXACT,),
    ),
    Property(
        "population", "http://www.geonames.org/ontology#population", (PLACE,), {"en": "population", "ar": "عدد السكان"},
        "People who live there, where the gazetteer counts them", condition=False,
    ),
    Property(
        "names", f"{SKOS}altLabel", _ALL, {"en": "other names", "ar": "أسماء أخرى"},
        "Other names, also those that single voices use", condition=False,
    ),
    Property(
        "type", f"{RDF}type", _ALL, {"en": "type", "ar": "الصنف"},
        "The most specific types of it", condition=False,
    ),
    Property(
        "links", f"{SKOS}closeMatch", (PLACE, ACTOR), {"en": "links", "ar": "روابط"},
        "IRIs of entries elsewhere that are close matches", condition=False,
    ),
    Property(
        "date", f"{WQ}date", (EVENT,), {"en": "date", "ar": "التاريخ"},
        "The day, month or year of the event: ISO 8601 or EDTF level 0", qualifiers=(EDTF_LEVEL_0,),
    ),
    Property(
        "place", f"{WQ}place", (EVENT,), {"en": "place", "ar": "المكان"},
        "Where it happened: name or IRI of a place; one that contains it counts too", qualifiers=(EXACT, WITHIN),
        of_type=PLACE,
    ),
    Property(
        "agent", f"{WQ}agent", (EVENT,), {"en": "agent", "ar": "منفِّذ"},
        "Who did it: name or IRI of an actor", of_type=ACTOR,
    ),
    Property(
        "target", f"{WQ}target", (EVENT,), {"en": "target", "ar": "مستهدَف"},
        "Whom it was done to: name or IRI of an actor", of_type=ACTOR,
    ),
    Property(
        "source", f"{WQ}attributedTo", (EVENT,), {"en": "source", "ar": "المصدر"},
        "Who says so: name or IRI of a source anywhere in the reporting chain", of_type=SOURCE,
    ),
    Property(
        "article", f"{SCHEMA}url", (EVENT,), {"en": "article", "ar": "المقال"},
        "Addresses of the articles that report it", condition=False,
    ),
)  # fmt: skip


def properties() -> Iterator[Property]:
    """Yield all properties; those of figures follow from the categories that the ontology has."""
    yield from _OWN
    vocabulary = Vocabulary.load()
    for code, iri in sorted(vocabulary.figure_categories.items()):
        labels = {**vocabulary.labels.get(iri, {})}
        labels["en"] = labels.get("en", code).lower()
        about = f"How many: {vocabulary.definition(iri, 'en') or code}"
        yield Property(code, iri, (EVENT,), labels, about, category=code)


def property_named(name: str) -> Property | None:
    """Return the property that a client means: by IRI, code, prefixed name or label."""
    name = name.strip()
    prefix, colon, rest = name.partition(":")
    iri = PREFIXES[prefix] + rest if colon and prefix in PREFIXES else name
    wanted = name_key(name)
    for prop in properties():
        if prop.iri == iri or prop.code == name or (wanted and wanted in map(name_key, prop.labels.values())):
            return prop
    return None


def properties_of(family: str | None) -> list[Property]:
    """Return the properties that entities of a family have, all of them where it is None."""
    return [prop for prop in properties() if family is None or family in prop.families]
