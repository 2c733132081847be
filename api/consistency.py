"""Whether sources contradict themselves, and which contradict each other: a report that writes nothing.

Invariant: what one source says is gathered and reasoned over without anything that another one says; contradictions
between sources are found by comparing claims, and never by reasoning over both.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.fusing import articles
from api.sourcenames import Named, sources_named
from api.workspace import Workspace
from graph.consistency.checking import Checked, Finding, Judging, check_each
from graph.consistency.sayings import Saying, Verdict, saying, told, voice
from graph.events.deciding import pairs
from graph.fusion.relations import Kind, relations
from graph.stored import StoredArticle
from ontology.model import Claim, Modality
from ontology.normal import name_key
from ontology.publishers import speaker
from ontology.records import CLAIMS_EXTRACTED
from ontology.wire import display_name

REASONER: Final = "HermiT"


class SourceUnknown(Exception):
    """No source of that name says anything, or several do; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A claim as it is shown: ids of it and of its article, when and where it was published, its first passage."""

    claim: str
    article: str
    published: str | None
    outlet: str | None
    type: str
    modality: Modality
    words: str | None


@dataclass(slots=True)
class Voice:
    """Who speaks: its key, its id as a source (None where only the article is known), a name, and what it says.

    `article` is the article that it is known from alone, None for one that speaks in many.
    """

    key: str
    id: str | None
    name: str
    article: str | None
    sayings: list[Saying] = field(default_factory=list)
    passages: dict[str, Passage] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Between:
    """That two sources contradict each other: keys and claims, the later claim first, and in what."""

    voices: tuple[str, str]
    claims: tuple[str, str]
    in_what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came of each voice, by key in order of names, as of `position`; `between` only where all were asked for."""

    position: int
    voices: Mapping[str, Voice]
    checked: Mapping[str, Checked]
    between: tuple[Between, ...] = ()

    @property
    def contradicting(self) -> list[str]:
        """The keys of the sources that contradict themselves."""
        return [
            key for key, found in self.checked.items() if any(_is(f, Verdict.CONTRADICTION) for f in found.findings)
        ]

    @property
    def complete(self) -> bool:
        """Whether everything was judged in time."""
        return not any(found.undecided for found in self.checked.values())


def _is(finding: Finding, verdict: Verdict) -> bool:
    return finding.verdict is verdict


def report(
    workspace: Workspace, judge: Judging, *, batch: int, source: str | None = None, position: int | None = None
) -> Report:
    """Return what came of one source (its IRI, id or any name of it), or of all where None, as of `position`.

    The claims that are looked at are held in memory.

    Raises:
        SourceUnknown
        ontology.reasoning.ReasoningFailed
    """
    upto = workspace.log.head() if position is None else position
    voices = _voices(workspace, upto, source)
    decisions = pairs(workspace.curations.events(upto))
    said = {key: told(one.sayings, decisions) for key, one in voices.items()}
    checked = check_each(said, judge, batch=batch)
    return Report(upto, voices, checked, _between(workspace, voices, upto) if source is None else ())


# --- who says what


def _voices(workspace: Workspace, upto: int, source: str | None) -> dict[str, Voice]:
    named = None if source is None else sources_named(workspace, workspace.iris, source)
    wanted = None if source is None or named is None else _wanted(source, named)
    voices: dict[str, Voice] = {}
    for article in _speaking(workspace, upto, wanted):
        for one, saying_, passage in _of_article(workspace, article, upto):
            known = voices.setdefault(one.key, one)
            known.sayings.append(saying_)
            known.passages[passage.claim] = passage
    if wanted is not None and named is not None:
        voices = {key: one for key, one in voices.items() if wanted(one.id or "", one.name) or wanted(key, "")}
        if not voices:
            raise SourceUnknown(
                f"No source {source} says anything here: see waqai query --saved sources{named.suggestion}."
            )
        if len(voices) > 1:
            names = ", ".join(sorted(voices))
            raise SourceUnknown(f"{source} may be any of {names}: name one of these.")
    return dict(sorted(voices.items(), key=lambda item: (item[1].name, item[0])))


def _wanted(source: str, named: Named) -> Callable[[str, str], bool]:
    """Return what tells whether an id, or else a name, is of the source that is asked for."""
    key = name_key(source)
    return lambda own, name: own in (*named.ids, source) or bool(key and name and name_key(name) == key)


def _speaking(workspace: Workspace, upto: int, wanted: Callable[[str, str], bool] | None) -> Iterable[str]:
    if wanted is None:
        return articles(workspace, upto)
    workspace.projector.erasures.refresh(upto)
    records = workspace.log.read(upto=upto, types=(CLAIMS_EXTRACTED,))
    return dict.fromkeys(r.payload["article"] for r in records if _speaks(workspace, r.payload, wanted))


def _speaks(workspace: Workspace, payload: Mapping[str, Any], wanted: Callable[[str, str], bool]) -> bool:
    """Tell from a record alone whether a source says something in it; a source known by its words may."""
    for claim in payload["claims"]:
        chain = claim.get("sources")
        if chain:
            innermost = chain[-1]
            names = innermost.get("names") or {}
            if not names or wanted(innermost["id"], "") or any(wanted("", name) for name in names.values()):
                return True
        else:
            article = workspace.projector.articles(payload["article"])
            outlet = None if article is None else StoredArticle(article, workspace.projector.content).publisher
            if wanted(_outlet(workspace, outlet) or "", outlet or "") or wanted(f"article/{payload['article']}", ""):
                return True
            own = None if outlet is None else speaker(outlet)
            if own is not None and (wanted(own.id, "") or any(wanted("", name) for name in own.names.values())):
                return True
    return False


def _outlet(workspace: Workspace, publisher: str | None) -> str | None:
    if publisher is None:
        return None
    named = workspace.iris.parse(workspace.iris.outlet(publisher).value)
    return None if named is None else named.id


def _of_article(workspace: Workspace, article: str, upto: int) -> Iterator[tuple[Voice, Saying, Passage]]:
    for heard in workspace.projector.telling.heard(article, upto).values():
        stored, claim, one = heard.stored, heard.claim, heard.features
        text, outlet = stored.text, _outlet(workspace, stored.publisher)
        key = voice(one, outlet)
        passage = Passage(
            claim.id,
            article,
            stored.published,
            stored.publisher,
            claim.subtype or claim.type,
            claim.modality,
            None if text is None else claim.evidence[0].of(text),
        )
        name = _name(claim, stored.publisher, text, article)
        speaker = Voice(key, _id(key), name, article if key.startswith("article") else None)
        yield speaker, saying(one, claim, stored.published), passage


def _id(key: str) -> str | None:
    _, found, id_ = key.rpartition("source/")
    return id_ if found else None


def _name(claim: Claim, publisher: str | None, text: str | None, article: str) -> str:
    if claim.sources:
        innermost = claim.sources[-1]
        return display_name(innermost.names, None if text is None else innermost.span.of(text)) or innermost.id
    own = None if publisher is None else speaker(publisher)
    return publisher or f"article {article}" if own is None else display_name(own.names, publisher) or own.id


# --- sources beside each other


def _between(workspace: Workspace, voices: Mapping[str, Voice], upto: int) -> tuple[Between, ...]:
    """Return which claims contradict each other, by the events of the graph, where two voices say them."""
    home = {one.claim: key for key, speaker in voices.items() for one in speaker.sayings}
    features = {one.claim: one.features for speaker in voices.values() for one in speaker.sayings}
    found: list[Between] = []
    for event in workspace.projector.events.at(upto):
        for relation in relations(features[one.claim] for one in (*event.members, *event.denials)):
            if relation.kind is not Kind.CONTRADICTS:
                continue
            later, earlier = home[relation.subject], home[relation.object]
            one, other = voices[later], voices[earlier]
            if one is not other and name_key(one.name) != name_key(other.name):  # "residents" may be the same ones
                found.append(Between((later, earlier), (relation.subject, relation.object), relation.in_what))
    return tuple(sorted(found, key=lambda b: (features[b.claims[0]].order, features[b.claims[1]].order, b.in_what)))


# --- for programs


def report_json(found: Report, workspace: Workspace) -> dict[str, Any]:
    """Return the report as plain data: things by their IRIs, sources that only one article knows with that article."""
    iris = workspace.iris

    def speaker(key: str) -> dict[str, Any]:
        one = found.voices[key]
        return {
            "source": None if one.id is None else iris.source(one.id).value,
            "name": one.name,
            "article": None if one.article is None else iris.article(one.article).value,
        }

    def shown(passage: Passage) -> dict[str, Any]:
        return {
            "claim": iris.claim(passage.claim).value,
            "article": iris.article(passage.article).value,
            "published": passage.published,
            "outlet": passage.outlet,
            "type": passage.type,
            "modality": passage.modality.value,
            "words": passage.words,
        }

    passages = {claim: p for one in found.voices.values() for claim, p in one.passages.items()}
    return {
        "position": found.position,
        "reasoner": REASONER,
        "complete": found.complete,
        "sources": [
            {
                **speaker(key),
                "claims": len(found.voices[key].sayings),
                "batches": checked.batches,
                "contradictsItself": any(_is(f, Verdict.CONTRADICTION) for f in checked.findings),
                "findings": [
                    {
                        "verdict": finding.verdict.value,
                        "in": finding.aspect.value,
                        "category": finding.category,
                        "claims": [shown(passages[claim]) for claim in finding.claims],
                    }
                    for finding in checked.findings
                ],
                "undecided": [[iris.claim(claim).value for claim in unit] for unit in checked.undecided],
            }
            for key, checked in found.checked.items()
        ],
        "between": [
            {
                "in": one.in_what,
                "sources": [speaker(key) for key in one.voices],
                "claims": [shown(passages[claim]) for claim in one.claims],
            }
            for one in found.between
        ],
    }
