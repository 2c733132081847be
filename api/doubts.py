"""Doubtful links: which names of stored articles a person should look at, with the evidence for each.

Invariant: what is listed was read from the log just now, reviews included; a question keeps its id as long as the
machine links the name as it did, and its state changes with every review of it. Words come from the stored texts and go
no further than the list.

A question is one name in one context (the country that its articles speak of, and what the machine linked it to). It is
asked because the link was close (`margin`), because places bear the name and none was linked (`candidates`), or because
the name is frequent and unknown (`unknown`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ontology.identity import derived_id
from ontology.model import Area, Claim, Place, Precision, Span
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    article_stream,
    decode_claims_extracted,
)
from ontology.reviews import Mention

if TYPE_CHECKING:
    from api.workspace import Workspace
    from ingest.gazetteer import Entry, Gazetteer
    from ingest.linking import Appraised

DOUBTS = ("margin", "candidates", "unknown")
_ID_DIGITS = 10
_DESCRIPTION = "place.definite"  # the rule of "the city", which names nothing by itself
_AROUND = 100  # characters of the passage before and after the name
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What counts as doubtful: links ahead by less than `margin`, unknown names of `mentions` mentions or more."""

    margin: int = 150
    mentions: int = 1


@dataclass(frozen=True, slots=True)
class Example:
    """One mention in its passage: `start` and `end` are where the name stands in `passage`, in code points."""

    mention: Mention
    passage: str
    start: int
    end: int
    headline: str | None
    published: str | None


class Seen(NamedTuple):
    """A mention with the ids of the place that the machine linked it to and of the one that it means now.

    `decided` tells whether a review says what it means.
    """

    mention: Mention
    linked: str
    now: str
    decided: bool


@dataclass(slots=True)
class Question:
    """One name that a person may decide on.

    `linked` is what the machine made of it (of the first mention); `places` are all places that mentions mean or meant,
    by id; `country` is ISO 3166-1, empty where the articles speak of none; `state` the position of the last review of
    it, 0 without one.
    """

    id: str
    name: str
    key: str
    doubt: str
    country: str
    linked: Place
    state: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    mentions: list[Seen] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)

    @property
    def now(self) -> list[Place]:
        """What the mentions mean now, each place once."""
        return [self.places[id_] for id_ in dict.fromkeys(seen.now for seen in self.mentions)]

    @property
    def shown_id(self) -> str:
        """The id with the state: a decision on an older state is refused."""
        return f"{self.id}.{self.state}" if self.state else self.id

    @property
    def order(self) -> tuple[int, int, str]:
        """Most mentions first, close links before unlinked names before unknown ones."""
        return -len(self.mentions), DOUBTS.index(self.doubt) if self.doubt in DOUBTS else len(DOUBTS), self.id


def questions(
    workspace: "Workspace",
    gazetteer: "Gazetteer",
    doubtful: Doubtful | None = None,
    *,
    reviewed: bool = False,
    progress: Callable[[int], None] | None = None,
) -> list[Question]:
    """Return the questions that are worth a look, the most useful first; with `reviewed`, every name there is."""
    measure = doubtful or Doubtful()
    asked: dict[str, Question] = {}
    for place, now, mention, context in _mentions(workspace, gazetteer, progress):
        question = asked.get(context.question)
        if question is None:
            question = Question(context.question, context.name, context.key, "", context.country, place)
            question.doubt = _doubt(place, question.key, gazetteer, measure)
            asked[context.question] = question
        decisions = workspace.reviews.of_claim(mention.article, mention.claim, context.head)
        decided = decisions.deciding(mention.number) is not None
        question.mentions.append(Seen(mention, place.id, now.id, decided))
        for one in (place, now):
            question.places.setdefault(one.id, one)
        state = workspace.reviews.last_touch(mention.article, mention.claim, mention.number, context.head)
        question.state = max(question.state, state)
        seen = {example.mention.article for example in question.examples}
        if len(seen) < _EXAMPLES and mention.article not in seen:
            question.examples.append(context.example(mention))
    found = [q for q in asked.values() if reviewed or _worth_a_look(q, measure)]
    return sorted(found, key=lambda q: q.order)


def _worth_a_look(question: Question, measure: Doubtful) -> bool:
    if not question.doubt or all(seen.decided for seen in question.mentions):
        return False
    return question.doubt != "unknown" or len(question.mentions) >= measure.mentions


def _doubt(place: Place, key: str, gazetteer: "Gazetteer", measure: Doubtful) -> str:
    """Return why the link is worth a look, empty where it is not."""
    linking = place.linking
    if place.kind == "countryside" or (place.precision is Precision.COUNTRY and place.links):
        return ""  # no gazetteer has the one, and the other is beyond doubt
    if linking is not None and linking.record is not None:
        return ""  # a reviewer has decided on the name already
    if linking is not None and linking.margin is not None:
        return "margin" if linking.margin < measure.margin else ""
    if linking is None and place.links:
        return ""  # read by a version that kept no reasons: nothing is known against it
    return "candidates" if gazetteer.find([key]).get(key) else "unknown"


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a mention stands: its question and what an example of it shows."""

    question: str
    name: str
    key: str
    country: str
    head: int
    claim: Claim
    span: Span
    text: str
    headline: str | None
    published: str | None

    def example(self, mention: Mention) -> Example:
        passage = self.claim.evidence[0]
        if not (passage.start <= self.span.start and self.span.end <= passage.end):
            passage = self.span
        start = max(passage.start, self.span.start - _AROUND)
        end = min(passage.end, self.span.end + _AROUND)
        return Example(
            mention, self.text[start:end], self.span.start - start, self.span.end - start, self.headline, self.published
        )


def _mentions(
    workspace: "Workspace", gazetteer: "Gazetteer", progress: Callable[[int], None] | None
) -> Iterator[tuple[Place, Place, Mention, _Context]]:
    """Yield every mention of a place with what the machine linked it to and what it means now."""
    from ingest.normal import name_key

    head = workspace.log.head()
    countries = _Countries(gazetteer)
    seen: set[str] = set()
    for record in workspace.log.read(upto=head, types=(CLAIMS_EXTRACTED,)):
        if progress is not None:
            progress(record.position)
        extracted = decode_claims_extracted(record.payload)
        if not any(claim.places for claim in extracted.claims):
            continue
        article = _article(workspace, extracted.article)
        text = workspace.text(article["text_sha256"]) if article is not None else None
        if article is None or text is None:
            continue  # without its words a name cannot be judged
        spoken = _spoken_of(extracted.claims, countries)
        headline = workspace.text(article["title_sha256"]) if "title_sha256" in article else None
        here: dict[str, _Context] = {}  # the question of each place of the article
        described: list[tuple[Place, Place, Mention]] = []
        for claim in extracted.claims:
            if claim.id in seen:
                continue  # another run of the extractor has found the same claim
            seen.add(claim.id)
            reviewed = workspace.reviews.of_claim(extracted.article, claim.id, head).claim(claim)
            for number, (place, now) in enumerate(zip(claim.places, reviewed.places, strict=True), start=1):
                mention = Mention(extracted.article, claim.id, number)
                name = place.span.of(text)
                key = name_key(name)
                if _DESCRIPTION in place.rule or not key:
                    described.append((place, now, mention))
                    continue
                country = countries.of(place) or spoken
                where = place.id if _is_linked(place) else place.within[0].id if place.within else ""
                question = derived_id("link-question", key, country, _is_linked(place), where)[:_ID_DIGITS]
                published = article.get("published")
                context = _Context(question, name, key, country, head, claim, place.span, text, headline, published)
                here.setdefault(place.id, context)
                yield place, now, mention, context
        for place, now, mention in described:  # "the city": what is decided on the name goes for it too
            if place.id in here:
                yield place, now, mention, here[place.id]


def _is_linked(place: Place) -> bool:
    """Tell whether the machine linked the place; a record of before evidence was kept tells by names."""
    return place.linking.entry is not None if place.linking is not None else bool(place.names)


def _article(workspace: "Workspace", article: str) -> dict[str, Any] | None:
    records = workspace.log.read_stream(article_stream(article))
    return next((record.payload for record in records if record.type == ARTICLE_INGESTED), None)


def _spoken_of(claims: Sequence[Claim], countries: "_Countries") -> str:
    """Return the country in which most of the linked places of an article lie."""
    counted = Counter(code for claim in claims for place in claim.places if (code := countries.of(place)))
    return min(counted, key=lambda code: (-counted[code], code), default="")


class _Countries:
    """ISO codes of the countries that areas are."""

    def __init__(self, gazetteer: "Gazetteer") -> None:
        self._gazetteer = gazetteer
        self._known = lru_cache(maxsize=4096)(self._look_up)

    def of(self, place: Place) -> str:
        """Return the country of a place, empty where it is not known."""
        outermost = place.within[-1] if place.within else None
        if outermost is not None:
            return self._known(outermost.id, outermost.names.get("en") or next(iter(outermost.names.values()), ""))
        if _is_linked(place) and place.names:
            return self._known(place.id, place.names.get("en") or next(iter(place.names.values())))
        return ""

    def _look_up(self, identifier: str, name: str) -> str:
        from ingest.normal import name_key

        found = self._gazetteer.find([name_key(name)]).get(name_key(name), ())
        return next((entry.country for entry in found if entry.id == identifier), "")


def candidates(gazetteer: "Gazetteer", question: Question, limit: int = 10) -> "list[Appraised]":
    """Return the places that bear the name, with what speaks for and against each where no article is asked."""
    from ingest.linking import appraised
    from ingest.placecontext import Context

    found = gazetteer.find([question.key]).get(question.key, ())
    context = Context(countries={question.country: 3} if question.country else {})
    within = None if _is_linked(question.linked) else container(gazetteer, question.linked)
    return appraised(found, type_word=None, within=within, context=context)[:limit]


def similar(gazetteer: "Gazetteer", question: Question, limit: int = 5) -> "list[tuple[float, Entry]]":
    """Return places whose names sound like this one: suggestions for a name that nobody bears."""
    found = gazetteer.similar(question.key, 4 * limit)
    here = [pair for pair in found if not question.country or pair[1].country == question.country]
    return here[:limit]


def container(gazetteer: "Gazetteer", place: Place) -> "Entry | None":
    """Return the gazetteer's place for the nearest area around a place."""
    return area_entry(gazetteer, place.within[0]) if place.within else None


def area_entry(gazetteer: "Gazetteer", area: Area) -> "Entry | None":
    """Return the gazetteer's place for an area, or None where it has it no more."""
    from ingest.normal import name_key

    for name in area.names.values():
        for entry in gazetteer.find([name_key(name)]).get(name_key(name), ()):
            if entry.id == area.id:
                return entry
    return None


def unlinked(place: Place) -> Place:
    """Return a mention without anything that a gazetteer said of it."""
    return replace(
        place,
        kind=None,
        names={},
        lat=None,
        lon=None,
        links=(),
        codes={},
        within=(),
        precision=Precision.UNKNOWN,
        linking=None,
    )
