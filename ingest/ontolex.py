"""The lexicon in OntoLex-Lemon: entries, written forms, and senses that refer to the ontology, to actors and sources.

Invariant: the same lexicon gives the same bytes. The IRI of an entry follows from its id, that of a form or a name from
its words, so an edit elsewhere renames nothing. Written forms are those of the data files, never the folded ones that
matching uses; every sense refers to exactly one thing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from ingest.lexicon import LANGUAGES, Entry, Lexicon, load_lexicon, vocabulary_of
from ontology.identity import derived_id
from ontology.vocabulary import LEXICON as BASE
from ontology.vocabulary import PREFIXES, RDF, RDFS, SKOS, XSD, Vocabulary

ONTOLEX: Final = "http://www.w3.org/ns/lemon/ontolex#"
LIME: Final = "http://www.w3.org/ns/lemon/lime#"
LEXINFO: Final = "http://www.lexinfo.net/ontology/3.0/lexinfo#"
VOCABULARIES: Final = {
    "ontolex": ONTOLEX,
    "lime": LIME,
    "lexinfo": LEXINFO,
    **{name: PREFIXES[name] for name in ("rdf", "rdfs", "skos", "wq", "xsd")},
}

_TYPE = ox.NamedNode(RDF + "type")
_POS = {"verb": "verb", "noun": "noun", "adjective": "adjective", "name": "properNoun"}
_GENDER = {"m": "masculine", "f": "feminine"}
_NUMBER = {"s": "singular", "d": "dual", "p": "plural"}
_PAST = ("past", "participle")

IriOf = Callable[[str], ox.NamedNode]


def turtle(folder: Path, actor: IriOf, source: IriOf) -> bytes:
    """Return the lexicon of `folder` as Turtle; `actor` and `source` give the IRIs of those ids in the graph.

    Raises:
        LexiconError: the lexicon cannot be loaded.
    """
    vocabulary = vocabulary_of(folder)
    found: list[ox.Triple] = []
    for language in LANGUAGES:
        found += lexicon_triples(load_lexicon(language, folder), vocabulary, actor, source)
    ordered = sorted(set(found), key=_order)
    written = ox.serialize(ordered, format=ox.RdfFormat.TURTLE, prefixes=VOCABULARIES) or b""
    lines = written.splitlines(keepends=True)
    return b"".join((*sorted(lines[: len(VOCABULARIES)]), *lines[len(VOCABULARIES) :]))  # prefixes come in any order


def lexicon_triples(lexicon: Lexicon, vocabulary: Vocabulary, actor: IriOf, source: IriOf) -> Iterator[ox.Triple]:
    """Yield the triples of one language."""
    language = lexicon.language
    whole = _node(BASE + language)
    yield _is(whole, LIME + "Lexicon")
    yield ox.Triple(whole, _node(LIME + "language"), ox.Literal(language))
    count = 0
    for entry in lexicon.entries:
        count += 1
        yield ox.Triple(whole, _node(LIME + "entry"), _entry(entry.id))
        yield from _word(entry, language, vocabulary)
    for entry in lexicon.registry.values():
        iri = actor if entry.section == "actors" else source
        for name, slot in _names(entry, language).items():
            count += 1
            node = _node(f"{BASE}{entry.section}/{entry.id}/{language}/{derived_id('name', slot, name)}")
            yield ox.Triple(whole, _node(LIME + "entry"), node)
            yield from _name(node, entry, name, slot, language, iri(derived_id(entry.section[:-1], entry.id)))
    yield ox.Triple(whole, _node(LIME + "lexicalEntries"), ox.Literal(str(count), datatype=_node(XSD + "integer")))


def _word(entry: Entry, language: str, vocabulary: Vocabulary) -> Iterator[ox.Triple]:
    node, data = _entry(entry.id), entry.data
    yield from _lexical(node, entry.lemma, entry.pos, language, data.get("gender"))
    yield from _form(node, "canonicalForm", entry.lemma, language, {"number": _NUMBER.get(str(data.get("number")))})
    for words, features in _other_forms(data):
        for word in words:
            yield from _form(node, "otherForm", word, language, features)
    if data.get("note"):
        yield ox.Triple(node, _node(SKOS + "note"), ox.Literal(str(data["note"]), language="en"))
    for name, reference in _references(entry, vocabulary):
        sense = _node(f"{node.value}#sense-{name}")
        yield ox.Triple(node, _node(ONTOLEX + "sense"), sense)
        yield _is(sense, ONTOLEX + "LexicalSense")
        yield ox.Triple(sense, _node(ONTOLEX + "reference"), _node(reference))
    for example in data.get("examples", {}).get("match", ()):
        yield ox.Triple(node, _node(SKOS + "example"), ox.Literal(example, language=language))
    if entry.section in ("words", "reporting"):  # words of the grammar: no thing of the ontology, but a concept
        concept = _node(f"{BASE}concept/{entry.cls}")
        yield ox.Triple(node, _node(ONTOLEX + "evokes"), concept)
        yield _is(concept, ONTOLEX + "LexicalConcept")
        yield ox.Triple(concept, _node(RDFS + "label"), ox.Literal(entry.cls, language="en"))


def _name(
    node: ox.NamedNode, entry: Entry, name: str, slot: str, language: str, thing: ox.NamedNode
) -> Iterator[ox.Triple]:
    yield from _lexical(node, name, "adjective" if slot == "adjectives" else "name", language, None)
    yield from _form(node, "canonicalForm", name, language, {})
    sense = _node(f"{node.value}#sense")
    yield ox.Triple(node, _node(ONTOLEX + "sense"), sense)
    yield _is(sense, ONTOLEX + "LexicalSense")
    yield ox.Triple(sense, _node(ONTOLEX + "reference"), thing)
    for view in entry.get("perspective", ()):
        if view["alias"] == name:
            note = f"used by {view['used_by']}"
            yield ox.Triple(sense, _node(SKOS + "note"), ox.Literal(note, language="en"))


def _lexical(node: ox.NamedNode, words: str, pos: str, language: str, gender: Any) -> Iterator[ox.Triple]:
    yield _is(node, ONTOLEX + "LexicalEntry")
    yield _is(node, ONTOLEX + ("MultiwordExpression" if " " in words else "Word"))
    yield ox.Triple(node, _node(LIME + "language"), ox.Literal(language))
    if pos in _POS:
        yield ox.Triple(node, _node(LEXINFO + "partOfSpeech"), _node(LEXINFO + _POS[pos]))
    if gender in _GENDER:
        yield ox.Triple(node, _node(LEXINFO + "gender"), _node(LEXINFO + _GENDER[gender]))


def _form(
    node: ox.NamedNode, relation: str, words: str, language: str, features: Mapping[str, str | None]
) -> Iterator[ox.Triple]:
    form = _node(f"{node.value}#form-{derived_id('form', relation, words)[:12]}")
    yield ox.Triple(node, _node(ONTOLEX + relation), form)
    yield _is(form, ONTOLEX + "Form")
    yield ox.Triple(form, _node(ONTOLEX + "writtenRep"), ox.Literal(words, language=language))
    for feature, value in features.items():
        if value is not None:
            yield ox.Triple(form, _node(LEXINFO + feature), _node(LEXINFO + value))


def _other_forms(data: Mapping[str, Any]) -> Iterator[tuple[Iterable[str], dict[str, str | None]]]:
    if "imperfect" in data:
        yield (data["imperfect"],), {"aspect": "imperfective"}
    for word, kind in zip(data.get("past", ()), _PAST, strict=False):
        yield (word,), {"tense": "past"} if kind == "past" else {"verbFormMood": "participle"}
    yield data.get("plural", ()), {"number": "plural"}
    yield (*data.get("forms", ()), *data.get("variants", ())), {}


def _references(entry: Entry, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """What the senses of an entry refer to: classes of events for triggers, modalities for cues."""
    if entry.section == "events":
        senses = [entry.data, *({"type": entry.data["type"], **sense} for sense in entry.get("senses", ()))]
        names = dict.fromkeys(str(sense.get("subtype") or sense["type"]) for sense in senses)
        yield from ((name, vocabulary.event_type(name)) for name in names)
    elif entry.section == "cues":
        yield entry.data["effect"], vocabulary.modality(entry.data["effect"])


def _names(entry: Entry, language: str) -> dict[str, str]:
    """The names of an actor or a source in a language, each with the first slot that holds it."""
    found: dict[str, str] = {}
    if language in entry.get("names", {}):
        found[entry.get("names")[language]] = "names"
    for slot in ("aliases", "exact", "adjectives", "metonyms", "short"):
        for name in entry.get(slot, {}).get(language, ()):
            found.setdefault(name, slot)
    return found


def _entry(name: str) -> ox.NamedNode:
    return _node(BASE + name)


def _is(node: ox.NamedNode, cls: str) -> ox.Triple:
    return ox.Triple(node, _TYPE, _node(cls))


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def _order(triple: ox.Triple) -> tuple[str, bool, str, str]:
    return str(triple.subject), triple.predicate != _TYPE, triple.predicate.value, str(triple.object)
