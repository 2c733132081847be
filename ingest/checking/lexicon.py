"""A lexicon folder, checked as a whole: files, schemas, what the files say of each other, examples.

Invariant: what passes can be loaded by the extractor, and its examples hold; every fault has a place and a reason.
Nothing is changed.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from ingest.checking.documents import Document, Fault, Where, read_document
from ingest.checking.examples import date_fault, example_fault, names_by, quantity_fault
from ingest.checking.wording import missing, nearest, refusals, shown
from ingest.lexicon import DEFAULT_FOLDER, EVENT_TYPE, LANGUAGES, LexiconError, event_types, load_lexicon, vocabulary_of
from ontology.normal import name_key

SECTIONS = ("events", "words", "cues", "reporting")
GRAMMARS = ("dates", "numbers")
REGISTRIES = ("actors", "sources")
WHOLE = (*REGISTRIES, "types")
_OF_LANGUAGE = (*SECTIONS, "frames", *GRAMMARS)


@dataclass(slots=True)
class Checked:
    """What was found. `examples` counts those that were run."""

    folder: Path
    files: int = 0
    entries: int = 0
    examples: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_lexicon(folder: Path, *, examples: bool = True, step: Callable[[int], None] = lambda _: None) -> Checked:
    """Return the faults of a lexicon, sorted by file and line; examples run only where nothing else is wrong."""
    checked = Checked(folder)
    documents: dict[str, Document] = {}
    _schemas(checked)
    for name in (*(f"{name}.yaml" for name in WHOLE), *_language_files(folder)):
        path = folder / name
        if not path.is_file():
            checked.faults.append(Fault(path, 0, 0, "the file is missing"))
            continue
        document, faults = read_document(path)
        checked.files += 1
        checked.faults += faults
        if document is not None:
            documents[name.removesuffix(".yaml")] = document
    known = {f"{name}.yaml" for name in WHOLE} | set(_language_files(folder))
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        if name not in known:
            checked.faults.append(Fault(path, 0, 0, f"nothing reads a file of this name; {nearest(name, known)}"))
    for name, document in documents.items():
        _fits_schema(checked, name, document)
        checked.entries += sum(1 for _ in document.entries())
    if not checked.faults:
        _together(checked, documents)
    if not checked.faults:
        _loads(checked)
    if examples and not checked.faults:
        _examples(checked, documents, step)
    checked.faults.sort()
    return checked


def _language_files(folder: Path) -> list[str]:
    return [f"{language}/{name}.yaml" for language in LANGUAGES for name in _OF_LANGUAGE]


def _schemas(checked: Checked) -> None:
    from jsonschema import Draft202012Validator, SchemaError

    for section in (*SECTIONS, "frames", *WHOLE):
        path = checked.folder / f"{section}.schema.json"
        try:
            schema = json.loads(path.read_text(encoding="utf-8"))
            Draft202012Validator.check_schema(schema)
        except OSError:
            origin = DEFAULT_FOLDER / path.name
            checked.faults.append(Fault(path, 0, 0, f"the schema is missing; copy it from {origin}"))
        except ValueError as error:
            checked.faults.append(Fault(path, getattr(error, "lineno", 0), 0, f"it is no JSON: {error}"))
        except SchemaError as error:
            checked.faults.append(Fault(path, 0, 0, f"it is no JSON Schema: {error.message}"))
        else:
            for pattern in _patterns(schema):
                try:
                    re.compile(pattern)
                except re.error as error:
                    reason = f"{shown(pattern)} is no regular expression: {error}"
                    checked.faults.append(Fault(path, 0, 0, reason))


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for value in schema.values():
            yield from _patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _patterns(value)


def _fits_schema(checked: Checked, name: str, document: Document) -> None:
    from jsonschema import Draft202012Validator, FormatChecker

    section = name.rsplit("/", 1)[-1]
    if section in GRAMMARS:
        _grammar_keys(checked, name, document)
        return
    path = checked.folder / f"{section}.schema.json"
    if any(fault.file == path for fault in checked.faults):
        return
    types = event_types(checked.folder)
    checker = FormatChecker(formats=())
    checker.checks(EVENT_TYPE)(lambda value: not isinstance(value, str) or value in types)
    schema = json.loads(path.read_text(encoding="utf-8"))
    for error in Draft202012Validator(schema, format_checker=checker).iter_errors(document.data):
        for where, key, reason in refusals(error, document.data, types):
            checked.faults.append(document.fault(where, reason, key=key))


@cache
def _keys_of_ours(section: str) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that a grammar of any language of the project has, and those that every one has."""
    found = [read_document(DEFAULT_FOLDER / language / f"{section}.yaml")[0] for language in LANGUAGES]
    keys = [frozenset(document.data) for document in found if document is not None]
    return frozenset().union(*keys), frozenset.intersection(*keys)


def _grammar_keys(checked: Checked, name: str, document: Document) -> None:
    """The grammars of dates and numbers have no schema: they have the keys of those that come with the project."""
    section = name.rsplit("/", 1)[-1]
    if not isinstance(document.data, dict):
        checked.faults.append(document.fault((), "expected a mapping at the top"))
        return
    known, needed = _keys_of_ours(section)
    for key in document.data:
        if key not in known:
            reason = f"unknown key {key!r}; {nearest(str(key), known)}"
            checked.faults.append(document.fault((str(key),), reason, key=True))
    for key in sorted(needed - set(document.data)):
        checked.faults.append(document.fault((), f"the key {key!r} is missing"))
    for where, rule in _groups(document):
        if "id" not in rule:
            checked.faults.append(document.fault(where, "the key 'id' is missing"))
        for side in ("examples", "not"):
            if not isinstance(rule.get(side), list):
                reason = f"the list {side!r} is missing: texts that must, and must not, give this rule"
                checked.faults.append(document.fault(where, reason))


# ---------------------------------------------------------------------- what the files say of each other


def _together(checked: Checked, documents: dict[str, Document]) -> None:
    for registry in REGISTRIES:
        _registry(checked, documents[registry], documents["actors"])
    vocabulary = vocabulary_of(checked.folder)
    for language in LANGUAGES:
        of = {section: documents[f"{language}/{section}"] for section in (*SECTIONS, "frames")}
        _ids(checked, language, [of[section] for section in SECTIONS])
        frames = of["frames"].data.get("frames", {})
        classes = {row.get("class") for section in SECTIONS for _, row in of[section].entries()} | set(SECTIONS)
        for section in SECTIONS:
            for where, row in of[section].entries():
                if "examples" not in row:  # the extractor can do without them, whoever changes the word cannot
                    checked.faults.append(of[section].fault(where, missing("examples")))
                for inner, name in _class_names(row, where):
                    if name not in classes:
                        reason = f"no word has the class {name!r}; {nearest(name, {str(c) for c in classes if c})}"
                        checked.faults.append(of[section].fault(inner, reason))
        for where, row in of["events"].entries():
            if row["frame"] not in frames:
                reason = (
                    f"there is no frame {row['frame']!r} in {language}/frames.yaml; {nearest(row['frame'], frames)}"
                )
                checked.faults.append(of["events"].fault((*where, "frame"), reason))
            parts: list[tuple[Where, dict[str, Any]]] = [(where, row)]
            parts += [((*where, "senses", n), {"type": row["type"], **s}) for n, s in enumerate(row.get("senses", ()))]
            for at, part in parts:
                subtype = part.get("subtype")
                if subtype is not None and vocabulary.event_types.get(part["type"]) not in vocabulary.types_of(
                    vocabulary.event_types.get(subtype, "")
                ):
                    reason = f"{subtype!r} is no class below {part['type']!r} in the ontology"
                    checked.faults.append(of["events"].fault((*at, "subtype"), reason))


def _ids(checked: Checked, language: str, documents: list[Document]) -> None:
    seen: dict[str, str] = {}
    for document in documents:
        for where, row in document.entries():
            at = document.values[(*where, "id")]
            here = f"{document.path.name}, line {at[0]}"
            if row["id"] in seen:
                checked.faults.append(
                    document.fault(
                        (*where, "id"), f"the id {row['id']!r} is taken by {seen[row['id']]}; give it its own"
                    )
                )
            elif not row["id"].startswith(f"{language}."):
                checked.faults.append(document.fault((*where, "id"), f"the id must begin with {language}."))
            seen.setdefault(row["id"], here)


def _class_names(value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str) and value.startswith("@"):
        yield where, value[1:]
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("examples", "note"):
                yield from _class_names(inner, (*where, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _class_names(inner, (*where, number))


def _registry(checked: Checked, document: Document, actors: Document) -> None:
    rows = list(document.entries())
    first: dict[str, int] = {}
    known = {str(row["id"]) for _, row in actors.entries()}
    sides = {row["id"]: row.get("side_of") for _, row in actors.entries()}
    held: dict[tuple[str, str], dict[str, tuple[Where, str]]] = defaultdict(dict)
    single: dict[tuple[str, str, str], str] = {}
    for where, row in rows:
        name = row["id"]
        if name in first:
            reason = f"the id {name!r} is taken in line {first[name]} already; give it its own"
            checked.faults.append(document.fault((*where, "id"), reason))
        first.setdefault(name, document.values[(*where, "id")][0])
        for key in ("side_of", "actor"):
            if row.get(key) is not None and row[key] not in known:
                reason = f"there is no actor {row[key]!r}; {nearest(row[key], known)}"
                checked.faults.append(document.fault((*where, key), reason))
        if "side_of" in row and _circle(name, sides):
            checked.faults.append(document.fault((*where, "side_of"), f"{name!r} is on its own side in a circle"))
        for at, language, form in _forms(where, row):
            held[language, name_key(form)].setdefault(name, (at, form))
        for slot in ("adjectives", "metonyms"):
            for language, forms in row.get(slot, {}).items():
                for number, form in enumerate(forms):
                    owner = single.setdefault((slot, language, name_key(form)), name)
                    if owner != name:
                        reason = f"{form!r} stands for {owner!r} already; an adjective or metonym means one actor"
                        checked.faults.append(document.fault((*where, slot, language, number), reason))
    by_id = {row["id"]: (where, row) for where, row in rows}
    for (_, key), holders in held.items():
        for name, (at, form) in holders.items():
            declared = {name_key(f): set(ids) for f, ids in by_id[name][1].get("shared_with", {}).items()}
            for other in sorted(set(holders) - {name} - declared.get(key, set())):
                reason = (
                    f"{form!r} is claimed by {other!r} too (line {document.values[holders[other][0]][0]}); "
                    "take it from one, or name the other under shared_with in both"
                )
                checked.faults.append(document.fault(at, reason))
    for where, row in rows:
        for form, others in row.get("shared_with", {}).items():
            for other in others:
                if not any(other in held.get((language, name_key(form)), {}) for language in LANGUAGES):
                    reason = f"{other!r} has no form {form!r}, so nothing is shared"
                    checked.faults.append(document.fault((*where, "shared_with", form), reason, key=True))


def _forms(where: Where, row: dict[str, Any]) -> Iterator[tuple[Where, str, str]]:
    for language, name in row["names"].items():
        yield (*where, "names", language), language, name
        for slot in ("aliases", "exact"):
            for number, form in enumerate(row.get(slot, {}).get(language, ())):
                yield (*where, slot, language, number), language, form


def _circle(start: str, sides: dict[str, str | None]) -> bool:
    seen, here = {start}, sides.get(start)
    while here is not None and here not in seen:
        seen.add(here)
        here = sides.get(here)
    return here == start


# ---------------------------------------------------------------------- examples


def _loads(checked: Checked) -> None:
    from ingest.dates import DateGrammar
    from ingest.quantities import QuantityGrammar

    folder = checked.folder
    for language in LANGUAGES:
        parts: tuple[tuple[Path, Callable[[], object]], ...] = (
            (folder / language, partial(load_lexicon, language, folder)),
            (folder / language / "dates.yaml", partial(DateGrammar.load, folder, language)),
            (folder / language / "numbers.yaml", partial(QuantityGrammar.load, folder, language)),
        )
        for path, load in parts:
            try:
                load()
            except (LexiconError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
                reason = f"it cannot be loaded: {type(error).__name__}: {error}; compare it with the project's own"
                checked.faults.append(Fault(path, 0, 0, reason))


def _examples(checked: Checked, documents: dict[str, Document], step: Callable[[int], None]) -> None:
    from ingest.dates import DateGrammar
    from ingest.pipeline import Pipeline
    from ingest.quantities import QuantityGrammar

    def judged(document: Document, where: Where, text: str, fault: str | None) -> None:
        checked.examples += 1
        step(checked.examples)
        if fault is not None:
            checked.faults.append(document.fault(where, f"the example {shown(text)} {fault}"))

    pipeline = Pipeline(lexicon_dir=checked.folder)
    for language in LANGUAGES:
        for section in SECTIONS:
            document = documents[f"{language}/{section}"]
            for where, side, n, row, text in _sentences(document):
                judged(
                    document,
                    (*where, "examples", side, n),
                    text,
                    example_fault(pipeline, language, section, row, side, text),
                )
        dates, numbers = documents[f"{language}/dates"], documents[f"{language}/numbers"]
        date_grammar = DateGrammar.load(checked.folder, language)
        number_grammar = QuantityGrammar.load(checked.folder, language)
        for rule, where, case in _rules(dates):
            judged(dates, where, _text(case), date_fault(date_grammar, str(rule), case))
        for rule, where, case in _rules(numbers):
            name = str(rule) if "." in str(rule) else f"{language}.number.{rule}"
            judged(numbers, where, _text(case), quantity_fault(number_grammar, name, case))
    for registry in REGISTRIES:
        document = documents[registry]
        rows = [row for _, row in document.entries()]
        index: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for where, row in document.entries():
            for at, _, form in _forms(where, row):
                if "exact" not in at:
                    index[tuple(name_key(form).split())].add(row["id"])
        for where, side, n, row, text in _sentences(document):
            named = row["id"] in names_by(index, rows, text)
            fault = None if named is (side == "match") else "names it and must not" if named else "does not name it"
            judged(document, (*where, "examples", side, n), text, fault)


def _sentences(document: Document) -> Iterator[tuple[Where, str, int, dict[str, Any], str]]:
    for where, row in document.entries():
        for side in ("match", "not"):
            for number, text in enumerate(row.get("examples", {}).get(side, ())):
                yield where, side, number, row, text


def _groups(document: Document) -> Iterator[tuple[Where, dict[str, Any]]]:
    """The rules of a grammar of dates or numbers, wherever they stand: mappings with an id."""
    for key, value in document.data.items():
        items = [((str(key), n), v) for n, v in enumerate(value)] if isinstance(value, list) else [((str(key),), value)]
        for where, item in items:
            if isinstance(item, dict) and ("examples" in item or "id" in item):
                yield where, item


def _rules(document: Document) -> Iterator[tuple[str | None, Where, Any]]:
    for where, rule in _groups(document):
        for side in ("examples", "not"):
            for number, case in enumerate(rule.get(side) or ()):
                yield rule.get("id"), (*where, side, number), case


def _text(case: Any) -> str:
    return str(case["text"]) if isinstance(case, dict) else str(case)


def summary(checked: Checked) -> str:
    """Return one sentence on the outcome."""
    if not checked.faults:
        ran = f"{checked.examples} examples hold" if checked.examples else "examples were not run"
        return f"the lexicon is sound: {checked.files} files, {checked.entries} entries, {ran}."
    files = Counter(fault.file for fault in checked.faults)
    return f"{len(checked.faults)} faults in {len(files)} files."
