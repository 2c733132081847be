"""Doubtful links: which names of stored articles a person should look at, with the evidence for each.

Invariant: what is listed is what the log says just now, reviews included; a question keeps its id as long as the
machine links the name as it did, and its state changes with every review of it. Words come from the stored texts and go
no further than the list.

A question is one name in one context (the country that its articles speak of, and what the machine linked it to). It is
asked because the link was close (`margin`), because places bear the name and none was linked (`candidates`), or because
the name is frequent and unknown (`unknown`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from api.questionindex import Asked, QuestionIndex, Told
from ontology.identity import derived_id
from ontology.model import Area, Claim, Place, Precision
from ontology.records import (
    CLAIMS_EXTRACTED,
    decode_claims_extracted,
)
from ontology.reviews import Mention

if TYPE_CHECKING:
    from api.workspace import Workspace
    from ingest.gazetteer import Entry, Gazetteer
    from ingest.linking import Appraised

DOUBTS = ("margin", "candidates", "unknown")
INDEX_FILE = "questions.sqlite"  # in the data folder
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


class Questions:
    """The questions that are worth a look, the most useful first; each is put together when it is asked for."""

    def __init__(
        self, workspace: "Workspace", gazetteer: "Gazetteer", measure: Doubtful, index: QuestionIndex, head: int
    ) -> None:
        self._workspace, self._gazetteer, self._measure = workspace, gazetteer, measure
        self._index, self._head = index, head
        self._claims = lru_cache(maxsize=64)(self._claims_of)
        self._ids: list[str] = []

    def select(self, *, reviewed: bool) -> None:
        """Put the questions in order; with `reviewed` every one there is, else those worth a look."""
        reviews = self._workspace.reviews
        touched = self._index.of_claims(claim for _, claim in reviews.touched(self._head))
        found = []
        for asked, mentions in self._index.counted():
            doubt = self._doubt(asked)
            if not reviewed:
                if not doubt or (doubt == "unknown" and mentions < self._measure.mentions):
                    continue
                if asked.id in touched and all(self._decided(told) for told in self._index.mentions(asked.id)):
                    continue
            found.append((-mentions, DOUBTS.index(doubt) if doubt in DOUBTS else len(DOUBTS), asked.id))
        self._ids = [id_ for _, _, id_ in sorted(found)]

    def __len__(self) -> int:
        return len(self._ids)

    def page(self, limit: int, offset: int = 0) -> list[Question]:
        """Return so many questions behind the first `offset`."""
        found = (self.find(id_) for id_ in self._ids[offset : offset + limit])
        return [question for question in found if question is not None]

    def find(self, id_: str) -> Question | None:
        """Return the question with this id; None where there is none, or no text of it is left."""
        from ontology.normal import name_key

        asked, rows = self._index.question(id_), self._index.mentions(id_)
        first = next((told for told in rows if self._text(told.article) is not None), None)
        if asked is None or first is None:
            return None
        linked = self._place(first)
        name = linked.span.of(self._text(first.article) or "")
        question = Question(asked.id, name, name_key(name), self._doubt(asked), asked.country, linked)
        for told in rows:
            self._add(question, told)
        return question

    def _add(self, question: Question, told: Told) -> None:
        reviews, mention = self._workspace.reviews, Mention(told.article, told.claim, told.number)
        deciding = reviews.of_claim(told.article, told.claim, self._head).deciding(told.number)
        if told.linked not in question.places:
            question.places[told.linked] = self._place(told)
        now = told.linked if deciding is None else deciding.link.now.id
        if deciding is not None and now not in question.places:
            question.places[now] = deciding.link.now.at(question.places[told.linked])
        question.mentions.append(Seen(mention, told.linked, now, deciding is not None))
        if told.claim in self._touched:
            last = reviews.last_touch(told.article, told.claim, told.number, self._head)
            question.state = max(question.state, last)
        seen = {example.mention.article for example in question.examples}
        if len(seen) < _EXAMPLES and told.article not in seen and (text := self._text(told.article)) is not None:
            claim = self._claims(told.record)[told.claim]
            question.examples.append(self._example(mention, claim, text))

    @cached_property
    def _touched(self) -> frozenset[str]:
        return frozenset(claim for _, claim in self._workspace.reviews.touched(self._head))

    def _doubt(self, asked: Asked) -> str:
        if asked.doubt == "margin" and (asked.margin or 0) >= self._measure.margin:
            return ""
        return asked.doubt

    def _decided(self, told: Told) -> bool:
        reviewed = self._workspace.reviews.of_claim(told.article, told.claim, self._head)
        return reviewed.deciding(told.number) is not None

    def _place(self, told: Told) -> Place:
        return self._claims(told.record)[told.claim].places[told.number - 1]

    def _claims_of(self, position: int) -> dict[str, Claim]:
        record = next(self._workspace.log.read(after=position - 1, upto=position))
        return {claim.id: claim for claim in decode_claims_extracted(record.payload).claims}

    def _text(self, article: str) -> str | None:
        return self._workspace.text(article)

    def _example(self, mention: Mention, claim: Claim, text: str) -> Example:
        article = self._workspace.stored(mention.article)
        headline, published = (None, None) if article is None else (article.title, article.published)
        span, passage = claim.places[mention.number - 1].span, claim.evidence[0]
        if not (passage.start <= span.start and span.end <= passage.end):
            passage = span
        start, end = max(passage.start, span.start - _AROUND), min(passage.end, span.end + _AROUND)
        return Example(mention, text[start:end], span.start - start, span.end - start, headline, published)


@contextmanager
def questions(
    workspace: "Workspace",
    gazetteer: "Gazetteer",
    doubtful: Doubtful | None = None,
    *,
    reviewed: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Questions]:
    """Give the questions that are worth a look, the most useful first; with `reviewed`, every name there is."""
    head = workspace.log.head()

    def reading(after: int, is_new: Callable[[str], bool]) -> Iterator[tuple[Asked, Told]]:
        return _mentions(workspace, gazetteer, after, head, is_new, progress)

    with closing(QuestionIndex(workspace.data / INDEX_FILE)) as index:
        index.follow(workspace.log, head, gazetteer.version, reading)
        found = Questions(workspace, gazetteer, doubtful or Doubtful(), index, head)
        found.select(reviewed=reviewed)
        yield found


def _doubt(place: Place, key: str, gazetteer: "Gazetteer") -> tuple[str, int | None]:
    """Return why the link may be worth a look, empty where it is not, and how far it is ahead of the next place."""
    linking = place.linking
    if place.kind == "countryside" or (place.precision is Precision.COUNTRY and place.links):
        return "", None  # no gazetteer has the one, and the other is beyond doubt
    if linking is not None and linking.record is not None:
        return "", None  # a reviewer has decided on the name already
    if linking is not None and linking.margin is not None:
        return "margin", linking.margin
    if linking is None and place.links:
        return "", None  # read by a version that kept no reasons: nothing is known against it
    return ("candidates" if gazetteer.find([key]).get(key) else "unknown"), None


def _mentions(
    workspace: "Workspace",
    gazetteer: "Gazetteer",
    after: int,
    head: int,
    is_new: Callable[[str], bool],
    progress: Callable[[int], None] | None,
) -> Iterator[tuple[Asked, Told]]:
    """Yield every mention of a place behind a position, with its question; of several runs the first one's."""
    from ontology.normal import name_key

    countries = _Countries(gazetteer)
    for record in workspace.log.read(after=after, upto=head, types=(CLAIMS_EXTRACTED,)):
        if progress is not None:
            progress(record.position)
        extracted = decode_claims_extracted(record.payload)
        if not any(claim.places for claim in extracted.claims):
            continue
        article = workspace.stored(extracted.article)
        text = article.text if article is not None else None
        if article is None or text is None:
            continue  # without its words a name cannot be judged
        spoken = _spoken_of(extracted.claims, countries)
        here: dict[str, Asked] = {}  # the question of each place of the article
        described: list[Told] = []
        for claim in extracted.claims:
            if not is_new(claim.id):
                continue  # another run of the extractor has found the same claim
            for number, place in enumerate(claim.places, start=1):
                told = Told(record.position, extracted.article, claim.id, number, place.id)
                key = name_key(place.span.of(text))
                if _DESCRIPTION in place.rule or not key:
                    described.append(told)
                    continue
                country = countries.of(place) or spoken
                where = place.id if _is_linked(place) else place.within[0].id if place.within else ""
                id_ = derived_id("link-question", key, country, _is_linked(place), where)[:_ID_DIGITS]
                asked = Asked(id_, country, *_doubt(place, key, gazetteer))
                here.setdefault(place.id, asked)
                yield asked, told
        for told in described:  # "the city": what is decided on the name goes for it too
            if told.linked in here:
                yield here[told.linked], told


def _is_linked(place: Place) -> bool:
    """Tell whether the machine linked the place; a record of before evidence was kept tells by names."""
    return place.linking.entry is not None if place.linking is not None else bool(place.names)


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
        from ontology.normal import name_key

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
    from ontology.normal import name_key

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
