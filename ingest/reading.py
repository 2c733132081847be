"""A text as the pipeline reads it: plain parallel lists over the tokens, made once and handed from part to part.

Invariant: token `i` covers exactly `text[starts[i]:ends[i]]`; what is read there stands in `plain`, a copy of the
same length without the signs that hide words; words are normal forms beside it. spaCy's proxies are
read once here, because `token._.x` in inner loops costs more than all rules together.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ingest.inflection import Form
from ingest.lexicon import Entry, Lexicon
from ingest.unfinished import Deadline
from ontology.model import Span
from ontology.normal import normal_word

if TYPE_CHECKING:
    from ingest.dates import DateExpression
    from ingest.lexemes import Lexeme
    from ingest.mentions import Mention
    from ingest.quantities import Quantity
    from ingest.trace import Trace
    from ingest.triggers import TriggerHit


class Analysis(NamedTuple):
    """One reading of a word: proclitics, article, lexicon entry with its form, suffix pronoun.

    `skip` and `tail` count the letters of the normal form that belong to proclitics and to the suffix.
    """

    pro: str
    article: bool
    entry: Entry
    form: Form
    enclitic: str
    skip: int
    tail: int


class Variant(NamedTuple):
    """A way to read a word as a name: proclitics off. `skip` counts their letters (0 where they cannot be cut)."""

    pro: str
    host: str
    skip: int


class PhraseHit(NamedTuple):
    """A fixed phrase of the lexicon at tokens [first, last)."""

    first: int
    last: int
    entry: Entry


@dataclass(slots=True)
class Reading:
    """One document under way through the pipeline."""

    text: str
    language: str
    lexicon: Lexicon
    lexemes: "list[Lexeme]"
    starts: list[int]
    plain: str = ""
    published: str | None = None
    publisher: str | None = None
    article_id: str = ""
    raw: list[str] = field(init=False)
    words: list[str] = field(init=False)
    ends: list[int] = field(init=False)
    punct: list[bool] = field(init=False)
    zones: list[str] = field(default_factory=list)
    byline: set[int] = field(default_factory=set)  # tokens of the name of the page that a post was saved from
    sentence_of: list[int] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    analyses: list[tuple[Analysis, ...]] = field(default_factory=list)
    classes: list[Mapping[str, Analysis]] = field(default_factory=list)
    class_at: dict[str, list[int]] = field(default_factory=dict)  # word class → its tokens
    variants: list[tuple[Variant, ...]] = field(default_factory=list)
    phrase_at: dict[int, list[PhraseHit]] = field(default_factory=dict)
    phrase_class_at: dict[str, list[int]] = field(default_factory=dict)  # word class → where its phrases begin
    quantities: "list[Quantity]" = field(default_factory=list)
    dates: "list[DateExpression]" = field(default_factory=list)
    headline_dates: "list[DateExpression]" = field(default_factory=list)  # of a title that is no part of the text
    named: dict[str, int] = field(default_factory=dict)  # ids of registry entries, the higher the later in the text
    mentions: "list[Mention]" = field(default_factory=list)
    triggers: "list[TriggerHit]" = field(default_factory=list)
    trace: "Trace | None" = None  # set where an explanation is wanted
    _dated: set[int] = field(default_factory=set)
    _counted: set[int] = field(default_factory=set)
    _count_ends: set[int] = field(default_factory=set)
    _count_begins: dict[int, int] = field(default_factory=dict)
    sayings: dict[int, int | None] = field(default_factory=dict)  # where a date begins → the saying whose day it is
    deadline: Deadline = field(default_factory=lambda: Deadline(None))

    def __post_init__(self) -> None:
        self.plain = self.plain or self.text
        self.raw = [lexeme.raw for lexeme in self.lexemes]
        self.ends = [start + len(raw) for start, raw in zip(self.starts, self.raw, strict=True)]
        self.words = [lexeme.word for lexeme in self.lexemes]
        self.punct = [lexeme.punct for lexeme in self.lexemes]

    def __len__(self) -> int:
        return len(self.raw)

    def span(self, first: int, last: int) -> Span:
        """Return the characters of tokens [first, last)."""
        return Span(self.starts[first], self.ends[last - 1])

    def host_span(self, first: int, last: int, skip: int = 0, tail: int = 0) -> Span:
        """Return the characters of tokens [first, last) without `skip` leading and `tail` trailing letters."""
        start, end = self.starts[first], self.ends[last - 1]
        while skip and start < end:
            skip -= bool(normal_word(self.plain[start]))
            start += 1
        while start < end and not normal_word(self.plain[start]):
            start += 1
        while tail and end > start:
            end -= 1
            tail -= bool(normal_word(self.plain[end]))
        return Span(start, end)

    def has(self, i: int, cls: str) -> Analysis | None:
        """Return the first analysis of token `i` whose entry is of word class `cls`."""
        return self.classes[i].get(cls) if 0 <= i < len(self.raw) else None

    def phrase_of(self, i: int, cls: str) -> PhraseHit | None:
        """Return the phrase of class `cls` that begins at token `i`."""
        for hit in self.phrase_at.get(i, ()):
            if hit.entry.cls == cls:
                return hit
        return None

    def keep_counts(self, dates: "list[DateExpression]", quantities: "list[Quantity]") -> None:
        """Set the dates and quantities of the text."""
        self.dates, self.quantities = dates, quantities
        self._dated = {i for d in dates for i in range(d.first, d.last)}
        self._counted = {i for q in quantities for i in range(q.first, q.last)}
        self._count_ends = {q.last for q in quantities}
        self._count_begins = {q.first: q.last for q in quantities}

    def dated(self, i: int) -> bool:
        """Tell whether token `i` is of a date."""
        return i in self._dated

    def counted(self, i: int) -> bool:
        """Tell whether token `i` is of a quantity."""
        return i in self._counted

    def count_from(self, i: int) -> int | None:
        """Return where the quantity ends that begins at token `i`, None where none does."""
        return self._count_begins.get(i)

    def count_before(self, i: int) -> bool:
        """Tell whether a quantity ends right before token `i`."""
        return i in self._count_ends

    def between(self, cls: str, first: int, last: int) -> list[int]:
        """Return the tokens of [first, last) that have an analysis of word class `cls`."""
        tokens = self.class_at.get(cls)
        return tokens[bisect_left(tokens, first) : bisect_left(tokens, last)] if tokens else []

    def begun(self, cls: str, first: int, last: int) -> list[int]:
        """Return the tokens of [first, last) at which a word or a fixed phrase of class `cls` begins."""
        words, phrases = self.between(cls, first, last), self.phrase_class_at.get(cls)
        if not phrases:
            return words
        return sorted({*words, *phrases[bisect_left(phrases, first) : bisect_left(phrases, last)]})

    def tokens_in(self, *classes: str) -> list[int]:
        """Return the tokens that have an analysis of one of the word classes."""
        if len(classes) == 1:
            return self.class_at.get(classes[0], [])
        return sorted({i for cls in classes for i in self.class_at.get(cls, ())})
