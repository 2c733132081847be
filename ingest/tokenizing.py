"""Tokenizer rules on top of spaCy's blank pipelines.

Invariant: tokens concatenate to the text, so offsets stay exact; clitics are never split off letters, they are
annotated. What is split is what hides words from rules: stops after digits and closing quotes, quotes after clitics,
و before digits, letters glued to punctuation.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

_OPEN = r"[\"'“”„«»‹›‘’\(\[\{\{<>#@\*•–—\-…،؛؟!:;,\.\|/\\~_=+]"
_ARABIC = "\u0621-\u064a\u066e-\u06d3\u06fa-\u06ff\u064b-\u065f\u0670\u0640"
_DIGIT = "0-9\u0660-\u0669\u06f0-\u06f9"

_PREFIX = re.compile(rf"^(?:\.\.+|{_OPEN}|[$€£]|[وفبلك]+(?=[\"“«(])|و(?=[{_DIGIT}])|[بلك](?=[{_DIGIT}]))")
_SUFFIX = re.compile(r"(?:\.\.+|[\"'“”„«»‹›‘’\)\]\}\}<>\*•–—\-…،؛؟!:;,\.\|/\\~_=+]|%|٪)$")
_INFIX = re.compile(
    rf"\.\.+|[\"“”„«»‹›\(\)\[\]…،؛؟!;|]|::?(?![{_DIGIT}])|(?<=[{_ARABIC}])[\-–—/,\.:](?=[{_ARABIC}])"
    rf"|(?<=[{_ARABIC}])[\-–—/,\.](?=[{_DIGIT}])|(?<=[{_DIGIT}])[\-–—/](?=[{_ARABIC}{_DIGIT}])"
    rf"|(?<=[{_DIGIT}])\.(?=[{_ARABIC}])"
)
# What must stay one token although an infix stands in it.
_URL = re.compile(r"^(?:https?://|www\.)\S+$|^\S+\.(?:com|net|org|tv|info|twitter\.com)/\S*$")
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
    ]
    tokenizer = nlp.tokenizer
    if isinstance(tokenizer, Tokenizer):
        tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
