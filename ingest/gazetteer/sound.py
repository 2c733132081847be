"""What a name sounds like: its consonants in one alphabet for Arabic and Latin script.

Invariant: two spellings that differ in vowels, articles, doubled letters and emphatic consonants only have one sound.
It is for suggestions: names of one sound may well be of different places.
"""

from functools import lru_cache

from ingest.gazetteer.names import ARTICLES, DOUBLED

_LATIN_PAIRS = (("kh", "k"), ("gh", "g"), ("sh", "s"), ("ch", "s"), ("th", "t"), ("dh", "d"), ("dj", "j"), ("ph", "f"))
_LATIN_LETTERS = str.maketrans("qcpvx", "kkbfk", "aeiouwyh")
_ARABIC_LETTERS = str.maketrans(
    {
        **dict(zip("بتثجخدذرزسشصضطظغفقكلمن", "bttjkddrzsssdtzgfkklmn", strict=True)),
        **dict.fromkeys("اأإآءؤئىيوهةحع ", ""),
    }
)
_CONSONANTS = "bdfgjklmnrstz"
_LATIN_ALPHABET, _ARABIC_ALPHABET = "abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_SHORTEST, _LONGEST = 3, 24


@lru_cache(maxsize=65_536)
def sound_of(key: str) -> str:
    """Return the consonants of a name_key; all letters behind `+` where these are too few; empty for less than three.

    >>> sound_of("maarrat al numan"), sound_of("معره النعمان"), sound_of("idlib"), sound_of("aleppo"), sound_of("ab")
    ('mrtnmn', 'mrtnmn', 'dlb', '+alepo', '')
    """
    sound = consonants_of(key)
    if len(sound) >= _SHORTEST:
        return sound
    whole = DOUBLED.sub(r"\1", key.replace(" ", ""))
    return f"+{whole}" if _SHORTEST <= len(whole) < _LONGEST else ""


@lru_cache(maxsize=65_536)
def consonants_of(key: str) -> str:
    """Return the consonants of a name_key in one alphabet, however few they are.

    >>> consonants_of("aleppo"), consonants_of("حلب")
    ('lb', 'lb')
    """
    words = key.split(" ")
    if key.isascii():
        text = "".join([w for w in words if w not in ARTICLES] or words)
        if "h" in text:
            for pair, letter in _LATIN_PAIRS:
                text = text.replace(pair, letter)
        text = text.translate(_LATIN_LETTERS)
    else:
        # Ta marbuta before another word is heard as t: معرة النعمان, Maarrat.
        spoken = [
            f"{w[:-1]}ت" if w.endswith("ه") and n + 1 < len(words) and len(w) > 3 else w for n, w in enumerate(words)
        ]
        text = "".join(w.removeprefix("ال") for w in spoken).translate(_ARABIC_LETTERS)
    return DOUBLED.sub(r"\1", text)[:_LONGEST]


def nearby_sounds(key: str) -> list[str]:
    """Return the sounds that differ from that of a name_key in one letter: one more, one less, another, two swapped.

    >>> "dlb" in nearby_sounds("idlibs"), "dlbs" in nearby_sounds("idlib"), "+حلب" in nearby_sounds("حلبة")
    (True, True, True)
    """
    sound = sound_of(key)
    near = {s for s in _changed(consonants_of(key), _CONSONANTS) if len(s) >= _SHORTEST}
    if sound.startswith("+"):
        whole = sound.removeprefix("+")
        alphabet = _LATIN_ALPHABET if whole.isascii() else _ARABIC_ALPHABET
        near |= {f"+{s}" for s in _changed(whole, alphabet) if _SHORTEST <= len(s) < _LONGEST}
    return sorted(s for s in near if s != sound and not DOUBLED.search(s))


def _changed(word: str, alphabet: str) -> set[str]:
    near = {word[:i] + word[i + 1 :] for i in range(len(word))}
    near |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    near |= {word[:i] + letter + word[i + 1 :] for i in range(len(word)) for letter in alphabet}
    return near | {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in alphabet}
