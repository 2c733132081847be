"""What changed from one text of an article to the next.

Invariant: sentences are compared by their words. What was moved, spaced, dotted or spelt otherwise did not change, and
what was written in one text and not in the other is told as it stands there.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ontology.normal import normal_words

VERSION: Final = 600  # of two texts of one article, thousandths of the words of the shorter one stand in the other
_LEAST: Final = 5  # words that tell anything
_END: Final = re.compile(r"(?<=[.!?؟۔…])[\s\u200e\u200f]+|[\r\n]+")


@dataclass(frozen=True, slots=True)
class Changes:
    """What two texts have in common and what not.

    `gone` are sentences of the first that the second has no more, `new` those that it has in addition, as written and
    in the order of their texts; `kept` is the number of those that both have. `likeness` is how many of the words of
    the shorter text the other one has, in thousandths.
    """

    gone: tuple[str, ...]
    new: tuple[str, ...]
    kept: int
    likeness: int

    @property
    def of_one_article(self) -> bool:
        """Whether the second text can be a later one of the same article, and is no other article in its place."""
        return self.likeness >= VERSION


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text and its headings, as written, without the space around them.

    >>> list(sentences("قُصفت البلدة. وقتل اثنان؟ Two died! More."))
    ['قُصفت البلدة.', 'وقتل اثنان؟', 'Two died!', 'More.']
    """
    for part in _END.split(text):
        if stripped := part.strip():
            yield stripped


def changes(before: str, after: str) -> Changes:
    """Compare two texts.

    >>> changes("Ten died. It rained.", "It rained! Nine died.").new
    ('Nine died.',)
    """
    mine, theirs = ([(normal_words(s), s) for s in sentences(text)] for text in (before, after))
    had, has = (Counter(words for words, _ in part if words) for part in (mine, theirs))
    return Changes(tuple(_more(mine, has)), tuple(_more(theirs, had)), (had & has).total(), _likeness(before, after))


def _more(part: list[tuple[tuple[str, ...], str]], other: Counter[tuple[str, ...]]) -> Iterator[str]:
    """Yield the sentences that stand more often in one text than in the other."""
    left = Counter(other)
    for words, sentence in part:
        if not words:
            continue
        if left[words] > 0:
            left[words] -= 1
        else:
            yield sentence


def _likeness(before: str, after: str) -> int:
    one, other = Counter(normal_words(before)), Counter(normal_words(after))
    shorter = min(one.total(), other.total())
    return 0 if shorter < _LEAST else (one & other).total() * 1000 // shorter


class Words:
    """A text in which passages are looked for by their words."""

    def __init__(self, text: str) -> None:
        self._words = f" {' '.join(normal_words(text))} "

    def __contains__(self, passage: str) -> bool:
        """Tell whether the words of a passage stand in the text, one behind the other."""
        return f" {' '.join(normal_words(passage))} " in self._words
