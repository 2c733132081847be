"""Names of places as written, and the keys under which a spelling is found.

Invariant: a type word ("مدينة", "Governorate") says what a place is and is part of its name only where the place is
never called without it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType

from ontology.normal import name_key

# What a type word says about its place, by normal form; dual and plural forms introduce lists ("مدينتي حلب وحماة").
TYPE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        name_key(word): kind
        for kind, words in {
            "city": "مدينة مدينتي مدينتا مدينتين مدن city cities",
            "town": "بلدة بلدتي بلدتا بلدتين بلدات town towns suburb",
            "village": "قرية قريتي قريتا قريتين قرى village villages hamlet",
            "neighbourhood": "حي حيي حيا أحياء ضاحية neighbourhood neighborhood neighbourhoods neighborhoods quarter",
            "governorate": "محافظة محافظتي محافظتا محافظات ولاية ولايتي ولايات مقاطعة مقاطعتي مقاطعات إقليم إمارة "
            "governorate governorates province provinces state oblast region",
            "district": "قضاء مديرية مديريتي مركز district",
            "subdistrict": "ناحية subdistrict",
            "countryside": "ريف ريفي أرياف countryside rural",
            "camp": "مخيم مخيمي مخيما مخيمات camp camps",
            "country": "دولة جمهورية مملكة",
            "region": "قطاع منطقة مناطق",
        }.items()
        for word in words.split()
    }
)

ARTICLES = frozenset(name_key("al el il ul an as ash at ath ar ad adh az es esh et er ed ez en ech").split(" "))
ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_ARABIC_PROPER = re.compile("[\u0621-\u063a\u0641-\u064a\\s\\-]+")
_LATIN = re.compile(r"[A-Za-z\u00aa-\u024f\u02b0-\u02ff\u0300-\u036f\u1e00-\u1eff\s.,'’‘`´\-]+")
_TWO_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")
_PARENTHESES = re.compile(r"[(\[（].*?(?:[)\]）]|$)")
_VOWELS = re.compile("[aeiouwyh]")
_LATIN_SOUNDS = str.maketrans({"q": "k", "c": "k", "p": "b", "v": "f"})
_ARABIC_SOUNDS = str.maketrans(
    dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهويا", "btt\0\0kdzrzs\0sdtz\0gfkklmn\0\0\0\0", strict=True))
    | {"ش": "s", "ج": "j", "ء": ""}
)
_ARABIC_SOUNDS |= {k: "" for k, v in _ARABIC_SOUNDS.items() if v == "\0"}
_SPELT_OUT = re.compile("[عقصضطظح]")
_DIVISION_WORDS_ARABIC = tuple(name_key(w) for w in ("محافظة", "ولاية"))
_DIVISION_WORDS_LATIN = ("governorate", "province", "state")
DOUBLED = re.compile(r"(.)\1+")


def split_type_word(key: str) -> tuple[str | None, str]:
    """Split a name_key into the kind that its type word says, if it has one, and the name alone.

    >>> split_type_word(name_key("محافظة إدلب"))
    ('governorate', 'ادلب')
    >>> split_type_word("idlib province"), split_type_word("old city"), split_type_word("homs")
    (('governorate', 'idlib'), ('city', 'old'), (None, 'homs'))
    """
    words = key.split(" ")
    if len(words) > 1:
        if kind := TYPE_WORDS.get(words[0]):
            rest = words[2:] if words[1] == "of" and len(words) > 2 else words[1:]
            return kind, " ".join(rest)
        if words[-1].isascii() and (kind := TYPE_WORDS.get(words[-1])):
            return kind, " ".join(words[:-1])
    return None, key


def is_name(name: str) -> bool:
    """Tell whether an alternate name is one: Arabic, or Latin with a capital, two letters and no airport code."""
    if name.islower():
        return False
    bare = _PARENTHESES.sub("", name) if "(" in name or "[" in name else name
    if _LATIN.fullmatch(bare):
        code = len(name) == 3 and name.isascii() and name.isupper()
        return _TWO_LETTERS.search(bare) is not None and not code
    return len(name) >= 2 and ARABIC.search(name) is not None


def spelling_keys(spelling: str, typed: bool) -> Iterator[str]:
    """Yield the keys of one spelling: whole, without parentheses, and without type word unless it is `typed`."""
    parts = [spelling, _PARENTHESES.sub("", spelling)] if "(" in spelling or "[" in spelling else [spelling]
    for part in parts:
        if key := name_key(part):
            yield key
            kind, bare = split_type_word(key)
            if not typed and kind not in {None, "countryside"} and len(bare) >= 2:  # Rif Dimashq is not called Damascus
                yield bare


def division_keys(key: str) -> Iterator[str]:
    """Yield what a first-order division of this name is called with its type word."""
    words = _DIVISION_WORDS_LATIN if key.isascii() else _DIVISION_WORDS_ARABIC
    if split_type_word(key)[0] != "governorate":
        yield from (f"{key} {word}" if key.isascii() else f"{word} {key}" for word in words)


def display_arabic(spellings: Sequence[str]) -> str | None:
    """Return the best written Arabic name, or None.

    Arabic letters only, sounding like a Latin name of the place, with its article; then the shortest, where letters
    that other languages drop (ع, ط, hamza, ta marbuta) cost nothing.
    """
    proper = [s for s in spellings if _ARABIC_PROPER.fullmatch(s)]
    if len(proper) < 2:
        return proper[0] if proper else None
    latin = {_sound(name_key(s)) for s in spellings if _LATIN.fullmatch(s)}
    articled = any(name_key(s).partition(" ")[0] in ARTICLES for s in spellings if s.isascii())
    return min(
        proper,
        key=lambda s: (
            split_type_word(name_key(s))[0] is not None,
            -max((round(SequenceMatcher(None, _sound(name_key(s)), n).ratio() * 10) for n in latin), default=0),
            s.startswith("ال") != articled,
            len(s) + s.count("ى") - len(_SPELT_OUT.findall(s)) - ("ة" in s) - any(map(s.count, "أإآؤئ")),
            s,
        ),
    )


def _sound(key: str) -> str:
    """Return the consonants of a name_key in one alphabet, for comparing scripts; articles are left out."""
    if key.isascii():
        words = [w for w in key.split(" ") if w not in ARTICLES]
        return DOUBLED.sub(r"\1", _VOWELS.sub("", "".join(words).translate(_LATIN_SOUNDS)))
    words = [w.removeprefix("ال") for w in key.split(" ")]
    return DOUBLED.sub(r"\1", "".join(words).translate(_ARABIC_SOUNDS))
