"""An audit as the faces give it: with what its rules mean in words, and how far it can be proven to others.

Invariant: sentences are those of the present data, and a rule says so where its claim was made with other data. A proof
is spoken of only where the newest checkpoint covers the record of the claim. An audit of more claims than one answer
shows says which it shows, how many there are, and what the graph states of the event as a whole.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.eventfacts import Asked, Outline, outline
from api.settings import Settings
from graph.audit import Audit, AuditedClaim
from ontology.identity import sha256_hex
from ontology.location import ontology_folder
from ontology.vocabulary import LEXICON

if TYPE_CHECKING:
    from ingest.rulebook import Rulebook
    from ingest.wording import Wording

FORMATS: Final = {
    "text": "text/plain",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "html": "text/html",
}

_EVENT: Final = re.compile("/id/event/[^/]+$")
_LOADING: Final = threading.Lock()  # a rulebook takes seconds to make, and one is enough


@dataclass(frozen=True, slots=True)
class Because:
    """One part of a rule: its sentence in English and Arabic, and the entry of the lexicon behind it, if any."""

    part: str
    en: str
    ar: str
    entry: str | None = None
    lemma: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The newest checkpoint, and which of the claims it covers; the others wait for the next one."""

    origin: str
    size: int
    root: str
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the other claims are over HTTP: the addresses of the pages before and behind, and of all in one."""

    previous: str | None = None
    next: str | None = None
    all: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """An audit with its rules by id, and the proof that there is, if any.

    `other_data` are claims that were made with other data than the sentences come from, or after reviewers' decisions.
    `event` is what the graph states of an event of many claims.
    """

    audit: Audit
    rules: Mapping[str, tuple[Because, ...]] = field(default_factory=dict)
    other_data: tuple[str, ...] = ()
    proof: Proof | None = None
    event: Outline | None = None
    pages: Pages | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON data, with rules and proof."""
        audit = self.audit
        return {
            **audit.to_json(),
            "total": audit.total,
            **({} if self.event is None else {"event": asdict(self.event)}),
            **({} if self.pages is None else {"pages": asdict(self.pages)}),
            "rules": {rule: [asdict(one) for one in parts] for rule, parts in self.rules.items()},
            "other_data": list(self.other_data),
            "proof": None if self.proof is None else asdict(self.proof),
        }


def report_of(audit: Audit, settings: Settings, asked: Asked, pages: Pages | None = None) -> Report:
    """Return the report on an audit of the graph that is `asked`."""
    rules: dict[str, tuple[Because, ...]] = {}
    other: list[str] = []
    for claim in audit.claims:
        language = claim.article.language
        book = _rulebook(language, ontology_folder())
        if book is None:
            continue
        if claim.run.lexicon != sha256_hex(f"{book.lexicon.digest}\n{claim.run.gazetteer}\n".encode()):
            other.append(claim.iri)
        for rule in _rules(claim):
            if rule not in rules:
                rules[rule] = _because(rule, book)
    many = audit.triple is None and audit.last_there is None and audit.total > settings.audit_claims
    event = outline(asked, audit.subject) if many and _EVENT.search(audit.subject) else None
    return Report(audit, dict(sorted(rules.items())), tuple(other), _proof(audit, settings), event, pages)


def written(report: Report, form: str) -> str:
    """Return a report in one of FORMATS."""
    if form == "html":
        from api.pages.audit import audit_page

        return audit_page(report)
    if form == "text":
        return report_text(report)
    import orjson

    if form == "jsonld":
        from graph.audit.linked import linked

        sentences = {rule: [(one.en, one.ar) for one in parts] for rule, parts in report.rules.items()}
        body = linked(report.audit, sentences, {} if report.event is None else _linked_event(report.event))
    else:
        body = report.to_json()
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() + "\n"


def report_text(report: Report) -> str:
    """Return a report as lines of text."""
    from graph.audit.text import render

    sentences = {rule: [one.en for one in parts] for rule, parts in report.rules.items()}
    event = () if report.event is None else tuple(event_lines(report.event))
    return render(report.audit, sentences, event) + "".join(f"{line}\n" for line in _proof_lines(report))


def event_lines(event: Outline) -> Iterator[str]:
    """Yield what the graph states of an event as a whole, as lines for people."""
    for name, voices in (("reported by", event.reported_by), ("denied by", event.denied_by)):
        if voices is not None:
            origins = " to ".join(map(str, dict.fromkeys((voices.origins_at_least, voices.origins_at_most))))
            yield (
                f"{name} {voices.claims} claims of {voices.outlets} outlets, {origins} independent origins; "
                f"named: {voices.named}, parties to the fighting: {voices.interested}, unknown: {voices.unknown}"
            )
    if event.modalities:
        yield f"claims by modality: {_counts(event.modalities)}"
    if event.contested:
        yield " in ".join(filter(None, ("contested", ", ".join(event.contested_in))))
    if event.relations:
        yield f"relations of its claims: {_counts(event.relations)}"
    for toll in event.tolls:
        low, best, high = ("open" if bound is None else str(bound) for bound in (toll.low, toll.best, toll.high))
        name = toll.category if toll.of is None else f"{toll.category} ({toll.of})"
        replaced = f", {toll.replaced} replaced by later ones" if toll.replaced else ""
        yield f"{name}: low {low}, best {best}, high {high}; rule {toll.rule}, of {toll.claims} claims{replaced}"


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counted.items())


def _linked_event(event: Outline) -> dict[str, Any]:
    """Return what the graph states of an event in terms of JSON-LD; the words are those of the vocabulary."""
    standing = {
        name: getattr(event.reported_by, value)
        for name, value in (
            ("wq:claimCount", "claims"),
            ("wq:outletCount", "outlets"),
            ("wq:originsAtLeast", "origins_at_least"),
            ("wq:originsAtMost", "origins_at_most"),
            ("wq:namedOrigins", "named"),
            ("wq:interestedOrigins", "interested"),
            ("wq:unknownOrigins", "unknown"),
        )
    }
    return {
        "rdfs:label": [{"@value": words, "@language": language} for language, words in event.labels.items()],
        **standing,
        "wq:contested": event.contested,
        "schema:abstract": [{"@value": line, "@language": "en"} for line in event_lines(event)],
    }


def _proof_lines(report: Report) -> Iterator[str]:
    proof = report.proof
    if report.other_data:
        of = len(report.audit.claims)
        yield f"{len(report.other_data)} of {of} claims: made with other data than the sentences, or after reviews."
    if proof is None:
        return
    covered, of = len(proof.covered), len(report.audit.claims)
    yield f"The checkpoint of size {proof.size} of {proof.origin} covers {covered} of {of} claims:"
    for iri in proof.covered:
        yield f"  waqai audit {iri.rpartition('/')[2]} --bundle FILE writes a proof of it for others"
    if proof.uncovered:
        yield f"  {len(proof.uncovered)} wait for the next waqai log checkpoint"


def _rules(claim: AuditedClaim) -> Iterator[str]:
    yield from (slot.rule for slot in claim.slots)
    yield from (link.rule for link in claim.sources)


def _because(rule: str, book: "Rulebook") -> tuple[Because, ...]:
    english, arabic = _wording("en"), _wording("ar")
    found = []
    for reason in book.reasons(rule):
        entry = book.entry_of(reason.rule)
        iri = None
        if entry is not None:
            iri = f"{LEXICON}{entry.section}/{entry.id}" if entry.section in _REGISTRY else f"{LEXICON}{entry.id}"
        lemma = None if entry is None else entry.lemma
        found.append(Because(reason.rule, english.sentence(reason), arabic.sentence(reason), iri, lemma))
    return tuple(found)


_REGISTRY: Final = ("actors", "sources")


def _rulebook(language: str, folder: Path) -> "Rulebook | None":
    with _LOADING:
        return _loaded(language, folder)


@lru_cache(maxsize=4)
def _loaded(language: str, folder: Path) -> "Rulebook | None":
    from ingest.lexicon import LANGUAGES, load_lexicon
    from ingest.rulebook import Rulebook

    return Rulebook(load_lexicon(language)) if language in LANGUAGES else None


@lru_cache(maxsize=2)
def _wording(tongue: Any) -> "Wording":
    from ingest.wording import Wording

    return Wording.load(tongue)


def _proof(audit: Audit, settings: Settings) -> Proof | None:
    from graph.proof.proving import newest
    from graph.proof.tiles import ProofError

    try:
        found = newest(settings.proof_folder)
    except ProofError:
        return None
    if found is None or not audit.claims:
        return None
    checkpoint = found[1]
    covered = tuple(claim.iri for claim in audit.claims if claim.record.position <= checkpoint.size)
    uncovered = tuple(claim.iri for claim in audit.claims if claim.record.position > checkpoint.size)
    return Proof(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), covered, uncovered)
