"""What a claim says of what happened, as predicates and objects: of whichever event it is said.

Invariant: it follows from the claim as it was reviewed, from its words and from the base IRI alone. So what a claim
says in its own graph of its own event, and what an event takes from it, are the same.
"""

from collections.abc import Callable, Mapping
from typing import Final

from graph.iris import Iris
from graph.projection.literals import moment, plain, typed
from graph.terms import Node, Term, Terms, written
from ontology.model import Claim, EventDate, Span

Tail = str  # "predicate object", as N-Quads write them


def types(claim: Claim, terms: Terms) -> tuple[Node, ...]:
    """Return of what type the event is."""
    parts = [(participant.role, participant.kind) for participant in claim.participants if participant.kind is not None]
    return terms.event_classes(claim.type, claim.subtype, parts)


def tails(claim: Claim, iris: Iris, terms: Terms, *, typed: bool = True) -> list[Tail]:
    """Return of what type the event is, who and which places have a part in it, and its figures.

    Without `typed`, only what does not depend on the type.
    """
    type_, subtype = (claim.type, claim.subtype) if typed else ("Event", None)
    found = [f"{_TYPE} {cls}" for cls in types(claim, terms)] if typed else []
    for participant in claim.participants:
        actor = iris.actor(participant.id)
        found += [f"{role} {actor}" for role in terms.role(participant.role, type_, subtype)]
    for place in claim.places:
        node = iris.place(place.id)
        found += [f"{role} {node}" for role in terms.role(place.role, type_, subtype)]
    stem = str(iris.claim(claim.id))[:-1]
    found += [f"{_FIGURE} {stem}/figure/{number}>" for number in range(1, len(claim.figures) + 1)]
    return found


def dated(when: EventDate | None) -> list[Tail]:
    """Return when it happened, as far as that is known."""
    found: list[Tail] = []
    if when is None:
        return found
    if when.edtf is not None:
        found += (f"{_DATE} {typed(when.edtf, _EDTF)}", f"{_DATE_PRECISION} {plain(when.precision)}")
    if when.start is not None:
        found.append(f"{_EARLIEST} {moment(when.start)}")
    if when.end is not None:
        found.append(f"{_LATEST} {moment(when.end)}")
    return found


def what_and_where(claim: Claim, words: Callable[[Span], str | None], terms: Terms) -> dict[str, str]:
    """Return "what, where" in Arabic and English; `words` gives those of the text, None where they are erased."""
    kind = claim.subtype or claim.type
    labels = {}
    for language, joint in (("ar", " و"), ("en", " and ")):
        # One preposition leads all places of a role: "from Aleppo to Latakia and Salamiyah".
        where: dict[str, list[str]] = {}
        for place in claim.places[:_PLACES_IN_A_LABEL]:
            name = place.names.get(language) or words(place.span) or next(iter(place.names.values()), None)
            if name:
                where.setdefault(_PREPOSITIONS.get(place.role, _PREPOSITIONS["place"])[language], []).append(name)
        led = [f"{preposition} {joint.join(names)}" for preposition, names in where.items()]
        labels[language] = " ".join(" ".join([terms.label(kind, language), *led]).split())
    return labels


def labels(what: Mapping[str, str], when: EventDate | None) -> dict[str, str]:
    """Return "what, where, when" by language, of what `what_and_where` gives."""
    day = ""
    if when is not None and when.start is not None:
        day = when.start if when.start == when.end else (when.edtf or when.start)
    return {language: _COMMAS[language].join(part for part in (said, day) if part) for language, said in what.items()}


_TYPE: Final = str(Term.TYPE)
_DATE: Final = written("date")
_DATE_PRECISION: Final = written("datePrecision")
_EARLIEST: Final = written("earliest")
_EDTF: Final = str(Term.EDTF)
_FIGURE: Final = written("figure")
_LATEST: Final = written("latest")

_COMMAS: Final = {"ar": "، ", "en": ", "}
_PLACES_IN_A_LABEL: Final = 2
_PREPOSITIONS: Final = {
    "place": {"ar": "في", "en": "at"},
    "movedFrom": {"ar": "من", "en": "from"},
    "movedTo": {"ar": "نحو", "en": "towards"},
    "route": {"ar": "عبر", "en": "by way of"},
}
