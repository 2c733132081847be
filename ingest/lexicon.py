"""The lexicon: YAML entries checked by JSON Schema and compiled into tables of forms, phrases and names.

Invariant: what the extractor knows of words stands in data, and every entry has an id that its results carry. The
digest over all data files is part of the extractor's version.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml

from ingest.inflection import Form, arabic_adjective, arabic_noun, arabic_verb, english_noun, english_verb
from ontology.identity import sha256_hex
from ontology.location import PROJECT, ontology_folder
from ontology.normal import name_key, normal_word
from ontology.vocabulary import ONTOLOGY_FILE, Vocabulary

if TYPE_CHECKING:
    from jsonschema import FormatChecker

LANGUAGES = ("ar", "en")
EVENT_TYPE = "event-type"  # the format, in the schemas, of a name that the ontology must have
DEFAULT_FOLDER = PROJECT / "lexicon"

Section = Literal["events", "words", "cues", "reporting", "actors", "sources"]


class LexiconError(ValueError):
    """A data file that cannot be used: names the file, the entry and the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One lexicon entry. `section` is the file it came from; `data` holds the rest as it was written.

    `cls` is the word class that rules ask for: `class` of words, the section's name elsewhere. `get` returns a field
    of `data`; it is the mapping's own, because rules ask for fields more often than for anything else.
    """

    id: str
    section: str
    lemma: str
    pos: str
    data: Mapping[str, Any] = field(repr=False)
    cls: str = field(init=False, repr=False)
    get: Callable[..., Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cls", str(self.data.get("class", self.section)))
        object.__setattr__(self, "get", self.data.get)


@dataclass(frozen=True, slots=True)
class Known:
    """A form of an entry."""

    entry: Entry
    form: Form


@dataclass(frozen=True, slots=True)
class Registered:
    """An actor or a source of the registry, and how the name means it."""

    entry: Entry
    short: bool = False
    metonym: bool = False
    exact: str | None = None  # the only spelling that counts: US is not us


class Condition(NamedTuple):
    """A condition of an entry on its context: `value` as written, a list also as `items` and as resolved `words`."""

    name: str
    value: Any
    items: frozenset[str]
    words: frozenset[str]


class Conditions(NamedTuple):
    """Conditions that must all hold, and those (`or_…`) that are alternatives to all of them together."""

    together: tuple[Condition, ...]
    alternatives: tuple[Condition, ...]


@dataclass(frozen=True)
class Lexicon:
    """Everything the pipeline of one language knows."""

    language: str
    folder: Path
    digest: str
    entries: tuple[Entry, ...]
    frames: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]
    registry: Mapping[str, Entry]
    traits: Mapping[str, frozenset[str]]

    @cached_property
    def forms(self) -> dict[str, tuple[Known, ...]]:
        """Normal form of a word → the entries it may be a form of, article and clitics off."""
        table: dict[str, list[Known]] = {}
        for entry in self.entries:
            if entry.pos == "phrase":
                continue
            for form in _forms(entry, self.language):
                table.setdefault(form.word, []).append(Known(entry, form))
        return {word: tuple(known) for word, known in table.items()}

    @cached_property
    def phrases(self) -> dict[str, tuple[tuple[tuple[str, ...], Entry], ...]]:
        """First word → fixed phrases that begin with it, longest first."""
        table: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        for entry in self.entries:
            if entry.pos == "phrase":
                for phrase in (entry.lemma, *entry.get("variants", ())):
                    words = tuple(normal_word(word) for word in phrase.split())
                    table.setdefault(words[0], []).append((words, entry))
        return {first: tuple(sorted(rows, key=lambda row: (-len(row[0]), row[0]))) for first, rows in table.items()}

    @cached_property
    def names(self) -> dict[str, Registered]:
        """Name key → the registered actor or source."""
        table: dict[str, Registered] = {}
        of_several = {
            name_key(n) for e in self.registry.values() if e.section == "actors" for n in e.get("shared_with", {})
        }
        for entry in self.registry.values():
            shared = {name_key(name) for name in entry.get("shared_with", {})}
            if entry.section == "sources":
                shared |= of_several
            names = [entry.get("names", {}).get(self.language), *entry.get("aliases", {}).get(self.language, ())]
            for name in names:
                # A name that several actors bear names none of them; the mention keeps its own words.
                if name and name_key(name) not in shared:
                    table.setdefault(name_key(name), Registered(entry))
            for name in entry.get("exact", {}).get(self.language, ()):
                if name_key(name) not in shared:
                    table.setdefault(name_key(name), Registered(entry, exact=name))
        for entry in self.registry.values():
            for name in entry.get("metonyms", {}).get(self.language, ()):
                table.setdefault(name_key(name), Registered(entry, metonym=True))
        return table

    @cached_property
    def shorts(self) -> dict[str, tuple[Entry, ...]]:
        """Name key of a short form (الجيش, the army) → the entries it may mean where the article named them before."""
        table: dict[str, list[Entry]] = {}
        for entry in self.registry.values():
            for name in entry.get("short", {}).get(self.language, ()):
                table.setdefault(name_key(name), []).append(entry)
        return {key: tuple(entries) for key, entries in table.items()}

    @cached_property
    def name_starts(self) -> frozenset[str]:
        """First words of all names; before the sign of the possessive a word of its own (Assad's forces)."""
        keys = [*self.names, *self.shorts]
        owners = [
            key.split(" ", 1)[0][:-1] for key in keys if self.language == "en" and key.split(" ", 1)[0][-1] == "s"
        ]
        return frozenset((*owners, *(key.split(" ", 1)[0] for key in keys)))

    @cached_property
    def name_prefixes(self) -> frozenset[str]:
        """What longer names begin with: all words of each but the last, but the last two, and so on."""
        return frozenset(key[:at] for key in (*self.names, *self.shorts) for at, c in enumerate(key) if c == " ")

    @cached_property
    def adjectives(self) -> dict[str, tuple[Entry, Form]]:
        """Inflected adjective (إسرائيلية, Russian) → the actor it stands for."""
        table: dict[str, tuple[Entry, Form]] = {}
        for entry in self.registry.values():
            for adjective in entry.get("adjectives", {}).get(self.language, ()):
                if self.language == "ar":
                    for form in arabic_adjective(adjective):
                        table.setdefault(form.word, (entry, form))
                else:
                    table.setdefault(name_key(adjective), (entry, Form(name_key(adjective))))
        return table

    @cached_property
    def classes(self) -> dict[str, frozenset[str]]:
        """Word class → normal forms of all its words and one-word phrases, for the conditions of entries."""
        table: dict[str, set[str]] = {}
        for word, known in self.forms.items():
            for k in known:
                table.setdefault(k.entry.cls, set()).add(word)
        return {name: frozenset(words) for name, words in table.items()}

    def words_of(self, names: Iterable[str]) -> frozenset[str]:
        """Resolve a condition's list: `@class` stands for all words of the class, others for themselves."""
        key = tuple(names)
        resolved = self._resolved.get(key)
        if resolved is not None:
            return resolved
        found: set[str] = set()
        for name in key:
            if name.startswith("@"):
                if name[1:] not in self.classes:
                    raise LexiconError(f"{self.language}: a condition names the class {name}, which no word has")
                found |= self.classes[name[1:]]
            else:
                found.add(normal_word(name))
        return self._resolved.setdefault(key, frozenset(found))

    def frame_of(self, entry: Entry) -> Mapping[str, Any]:
        """Return the frame of a trigger's entry, with the entry's own overrides."""
        frame = self._frames_of.get(entry.id)
        if frame is None:
            frame = {**self.frames[str(entry.get("frame"))], **entry.get("roles", {})}
            self._frames_of[entry.id] = frame
        return frame

    def conditions(self, written: Mapping[str, Any]) -> Conditions:
        """Return conditions as they stand in an entry of this lexicon, made ready to be checked."""
        known = self._conditions.get(id(written))  # an entry lives as long as its lexicon
        if known is None:
            made = [self._condition(name, value) for name, value in written.items()]
            alternatives = [c._replace(name=c.name.removeprefix("or_")) for c in made if c.name.startswith("or_")]
            known = Conditions(tuple(c for c in made if not c.name.startswith("or_")), tuple(alternatives))
            self._conditions[id(written)] = known
        return known

    def _condition(self, name: str, value: Any) -> Condition:
        items = value if isinstance(value, list) else ()
        return Condition(name, value, frozenset(items), self.words_of(items))

    @cached_property
    def _conditions(self) -> dict[int, Conditions]:
        """What `conditions` gave before."""
        return {}

    @cached_property
    def _frames_of(self) -> dict[str, Mapping[str, Any]]:
        """What `frame_of` gave before, by entry."""
        return {}

    @cached_property
    def _resolved(self) -> dict[tuple[str, ...], frozenset[str]]:
        """What `words_of` gave before; the lists come from data files, so they are few."""
        return {}


def _forms(entry: Entry, language: str) -> Iterator[Form]:
    data, pos = entry.data, entry.pos
    plurals = tuple(data.get("plural", ()))
    if pos == "word":
        for word in (entry.lemma, *data.get("variants", ())):
            yield Form(normal_word(word), data.get("gender", ""), data.get("number", ""))
        return
    produced: Iterable[Form]
    if language == "ar":
        if pos == "verb":
            produced = arabic_verb(entry.lemma, data["imperfect"])
        elif pos == "noun":
            produced = arabic_noun(entry.lemma, data.get("gender", "m"), plurals, bool(data.get("human")))
        else:
            produced = arabic_adjective(entry.lemma, plurals)
    elif pos == "verb":
        produced = english_verb(entry.lemma, tuple(data.get("past", ())), double=bool(data.get("double")))
    elif pos == "noun":
        produced = english_noun(entry.lemma, plurals)
    else:
        produced = (Form(normal_word(entry.lemma)),)
    only = data.get("only")
    for form in produced:
        number = "p" if form.plural else form.number
        if only is None or number in only or form.tense in only:
            yield form
    for extra in data.get("forms", ()):
        yield Form(normal_word(extra), data.get("gender", ""), "s")


def lexicon_folder() -> Path:
    """Return the lexicon of the ontology in use."""
    return ontology_folder() / DEFAULT_FOLDER.name


def vocabulary_of(folder: Path) -> Vocabulary:
    """Return the terms that a lexicon may name: those of the ontology around it, else of the one in use."""
    around = folder.resolve().parent
    return Vocabulary.load(around if (around / ONTOLOGY_FILE).is_file() else None)


def event_types(folder: Path) -> Mapping[str, str]:
    """Return the event types that a lexicon may name."""
    return vocabulary_of(folder).event_types


def load_lexicon(language: str, folder: Path | None = None) -> Lexicon:
    """Return the lexicon of `language` from `folder`, by default that of the ontology in use.

    Raises:
        LexiconError: for an unknown language, a missing or malformed file, or an entry its schema refuses.
    """
    if language not in LANGUAGES:
        raise LexiconError(f"no lexicon for the language {language!r}; there are: {', '.join(LANGUAGES)}")
    folder = folder if folder is not None else lexicon_folder()
    entries: list[Entry] = []
    seen: dict[str, str] = {}
    for section in ("events", "words", "cues", "reporting"):
        for item in read_entries(folder / language / f"{section}.yaml", folder / f"{section}.schema.json"):
            if item["id"] in seen:
                raise LexiconError(f"{language}/{section}.yaml: the id {item['id']} stands twice")
            seen[item["id"]] = section
            entries.append(Entry(item["id"], section, item["lemma"], item.get("pos", "word"), item))
    registry = {
        item["id"]: Entry(item["id"], section, item["names"]["en"], "name", item)
        for section in ("actors", "sources")
        for item in read_entries(folder / f"{section}.yaml", folder / f"{section}.schema.json")
    }
    frames = _read_whole(folder / language / "frames.yaml", folder / "frames.schema.json")
    for entry in entries:
        if entry.section == "events" and entry.get("frame") not in frames["frames"]:
            raise LexiconError(
                f"{language}/events.yaml: entry {entry.id}: no frame {entry.get('frame')!r} in frames.yaml"
            )
    traits = _read_whole(folder / "types.yaml", folder / "types.schema.json")["traits"]
    return Lexicon(
        language,
        folder,
        digest_of(folder),
        tuple(entries),
        frames["frames"],
        frames.get("settings", {}),
        registry,
        {name: frozenset(types) for name, types in traits.items()},
    )


def read_entries(path: Path, schema: Path) -> list[dict[str, Any]]:
    """Return the `entries` of a data file after checking each against the schema.

    Raises:
        LexiconError: naming the file, the entry and what its schema wants.
    """
    from jsonschema import Draft202012Validator

    entries = _read(path).get("entries")
    if not isinstance(entries, list):
        raise LexiconError(f"{path}: expected a list under `entries`")
    rules = json.loads(schema.read_text(encoding="utf-8"))
    # The schema is written for the whole file; each entry is checked alone so that the error can name it.
    item_schema = {**{k: v for k, v in rules.items() if k in ("$defs", "definitions")}, **_item_schema(rules)}
    validator = Draft202012Validator(item_schema, format_checker=_checker(schema))
    for number, entry in enumerate(entries, 1):
        error = next(iter(sorted(validator.iter_errors(entry), key=lambda e: list(map(str, e.path)))), None)
        if error is not None:
            name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
            at = ".".join(str(part) for part in error.path)
            raise LexiconError(f"{path}: entry {name}: {at + ': ' if at else ''}{error.message}")
    return entries


def _read_whole(path: Path, schema: Path) -> dict[str, Any]:
    from jsonschema import Draft202012Validator

    data = _read(path)
    validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")), format_checker=_checker(schema))
    error = next(iter(sorted(validator.iter_errors(data), key=lambda e: list(map(str, e.path)))), None)
    if error is not None:
        at = ".".join(str(part) for part in error.path)
        raise LexiconError(f"{path}: {at + ': ' if at else ''}{error.message}")
    return data


def _checker(schema: Path) -> "FormatChecker":
    from jsonschema import FormatChecker

    types = event_types(schema.parent)
    checker = FormatChecker(formats=())
    checker.checks(EVENT_TYPE)(lambda value: not isinstance(value, str) or value in types)
    return checker


def _item_schema(rules: dict[str, Any]) -> dict[str, Any]:
    items = rules["properties"]["entries"]["items"]
    return dict(items)


def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        raise LexiconError(f"{path}: the file is missing") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        raise LexiconError(f"{where}: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(data, dict):
        raise LexiconError(f"{path}: expected a mapping at the top")
    return data


def digest_of(folder: Path) -> str:
    """Return SHA-256 over names and bytes of all data files below `folder`, in sorted order."""
    parts = []
    for path in sorted(folder.rglob("*.yaml")):
        content = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout with other line ends is the same lexicon
        parts.append(f"{path.relative_to(folder).as_posix()} {sha256_hex(content)}\n")
    return sha256_hex("".join(parts).encode())
