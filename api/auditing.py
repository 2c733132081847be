"""An audit as the faces give it: with what its rules mean in words, and how far it can be proven to others.

Invariant: sentences are those of the present data, and a rule says so where its claim was made with other data. A proof
is spoken of only where the newest checkpoint covers the record of the claim.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
class Report:
    """An audit with its rules by id, and the proof that there is, if any.

    `other_data` are claims that were made with other data than the sentences come from, or after reviewers' decisions.
    """

    audit: Audit
    rules: Mapping[str, tuple[Because, ...]] = field(default_factory=dict)
    other_data: tuple[str, ...] = ()
    proof: Proof | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON data, with rules and proof."""
        return {
            **self.audit.to_json(),
            "rules": {rule: [asdict(one) for one in parts] for rule, parts in self.rules.items()},
            "other_data": list(self.other_data),
            "proof": None if self.proof is None else asdict(self.proof),
        }


def report_of(audit: Audit, settings: Settings) -> Report:
    """Return the report on an audit."""
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
    return Report(audit, dict(sorted(rules.items())), tuple(other), _proof(audit, settings))


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

        body = linked(report.audit, {rule: [(one.en, one.ar) for one in parts] for rule, parts in report.rules.items()})
    else:
        body = report.to_json()
    return orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() + "\n"


def report_text(report: Report) -> str:
    """Return a report as lines of text."""
    from graph.audit.text import render

    sentences = {rule: [one.en for one in parts] for rule, parts in report.rules.items()}
    return render(report.audit, sentences) + "".join(f"{line}\n" for line in _proof_lines(report))


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
