"""When two names in a text and in the gold mean the same.

Invariant: only content words count. Spelling habits, diacritics, the Arabic article, joined particles and words such
as "city" or "forces" never make two names differ, and never make them the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c-\u200f]")
_LETTERS = {
    "ا": "أإآٱ",
    "ي": "ىئ",
    "و": "ؤ",
    "ه": "ة",
    "a": "ā",
    "i": "ī",
    "u": "ū",
    "h": "ḩḥ",
    "s": "şṣ",
    "t": "ţ",
    "d": "ḑḍ",
    "": "‘’ʿʾ'",
}
_FOLDED = str.maketrans({variant: letter for letter, variants in _LETTERS.items() for variant in variants})
# The article with up to two particles before it (وبال…), or لل; two letters must remain.
_ARTICLE = re.compile(r"(?:[وفبكل]{0,2}ال|لل)(?=\w{2})")
_EMPTY = frozenset(
    {"the", "of", "in", "al", "city", "town", "village", "governorate", "province", "forces"}
    | {"مدينه", "بلده", "قريه", "محافظه", "قوات", "حي", "منطقه", "في", "من"}
)


@lru_cache(maxsize=100_000)
def content_words(name: str) -> frozenset[str]:
    """Return the comparable words of a name.

    >>> sorted(content_words("مدينة الرقّة"))
    ['رقه']
    """
    folded = _MARKS.sub("", name).lower().translate(_FOLDED)
    bare = (word[found.end() :] if (found := _ARTICLE.match(word)) else word for word in re.findall(r"\w+", folded))
    return frozenset(word for word in bare if word not in _EMPTY)


def same_name(one: str, other: str) -> bool:
    """Return whether all content words of one name are in the other, or half of all of them are in both.

    >>> same_name("the Syrian Army", "Syrian Arab Army"), same_name("Aleppo city", "Homs city")
    (True, False)
    """
    a, b = content_words(one), content_words(other)
    shared = a & b
    return bool(shared) and (shared in (a, b) or 2 * len(shared) >= len(a | b))


def among(name: str, others: Iterable[str]) -> bool:
    """Return whether some of `others` is the same name."""
    return any(same_name(name, other) for other in others)
