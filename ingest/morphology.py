"""Lexicon-gated analysis of words: proclitics, article, inflection, suffix pronouns.

Invariant: non-destructive. A word keeps every reading that the lexicon supports, fewest clitics first; nothing is
stripped from a word unless what remains is a form of an entry, so باريس is never ب + اريس.
"""

from functools import lru_cache

from ingest.lexicon import Known, Lexicon
from ingest.reading import Analysis, PhraseHit, Reading, Variant

# Longest first: هما must not be read as ه + ما.
ENCLITICS = ("هما", "كما", "ها", "هم", "هن", "نا", "كم", "ني", "ه", "ك", "ي")
_JUSSIVE_PARTICLES = frozenset({"لم", "ولم", "فلم", "لما"})
_LEADS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ل", "ك")


class Morphology:
    """The analyser of one lexicon. Results are cached by word."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._forms = lexicon.forms
        self.analyse = lru_cache(maxsize=100_000)(self._analyse)
        self.variants = lru_cache(maxsize=100_000)(_variants if lexicon.language == "ar" else _plain)

    def _analyse(self, word: str) -> tuple[Analysis, ...]:
        if self._lexicon.language != "ar":
            found = [Analysis("", False, k.entry, k.form, "", 0, 0) for k in self._forms.get(word, ())]
            if not found and "-" in word:
                found = [
                    Analysis("", False, k.entry, k.form, "", 0, 0) for k in self._forms.get(word.replace("-", ""), ())
                ]
            return tuple(found)
        found = []
        for pro, article, rest, skip in _splits(word):
            for enclitic in ("", *ENCLITICS):
                if enclitic and (article or not rest.endswith(enclitic)):
                    continue
                host = rest[: len(rest) - len(enclitic)] if enclitic else rest
                for known in self._forms.get(host, ()):
                    if _allowed(pro, article, enclitic, known):
                        found.append(Analysis(pro, article, known.entry, known.form, enclitic, skip, len(enclitic)))
        # سيطرتها is the noun with its pronoun before it is the verb with an object.
        found.sort(
            key=lambda a: (
                len(a.pro) + bool(a.enclitic) * (1.7 if a.entry.pos == "verb" else 1.5),
                a.form.construct and not a.enclitic,
            )
        )
        return tuple(found)


def _splits(word: str) -> list[tuple[str, bool, str, int]]:
    """Return (proclitics, article, rest, letters cut) for every way to read the beginning of `word`."""
    ways: list[tuple[str, bool, str, int]] = []
    for lead in _LEADS:
        if not word.startswith(lead) or len(word) - len(lead) < 2:
            continue
        after = word[len(lead) :]
        for preposition in _PREPOSITIONS:
            if not after.startswith(preposition) or len(after) - len(preposition) < 2:
                continue
            rest, skip = after[len(preposition) :], len(lead) + len(preposition)
            ways.append((lead + preposition, False, rest, skip))
            if preposition == "ل" and rest.startswith("ل") and len(rest) > 2:
                # ل + ال is written لل: the article cannot be cut off as characters.
                ways.append((lead + "ل", True, rest[1:], len(lead)))
            elif rest.startswith("ال") and len(rest) > 3:
                ways.append((lead + preposition, True, rest[2:], skip))
        if after.startswith("س") and len(after) > 3:
            ways.append((lead + "س", False, after[1:], len(lead) + 1))
    return ways


def _allowed(pro: str, article: bool, enclitic: str, known: Known) -> bool:
    form, pos = known.form, known.entry.pos
    if pos == "verb":
        if article or pro.endswith(("ب", "ك")) or (pro.endswith("ل") and form.tense == "perfect"):
            return False
        return not (pro.endswith("س") and form.tense != "imperfect")
    if pro.endswith("س"):
        return False
    if pos == "word":
        return not enclitic and not article
    if form.construct:
        return not article
    # A feminine ة or a dual ن cannot stand before a suffix pronoun; the construct forms are there for that.
    feminine = form.number == "s" and not form.plural and known.entry.lemma.endswith("ة")
    return not (enclitic and (form.number == "d" or feminine))


def _plain(word: str) -> tuple[Variant, ...]:
    return (Variant("", word, 0),)


def _variants(word: str) -> tuple[Variant, ...]:
    """Return the ways to read `word` as the first word of a name, unstripped first."""
    ways = [Variant("", word, 0)]
    for lead in _LEADS:
        if not word.startswith(lead) or len(word) - len(lead) < 2:
            continue
        after = word[len(lead) :]
        if lead:
            ways.append(Variant(lead, after, len(lead)))
        for preposition in ("ب", "ل", "ك"):
            if after.startswith(preposition) and len(after) > 3:
                rest = after[1:]
                ways.append(Variant(lead + preposition, rest, len(lead) + 1))
                if preposition == "ل" and rest.startswith("ل"):
                    ways.append(Variant(lead + "ل", "ا" + rest, len(lead)))
    return tuple(ways)


def analyse(reading: Reading, morphology: Morphology) -> None:
    """Fill analyses, name variants and fixed phrases of all tokens."""
    words, punct = reading.words, reading.punct
    reading.analyses = [() if p else morphology.analyse(w) for w, p in zip(words, punct, strict=True)]
    for i, analyses in enumerate(reading.analyses):
        # A jussive (يستعد, تسع) stands only behind لم; elsewhere the same letters are another word.
        if any(a.form.tense == "jussive" for a in analyses) and not (i and words[i - 1] in _JUSSIVE_PARTICLES):
            reading.analyses[i] = tuple(a for a in analyses if a.form.tense != "jussive")
    reading.variants = [() if p else morphology.variants(w) for w, p in zip(words, punct, strict=True)]
    phrases = reading.lexicon.phrases
    taken = -1
    for i, variants in enumerate(reading.variants):
        hits = []
        for variant in variants:
            for pattern, entry in phrases.get(variant.host, ()):
                last = i + len(pattern)
                if last <= len(words) and tuple(words[i + 1 : last]) == pattern[1:]:
                    hits.append(PhraseHit(i, last, entry))
            if hits:
                break  # the reading with the fewest clitics
        if hits:
            reading.phrase_at[i] = hits
            if i >= taken:
                reading.phrases.append(hits[0])
                taken = hits[0].last
