"""What actors, sources and the publisher say about the country in which an article plays.

Invariant: the registry says which country an actor acts in or a source reports on; nothing is read out of words here.
"""

from collections.abc import Sequence

from ingest.gazetteer import Gazetteer
from ingest.lexicon import Entry, Lexicon
from ingest.mentions import Mention
from ingest.placecontext import Hints
from ingest.reading import Reading
from ontology.normal import name_key

_SIDES = 4  # steps from an actor to the state whose side it is on
_MOST = 3  # many voices of one country are still one hint: no more than the country named once
_REMEMBERED = 2_000


class CountryHints:
    """Reads hints off the mentions of an article; what the registry says of a publisher is remembered."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._states: dict[str, str | None] = {}
        self._publishers: dict[tuple[str, str], tuple[str, ...]] = {}
        self._homes: dict[str, frozenset[str]] = {}

    def of(self, reading: Reading, mentions: Sequence[Mention]) -> Hints:
        """Return what speaks for countries beside the places of the text."""
        states: dict[str, int] = {}
        local: dict[str, int] = {}
        for mention in mentions:
            entry = mention.entry or mention.of or mention.nation
            code, acts = self._country(entry, reading.lexicon)
            if code:
                weights = states if acts else local
                weights[code] = weights.get(code, 0) + 1
        if reading.publisher:
            for code in self._publisher(reading.publisher, reading.lexicon):
                local[code] = local.get(code, 0) + 1
        return Hints(
            states={code: min(weight, _MOST) for code, weight in sorted(states.items())},
            local={code: min(weight, _MOST) for code, weight in sorted(local.items())},
            home=self._home(reading.lexicon),
        )

    def _country(self, entry: Entry | None, lexicon: Lexicon) -> tuple[str | None, bool]:
        """Return the country of an actor or source, and whether it is only the state on whose side it is."""
        for _ in range(_SIDES):
            if entry is None:
                break
            if code := entry.get("country"):
                return str(code), False
            if entry.get("kind") == "state":
                return self._state(entry), True
            entry = lexicon.registry.get(str(entry.get("side_of") or entry.get("actor")))
        return None, False

    def _state(self, entry: Entry) -> str | None:
        if entry.id not in self._states:
            key = name_key(str(entry.get("names", {}).get("en", "")))
            found = self._gazetteer.find([key]).get(key, ())
            self._states[entry.id] = next((e.country for e in found if e.kind == "country"), None)
        return self._states[entry.id]

    def _home(self, lexicon: Lexicon) -> frozenset[str]:
        """Return the countries whose state the registry says to speak the language."""
        if lexicon.language not in self._homes:
            speaking = (e for e in lexicon.registry.values() if lexicon.language in e.get("languages", ()))
            self._homes[lexicon.language] = frozenset(code for e in speaking if (code := self._state(e)))
        return self._homes[lexicon.language]

    def _publisher(self, publisher: str, lexicon: Lexicon) -> tuple[str, ...]:
        """Return the countries of the source that publishes, or of the state in its name."""
        asked = (lexicon.language, publisher)
        if asked not in self._publishers:
            if len(self._publishers) > _REMEMBERED:
                self._publishers = {}  # other threads keep the dictionary they have
            self._publishers[asked] = self._countries_of(name_key(publisher), lexicon)
        return self._publishers[asked]

    def _countries_of(self, publisher: str, lexicon: Lexicon) -> tuple[str, ...]:
        words = set(publisher.split())
        found: dict[str, None] = {}
        for entry in lexicon.registry.values():
            source = entry.section == "sources"
            if not source and entry.get("kind") != "state":
                continue
            fields = ("aliases",) if source else ("aliases", "adjectives")
            names = [*entry.get("names", {}).values()]
            names += [form for name in fields for row in entry.get(name, {}).values() for form in row]
            keys = (name_key(name) for name in names)
            if any(k == publisher or ((" " in k or not source) and k and set(k.split()) <= words) for k in keys):
                code, _ = self._country(entry, lexicon)
                if code:
                    found[code] = None
        return tuple(sorted(found))
