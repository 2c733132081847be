"""Which language a text is in: Arabic, English, or one that the pipeline does not read.

Invariant: the script decides first and a statistical guess only after it, so that a short headline is not taken for
a rare language, and Persian, Urdu or Kurdish is not taken for Arabic. The same text always gives the same answer.
"""

import re
from collections import Counter
from functools import lru_cache
from typing import Any

SUPPORTED = ("ar", "en")

_ARABIC = """في من على إلى أن عن التي الذي بعد قال كما بين مع هذا هذه إن ما لا لم كان كانت قد وقد ذلك خلال حيث حتى أو أي
عند قبل منذ وفق وقال وقالت وأضاف قوات مدينة اليوم"""
_ENGLISH = "the of and to that was were by said with from has have had after for which their who"
_ENGLISH_APART = (
    "the and of was were said with from has have been that after which killed kills"  # few languages share them
)
_PERSIAN = "را كه است اين هاي شد شده براي از به با آن مي كرد كردند شدند بود ميشود"  # as an Arabic keyboard types them

COMMON_ARABIC = frozenset(_ARABIC.split())
COMMON_ENGLISH = frozenset(_ENGLISH.split())
_ENGLISH_ONLY = frozenset(_ENGLISH_APART.split())
_PERSIAN_WORDS = frozenset(_PERSIAN.split())
_PERSIAN_LETTERS = frozenset("پچژگ")
_URDU_LETTERS = frozenset("ٹڈڑںےہھ")
_KURDISH_LETTERS = frozenset("ەێۆڕڵ")
_PASHTO_LETTERS = frozenset("ټډړښځڅۍېګڼږ")
_UYGHUR_LETTERS = frozenset("ۇۈۋ")
_FOREIGN = {
    "ur": _URDU_LETTERS,
    "ckb": _KURDISH_LETTERS,
    "ps": _PASHTO_LETTERS,
    "ug": _UYGHUR_LETTERS,
    "fa": _PERSIAN_LETTERS,
}
_TO_ARABIC_KEYS = str.maketrans("یک", "يك")
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000  # characters that are judged
_OWN_LINE = 4  # words of a line that is in another language than the page around it
_ENGLISH_SHARE = 12  # of so many words of English prose, one at least is a small one

_NAMES = {
    "ar": "Arabic",
    "en": "English",
    "fa": "Persian",
    "ur": "Urdu",
    "ckb": "Central Kurdish",
    "ku": "Kurdish",
    "ps": "Pashto",
    "ug": "Uyghur",
    "tr": "Turkish",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ru": "Russian",
    "uk": "Ukrainian",
    "he": "Hebrew",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
    "el": "Greek",
    "hy": "Armenian",
    "az": "Azerbaijani",
    "id": "Indonesian",
    "sv": "Swedish",
    "pl": "Polish",
}
_SAME = {"ara": "ar", "arb": "ar", "apc": "ar", "arabic": "ar", "eng": "en", "english": "en"}
_FOLDED = {"ary": "ar", "arz": "ar", "pcm": "en", "wuu": "zh", "yue": "zh", "hbo": "he", "sdh": "ckb"}


def supported(tag: str) -> str | None:
    """Return "ar" or "en" for a language tag or name that means one of them, else None.

    >>> supported("ar-SY"), supported("English"), supported("fr")
    ('ar', 'en', None)
    """
    primary = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    code = _SAME.get(primary, primary)
    return code if code in SUPPORTED else None


def name(code: str) -> str:
    """Return the English name of a language with its code, "Persian (fa)"; the bare code where no name is known."""
    return f"{_NAMES[code]} ({code})" if code in _NAMES else code


def detect(text: str) -> str | None:
    """Return the ISO 639 code of the language that most of `text` is in, None where it holds no letters.

    Only "ar" and "en" are read by the pipeline; every other code is a best guess, made to be named in a message.

    >>> detect("غارات على إدلب"), detect("Rebels seize Nubl"), detect("فوج نے حلب پر قبضہ کر لیا"), detect("12:40")
    ('ar', 'en', 'ur', None)
    """
    sample = text[:_SAMPLE]
    scripts = Counter(_script(char) for char in sample if char.isalpha())
    if not scripts:
        return None
    script = max(("arabic", "latin", "other"), key=lambda kind: scripts[kind])  # the order settles a tie
    if script == "arabic":
        return _of_arabic_script(sample)
    if script == "latin":
        return _of_latin_script(sample)
    return _ranked(sample)[0][0]


def beside(text: str, language: str) -> str | None:
    r"""Return "ar" or "en" where lines of `text` are in that one, and `language` is the other of the two.

    A saved page may frame a post in the language of its buttons: what it tells stands in lines of another script.

    >>> beside("Copy link\nقصف مدفعي على مدينة مارع قبل قليل\n2 Likes", "en"), beside("Reports say: قصف", "en")
    ('ar', None)
    """
    if language not in SUPPORTED:
        return None
    script = "latin" if language == "ar" else "arabic"
    told: list[str] = []
    for line in text[:_SAMPLE].splitlines():
        words = [word for word in _WORD.findall(line) if _script(word[0]) == script]
        if len(words) >= _OWN_LINE:
            told.extend(words)
    if not told:
        return None
    if script == "arabic":
        return "ar" if _of_arabic_script(" ".join(told)) == "ar" else None
    small = sum(word.lower() in COMMON_ENGLISH for word in told)
    return "en" if small * _ENGLISH_SHARE >= len(told) else None


def _script(char: str) -> str:
    if "\u0600" <= char <= "\u06ff" or "\u0750" <= char <= "\u077f" or "\ufb50" <= char <= "\ufefc":
        return "arabic"
    return "latin" if char <= "\u024f" or "\u1e00" <= char <= "\u1eff" or "\uff21" <= char <= "\uff5a" else "other"


def _of_arabic_script(text: str) -> str:
    letters = Counter(char for char in text if _script(char) == "arabic")
    total = letters.total()
    counts = {code: sum(letters[char] for char in marks) for code, marks in _FOREIGN.items()}
    guess = max(counts, key=lambda code: counts[code])
    words = [word.translate(_TO_ARABIC_KEYS) for word in _WORD.findall(text)]
    arabic = sum(_reads_arabic(word) for word in words)
    persian = sum(word in _PERSIAN_WORDS for word in words)
    # Arabic spells foreign names with پ, گ or ڤ, and some Arabic newsrooms type ی and ک: words decide about Persian.
    if guess != "fa" and counts[guess] * 50 > total and arabic * 4 < len(words):
        return guess
    return "fa" if persian > arabic else "ar"


def _reads_arabic(word: str) -> bool:
    return word in COMMON_ARABIC or (word.startswith(("ال", "وال", "بال", "لل")) and len(word) > 3) or "ة" in word


def _of_latin_script(text: str) -> str:
    words = [word.lower() for word in _WORD.findall(text)]
    ranked = _ranked(text)
    code, confidence = ranked[0]
    if code == "en":
        return "en"
    english = sum(word in _ENGLISH_ONLY for word in words)
    if english * 12 >= len(words) and english:
        return "en"
    plain = all(char.isascii() for char in text if _script(char) == "latin" and char.isalpha())
    # A few plain words ("Rebels seize Nubl") say too little for a guess against one of the languages we read.
    if len(words) < 8 and plain and confidence < 0.6:
        return "en"
    return code


def _ranked(text: str) -> list[tuple[str, float]]:
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    return [(_FOLDED.get(code, code), confidence) for code, confidence in ranked]


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
