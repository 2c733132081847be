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
_LETTERS = "bdfgjklmnrstz"
_SHORTEST, _LONGEST = 3, 24


@lru_cache(maxsize=65_536)
def sound_of(key: str) -> str:
    """Return the consonants of a name_key; all letters behind `+` where these are too few; empty for less than three.

    >>> sound_of("maarrat al numan"), sound_of("معره النعمان"), sound_of("idlib"), sound_of("aleppo"), sound_of("ab")
    ('mrtnmn', 'mrtnmn', 'dlb', '+alepo', '')
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
    sound = DOUBLED.sub(r"\1", text)[:_LONGEST]
    if len(sound) >= _SHORTEST:
        return sound
    whole = DOUBLED.sub(r"\1", "".join(words))
    return f"+{whole}" if _SHORTEST <= len(whole) < _LONGEST else ""


def nearby_sounds(sound: str) -> list[str]:
    """Return the sounds that differ from `sound` in one consonant: one more, one less, another one.

    >>> "dlb" in nearby_sounds("dlbs"), "dlbs" in nearby_sounds("dlb"), "dlb" in nearby_sounds("dlb")
    (True, True, False)
    """
    if sound.startswith("+"):
        return []
    near = {sound[:i] + sound[i + 1 :] for i in range(len(sound))}
    near |= {sound[:i] + letter + sound[i + 1 :] for i in range(len(sound)) for letter in _LETTERS}
    near |= {sound[:i] + letter + sound[i:] for i in range(len(sound) + 1) for letter in _LETTERS}
    return sorted(s for s in near if s != sound and len(s) >= _SHORTEST and not DOUBLED.search(s))
