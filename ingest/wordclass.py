"""Noun or verb: English writes many triggers alike (strikes, shelling, attack, retreat, cut).

Invariant: decided by the words beside alone; where they do not tell, both readings stand and the lexicon's conditions
decide.
"""

from collections.abc import Mapping

from ingest.mentions import ACTOR, Mention, nation_adjective
from ingest.reading import Analysis, Reading

PASSIVE_AUXILIARIES = frozenset({"was", "were", "been", "being", "be", "is", "are", "got"})
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "its",
        "their",
        "his",
        "her",
        "this",
        "these",
        "those",
        "several",
        "some",
        "many",
        "of",
        "no",
        "new",
        "heavy",
        "fresh",
        "deadly",
        "recent",
        "intense",
        "latest",
        "more",
        "further",
        "fierce",
        "any",
        "each",
    ]
)
_BEFORE_NOUN = frozenset(
    ["in", "by", "from", "with", "for", "after", "during", "amid", "against", "under", "since", "before"]
)
_TAKES_OBJECT = frozenset({"target", "hit", "strike", "pound"})
_BEHIND_NOUN = frozenset({"in", "near", "across", "inside", "outside", "at", "around", "belonging", "and"})
_BEFORE_VERB = frozenset(["to", "will", "would", "can", "could", "may", "might", "they", "we", "not"])
_SKIPPED = frozenset({"also", "now", "then", "not"})


def is_auxiliary(reading: Reading, k: int) -> bool:
    """Was, been, is; never IS, the group."""
    return reading.words[k] in PASSIVE_AUXILIARIES and reading.raw[k] != "IS"


def fits_word_class(reading: Reading, i: int, analysis: Analysis) -> bool:
    """Return False where the words around token `i` rule out that it is the noun or the verb of `analysis`."""
    if reading.language != "en":
        return True
    a, b = reading.sentences[reading.sentence_of[i]]
    before = i - 1
    while before > a and (reading.words[before].endswith("ly") or reading.words[before] in _SKIPPED):
        before -= 1
    word = reading.words[before] if before >= a else ""
    if analysis.entry.pos == "verb":
        following = reading.words[i + 1] if i + 1 < b else ""
        return _fits_verb(reading, i, analysis, before if before >= a else None, following)
    if analysis.entry.pos == "noun" and any(
        x.entry.pos == "verb" and x.entry.section == "events" for x in reading.analyses[i]
    ):
        if word in _BEFORE_VERB:
            return word == "to" and analysis.form.number == "p"
        return not (word in PASSIVE_AUXILIARIES and reading.words[i].endswith("ing"))
    return True


def acts_behind_subject(reading: Reading, i: int, covered: Mapping[int, Mention]) -> bool:
    """إن الطيران الحربي قصف بلدة: an actor that opens its clause has a verb behind it, no noun."""
    if reading.language != "ar" or not i or not any(x.form.tense == "perfect" for x in reading.analyses[i]):
        return False
    actor = covered.get(i - 1)
    if actor is None or actor.kind != ACTOR or actor.last != i or actor.pro.strip("وف"):
        return False
    a, _ = reading.sentences[reading.sentence_of[i]]
    if actor.first < a or reading.words[i].startswith("و"):
        return False
    before = actor.first - 1
    opens = before < a or reading.has(before, "complementiser") is not None or reading.has(before, "clause") is not None
    return opens and (not actor.gender or actor.gender == "m")


def stands_as_noun(reading: Reading, i: int, covered: Mapping[int, Mention]) -> bool:
    """من طرد, بعد طرد, أعلن الجيش طرد, لم يقع أي قطع: what is ruled, announced or said to occur is no verb."""
    if reading.language != "ar" or not i or reading.words[i].startswith("و"):
        return False
    if not any(x.entry.section == "events" and x.entry.pos == "noun" and not x.pro for x in reading.analyses[i]):
        return False
    if reading.words[i - 1] in ("بعد", "قبل", "اي", "ايه"):
        return True
    if any(reading.has(i - 1, cls) is not None for cls in ("prep", "cause", "lightNoun", "occur", "lightVerb")):
        return True
    speaker = covered.get(i - 1)
    return (
        speaker is not None
        and speaker.kind == ACTOR
        and speaker.last == i
        and speaker.first > 0
        and any(reading.has(speaker.first - 1, cls) is not None for cls in ("reportVerb", "lightVerb"))
    )


def _fits_verb(reading: Reading, i: int, analysis: Analysis, before: int | None, following: str) -> bool:
    word = reading.words[before] if before is not None else ""
    if before is not None and (word in _DETERMINERS or reading.raw[before] in ("'s", "’s")):
        return False
    tense = analysis.form.tense
    if tense not in ("base", "imperfect", "gerund"):
        return True
    if tense != "gerund" and (word in _BEFORE_NOUN or following == "of"):
        return False
    if tense == "imperfect" and analysis.entry.lemma in _TAKES_OBJECT and following in _BEHIND_NOUN:
        return False  # hit PKK targets in the mountains
    if not any(x.entry.pos == "noun" and x.entry.section in ("events", "words") for x in reading.analyses[i]):
        return True
    if before is not None and (
        reading.has(before, "air")
        or reading.has(before, "rocket")
        or reading.has(before, "artillery")
        or reading.raw[before] in ("'", "’")
        or reading.count_before(before + 1)
        or nation_adjective(reading, before) is not None
    ):
        return False
    if tense == "gerund":
        return before == i - 1 and word in PASSIVE_AUXILIARIES
    return following not in ("on", "by", "against", "over") or word == "to"
