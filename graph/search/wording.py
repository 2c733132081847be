"""What somebody looks for: words, "phrases", prefixes*, alternatives and -exclusions, and which texts have it.

Invariant: whether a text matches follows from the text and the words alone, in the one normal form of words, so every
way to answer (an index, a scan) gives the same things. What is no operator is a word or nothing; no character of a
query means anything to the index.

An Arabic word is also found behind the particles that are written with it and with or without the article: حلب finds
بحلب, القصف finds وقصف. In a phrase that holds of the first word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ontology.normal import normal_words

MOST_WORDS: Final = 64
LONGEST: Final = 4_000  # characters of what is looked for
_LEAST_PREFIX: Final = 2  # letters before a star
_LEAST_STEM: Final = 3  # letters behind an article

_BEFORE: Final = ("", "و", "ف")
_PARTICLES: Final = ("", "ب", "ل", "ك")
# And, so · in, for, as · the. The article is written ل behind ل, and its own ا falls.
_CLITICS: Final = (
    *(before + particle for before in _BEFORE for particle in _PARTICLES),
    *(before + article for before in _BEFORE for article in ("ال", "بال", "كال", "لل")),
)
_ARABIC: Final = re.compile("[\u0621-\u064a]{2}")
_PART: Final = re.compile(r'(?P<not>-)?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"|]+))|(?P<or>\|)')
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„«»", '"'))


class BadWording(ValueError):
    """What is looked for cannot be; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other, in normal form; with `open`, the last one is the beginning of a word."""

    words: tuple[str, ...]
    open: bool = False

    @property
    def firsts(self) -> tuple[str, ...]:
        """The forms of the first word."""
        return forms(self.words[0])


@dataclass(frozen=True, slots=True)
class Wording:
    """What is looked for: one term of each of `wanted`, and none of `unwanted`."""

    wanted: tuple[tuple[Term, ...], ...]
    unwanted: tuple[Term, ...] = ()

    def matches(self, text: str) -> bool:
        """Tell whether a text has it.

        >>> read('قصف "مدينة حلب" -هدنة').matches("وقصفٌ على مدينة حلب"), read("Syria*").matches("SYRIANS")
        (True, True)
        """
        words = normal_words(text)
        known = frozenset(words)
        return all(any(_has(words, known, term) for term in terms) for terms in self.wanted) and not any(
            _has(words, known, term) for term in self.unwanted
        )


@lru_cache(maxsize=1024)
def forms(word: str) -> tuple[str, ...]:
    """Return a word of normal form with what is written together with it, itself first.

    >>> "وبحلب" in forms("حلب"), "للقصف" in forms("القصف"), forms("aleppo")
    (True, True, ('aleppo',))
    """
    if _ARABIC.match(word) is None:
        return (word,)
    stem = word[2:] if word.startswith("ال") and len(word) - 2 >= _LEAST_STEM else word
    return tuple(dict.fromkeys((word, *(clitics + stem for clitics in _CLITICS))))


_BETWEEN: Final = {
    "OR": "OR and | stand between two words or phrases, of which one is looked for",
    "AND": "AND stands between two words or phrases, which are both looked for; a space says the same",
    "NOT": "NOT stands before the word or phrase that is not wanted, as - does",
}


@lru_cache(maxsize=256)
def read(text: str) -> Wording:
    """Return what `text` looks for.

    All words are wanted; `a AND b` says so too, `a OR b` and `a | b` want one of two, `-a` and `NOT a` none, `"a b"`
    both in this order, `a*` words that begin so. Any other sign separates words.

    Raises:
        BadWording: it looks for nothing, or for too much.
    """
    if len(text) > LONGEST:
        raise BadWording(f"more than {LONGEST} characters are no search for words: name the few that matter")
    wanted: list[list[Term]] = []
    unwanted: list[Term] = []
    joining: set[str] = set()
    waiting = ""  # the operator whose right side is still to come
    joined = unwanted_last = False  # the next term is an alternative of the last one
    for operator, denied, term in _parts(text):
        if operator == "NOT":
            if waiting == "NOT":
                raise BadWording(_BETWEEN["NOT"])
            waiting = "NOT"
        elif operator:
            if waiting or not (wanted or unwanted) or (operator == "OR" and unwanted_last):
                raise BadWording(_BETWEEN[waiting or operator])
            waiting, joined = operator, operator == "OR"
            joining.add(operator)
        if operator or term is None:
            continue
        if denied and waiting == "NOT":
            raise BadWording("NOT and - before one word exclude it twice: write one of them")
        denied = denied or waiting == "NOT"
        if denied and joined:
            raise BadWording("what stands behind OR or | cannot be excluded with - or NOT")
        if denied:
            unwanted.append(term)
        elif joined:
            wanted[-1].append(term)
        else:
            wanted.append([term])
        unwanted_last, joined, waiting = denied, False, ""
    if waiting:
        raise BadWording(_BETWEEN[waiting])
    if len(joining) > 1:
        raise BadWording(
            "AND and OR together can be read in two ways: leave AND out, then OR binds closer than the space"
        )
    if not wanted:
        what = "only what is not wanted" if unwanted else "no word"
        raise BadWording(f"the search names {what}: name at least one word to look for")
    if sum(len(term.words) for term in (*unwanted, *(term for terms in wanted for term in terms))) > MOST_WORDS:
        raise BadWording(f"the search has more than {MOST_WORDS} words: name the few that matter")
    return Wording(tuple(map(tuple, wanted)), tuple(unwanted))


def _parts(text: str) -> Iterator[tuple[str, bool, Term | None]]:
    """Yield the parts of a query: the operator that it is, or else whether it is excluded and what it says."""
    for part in _PART.finditer(text.translate(_QUOTES)):
        word = part["word"]
        if part["or"] or (word in _BETWEEN and not part["not"]):
            yield word or "OR", False, None
            continue
        if word is None and not part["end"]:
            raise BadWording('a phrase starts with " and never ends: close it with another "')
        words = normal_words(part["phrase"] if word is None else word)
        begins = word is not None and word.endswith("*") and bool(words)
        if begins and len(words[-1]) < _LEAST_PREFIX:
            raise BadWording(f"{word} stands for too many words: write at least {_LEAST_PREFIX} letters before the *")
        yield "", bool(part["not"]), Term(words, begins) if words else None


def _has(words: Sequence[str], known: frozenset[str], term: Term) -> bool:
    if len(term.words) == 1 and not term.open:
        return any(form in known for form in term.firsts)
    size = len(term.words)
    for start in range(len(words) - size + 1):
        if all(_fits(term, number, words[start + number]) for number in range(size)):
            return True
    return False


def _fits(term: Term, number: int, word: str) -> bool:
    open_ = term.open and number == len(term.words) - 1
    wanted = term.firsts if number == 0 else (term.words[number],)
    return word.startswith(wanted) if open_ else word in wanted
