"""How like each other two names are written, for suggestions.

Invariant: likeness orders what somebody is shown, and decides nothing.
"""

from collections.abc import Sequence

from ingest.gazetteer.names import ARTICLES
from ingest.gazetteer.sound import consonants_of

_LEAST_ALIKE = 0.6
_CONSONANTS = 4  # so many say what a name is in another script
_OTHER_SCRIPT = 0.7  # what sounds the same in another script is like a name that differs in a third of its letters


def likenesses(key: str, names: Sequence[str]) -> dict[str, float]:
    """Return how like `key` each of the names is, from 0.6 for some letters in common to 1; what is less is left out.

    Names in the other script are compared by their consonants.

    >>> found = likenesses("maaret numan", ["maarrat al numan", "معره النعمان", "marj al numan", "hims"])
    >>> {name: round(likeness, 2) for name, likeness in found.items()}
    {'maarrat al numan': 0.87, 'marj al numan': 0.8, 'معره النعمان': 0.7}
    """
    from rapidfuzz import fuzz, process

    latin = key.isascii()
    alike = [name for name in names if name.isascii() == latin]
    others = [name for name in names if name.isascii() != latin]
    least = 100 * _LEAST_ALIKE
    found = {
        name: score / 100
        for name, score, _ in process.extract(
            key, alike, scorer=fuzz.ratio, processor=_spoken, score_cutoff=least, limit=None
        )
    }
    if len(consonants_of(key)) >= _CONSONANTS:
        heard = process.extract(
            key, others, scorer=fuzz.ratio, processor=consonants_of, score_cutoff=least / _OTHER_SCRIPT, limit=None
        )
        found |= {name: score / 100 * _OTHER_SCRIPT for name, score, _ in heard}
    return found


def _spoken(key: str) -> str:
    """Return the name without articles and spaces, which are written or not."""
    words = key.split(" ")
    if not key.isascii():
        return "".join([word.removeprefix("ال") for word in words])
    return "".join([word for word in words if word not in ARTICLES] or words)
