"""Folded forms of names: spellings of one name that share no normal form.

Invariant: a folded form begins with `~` and is never a plain key; two names may be spellings of one where they share a
form. Latin transliterations of Arabic are folded without article, doubled letters and vowel length; Arabic compounds
are written together ("كفرزيتا"), and a final ا stands for ة.
"""

import re
from functools import lru_cache

from ingest.gazetteer.names import ARABIC, ARTICLES, DOUBLED, TYPE_WORDS, split_type_word
from ontology.normal import name_key

_COMPOUND_HEADS = frozenset(
    name_key("كفر تل دير بيت خان جسر عين أبو ابي أم باب معرة معر رأس وادي جبل شيخ خربة قلعة مجد").split(" ")
)
_FOLDS = (
    (re.compile("ee|ii|ie(?=.)|iy|[ae][iy]"), "i"),
    (re.compile("oo|ou|uw|[ao]w|au"), "u"),
    (re.compile("tch|ch"), "sh"),
    (re.compile("dj"), "j"),
    (re.compile("[eai]h$"), "a"),
    (re.compile("q"), "k"),
    (re.compile("o|w"), "u"),
    (re.compile("y"), "i"),
)


@lru_cache(maxsize=65_536)
def folded_keys(key: str) -> tuple[str, ...]:
    """Return the folded forms of a name_key, empty where it is too short to say anything.

    Two names may be spellings of one where they share a form; Latin `e` stands for Arabic i or a, hence two forms.

    >>> folded_keys("maarrat al numan") == folded_keys("maarat numan"), folded_keys("khan sheikhoun")
    (True, ('~khan shikhun',))
    >>> set(folded_keys(name_key("كفر زيتا"))) & set(folded_keys(name_key("كفرزيتا")))
    {'~كفرزيته'}
    """
    if key.isascii():
        words = [w for w in key.split(" ") if w not in ARTICLES]
        if sum(map(len, words)) < 5:
            return ()
        for pattern, replacement in _FOLDS:
            words = [pattern.sub(replacement, w) for w in words]
        joined = " ".join(words)
        forms = (DOUBLED.sub(r"\1", joined.replace("e", vowel)) for vowel in "ai")
        return tuple(dict.fromkeys(f"~{form}" for form in forms if len(form) >= 5))
    if not ARABIC.match(key):
        return ()
    words = key.split(" ")
    words = [_folded_end(w) for w in words]
    if len(words) > 1 and words[0] in _COMPOUND_HEADS:
        words = [_folded_end(words[0] + words[1]), *words[2:]]
    form = " ".join(words)
    return (f"~{form}",) if len(form) >= 5 else ()


def opens_any_name(word: str) -> bool:
    """Tell whether names may be found behind `word` by another first word: articles, type words, compound heads."""
    return word in ARTICLES or word in TYPE_WORDS or word in _COMPOUND_HEADS


def may_be_left_out(word: str) -> bool:
    """Tell whether a name is also found without its second word `word`: articles and type words."""
    return word in ARTICLES or word in TYPE_WORDS


@lru_cache(maxsize=65_536)
def folded_words(word: str) -> tuple[str, ...]:
    """Return what `folded_keys` may make of one word within a name, each under `~`, whatever its length."""
    if not word.isascii():
        return (f"~{_folded_end(word)}",)
    folded = word
    for pattern, replacement in _FOLDS:
        folded = pattern.sub(replacement, folded)
    forms = (DOUBLED.sub(r"\1", folded.replace("e", vowel)) for vowel in "ai")
    return tuple(dict.fromkeys((*(f"~{form}" for form in forms), f"~{word}")))


def folded_starts(word: str) -> tuple[str, ...]:
    """Return `folded_words` of a word that may begin a folded name."""
    return folded_words(word) if word.isascii() or ARABIC.match(word) else ()


def _folded_end(word: str) -> str:
    return word[:-1] + "ه" if len(word) > 4 and word[-1] == "ا" else word


@lru_cache(maxsize=65_536)
def search_keys(key: str) -> tuple[str, ...]:
    """Return the keys under which a name is looked for, the nearest to its spelling first."""
    kind, bare = split_type_word(key)
    # "The countryside of Aleppo" and "the camp of Jabalia" are other places than Aleppo and Jabalia.
    stem = bare if kind in {"city", "town", "village", "country"} else key
    return tuple(dict.fromkeys((key, stem, *folded_keys(stem))))
