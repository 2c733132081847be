"""The plain-text rendering of an explanation, for the terminal.

Invariant: words of an article are isolated, and their control and direction characters are taken out, as in an audit;
the same explanation gives the same lines.
"""

from collections.abc import Iterator

from graph.audit.text import FIRST_STRONG_ISOLATE, POP_ISOLATE, isolate
from ingest.explanation import Candidate, ExplainedClaim, Explanation, Mark
from ingest.rulebook import Reason
from ingest.wording import Wording
from ontology.model import Span


def render(explanation: Explanation, wording: Wording) -> str:
    """Return the explanation as lines of text: the text with its mentions, the claims, what was let go."""
    return "\n".join(_Lines(explanation, wording).all()) + "\n"


def shown(value: str) -> str:
    """Return a value as it may stand in a line: plain words as they are, all else isolated."""
    return value if value.isascii() and value.isprintable() else isolate(value)


class _Lines:
    def __init__(self, explanation: Explanation, wording: Wording) -> None:
        self.explanation, self.wording = explanation, wording
        self.text = explanation.article.text

    def all(self) -> Iterator[str]:
        found, label = self.explanation, self.wording.label
        article = found.article
        yield f"{label('title')}: {isolate(article.title) if article.title else article.id}"
        for name, value in (("published", article.published), ("publisher", article.publisher)):
            if value:
                yield f"  {label(name)}: {shown(value)}"
        yield ""
        yield label("text")
        rest = list(found.marks)
        for sentence in found.sentences:
            yield f"  {self._words(sentence)}"
            while rest and rest[0].span.start < sentence.end:
                yield self._mark(rest.pop(0))
        for claim in found.claims:
            yield ""
            yield from self._claim(claim)
        yield ""
        if not found.claims:
            yield label("no_claims")
            yield ""
        yield label("dropped") if found.dropped else label("nothing_dropped")
        for candidate in found.dropped:
            yield from self._candidate(candidate)

    def _words(self, span: Span) -> str:
        return f"{isolate(span.of(self.text))} [{span.start}, {span.end})"

    def _mark(self, mark: Mark) -> str:
        value = f" = {shown(mark.value)}" if mark.value else ""
        numbers = ", ".join(map(str, mark.claims))
        used = f" ({self.wording.label('in_claim')} {numbers})" if numbers else ""
        return f"    {self.wording.label(mark.kind)} {self._words(mark.span)}{value}{used}"

    def _claim(self, explained: ExplainedClaim) -> Iterator[str]:
        claim, label = explained.claim, self.wording.label
        yield f"{label('claim')} {explained.number}: {claim.type} ({claim.modality.value}), {claim.id}"
        yield f"  {self._words(claim.evidence[0])}"
        for slot in explained.slots:
            words = self._words(slot.span) if slot.span is not None else label("no_words")
            value = f" = {shown(slot.value)}" if slot.value else ""
            yield f"  {label(slot.name)}: {words}{value}"
            yield from self._reasons(slot.reasons, slot.span)
        if explained.repeats:
            yield f"  {label('repeats')}:"
        for repeat in explained.repeats:
            yield f"    {repeat.type} {self._words(repeat.span)}"
            yield from self._reasons((repeat.reason,), repeat.span)

    def _candidate(self, candidate: Candidate) -> Iterator[str]:
        yield f"  {self.wording.label(candidate.kind)} {self._words(candidate.span)}"
        yield from self._reasons(candidate.reasons, candidate.span)

    def _reasons(self, reasons: tuple[Reason, ...], about: Span | None) -> Iterator[str]:
        """One line a reason; the words it speaks of stand there where they are others than the slot's own."""
        for reason in reasons:
            said = f"{FIRST_STRONG_ISOLATE}{self.wording.sentence(reason, shown)}{POP_ISOLATE}"
            other = f" {self._words(reason.span)}" if reason.span is not None and reason.span != about else ""
            yield f"      {said}{other} [{reason.rule}]"
