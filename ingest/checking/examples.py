"""The examples of lexicon entries, run.

Invariant: an example is judged by what the whole pipeline makes of its sentence, in the same way wherever it is run.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ingest.dates import DateGrammar
from ingest.mentions import ACTOR
from ingest.pipeline import Pipeline, reading_of
from ingest.quantities import QuantityGrammar
from ontology.model import Article, Claim
from ontology.normal import name_key, normal_word

PUBLISHED = "2025-03-15"
DATES_PUBLISHED = date(2024, 11, 30)  # the publication date of the examples in dates.yaml: a Saturday
# A paragraph without an event that makes an article one about armed conflict: outside one, "withdrew" is of a match.
CONFLICT = {
    "ar": "\n\nتنتشر قوات سوريا الديمقراطية شرق الفرات.",
    "en": "\n\nThe Syrian Democratic Forces are deployed east of the Euphrates.",
}

_NO_SPEAKER = frozenset({"anaphor", "sourceAdjective", "toll"})  # words beside a source, or that point back


def example_fault(
    pipeline: Pipeline, language: str, section: str, entry: Mapping[str, Any], side: str, sentence: str
) -> str | None:
    """Return what is wrong with an example (`side` is match or not) of an entry of `section`."""
    judge = {"events": _trigger_fault, "words": _word_fault, "cues": _cue_fault, "reporting": _attribution_fault}.get(
        section
    )
    return None if judge is None else judge(pipeline, language, entry, side == "match", sentence)


def date_fault(grammar: DateGrammar, rule: str, case: Mapping[str, Any] | str) -> str | None:
    """Return what is wrong with an example of a rule of dates.yaml; a bare text must not give the rule."""
    text = case if isinstance(case, str) else str(case["text"])
    words = text.split(" ")
    found = grammar.find([normal_word(word) for word in words], DATES_PUBLISHED)
    if isinstance(case, str):
        return f"gives the rule {rule}" if rule in [hit.rule for hit in found] else None
    if len(found) != 1:
        return f"gives {len(found)} dates"
    hit = found[0]
    now = {"span": " ".join(words[hit.first : hit.last]), "edtf": hit.edtf, "kind": hit.kind, "rule": hit.rule}
    return _differing(now, {"rule": rule, "kind": "point", **case})


def quantity_fault(grammar: QuantityGrammar, rule: str, case: Mapping[str, Any] | str) -> str | None:
    """Return what is wrong with an example of a rule of numbers.yaml; a bare text must not give the rule."""
    text = case if isinstance(case, str) else str(case["text"])
    words = text.split(" ")
    found = grammar.find([normal_word(word) for word in words])
    if isinstance(case, str):
        return f"gives the rule {rule}" if rule in [hit.rule for hit in found] else None
    if not found:
        return "gives no quantity"
    hit = found[0]
    now = {"span": " ".join(words[hit.first : hit.last]), "low": hit.low, "best": hit.best, "high": hit.high}
    return _differing({**now, "rule": hit.rule}, {"rule": rule, **case})


def names_by(index: Mapping[tuple[str, ...], set[str]], entries: Sequence[Mapping[str, Any]], phrase: str) -> set[str]:
    """Return the ids of registry entries whose full forms stand in `phrase`; a longer form hides those inside it.

    `index` goes from the words of a form to the ids that bear it; forms that count letter by letter are not in it.
    """
    words = tuple(name_key(phrase).split())
    longest, at, found = max(map(len, index), default=0), 0, set[str]()
    while at < len(words):
        size = next((n for n in range(min(longest, len(words) - at), 0, -1) if words[at : at + n] in index), 0)
        found |= index.get(words[at : at + size], set())
        at += max(size, 1)
    exact = set(phrase.split())
    return found | {
        entry["id"] for entry in entries for forms in entry.get("exact", {}).values() if not exact.isdisjoint(forms)
    }


def _differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    wrong = [f"{key} {now[key]!r}, not {wanted[key]!r}" for key in now if key in wanted and now[key] != wanted[key]]
    return f"gives {'; '.join(wrong)}" if wrong else None


def _claims(pipeline: Pipeline, language: str, sentence: str) -> tuple[Claim, ...]:
    return pipeline.extract(Article(sentence + CONFLICT[language], language, published=PUBLISHED)).claims


def _trigger_fault(
    pipeline: Pipeline, language: str, entry: Mapping[str, Any], match: bool, sentence: str
) -> str | None:
    reading, _ = reading_of(pipeline, Article(sentence, language, published=PUBLISHED))
    rules = [trigger.entry.id for trigger in reading.triggers]
    if match:
        types = {entry["type"], *(sense["type"] for sense in entry.get("senses", ()) if "type" in sense)}
        if entry["id"] in rules or types & {trigger.type for trigger in reading.triggers}:
            return None
        return f"gives {', '.join(rules) or 'no trigger'}, and not this entry"
    if entry["id"] in rules or entry["id"] in [c.trigger.rule for c in _claims(pipeline, language, sentence)]:
        return "gives this entry and must not"
    return None


def _word_fault(pipeline: Pipeline, language: str, entry: Mapping[str, Any], match: bool, sentence: str) -> str | None:
    """A head of actors is read where it stands in the mention of one, every other word where it is analysed so."""
    reading, _ = reading_of(pipeline, Article(sentence, language, published=PUBLISHED))
    tokens: Iterable[int] = range(len(reading))
    if entry["class"] == "actorHead":
        tokens = sorted({i for m in reading.mentions if m.kind == ACTOR for i in range(m.first, m.last)})
    read = {analysis.entry.id for i in tokens for analysis in reading.analyses[i]}
    read |= {hit.entry.id for i in tokens for hit in reading.phrase_at.get(i, ())}
    if match and entry["id"] not in read:
        return "has no word that is read as this entry"
    return "has a word that is read as this entry" if not match and entry["id"] in read else None


def _cue_fault(pipeline: Pipeline, language: str, entry: Mapping[str, Any], match: bool, sentence: str) -> str | None:
    claims = _claims(pipeline, language, sentence)
    happened = [claim for claim in claims if claim.modality.happened]
    if match:
        if happened:
            return f"still counts as having happened: {', '.join(claim.trigger.rule for claim in happened)}"
        for claim in claims:
            cued = {cue.effect for cue in claim.cues}
            if cued and cued != {claim.modality} and claim.type != "Denial":
                return f"is {claim.modality.value} by a cue of another effect"
        return None
    if not happened:
        return "gives nothing that counts as having happened"
    return "gives this cue and must not" if entry["id"] in [q.rule for c in claims for q in c.cues] else None


def _attribution_fault(
    pipeline: Pipeline, language: str, entry: Mapping[str, Any], match: bool, sentence: str
) -> str | None:
    if entry["class"] in _NO_SPEAKER:
        return _word_fault(pipeline, language, entry, match, sentence)
    claims = _claims(pipeline, language, sentence)
    if not claims:
        return "gives no claim"
    if match:
        return None if all(claim.sources for claim in claims) else "gives a claim without a source"
    named = [source.rule for claim in claims for source in claim.sources]
    return f"names a source: {', '.join(named)}" if named else None
