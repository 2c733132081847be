"""Words as a reader reads them in posts: spelling that hides from moderation, hashtags, signs glued to words.

Invariant: the copy that is read has the same length as the text, so every offset holds in both; only signs that stand
inside a word or a hashtag differ, and a text without them is returned itself. What is quoted is always the text.
"""

import re
from collections.abc import Callable

_LETTER = "\u0621-\u063a\u0641-\u064a\u0671-\u06d3"
_MARK = "\u064b-\u065f\u0670"
_TATWEEL = "\u0640"
_SIGN = r" .,،·•*_|/!~\-"
# غـ.ـارات, قـ ـصـ ـف: signs between two tatweels never mean anything.
_BETWEEN = re.compile(
    rf"(?<=[{_LETTER}{_MARK}]){_TATWEEL}[{_MARK}{_TATWEEL}]*(?:[{_SIGN}]{{1,4}}{_TATWEEL}[{_MARK}{_TATWEEL}]*)+(?=[{_LETTER}])"
)
# غـ.ارات, عد*وان: a sign beside a tatweel, or a star.
_BESIDE = re.compile(
    rf"(?<=[{_LETTER}{_MARK}])(?:{_TATWEEL}+[.,،*_!]{{1,3}}|[.,،*_!]{{1,3}}{_TATWEEL}+|\*)(?=[{_LETTER}{_MARK}])"
)
# غا.رات, العد9ان, ميليـ شيا: only where the whole is a word of the lexicon and a part is not.
_PART = rf"[{_LETTER}{_MARK}{_TATWEEL}]"
_INSIDE = re.compile(rf"[{_LETTER}]{_PART}*(?:(?:\.{{1,2}}|,,|!!?|[0-9١-٩]|{_TATWEEL} ){_PART}+)+")
_CUT = re.compile(rf"\.{{1,2}}|,,|!!?|[0-9١-٩]|{_TATWEEL} ")
_AS_LETTERS = str.maketrans("1١!9٩3٣7٧5٥6٦8٨", "اااووععححخهططقق")
_SUSPECT = re.compile(
    rf"[{_LETTER}][{_MARK}{_TATWEEL}]*(?:[.*!,0-9١-٩]{{1,3}}|{_TATWEEL}[{_SIGN}])[{_MARK}{_TATWEEL}]*[{_LETTER}{_TATWEEL}]"
    r"|[#_]"
)
_HASHTAG = re.compile(r"#(?=\w)(\w+)")


def readable(text: str, known: Callable[[str], bool]) -> str:
    """Return `text` as it is read, character for character: signs inside words become tatweels or letters.

    Args:
        text: the stored text.
        known: says whether a spelling, all signs taken out, is a word of the lexicon.

    >>> readable("غـ.ـارات على #ريف_حلب", lambda word: False)
    'غـــارات على  ريف حلب'
    """
    if not _SUSPECT.search(text):
        return text
    plain = _BETWEEN.sub(_filled, text)
    plain = _BESIDE.sub(_filled, plain)
    plain = _INSIDE.sub(lambda match: _joined(match[0], known), plain)
    return _hashtags(plain)


def _filled(match: re.Match[str]) -> str:
    return _TATWEEL * len(match[0])


def _joined(word: str, known: Callable[[str], bool]) -> str:
    letters = _CUT.sub(lambda cut: cut[0].translate(_AS_LETTERS) if len(cut[0]) == 1 else "", word)
    letters = letters.replace(".", "")
    if not known(letters) or all(known(part) for part in _CUT.split(word)):
        return word
    return _CUT.sub(
        lambda cut: _TATWEEL * len(cut[0]) if len(cut[0]) > 1 or cut[0] == "." else cut[0].translate(_AS_LETTERS), word
    )


def _hashtags(text: str) -> str:
    """Take the sign off a hashtag that is a word of its sentence, and the joints out of every hashtag."""
    if "#" not in text and "_" not in text:
        return text
    pieces, done, tag_end = [], 0, -1
    for match in _HASHTAG.finditer(text):
        start = match.start()
        end = start
        while end and text[end - 1] == " ":
            end -= 1
        alone = not end or not text[end - 1].isalnum() or end == tag_end
        pieces += [text[done:start], "#" if alone else " ", match[1].replace("_", " ")]
        done = match.end()
        tag_end = done
    return "".join(pieces) + text[done:]
