"""Event types as people write them: by name, or by label in Arabic or English.

Invariant: a type is meant only where the whole of what was written is its name or a label of it, as names are compared:
case, spaces, hyphens and habits of spelling make no difference. Words that name several types name none.
"""

import difflib
import re
from collections.abc import Mapping
from typing import Final

from ontology.normal import name_key
from ontology.vocabulary import WQ, UnknownTerm, Vocabulary, local_name

_LONGEST: Final = 80  # characters of a name that is worth comparing
_NEAR: Final = 0.7  # how like another name it must be
_ARABIC: Final = re.compile("[\u0600-\u06ff]")


class UnknownEventType(UnknownTerm):
    """No event type is called so, or several are; the message names the nearest, those several, or all."""

    def __init__(self, name: str, message: str) -> None:
        KeyError.__init__(self, message)
        self.family = "event type"
        self.name = name


def event_type_called(name: str) -> str:
    """Return the class of the event type that `name` means: `Airstrike`, `wq:Airstrike`, its IRI, or a label of it.

    >>> event_type_called("غارة جويّة") == event_type_called("air strike") == event_type_called("wq:Airstrike")
    True
    >>> event_type_called("Airstrik")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ontology.eventtypes.UnknownEventType: the ontology has no event type 'Airstrik'; the nearest is ...

    Raises:
        UnknownEventType
    """
    vocabulary = Vocabulary.load()
    plain = name.strip().removeprefix(WQ).removeprefix("wq:")
    if plain in vocabulary.event_types:
        return vocabulary.event_types[plain]
    called = _called(vocabulary)
    found = called.get(_key(plain), ())
    if len(found) == 1:
        return found[0]
    shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    if found:
        several = ", ".join(map(local_name, found))
        raise UnknownEventType(name, f"{shown!r} names several event types: give one of {several}")
    nearest = _nearest(plain, called) if len(name) <= _LONGEST else ()
    if nearest:
        named = ", ".join(_shown(vocabulary, iri) for iri in nearest)
        are = "the nearest is" if len(nearest) == 1 else "the nearest are"
        raise UnknownEventType(name, f"the ontology has no event type {shown!r}; {are} {named}")
    types = sorted(vocabulary.event_types.items())
    known = ", ".join(_shown(vocabulary, iri) if _ARABIC.search(name) else known for known, iri in types)
    raise UnknownEventType(name, f"the ontology has no event type {shown!r}; it has {known}")


def _nearest(name: str, called: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the types that have a name like this one, else those that have a word like it in a label."""
    near = difflib.get_close_matches(_key(name), called, n=3, cutoff=_NEAR)
    if near:
        return tuple(dict.fromkeys(iri for key in near for iri in called[key]))
    words: dict[str, dict[str, None]] = {}
    vocabulary = Vocabulary.load()
    for _, iri in sorted(vocabulary.event_types.items()):
        for label in vocabulary.labels.get(iri, {}).values():
            for word in name_key(label).split():
                words.setdefault(word, {})[iri] = None
    near = difflib.get_close_matches(name_key(name), words, n=2, cutoff=_NEAR)
    return tuple(dict.fromkeys(iri for word in near for iri in words[word]))


def _called(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Return the types by the keys of their names and labels."""
    found: dict[str, dict[str, None]] = {}
    for name, iri in sorted(vocabulary.event_types.items()):
        for words in (name, *vocabulary.labels.get(iri, {}).values()):
            found.setdefault(_key(words), {})[iri] = None
    return {key: tuple(iris) for key, iris in found.items()}


def _key(words: str) -> str:
    """DroneStrike, drone-strike and Drone strike are one name."""
    return name_key(words).replace(" ", "")


def _shown(vocabulary: Vocabulary, iri: str) -> str:
    label = vocabulary.label(iri, "ar")
    return local_name(iri) if label is None else f"{local_name(iri)} ({label})"
