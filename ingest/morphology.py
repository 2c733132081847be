"""Lexicon-gated analysis of words: proclitics, article, inflection, suffix pronouns.

Invariant: non-destructive. A word keeps every reading that the lexicon supports, fewest clitics first; nothing is
stripped from a word unless what remains is a form of an entry, so باريس is never ب + اريس.
"""

from ingest.lexicon import Known, Lexicon
from ingest.reading import Analysis, PhraseHit, Reading, Variant

# Longest first: هما must not be read as ه + ما.
ENCLITICS = ("هما", "كما", "ها", "هم", "هن", "نا", "كم", "ني", "ه", "ك", "ي")
_JUSSIVE_PARTICLES = frozenset({"لم", "ولم", "فلم", "لما"})
_LEADS = ("", "و", "ف")
_PREPOSITIONS = ("", "ب", "ل", "ك")


class Morphology:
    """The analyser of one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._forms = lexicon.forms

    def variants(self, word: str) -> tuple[Variant, ...]:
        """Return the ways to read `word` as the first word of a name, unstripped first."""
        return _variants(word) if self._lexicon.language == "ar" else (Variant("", word, 0),)

    def analyse(self, word: str) -> tuple[Analysis, ...]:
        """Return every reading of `word` that the lexicon supports, fewest clitics first."""
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


def _variants(word: str) -> tuple[Variant, ...]:
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


def analyse(reading: Reading) -> None:
    """Fill analyses, word classes, name variants and fixed phrases of all tokens."""
    words, lexemes = reading.words, reading.lexemes
    for i, lexeme in enumerate(lexemes):
        # A jussive (يستعد, تسع) stands only behind لم; elsewhere the same letters are another word.
        if lexeme.after_lam is not None and i and words[i - 1] in _JUSSIVE_PARTICLES:
            lexemes[i] = lexeme.after_lam
    reading.analyses = [lexeme.analyses for lexeme in lexemes]
    reading.classes = [lexeme.classes for lexeme in lexemes]
    reading.variants = [lexeme.variants for lexeme in lexemes]
    for i, lexeme in enumerate(lexemes):
        for cls in lexeme.classes:
            reading.class_at.setdefault(cls, []).append(i)
        for rows in lexeme.phrases:
            hits = [
                PhraseHit(i, i + len(pattern), entry)
                for pattern, entry in rows
                if tuple(words[i + 1 : i + len(pattern)]) == pattern[1:]
            ]
            if hits:
                reading.phrase_at[i] = hits
                for cls in dict.fromkeys(hit.entry.cls for hit in hits):
                    reading.phrase_class_at.setdefault(cls, []).append(i)
                break  # the reading with the fewest clitics
