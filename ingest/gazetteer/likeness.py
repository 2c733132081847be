"""How like each other two names are written, for suggestions.

Invariant: likeness orders what somebody is shown, and decides nothing.
"""

from collections.abc import Iterable

from ingest.gazetteer.names import ARTICLES
from ingest.gazetteer.sound import consonants_of

_LEAST_ALIKE = 0.6
_CONSONANTS = 4  # so many say what a name is in another script
_OTHER_SCRIPT = 0.7  # what sounds the same in another script is like a name that differs in a third of its letters


def likenesses(key: str, names: Iterable[tuple[str, str]]) -> dict[str, float]:
    """Return how like `key` each of the names is, from 0.6 for some letters in common to 1; what is less is left out.

    Each name comes with its sound. Names in the other script are compared by their consonants.

    >>> from ingest.gazetteer.sound import sound_of
    >>> names = ["maarrat al numan", "معره النعمان", "marj al numan", "hims"]
    >>> found = likenesses("maaret numan", [(name, sound_of(name)) for name in names])
    >>> {name: round(likeness, 2) for name, likeness in found.items()}
    {'maarrat al numan': 0.87, 'marj al numan': 0.8, 'معره النعمان': 0.7}
    """
    from rapidfuzz import fuzz, process

    latin, consonants = key.isascii(), consonants_of(key)
    alike: list[str] = []
    others: dict[str, list[str]] = {}
    for name, sound in names:
        if name.isascii() == latin:
            alike.append(name)
        elif len(consonants) >= _CONSONANTS:  # a sound is the consonants, where these are enough to make one
            others.setdefault(consonants_of(name) if sound.startswith("+") else sound, []).append(name)
    least = 100 * _LEAST_ALIKE
    spoken = process.extract(_spoken(key), list(map(_spoken, alike)), scorer=fuzz.ratio, score_cutoff=least, limit=None)
    found = {alike[number]: score / 100 for _, score, number in spoken}
    heard = process.extract(consonants, list(others), scorer=fuzz.ratio, score_cutoff=least / _OTHER_SCRIPT, limit=None)
    return found | {name: score / 100 * _OTHER_SCRIPT for sound, score, _ in heard for name in others[sound]}


def _spoken(key: str) -> str:
    """Return the name without articles and spaces, which are written or not."""
    if " " not in key:
        return key if key.isascii() else key.removeprefix("ال")
    words = key.split(" ")
    if not key.isascii():
        return "".join([word.removeprefix("ال") for word in words])
    return "".join([word for word in words if word not in ARTICLES] or words)
