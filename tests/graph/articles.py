"""Articles and claims made by hand for the tests of the graph; the texts were written for them."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.content import ContentStore
from graph.iris import Iris
from graph.log import Appended, NewRecord, SqliteLog
from graph.projection import Projector
from ontology.model import (
    Area,
    Article,
    Claim,
    Cue,
    EventDate,
    Extraction,
    Extractor,
    Figure,
    GazetteerSource,
    Link,
    Linking,
    Modality,
    Participant,
    Place,
    Precision,
    Source,
    Span,
    Trigger,
)
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    TEXT,
    article_ingested,
    article_stream,
    claims_extracted,
    sealed_contents,
)

STRIKE = (
    "قال مرصد الوادي نقلاً عن شهود عيان إن 16 مدنياً قُتلوا في غارة جوية شنّها الطيران "
    "على دوار النخيل في مدينة الميناء اليوم السبت."
)
KEY = b"the key of the tests: 32 bytes. "
EXTRACTOR = Extractor(version="0.1.0", lexicon="ab" * 32, gazetteer="cd" * 32)
GAZETTEERS = (
    GazetteerSource(0, "overlay", "Overlay", "Apache-2.0", version="7"),
    GazetteerSource(
        50, "villages", "Villages of the valley", "CC BY 4.0", "The valley's surveyors", "https://v.example/"
    ),
)
CITY = Area(
    id="c1" * 10,
    names={"ar": "الميناء", "en": "Al-Mina"},
    lat="36.20",
    lon="37.161170",
    links=(Link("closeMatch", "https://sws.geonames.org/170063/"),),
    kind="city",
    codes={"pcode": "XX0101", "postcode": "777"},
)
UNLINKED = Linking(reasons=("no gazetteer has the name",))
LINKED = Linking("villages:7", ("overlay", "villages"), 700, {"name": 300, "country": 400}, 250)


def span(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start, start + len(words))


def article(number: int = 0, text: str = STRIKE, **more: str) -> Article:
    fields: dict[str, Any] = {
        "language": "ar",
        "title": f"غارة على الميناء {number}",
        "published": "2024-11-30",
        "publisher": "صحيفة النهر",
    }
    return Article(text=text, url=f"https://paper.example/{number}", **{**fields, **more})


def strike(of: Article, modality: Modality = Modality.ASSERTED, **more: object) -> Claim:
    """A claim with every kind of slot, on the text STRIKE."""
    text = of.text
    fields: dict[str, object] = {
        "evidence": (Span(0, len(text)),),
        "participants": (
            Participant(
                role="agent",
                span=span(text, "الطيران"),
                rule="actor.air",
                id="a1" * 10,
                kind="stateForce",
                names={"ar": "سلاح الجو", "en": "Air Force"},
                linking=Linking("actors:valley-air-force"),
            ),
        ),
        "places": (
            Place(
                span=span(text, "دوار النخيل"),
                rule="place.head",
                id="b1" * 10,
                kind="roundabout",
                precision=Precision.NEAR,
                within=(CITY,),
                linking=UNLINKED,
            ),
        ),
        "date": EventDate(
            span=span(text, "اليوم السبت"),
            rule="date.today",
            precision="day",
            edtf="2024-11-30",
            start="2024-11-30",
            end="2024-11-30",
            anchor="published",
        ),
        "figures": (
            Figure("killed", span(text, "16 مدنياً"), "figure.digits", low=16, best=16, high=16, of="civilian"),
        ),
        "sources": (
            Source(
                id="d1" * 10,
                kind="monitor",
                span=span(text, "مرصد الوادي"),
                rule="source.monitor",
                verb=span(text, "قال"),
            ),
            Source(id="e1" * 10, kind="eyewitness", span=span(text, "شهود عيان"), rule="source.eyewitness"),
        ),
    }
    if modality is not Modality.ASSERTED:
        fields["cues"] = (Cue(span(text, "نقلاً"), modality, "cue.test"),)
    return Claim(
        id="",
        type="Airstrike",
        modality=modality,
        trigger=Trigger(span(text, "غارة"), "غارة", "airstrike.noun.1"),
        **{**fields, **more},  # type: ignore[arg-type]
    ).with_id(of.id)


def random_claims(of: Article, chance: random.Random) -> tuple[Claim, ...]:
    """Some claims whose slots, modalities and numbers depend on `chance` alone."""
    found = {}
    for _ in range(chance.randint(0, 3)):
        number = chance.randint(0, 40)
        claim = strike(
            of,
            chance.choice(list(Modality)),
            figures=(
                Figure("killed", span(of.text, "16 مدنياً"), "figure.digits", low=number, best=None, high=number + 5),
            )[: chance.randint(0, 1)],
            date=None if chance.random() < 0.3 else strike(of).date,
            places=strike(of).places[: chance.randint(0, 1)],
        )
        found[claim.id] = claim
    return tuple(found.values())


def digest(of: Article, kind: str = TEXT) -> str:
    """The digest that a record names a content of the article by."""
    return sealed_contents(of, KEY)[kind].digest


@dataclass(frozen=True)
class World:
    """A log, the contents and the projection of one test."""

    log: SqliteLog
    content: ContentStore
    projector: Projector

    @classmethod
    def at(cls, folder: Path, iris: Iris | None = None) -> "World":
        log, content = SqliteLog(folder / "log.sqlite"), ContentStore(folder / "content")
        return cls(log, content, Projector.of(log, content.get, iris))

    def ingest(self, one: Article, *claims: Claim) -> Appended:
        payload, contents = article_ingested(one, KEY)
        for data in contents:
            self.content.put(data)
        extraction = Extraction(one, EXTRACTOR, claims, gazetteers=GAZETTEERS)
        return self.log.append(
            article_stream(one.id),
            [NewRecord(ARTICLE_INGESTED, 2, payload), NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(extraction))],
            actor="test",
            key=f"{one.id}/{extraction.run}",
        )

    def path(self, digest: str) -> Path:
        """The file of a content."""
        return self.content.folder / digest[:2] / digest[2:]

    def fill(self, count: int, seed: int = 1) -> None:
        chance = random.Random(seed)
        for number in range(count):
            one = article(number)
            self.ingest(one, *random_claims(one, chance))
