"""Gazetteer names at the tokens of a reading.

Invariant: finds exactly what asking the gazetteer for every run of words would find. Almost no run of words begins a
name, so what a word can begin is remembered by word, and only runs whose first two words begin a name are asked for.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from ingest.gazetteer import Entry, Gazetteer, folded_words, may_be_left_out, opens_any_name
from ingest.reading import Reading, Variant

_MAX_WORDS = 5
_QUOTES = frozenset({'"', "“", "”", "«", "»"})
_REMEMBERED_WORDS = 30_000


class PlaceName(NamedTuple):
    """A name of the gazetteer from some token up to token `last`, with one way to read its first word."""

    last: int
    variant: Variant
    entries: tuple[Entry, ...]


class _Opening(NamedTuple):
    """What one reading of a word begins: a name by itself, names with one of `seconds` behind it."""

    variant: Variant
    key: str
    entries: tuple[Entry, ...]
    seconds: frozenset[str]
    any_second: bool


class PlaceLookup:
    """Finds names of one gazetteer; what words begin is remembered, up to a bound."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._openings: dict[str, tuple[_Opening, ...]] = {}

    def names(self, reading: Reading) -> dict[int, list[PlaceName]]:
        """Return the names that begin at each token, by variant of the word, then shortest first."""
        openings = self._known(reading)
        words, punct = reading.words, reading.punct
        longer: dict[int, tuple[int, list[tuple[_Opening, list[str]]]]] = {}
        found: dict[int, list[PlaceName]] = {}
        keys: list[str] = []
        for i, word in enumerate(words):
            if punct[i] or not (begun := openings[word]):
                continue
            # سد "X": a name in quotation marks behind its type word.
            begin = i + 2 if reading.raw[i + 1 : i + 2] and reading.raw[i + 1] in _QUOTES else i + 1
            second = begin < len(words) and not punct[begin]
            runs: list[tuple[_Opening, list[str]]] = []
            for opening in begun:
                run = [opening.key]
                if second and (opening.any_second or _follows(words[begin], opening.seconds)):
                    for k in range(begin, min(begin + _MAX_WORDS - 1, len(words))):
                        if punct[k]:
                            break
                        run.append(f"{run[-1]} {words[k].replace('-', ' ')}")
                    keys += run[1:]
                if len(run) > 1 or opening.entries:
                    runs.append((opening, run))
            if runs:
                longer[i] = begin, runs
        known = self._gazetteer.find(keys) if keys else {}
        for i, (begin, runs) in longer.items():
            hits = [
                PlaceName(i + 1 if length == 1 else begin + length - 1, opening.variant, entries)
                for opening, run in runs
                for length, key in enumerate(run, 1)
                if (entries := opening.entries if length == 1 else known.get(key, ()))
            ]
            if hits:
                found[i] = hits
        return found

    def _known(self, reading: Reading) -> Mapping[str, tuple[_Opening, ...]]:
        """Return what the words of the reading begin."""
        known = self._openings
        new = [i for i, word in enumerate(reading.words) if word not in known]
        if new:
            if len(known) > _REMEMBERED_WORDS:
                self._openings = known = {}  # other threads keep the dictionary they have
                new = list(range(len(reading)))
            known.update(self._read({reading.words[i]: reading.variants[i] for i in new}))
        return known

    def _read(self, new: Mapping[str, Iterable[Variant]]) -> dict[str, tuple[_Opening, ...]]:
        hosts = {v.host for variants in new.values() for v in variants}
        keys = {host: host.replace("-", " ") for host in sorted(hosts)}
        entries = self._gazetteer.find(keys.values())
        seconds = self._gazetteer.followers(host for host, key in keys.items() if host == key)
        fresh: dict[str, tuple[_Opening, ...]] = {}
        for word, variants in new.items():
            openings = (
                _Opening(
                    v,
                    keys[v.host],
                    entries.get(keys[v.host], ()),
                    seconds.get(v.host, frozenset()),
                    "-" in v.host or " " in v.host or opens_any_name(v.host),
                )
                for v in variants
            )
            fresh[word] = tuple(o for o in openings if o.entries or o.seconds or o.any_second)
        return fresh


def _follows(word: str, seconds: frozenset[str]) -> bool:
    spellings = _spellings(word)
    return spellings is None or not seconds.isdisjoint(spellings)


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _spellings(word: str) -> tuple[str, ...] | None:
    """Return how names may spell their second word `word`, None where any second word may stand for it."""
    if may_be_left_out(word) or "-" in word or " " in word:
        return None
    return (word, *folded_words(word))
