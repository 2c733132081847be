"""Candidates: entities offered for a query, each with its score and what speaks for it.

Invariant: a score lies between 0 and 100 and is the share of what was asked that agrees; a feature is a number or a
truth value that the score was made of or that lets a person judge it. Both versions of the API say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final

from api.reconciliation.types import type_label
from ontology.normal import name_key

Names = Mapping[str, str]
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "ur", "he", "ckb", "ps"})
FEATURES: Final[Mapping[str, Mapping[str, str]]] = {
    "name": {"en": "likeness of the name, 0 to 1", "ar": "تشابه الاسم"},
    "own_name": {"en": "it is a name of its own, no short form that may mean others", "ar": "اسم خاص به"},
    "type": {"en": "is of the type asked for", "ar": "من الصنف المطلوب"},
    "country": {"en": "lies in the country asked for", "ar": "يقع في البلد المطلوب"},
    "within": {"en": "lies within the place asked for", "ar": "يقع ضمن المكان المطلوب"},
    "kind": {"en": "is of the kind asked for", "ar": "من النوع المطلوب"},
    "identifier": {"en": "has the identifier asked for", "ar": "له المعرّف المطلوب"},
    "distance_km": {"en": "distance from the coordinates asked for, in km", "ar": "المسافة بالكيلومتر"},
    "population": {"en": "people who live there", "ar": "عدد السكان"},
    "linking_score": {"en": "points that linking gives it", "ar": "نقاط الربط"},
    "linking_name": {"en": "points for having the name", "ar": "نقاط الاسم"},
    "linking_type": {"en": "points for the type word", "ar": "نقاط كلمة النوع"},
    "linking_country": {"en": "points for the country", "ar": "نقاط البلد"},
    "linking_people": {"en": "points for the number of people", "ar": "نقاط عدد السكان"},
    "linking_fame": {"en": "points for being far better known than its namesakes", "ar": "نقاط الشهرة"},
    "linking_near": {"en": "points for nearness", "ar": "نقاط القرب"},
    "linking_within": {"en": "points for lying in the place asked for", "ar": "نقاط الاحتواء"},
    "margin": {"en": "points ahead of the next place", "ar": "الفارق عن التالي"},
    "in_graph": {"en": "articles in this graph speak of it", "ar": "مذكور في مقالات هذا البيان"},
    "place": {"en": "agreement of the place, 0 to 1", "ar": "اتفاق المكان"},
    "date": {"en": "agreement of the date, 0 to 1", "ar": "اتفاق التاريخ"},
    "date_days": {"en": "days between the dates", "ar": "الأيام بين التاريخين"},
    "agent": {"en": "agreement of who did it, 0 to 1", "ar": "اتفاق المنفّذ"},
    "target": {"en": "agreement of whom it was done to, 0 to 1", "ar": "اتفاق المستهدف"},
    "source": {"en": "agreement of who says so, 0 to 1", "ar": "اتفاق المصدر"},
    "text": {"en": "share of the words of the query that the reports have", "ar": "نسبة كلمات السؤال في التقارير"},
    "claims": {"en": "claims that report it", "ar": "عدد الإفادات"},
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One piece of evidence; `id` is a key of FEATURES, or a figure's category."""

    id: str
    value: bool | int | float

    def json(self, language: str) -> dict[str, Any]:
        """Return it as the API has it; 0.2 wants no name and takes one."""
        names = FEATURES.get(self.id, {"en": f"agreement of the number: {self.id}, 0 to 1"})
        value = round(self.value, 3) if isinstance(self.value, float) else self.value
        return {"id": self.id, "name": names.get(language) or names["en"], "value": value}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity offered. `names` and `about` go by language; `types` are the most specific classes."""

    iri: str
    names: Names
    types: tuple[str, ...]
    score: float
    about: Names = field(default_factory=dict)
    features: tuple[Feature, ...] = ()
    match: bool = False
    spelling: str | None = None  # the name that matched, where it is none of `names`

    def feature(self, id_: str) -> bool | int | float | None:
        """Return the value of a feature, None where there is none."""
        return next((f.value for f in self.features if f.id == id_), None)

    def json(self, language: str, *, directions: bool) -> dict[str, Any]:
        """Return the candidate as the API has it, with `lang` and `dir` where the version knows them."""
        name, spoken = called(self.names, language, self.iri)
        body: dict[str, Any] = {"id": self.iri, "name": name}
        about = self.about.get(spoken) or self.about.get(language) or next(iter(self.about.values()), None)
        if about:
            body["description"] = about
        body["type"] = [{"id": cls, "name": type_label(cls, language)} for cls in self.types]
        body["score"] = round(self.score, 1)
        body["features"] = [feature.json(language) for feature in self.features]
        body["match"] = self.match
        if directions:
            body |= direction(spoken)
        return body


def called(names: Names, language: str, iri: str) -> tuple[str, str]:
    """Return the name in `language` or another one, and the language that it is in (`und` where unknown)."""
    for spoken in (language, "en", "ar", *sorted(names)):
        if names.get(spoken):
            return names[spoken], spoken or "und"
    return iri, "und"


def direction(language: str) -> dict[str, str]:
    """Return `lang` and `dir` of a text in `language`."""
    if language in ("", "und"):
        return {"dir": "auto"}
    return {"lang": language, "dir": "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"}


def ordered(found: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Return the best candidates, best first, in an order that follows from them alone.

    More than one match is none: where two families have one each, a person has to choose.
    """
    best = sorted(found, key=lambda c: (-round(c.score, 6), not c.match, c.iri))
    if sum(candidate.match for candidate in best) > 1:
        best = [replace(candidate, match=False) for candidate in best]
    return best[:limit]


def likeness(asked: str, name: str) -> float:
    """Return how like two names are, from 0 to 1; 1 only for those of one `name_key`."""
    one, other = name_key(asked), name_key(name)
    if not one or not other:
        return 0.0
    # difflib compares differently from either side; a likeness has none.
    one, other = min(one, other), max(one, other)
    return 1.0 if one == other else min(SequenceMatcher(None, one, other, autojunk=False).ratio(), 0.99)
