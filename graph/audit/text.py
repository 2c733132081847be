"""The plain-text rendering of an audit, for the terminal.

Invariant: words of an article never act on the terminal or on the order of the line around them. They are isolated
(U+2068 … U+2069), line breaks in them are shown as spaces, and control and direction characters are taken out.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from graph.audit.answer import Audit, AuditedClaim, AuditedDecision, AuditedPatch, AuditedRecord, AuditedReview, Check

FIRST_STRONG_ISOLATE: Final = "\u2068"
POP_ISOLATE: Final = "\u2069"

Sentences = Mapping[str, Sequence[str]]  # of each rule

_DIRECTION: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STATES: Final = {"decides": "decides", "overruled": "a later one overrules", "undone": "was taken back"}
_DECIDED: Final = {"holds": "holds", "waits": "waits for approval", "undone": "was taken back"}
_MARKS: Final = {True: "ok", False: "FAILED", None: "not checked"}


def isolate(words: str | None) -> str:
    """Return `words` ready to stand in a line of any direction; `[erased]` where there are none.

    >>> [hex(ord(character)) for character in isolate("a")]
    ['0x2068', '0x61', '0x2069']
    """
    if words is None:
        return "[erased]"
    plain = " ".join(_DIRECTION.sub("", words).split())
    clean = "".join("\ufffd" if unicodedata.category(character) == "Cc" else character for character in plain)
    return f"{FIRST_STRONG_ISOLATE}{clean}{POP_ISOLATE}"


def render(audit: Audit, sentences: Sentences | None = None, event: Sequence[str] = ()) -> str:
    """Return the audit as lines of text, a verdict last.

    `sentences` say what its rules mean, `event` what the graph states of the event that was audited as a whole.
    """
    return "\n".join(_lines(audit, sentences or {}, event)) + "\n"


def _lines(audit: Audit, sentences: Sentences, event: Sequence[str]) -> Iterator[str]:
    yield f"Audit of {isolate(audit.triple) if audit.triple is not None else audit.subject}"
    yield f"  graph at log position {audit.position}"
    if audit.ended:
        yield f"  {audit.ended}"
    yield from _standing(audit)
    yield from (f"  {isolate(line)}" for line in event)
    if audit.shown:
        yield f"  {audit.shown}"
    for claim in audit.claims:
        yield ""
        yield from _claim(claim, sentences)
    for record in audit.records:
        yield ""
        yield from _record("Record", record)
    for patch in audit.patches:
        yield ""
        yield from _patch(patch)
    for decision in audit.decisions:
        yield ""
        yield from _decision(decision)
    yield ""
    if audit.shown:
        yield audit.shown
    if audit.unexamined:
        yield f"{audit.unexamined} more claims name its subject, and were not looked at."
    checks = list(audit.checks())
    failed = sum(check.passed is False for check in checks)
    unchecked = sum(check.passed is None for check in checks)
    if audit.unexplained:
        yield "UNEXPLAINED: the graph holds it, and no claim, record or patch states it."
    made = len(checks) - unchecked
    passed = "1 check passed" if made == 1 else f"{made} checks passed"
    verdict = f"{failed} of {len(checks)} checks FAILED" if failed else passed
    yield f"{verdict}; {unchecked} could not be made." if unchecked else f"{verdict}."


def _standing(audit: Audit) -> Iterator[str]:
    """Yield whether a triple is there and what stands for a thing now."""
    for iri in audit.instead:
        yield f"  {iri} stands for it now"
    if audit.triple is not None and audit.together:
        yield "  no claim says so by itself: it follows from these together"
    if audit.because:
        yield f"  {audit.because}"
    if audit.stands:
        return
    before = audit.before
    if before is None:
        yield "  the graph does NOT hold it"
        return
    where = "the default graph" if before.graph is None else before.graph
    yield f"  the graph does NOT hold it: it was in {where} from position {before.since.position}"
    taken = before.until
    yield f"  and was taken away by record {taken.position}, {taken.type} by {isolate(taken.actor)} at {taken.recorded}"
    for title, record in (("brought by", before.since), ("taken away by", before.until)):
        for line in _record(title, record):
            yield f"  {line}"


def _claim(claim: AuditedClaim, sentences: Sentences) -> Iterator[str]:
    yield f"Claim {claim.iri}"
    yield f"  says {claim.event_type} ({claim.modality}) of {claim.event}"
    if claim.retracted_by is not None:
        yield f"  RETRACTED, by record {claim.retracted_by}: it counts for nothing in the default graph"
    for decision in claim.decisions:
        yield from _decision(decision)
    for passage in claim.passages:
        yield f"  evidence [{passage.start}, {passage.end})"
        yield f"    {isolate(passage.quote)}"
        if passage.before:
            yield f"    before: {isolate(passage.before)}"
        if passage.after:
            yield f"    after: {isolate(passage.after)}"
    for slot in claim.slots:
        where = f"[{slot.start}, {slot.end})"
        yield f"  {slot.name}: {isolate(slot.words)} {where} = {isolate(slot.value)}, rule {slot.rule}"
        yield from (f"      {isolate(said)}" for said in sentences.get(slot.rule, ()))
    for review in claim.reviews:
        yield from _review(review)
    if not claim.sources:
        yield "  no source named"
    for link in claim.sources:
        verb = "" if link.verb is None else f" {isolate(link.verb)}"
        party = ", party to the fighting" if link.party else ""
        name = isolate(link.name or "unnamed")
        yield f"  source {link.order}: {name} ({link.kind}{party}){verb} [{link.start}, {link.end}), rule {link.rule}"
        yield from (f"      {isolate(said)}" for said in sentences.get(link.rule, ()))
    article = claim.article
    yield f"  article {article.iri}"
    for name, value in (("title", article.title), ("publisher", article.publisher), ("url", article.url)):
        if value is not None:
            yield f"    {name}: {isolate(value)}"
    yield f"    published: {article.published or 'not given'}"
    gone = f"gone, salted SHA-256 {article.text_digest}"
    digest = gone if article.text_sha256 is None else f"SHA-256 {article.text_sha256}"
    yield f"    text: {article.text_length} code points, {digest}"
    for erasure in article.erasures:
        by = erasure.record
        what = ", ".join(erasure.contents)
        yield f"    erased: {what}, by {isolate(by.actor)} at {by.recorded} (record {by.position})"
        yield f"      basis: {isolate(erasure.basis)}"
        yield f"      reason: {isolate(erasure.reason)}"
    for line in _record("record of the article", article.record):
        yield f"  {line}"
    for line in _record("record of the claim", claim.record):
        yield f"  {line}"
    run = claim.run
    yield f"  extracted by {run.name} {run.version}, lexicon {run.lexicon}"
    yield from (f"  {line}" for check in claim.checks for line in _check(check))


def _review(review: AuditedReview) -> Iterator[str]:
    record = review.record
    yield f"  review of place {review.number}: {review.decision}, which {_STATES[review.state]}"
    yield f"    by {isolate(record.actor)} at {record.recorded}, because: {isolate(review.reason)}"
    yield f"    machine: {isolate(review.machine)}"
    yield f"    before: {isolate(review.before)}"
    yield f"    now: {isolate(review.now)}"
    for line in _record("record of the review", record):
        yield f"    {line}"
    for undo in review.undone_by:
        for line in _record("undone by", undo):
            yield f"    {line}"


def _patch(patch: AuditedPatch) -> Iterator[str]:
    changed, record = patch.changed, patch.record
    yield f"Written in the curation graph {changed.graph}"
    yield f"  by {isolate(record.actor)} at {record.recorded}, because: {isolate(changed.reason)}"
    for name, triples in (("added", changed.added), ("removed", changed.removed)):
        yield from (f"  {name}: {isolate(triple)}" for triple in triples)
    if changed.omitted:
        yield f"  and {changed.omitted} more"
    for position in changed.undone_by:
        yield f"  taken back by record {position}"
    for line in _record("record of the change", record):
        yield f"  {line}"


def _decision(decision: AuditedDecision) -> Iterator[str]:
    record = decision.record
    yield f"  decision: {decision.type}, which {_DECIDED[decision.state]}"
    yield from (f"    about: {iri}" for iri in decision.about)
    yield f"    by {isolate(record.actor)} at {record.recorded}, because: {isolate(decision.reason)}"
    for line in _record("record of the decision", record):
        yield f"    {line}"


def _record(title: str, record: AuditedRecord) -> Iterator[str]:
    yield f"{title}: {record.type} at position {record.position}, recorded {record.recorded} by {isolate(record.actor)}"
    yield from (line for check in record.checks for line in _check(check))


def _check(check: Check) -> Iterator[str]:
    yield f"  [{_MARKS[check.passed]}] {check.name}: {check.detail}"
