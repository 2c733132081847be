"""Tokenizer rules on top of spaCy's blank pipelines.

Invariant: tokens concatenate to the text, so offsets stay exact; clitics are never split off letters, they are
annotated. What is split is what hides words from rules: stops after digits and closing quotes, quotes after clitics,
و before digits, letters glued to punctuation, to emoji or to another script.
"""

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_OPEN = r"[\"'“”„«»‹›‘’\(\[\{\{<>#@\*•–—\-…،؛؟!:;,\.\|/\\~_=+]"
_ARABIC = "\u0621-\u064a\u066e-\u06d3\u06fa-\u06ff\u064b-\u065f\u0670\u0640"
_LETTER = "\u0621-\u063a\u0641-\u064a"
_NO_PROCLITIC = "ؤئةتثجحخدذرزشصضطظعغقمنهىي"  # letters in which no proclitic ends
_MARK = "\u064b-\u065f\u0670\u0640"
_DIGIT = "0-9\u0660-\u0669\u06f0-\u06f9"
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\ufe0f\u20e3\U0001f000-\U0001fbff"

_PREFIX = re.compile(
    rf"^(?:\.\.+|{_OPEN}|[{_EMOJI}]+|[$€£]|(?:[وفبلك][{_MARK}]*)+(?=[\"“«(])|[وبلك][{_MARK}]*(?=[{_DIGIT}]))"
)
_SUFFIX = re.compile(rf"(?:\.\.+|[{_EMOJI}]+|" + r"[\"'“”„«»‹›‘’\)\]\}\}<>\*•–—\-…،؛؟!:;,\.\|/\\~_=+]|%|٪)$")
_INFIX = re.compile(
    rf"\.\.+|[\"“”„«»‹›\(\)\[\]…،؛؟!;|]|::?(?![{_DIGIT}])|(?<=[{_ARABIC}])[\-–—/,\.:](?=[{_ARABIC}])"
    rf"|(?<=[{_ARABIC}])[\-–—/,\.](?=[{_DIGIT}])|(?<=[{_DIGIT}])[\-–—/](?=[{_ARABIC}{_DIGIT}])"
    rf"|(?<=[{_DIGIT}])\.(?=[{_ARABIC}])|#|(?<=\w)\.(?=#)|[{_EMOJI}]+"
    rf"|(?<=[{_ARABIC}][\u200e\u200f])(?=[A-Za-z])"
    rf"|(?<=[A-Za-z])(?=[{_ARABIC}])|(?<=[{_ARABIC}])(?=[A-Za-z])|(?<=[{_DIGIT}])(?=[{_ARABIC}])"
    rf"|(?<=[ةى])(?=[{_LETTER}])"  # ة and ى end a word: two posts were glued together
    rf"|(?<=[{_LETTER}])(?=[0-9]{{1,2}}:[0-9]{{2}})"  # the time of a post behind its last word
    rf"|(?<=[{_NO_PROCLITIC}])(?=إ[{_LETTER}])"  # إ begins a word, or stands behind its proclitics and article
)
# What must stay one token although an infix stands in it.
_URL = re.compile(rf"^(?:https?://|www\.)\S+$|^[^\s{_ARABIC}]+\.(?:com|net|org|tv|info|twitter\.com)/\S*$")
_NUMBER = re.compile(rf"^[{_DIGIT}]+(?:[.,٫٬][{_DIGIT}]+)*$")


def install_arabic_rules(nlp: "Language") -> None:
    """Replace the tokenizer of a blank Arabic pipeline by one with our affix rules."""
    from spacy.tokenizer import Tokenizer

    nlp.tokenizer = Tokenizer(
        nlp.vocab,
        rules={},
        prefix_search=_PREFIX.search,
        suffix_search=_SUFFIX.search,
        infix_finditer=_INFIX.finditer,
        token_match=_NUMBER.match,
        url_match=_URL.match,
    )


def install_english_rules(nlp: "Language") -> None:
    """Keep spaCy's English rules, but do not cut names at hyphens (al-Bab, Deir ez-Zor)."""
    from spacy.tokenizer import Tokenizer
    from spacy.util import compile_infix_regex

    infixes = [
        *(p for p in nlp.Defaults.infixes or () if "-|–" not in str(p)),
        r"(?<=[a-z”\"’])[.:](?=[A-Z“\"])",
        r"[“”\"—]",
        rf"[{_EMOJI}]+",
        r"(?<=[a-z]{3})(?=[A-Z][a-z])",  # a hashtag in one word: SyrianRegime
    ]
    tokenizer = nlp.tokenizer
    if isinstance(tokenizer, Tokenizer):
        tokenizer.infix_finditer = compile_infix_regex(infixes).finditer


class Words(NamedTuple):
    """A document with the words that are read in it: word `i` of `raw` begins at `starts[i]` of the text."""

    doc: "Doc"
    raw: list[str]
    starts: list[int]


def tokenised(nlp: "Language", text: str, plain: str) -> Words:
    """Cut `text` where its readable copy is cut. Blanks and joints of hashtags are no words, line ends are.

    Args:
        nlp: a pipeline with the rules of this module.
        text: the stored text; the tokens concatenate to it.
        plain: the copy that is read, of the same length.
    """
    from spacy.tokens import Doc

    words = words_of(nlp.make_doc(plain), plain)
    kept = [i for i, word in enumerate(words.raw) if not word.isspace() or "\n" in word]
    if not kept or (text is plain and len(kept) == len(words.raw)):
        return words
    starts = [words.starts[i] for i in kept]
    # A token takes the sign of its hashtag before it, and after it all that is no word.
    bounds = [0, *(a - (text[a - 1] == "#" and plain[a - 1] == " ") for a in starts[1:]), len(text)]
    pieces = [text[a:b] for a, b in pairwise(bounds)]
    spaces = [piece.endswith(" ") for piece in pieces]
    tokens = [piece[:-1] if space else piece for piece, space in zip(pieces, spaces, strict=True)]
    return Words(Doc(nlp.vocab, words=tokens, spaces=spaces), [words.raw[i] for i in kept], starts)


def words_of(doc: "Doc", text: str) -> Words:
    """Return the tokens of a document with the text `text`."""
    starts, lengths = doc.to_array(["IDX", "LENGTH"]).T.tolist()
    return Words(doc, [text[a : a + n] for a, n in zip(starts, lengths, strict=True)], starts)
