"""What is known of a word wherever it stands: its normal form, its readings, what it may begin.

Invariant: a lexeme follows from its letters and the lexicon alone, so it is made once and kept by word, up to a bound;
what depends on the neighbours stands in the reading.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lexicon import Entry, Lexicon
from ingest.morphology import Morphology
from ingest.reading import Analysis, Variant
from ontology.normal import ends_in_ta_marbuta, normal_word

_PUNCTUATION = re.compile(r"^[^\w%]+$")
_REMEMBERED_WORDS = 30_000
_OPENS_MENTION = frozenset({"actorHead", "people", "facility", "actorAdjective"})

PhraseRow = tuple[tuple[str, ...], Entry]


@dataclass(slots=True, eq=False)
class Lexeme:
    """One word as written.

    `classes` holds the first analysis of each word class, `sections` the lexicon files of all analyses; `phrases` the
    fixed phrases that each variant begins; `names` the variants that begin a name of the registry; `spellings` what a
    condition's word may be compared with: the word, its hosts, these without article, a verb without its object;
    `opens_mention` is False where no mention can begin. `after_lam` is the same word with its jussive readings, which
    need a لم before.
    """

    raw: str
    word: str
    punct: bool
    analyses: tuple[Analysis, ...]
    variants: tuple[Variant, ...]
    classes: Mapping[str, Analysis]
    sections: frozenset[str]
    phrases: tuple[tuple[PhraseRow, ...], ...]
    names: tuple[Variant, ...]
    spellings: frozenset[str]
    opens_mention: bool
    after_lam: "Lexeme | None" = None


class Lexemes:
    """The lexemes of one language."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.morphology = Morphology(lexicon)
        self._lexicon = lexicon
        self._known: dict[str, Lexeme] = {}

    def of(self, words: Sequence[str]) -> list[Lexeme]:
        """Return the lexemes of words as written."""
        known = self._known
        new = [word for word in words if word not in known]
        if new:
            if len(known) + len(new) > _REMEMBERED_WORDS:
                self._known = known = {}  # other threads keep the dictionary they have
                new = list(words)
            known.update((word, self._lexeme(word)) for word in dict.fromkeys(new))
        return [known[word] for word in words]

    def _lexeme(self, raw: str) -> Lexeme:
        word = normal_word(raw) if raw.strip() else raw
        if not raw.strip() or _PUNCTUATION.match(raw):
            return Lexeme(raw, word, True, (), (), {}, frozenset(), (), (), frozenset({word}), False)
        every = self.morphology.analyse(word)
        if ends_in_ta_marbuta(raw):  # no pronoun: امرأة is never أمر + ه, nor وعدة a verb with its object
            # Nor is جبلة "its mountain", which some write for جبله: as a type word it would hide the town's name.
            every = tuple(a for a in every if a.enclitic != "ه") or tuple(
                a for a in every if a.entry.pos != "verb" and a.entry.cls != "placeType"
            )
        plain = tuple(a for a in every if a.form.tense != "jussive")
        lexeme = self._read(raw, word, plain)
        if len(plain) < len(every):
            lexeme.after_lam = self._read(raw, word, every)
        return lexeme

    def _read(self, raw: str, word: str, analyses: tuple[Analysis, ...]) -> Lexeme:
        lexicon = self._lexicon
        variants = self.morphology.variants(word)
        classes: dict[str, Analysis] = {}
        for analysis in analyses:
            classes.setdefault(analysis.entry.cls, analysis)
        hosts = [v.host for v in variants]
        with_object = [a.form.word for a in analyses if a.enclitic and a.entry.pos == "verb"]  # شنته is شنت too
        names = tuple(v for v in variants if v.host.replace("-", " ").split(" ", 1)[0] in lexicon.name_starts)
        return Lexeme(
            raw,
            word,
            punct=False,
            analyses=analyses,
            variants=variants,
            classes=classes,
            sections=frozenset(a.entry.section for a in analyses),
            phrases=tuple(rows for v in variants if (rows := lexicon.phrases.get(v.host))),
            names=names,
            spellings=frozenset({word, *hosts, *with_object, *(host[2:] for host in hosts if host.startswith("ال"))}),
            opens_mention=bool(names) or not _OPENS_MENTION.isdisjoint(classes) or word in lexicon.adjectives,
        )
