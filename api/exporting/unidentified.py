"""Doers that articles name by their machine only: warplanes, a drone, helicopters.

Invariant: words that say whose the machine is ("government aircraft"), and bodies (the air force), are no such doers.
"""

from functools import cache
from typing import Final

from ontology.normal import normal_words

_HEAD: Final = "actorHead"
_ARTICLE: Final = "ال"
_DESCRIBING: Final = frozenset({"armed", "attack", "combat", "fighter", "military", "the", "unidentified", "unknown"})


def machine(words: str, language: str) -> bool:
    """Tell whether words name what flies and not whose it is."""
    heads, others = _flying("ar" if language == "ar" else "en")
    written = [
        word.removeprefix(_ARTICLE) if language == "ar" and len(word) > len(_ARTICLE) else word
        for word in normal_words(words)
    ]
    if not any(word in heads for word in written):
        return False
    return all(word in heads or word in others or word in _DESCRIBING for word in written)


@cache
def _flying(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the forms of the lexicon's words for what flies, and of those that go with them."""
    from ingest.lexicon import load_lexicon  # a second or two, so only where somebody is known by words alone

    lexicon = load_lexicon(language)
    flying = {word: {k.entry.cls for k in known if k.entry.get("air")} for word, known in lexicon.forms.items()}
    heads = frozenset(word for word, classes in flying.items() if _HEAD in classes)
    return heads, frozenset(word for word, classes in flying.items() if classes) | lexicon.classes["air"]
