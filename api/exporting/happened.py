"""Events with all that an export of one row an event says of them: who, where, when, how many, who says so.

Invariant: a row is an incident, never a stated total. What claims disagree on, or no claim says, is empty; words are
those of the stored text, or none where they are erased.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from api.exporting.unidentified import machine
from api.fusing import Told
from api.ledger.book import Book, Contest
from api.workspace import Workspace
from graph.fusion.features import Extent, located
from graph.ledger.accounts import Account, Event
from graph.ledger.entries import Entry
from graph.stored import StoredArticle
from graph.terms import Terms
from ontology.curations import EntityKind
from ontology.model import Area, Link, Place
from ontology.vocabulary import Vocabulary, local_name
from ontology.wire import display_name

CIVILIANS: Final = "civilians"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes part: an IRI, names by language (empty where only words are known), the words, the kind.

    It is `unidentified` where the words name what it flew and not whose that is.
    """

    iri: str
    names: dict[str, str] = field(default_factory=dict, hash=False, compare=False)
    words: str | None = field(default=None, compare=False)
    kind: str | None = field(default=None, compare=False)
    links: tuple[Link, ...] = field(default=(), compare=False)
    unidentified: bool = False

    @property
    def name(self) -> str | None:
        """The English name, else the Arabic one, else the words."""
        return display_name(self.names, self.words)


@dataclass(frozen=True, slots=True)
class Voice:
    """A claim as a citation. `quote` is its passage, `sources` are those that the outlet names, outermost first."""

    claim: str
    article: str
    outlet: str | None
    published: str | None
    headline: str | None
    url: str | None
    language: str
    quote: str | None
    sources: tuple[str, ...]
    origin: str | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident. `classes` are the IRIs of what it is, the types and all above them; `type` our most specific one.

    `place` is where, None where claims name no place or several; `within` what contains it, innermost first. `doers`
    and `targets` are those on whom all claims that name any agree; where they do not, `disputed_doers` holds all.
    Unidentified doers stand only where nobody identifies any; targets that are things are none.
    `voices` say that it happened, `denials` deny it; `contested_in` is what claims contradict each other in.
    """

    event: str
    account: Account
    type: str
    classes: tuple[str, ...]
    place: Place | None
    placename: str | None
    within: tuple[Area, ...]
    doers: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    disputed_doers: tuple[Actor, ...]
    voices: tuple[Voice, ...]
    figures: tuple[str, ...]
    denials: tuple[Voice, ...] = ()
    contested_in: tuple[str, ...] = ()

    @property
    def killed(self) -> Entry | None:
        """How many were killed, whoever they were."""
        return self.account.entry("killed", None)

    @property
    def civilians(self) -> Entry | None:
        """How many civilians were killed."""
        return self.account.entry("killed", "civilian")

    def area(self, kind: str) -> str | None:
        """Return the name of the area of a kind that contains the place, or is it."""
        if self.place is not None and self.place.kind == kind:
            return self.placename
        return next((display_name(area.names, None) for area in self.within if area.kind == kind), None)

    @property
    def country(self) -> str | None:
        """The ISO 3166-1 alpha-2 code of the country, where the gazetteer says."""
        from ingest.gazetteer.defaults import countries_by_id

        known = countries_by_id()
        ids = [area.id for area in self.within] + ([] if self.place is None else [self.place.id])
        return next((known[id_] for id_ in ids if id_ in known), None)


class Happenings:
    """The incidents of a book, one at a time, with what stored articles say of them."""

    def __init__(self, workspace: Workspace, book: Book) -> None:
        self._workspace, self._book = workspace, book
        self._survivors = dict(workspace.curations.survivors(book.position))
        self._vocabulary = Vocabulary.load()
        self._terms = Terms(self._vocabulary)
        self.left_out = sum(one.total is not None for one in book.accounts)

    def all(self, *, type_: str | None = None, within: str | None = None) -> Iterator[Happened]:
        """Yield the incidents in canonical order: of a type (an IRI) and its subtypes, in a place (an id).

        Raises:
            graph.content.ContentDamaged
        """
        for event, one in self._book.events():
            if one.total is not None:
                continue
            if within is not None and not any(area == within for way in one.ways for area, _ in way):
                continue
            found = self._happened(event, one)
            if type_ is None or type_ in found.classes:
                yield found

    def _happened(self, event: Event, one: Account) -> Happened:
        told = [self._book.told[claim.claim] for claim in event.claims]
        contest = self._book.contests.get(event.id, Contest())
        stored = {t.features.article: self._workspace.stored(t.features.article) for t in (*told, *contest.denials)}
        classes = [self._classes(t) for t in told]
        types = Counter(t.claim.subtype or t.claim.type for t in told)
        place, naming = (None, told) if one.scattered else self._standing(_place(told), told)
        doers, disputed = _agreed(_identified([self._actors(t, "agent", stored) for t in told]))
        targets, _ = _agreed([tuple(filter(_acting, self._actors(t, "target", stored))) for t in told])
        return Happened(
            one.event,
            one,
            max(types, key=lambda name: types[name]),
            tuple(dict.fromkeys(cls for some in classes for cls in some)),
            place,
            None if place is None else self._name(place, naming),
            () if place is None else place.within,
            doers,
            targets,
            disputed,
            tuple(self._voice(t, stored[t.features.article]) for t in told),
            tuple(_figure(entry) for entry in one.entries),
            tuple(self._voice(t, stored[t.features.article]) for t in contest.denials),
            contest.contested_in,
        )

    def _classes(self, told: Told) -> tuple[str, ...]:
        parts = [(p.role, p.kind) for p in told.claim.participants if p.kind is not None]
        found = self._terms.event_classes(told.claim.type, told.claim.subtype, parts)
        return tuple(str(node).strip("<>") for node in found)

    def _actors(self, told: Told, role: str, stored: dict[str, StoredArticle | None]) -> tuple[Actor, ...]:
        text = _text(stored[told.features.article])
        found = []
        for p in told.claim.participants:
            if p.role == role:
                iri = self._workspace.iris.actor(self._survivors.get((EntityKind.ACTOR, p.id), p.id)).value
                words = None if text is None else p.span.of(text)
                nobody = not p.names and words is not None and machine(words, told.features.language)
                found.append(Actor(iri, p.names, words, p.kind, p.links, nobody))
        return tuple(found)

    def _standing(self, place: Place | None, told: list[Told]) -> tuple[Place | None, list[Told]]:
        """Return what a place was merged into, and the claims that name it; the place itself where no claim does."""
        into = None if place is None else self._survivors.get((EntityKind.PLACE, place.id))
        return (place, told) if into is None else self._merged.get(into, (place, told))

    @cached_property
    def _merged(self) -> dict[str, tuple[Place, list[Told]]]:
        """The places that others were merged into, as claims name them, the first claim of each."""
        into = {new for (kind, _), new in self._survivors.items() if kind is EntityKind.PLACE}
        found: dict[str, tuple[Place, list[Told]]] = {}
        for _, one in sorted(self._book.told.items()) if into else ():
            for place in one.claim.places:
                if place.id in into:
                    found.setdefault(place.id, (place, [one]))
        return found

    def _name(self, place: Place, told: Iterable[Told]) -> str | None:
        name = display_name(place.names, None)
        if name is not None:
            return name
        for one in told:
            text = _text(self._workspace.stored(one.features.article))
            if place in one.claim.places and text is not None:
                return place.span.of(text)
        return None

    def _voice(self, told: Told, stored: StoredArticle | None) -> Voice:
        text = _text(stored)
        origin = told.claim.sources[-1] if told.claim.sources else None
        return Voice(
            self._workspace.iris.claim(told.features.claim).value,
            self._workspace.iris.article(told.features.article).value,
            told.outlet,
            None if stored is None else stored.published,
            None if stored is None else stored.title,
            None if stored is None else stored.url,
            told.features.language,
            None if text is None else " ".join(told.claim.evidence[0].of(text).split()),
            told.sources,
            None if origin is None else display_name(origin.names, None),
        )

    def label(self, happened: Happened, language: str = "en") -> str:
        """Return what an event is called: its type, place and first day, as far as they are known."""
        iri = self._vocabulary.event_type(happened.type)
        kind = self._vocabulary.label(iri, language) or local_name(iri)
        where = "" if happened.placename is None else f" at {happened.placename}"
        days = happened.account.days
        from api.ledger.forms import day

        return f"{kind}{where}{'' if days is None else f', {day(days[0])}'}"


def _text(stored: StoredArticle | None) -> str | None:
    return None if stored is None else stored.text


def _figure(entry: Entry) -> str:
    from api.ledger.forms import counted

    return f"{entry.category}{'' if entry.of is None else f' ({entry.of})'}: {counted(entry)}"


def _place(told: Iterable[Told]) -> Place | None:
    """Return the narrowest place that claims name; of those that are as narrow, one with a point, then by id."""
    found: list[tuple[Extent, bool, str, Place]] = []
    for one in told:
        for spot, place in zip(one.features.spots, located(one.claim), strict=True):
            found.append((spot.extent, place.lat is None, spot.id, place))
    return min(found, key=lambda row: row[:3])[3] if found else None


def _identified(named: list[tuple[Actor, ...]]) -> list[tuple[Actor, ...]]:
    """Return the doers without those that are unidentified; where all are, one for all claims."""
    known = [tuple(actor for actor in actors if not actor.unidentified) for actors in named]
    first = next((actor for actors in named for actor in actors), None)
    return known if any(known) or first is None else [(first,)]


def _acting(target: Actor) -> bool:
    """Tell whether a target is somebody, and not a car or a drone that is known by words alone."""
    return bool(target.names) or not (target.unidentified or target.kind == "unspecified")


def _agreed(named: list[tuple[Actor, ...]]) -> tuple[tuple[Actor, ...], tuple[Actor, ...]]:
    """Return the actors that all who name any have in common; where they have none, nobody and all of them."""
    given = [actors for actors in named if actors]
    if not given:
        return (), ()
    common = [actor for actor in dict.fromkeys(given[0]) if all(actor in others for others in given[1:])]
    return (tuple(common), ()) if common else ((), tuple(dict.fromkeys(actor for some in given for actor in some)))
