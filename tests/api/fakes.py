"""A small extractor for the tests of the faces: finds a few words, so nothing here depends on extraction quality."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.content import ContentStore
from ingest.batch import Outcome, outcome_of
from ontology.model import (
    Article,
    Claim,
    Cue,
    EventDate,
    Extraction,
    Extractor,
    Figure,
    Link,
    Modality,
    Participant,
    Place,
    Precision,
    Source,
    Span,
    Trigger,
)
from ontology.records import sealed_contents

TYPES = {"غارة": "Airstrike", "airstrike": "Airstrike", "captured": "Takeover", "سيطرت": "Takeover"}
PLACES = {
    "حلب": ("aleppo", {"ar": "حلب", "en": "Aleppo"}),
    "Aleppo": ("aleppo", {"ar": "حلب", "en": "Aleppo"}),
    "Idlib": ("idlib", {"ar": "إدلب", "en": "Idlib"}),
    "دوار الباسل": ("basil", {}),
}
SOURCES = {"المرصد": "monitor", "The observatory": "monitor"}
DENIALS = ("نفى", "denied")
ACTORS = {"الفصائل": ("factions", {"ar": "الفصائل", "en": "the factions"}), "factions": ("factions", {})}


class FakeExtractor:
    """One claim for every sentence that holds a trigger word."""

    def __init__(self, seconds: float | None = None, imports: Path | None = None, *, version: str = "0.0.1") -> None:
        self.extractor = Extractor(version=version, lexicon="0" * 64, name="fake")
        self.calls = 0

    def extract(self, article: Article) -> Extraction:
        self.calls += 1
        claims = tuple(claim.with_id(article.id) for claim in self._claims(article))
        return Extraction(article, self.extractor, claims)

    def batch(self, articles: Iterable[Article], processes: int) -> Iterator[Outcome]:
        return (outcome_of(self, article) for article in articles)

    def _claims(self, article: Article) -> Iterator[Claim]:
        for sentence in re.finditer(r"[^.\n]+", article.text):
            span = Span(*sentence.span())
            for word, type_ in TYPES.items():
                trigger = self._find(article.text, span, word)
                if trigger is not None:
                    yield self._claim(article, span, trigger, word, type_)
                    break

    def _claim(self, article: Article, span: Span, trigger: Span, word: str, type_: str) -> Claim:
        text = article.text
        places = tuple(
            Place(
                span=found,
                rule="fake.place",
                id=id_,
                names=names,
                precision=Precision.LOCALITY if names else Precision.NEAR,
                lat="36.20124" if names else None,
                lon="37.16117" if names else None,
                links=(Link("closeMatch", "https://sws.geonames.org/170063/"),) if id_ == "aleppo" else (),
            )
            for name, (id_, names) in PLACES.items()
            if (found := self._find(text, span, name)) is not None
        )
        digits = re.compile(r"\d+").search(text, span.start, span.end)
        count = int(digits.group()) if digits else 0
        cue = next((found for name in DENIALS if (found := self._find(text, span, name)) is not None), None)
        day = article.published[:10] if article.published else None
        return Claim(
            id="",
            type=type_,
            modality=Modality.DENIED if cue else Modality.ASSERTED,
            trigger=Trigger(trigger, word, "fake.trigger"),
            evidence=(span,),
            places=places,
            participants=tuple(
                Participant(role="agent", span=found, rule="fake.actor", id=id_, kind="armedGroup", names=names)
                for name, (id_, names) in ACTORS.items()
                if (found := self._find(text, span, name)) is not None
            ),
            date=EventDate(trigger, "fake.date", "day", day, day, day, "published") if day else None,
            figures=(Figure("killed", Span(*digits.span()), "fake.figure", count, count, count),) if digits else (),
            sources=tuple(
                Source(id="observatory", kind=kind, span=found, rule="fake.source", names={"en": "The Observatory"})
                for name, kind in SOURCES.items()
                if (found := self._find(text, span, name)) is not None
            ),
            cues=(Cue(cue, Modality.DENIED, "fake.cue"),) if cue else (),
        )

    @staticmethod
    def _find(text: str, within: Span, word: str) -> Span | None:
        at = text.find(word, within.start, within.end)
        return None if at < 0 else Span(at, at + len(word))


def arabic_article(published: str | None = "2024-11-30") -> Article:
    return Article(
        text="قال المرصد إن غارة على دوار الباسل في حلب قتلت 16 شخصا.\nنفى الجيش أن غارة وقعت في حلب.",
        language="ar",
        title="غارة على حلب",
        published=published,
        publisher="وكالة الاختبار",
        url="https://example.org/1",
        external_id="ar-1",
    )


def english_article() -> Article:
    return Article(
        text="The factions captured Idlib. The observatory said an airstrike in Aleppo killed 20 people.",
        language="en",
        title="Idlib <script>alert(1)</script> falls",
        published="2024-12-01",
        publisher="The Test Post",
    )


def content_file(data: Path, article: Article, kind: str = "text") -> Path:
    """The file that holds a content of the article in this data folder."""
    digest = sealed_contents(article, ContentStore(data / "content").key())[kind].digest
    return data / "content" / digest[:2] / digest[2:]
