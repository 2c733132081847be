"""Decisions of reviewers that are remembered for later articles: they come before the score.

Invariant: a decision holds for its name alone, in the country or the place that it was remembered for, and only where
the text's own type word does not speak against it. Where several hold, the narrower one decides, else the later one.
The outcome names the record of the decision.

`country`: an article that speaks of it more than of any other, or a text that puts the name into it. `within`: a text
that puts the name into the place, or into something that the place contains.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from ingest.gazetteer import TYPE_WORDS, Entry
from ingest.linking import Linked, Nil, appraised, link
from ingest.placecontext import Context
from ontology.identity import canonical_json, sha256_hex
from ontology.normal import name_key
from ontology.reviews import Decision, Meant, Remembered, name_digest

REVIEWED = 1000  # thousandths: what a person says is not weighed


@dataclass(frozen=True, slots=True)
class RememberedDecision:
    """A decision that holds for later articles, and the position of its record."""

    record: int
    decision: Decision
    remembered: Remembered


class Decisions:
    """All remembered decisions; immutable, and may be sent to another process."""

    def __init__(self, decisions: Iterable[RememberedDecision] = ()) -> None:
        ordered = sorted(decisions, key=lambda d: d.record)
        self._named: dict[str, list[RememberedDecision]] = {}
        for decision in ordered:
            self._named.setdefault(decision.remembered.name, []).append(decision)
        told = [
            # What an outside service offered follows from the record, as the rest does.
            [d.record, d.decision.value, {k: v for k, v in asdict(d.remembered).items() if v and k != "meant"}]
            for d in ordered
        ]
        self.version = sha256_hex(canonical_json(told)) if told else ""

    def __bool__(self) -> bool:
        return bool(self._named)

    def link(
        self,
        name: str,
        candidates: Sequence[Entry],
        entry: Callable[[str], Entry | None],
        *,
        type_word: str | None,
        within: Entry | None,
        context: Context,
        around: Entry | None = None,
    ) -> Linked | Nil:
        """Return what a reviewer decided on a name, else what `link` makes of the candidates that nobody rejected.

        `name` is as written, `entry` gives the place that a gazetteer lists under a key; the rest is that of `link`.
        """
        rejected: list[RememberedDecision] = []
        for found in self._holding(name, within or around, context):
            if found.decision is Decision.REJECT:
                rejected.append(found)
                continue
            outcome = _decided(found, candidates, entry, type_word, within, around)
            if outcome is not None:
                return outcome
        left = [c for c in candidates if not any(_ruled_out(c, r.remembered) for r in rejected)]
        outcome = link(left, type_word=type_word, within=within, around=around, context=context, name=name)
        if isinstance(outcome, Nil) and len(left) < len(candidates):
            reason = f"a reviewer rejected the place of the name (record {rejected[0].record})"
            return outcome._replace(reasons=(reason, *outcome.reasons), record=rejected[0].record)
        return outcome

    def _holding(self, name: str, within: Entry | None, context: Context) -> list[RememberedDecision]:
        """Return the decisions that hold for the name here, the one that decides first."""
        if not self._named:
            return []
        found = self._named.get(name_digest(name_key(name)), ())
        holding = [d for d in found if _holds(d.remembered, within, context)]
        return sorted(holding, key=lambda d: (d.remembered.within is None, -d.record))


def _holds(remembered: Remembered, within: Entry | None, context: Context) -> bool:
    if remembered.within is not None:
        return within is not None and remembered.within in (within.id, *(area.id for area in within.within))
    if within is not None and within.country:
        return within.country == remembered.country
    most = max(context.countries.values(), default=0)
    return most > 0 and context.countries.get(remembered.country or "", 0) == most


def _decided(
    found: RememberedDecision,
    candidates: Sequence[Entry],
    entry: Callable[[str], Entry | None],
    type_word: str | None,
    within: Entry | None,
    around: Entry | None,
) -> Linked | Nil | None:
    """Return the outcome of a decision, None where the type word says that something else is meant."""
    kind = TYPE_WORDS.get(name_key(type_word)) if type_word else None
    if kind == "countryside" or (type_word and kind is None):
        return None
    said = f"record {found.record}"
    if found.decision is Decision.LOCAL:
        return Nil((f"a reviewer kept it as a local place ({said})",), kind, within, around, found.record)
    meant = next((c for c in candidates if _is_meant(c, found.remembered)), None)
    if meant is None and found.remembered.key is not None:
        meant = entry(found.remembered.key)
    if meant is None and found.remembered.meant is not None:
        meant = _outside(found.remembered.meant, found.remembered.country)
    if meant is None:
        reason = f"a reviewer chose a place that no gazetteer has any more ({said})"
        return Nil((reason,), kind, within, around, found.record)
    (alone,) = appraised([meant], type_word=type_word, within=None, context=Context())
    if alone.against is not None:
        return None
    return Linked(meant, REVIEWED, (("reviewed", REVIEWED),), REVIEWED, record=found.record)


def _outside(meant: Meant, country: str | None) -> Entry:
    """Return the place of an outside service, of which the record says all that is known."""
    return Entry(
        id=meant.id,
        key=meant.key or meant.id,
        names=meant.names,
        kind=meant.kind or "unspecified",
        lat=meant.lat,
        lon=meant.lon,
        country=country or "",
        population=0,
        precision=meant.precision,
        within=meant.within,
        identifiers=tuple(link.identifier for link in meant.links),
        codes=meant.codes,
    )


def _ruled_out(candidate: Entry, rejected: Remembered) -> bool:
    """Tell whether a candidate is the rejected place, or a namesake abroad that only the rejection speaks for."""
    abroad = rejected.country is not None and candidate.country != rejected.country
    return _is_meant(candidate, rejected) or abroad


def _is_meant(candidate: Entry, remembered: Remembered) -> bool:
    return candidate.id == remembered.place or any(a.key == remembered.key for a in candidate.attested)
