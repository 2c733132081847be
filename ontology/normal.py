"""One normal form of words, for comparing them. Text itself is never changed: normalising happens beside it.

Invariant: spelling habits that carry no meaning in news (diacritics, tatweel, hamza seats, final ى for ي, ة for ه,
presentation forms, Persian letters, Latin accents and apostrophes) never make two words differ.
"""

import re
import unicodedata
from functools import lru_cache

_DROPPED = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640"  # diacritics, Quranic marks, tatweel
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad"  # zero-width and bidi controls, soft hyphen
    "'’‘ʿʾʼ`´]"  # apostrophes and ayn/hamza signs of transliteration
)
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ۀ": "ه",
        "ک": "ك",
        "گ": "ك",
        "ڤ": "ف",
        "پ": "ب",
        "چ": "ج",
    }
)
_FOLDED |= {ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_WORDS = re.compile(r"\w+")
_MASK = re.compile(r"(?<=\w)\*(?=\w)")  # kil*led, H*T*S: letters masked for the filters of platforms


@lru_cache(maxsize=65_536)
def normal_word(word: str) -> str:
    """Return the normal form of one word.

    >>> normal_word("إِدْلِـــب") == normal_word("ادلب")
    True
    >>> normal_word("Ma‘arrat"), normal_word("Şamandağ"), normal_word("٣٤٣")
    ('maarrat', 'samandag', '343')
    >>> normal_word("kil*led")
    'killed'
    """
    if "*" in word:
        word = _MASK.sub("", word)
    if word.isascii():
        return word.replace("'", "").replace("`", "").lower()
    folded = unicodedata.normalize("NFKC", word)
    folded = _DROPPED.sub("", folded).translate(_FOLDED)
    if _LATIN.search(folded):
        decomposed = unicodedata.normalize("NFKD", folded.casefold())
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ı", "i")
    return folded


def ends_in_ta_marbuta(word: str) -> bool:
    """Return whether a word as written ends in ة, whatever marks stand on it; its normal form does not tell.

    >>> ends_in_ta_marbuta("حربيّةِ"), ends_in_ta_marbuta("أمره")
    (True, False)
    """
    return "ة" in word[-4:] and _DROPPED.sub("", word).endswith("ة")


def normal_words(text: str) -> tuple[str, ...]:
    """Return the normal forms of the words of `text`, punctuation left out.

    >>> normal_words("معرّة النعمان")
    ('معره', 'النعمان')
    """
    if text.isascii():  # all that is done below, for letters that need no more
        plain = _MASK.sub("", text) if "*" in text else text
        return tuple(_WORDS.findall(plain.replace("'", "").replace("`", "").lower()))
    # Marks are dropped first: \\w+ would cut words at apostrophes of transliteration.
    plain = _MASK.sub("", text) if "*" in text else text
    return tuple([word for w in _WORDS.findall(_DROPPED.sub("", plain)) if (word := normal_word(w))])


@lru_cache(maxsize=65_536)
def name_key(name: str) -> str:
    """Return the key under which a name is looked up: its normal words joined by single spaces.

    >>> name_key("Deir ez-Zor"), name_key("Al-Bāb"), name_key("بيت_جن")
    ('deir ez zor', 'al bab', 'بيت جن')
    """
    return " ".join(normal_words(name.replace("_", " ")))  # the joints of a hashtag
