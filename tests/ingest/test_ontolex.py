"""The export of the lexicon: sound OntoLex-Lemon, the same bytes every time, IRIs that stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, SKOS, Literal, URIRef

from graph.iris import Iris
from ingest.lexicon import DEFAULT_FOLDER, LANGUAGES, load_lexicon
from ingest.ontolex import BASE, LEXINFO, LIME, ONTOLEX, turtle
from ontology.identity import derived_id
from ontology.vocabulary import WQ, Vocabulary
from tests.ingest.checking.small import small_lexicon

IRIS = Iris("http://localhost:8000/")
# The terms of the published vocabularies that an export may use, by namespace.
DECLARED = {
    ONTOLEX: "LexicalEntry Word MultiwordExpression Form LexicalSense LexicalConcept canonicalForm otherForm writtenRep"
    " sense reference evokes",
    LIME: "Lexicon entry language lexicalEntries",
    LEXINFO: "partOfSpeech verb noun adjective properNoun gender masculine feminine number singular dual plural aspect"
    " imperfective tense past verbFormMood participle",
    str(SKOS): "note example",
    str(RDF): "type",
    "http://www.w3.org/2000/01/rdf-schema#": "label",
}
MIN = """  - {id: ar.w.min, class: prep, lemma: من, pos: word, prep: من,
     examples: {match: ["وصل ستة من حلب."], not: ["هدأت الأسواق أمس."]}}
"""
ENTRY, FORM, SENSE = (URIRef(ONTOLEX + name) for name in ("LexicalEntry", "Form", "LexicalSense"))


def exported(folder: Path) -> bytes:
    return turtle(folder, IRIS.actor, IRIS.source)


def parsed(data: bytes) -> rdflib.Graph:
    return rdflib.Graph().parse(data=data, format="turtle")


@pytest.fixture(scope="module")
def whole() -> rdflib.Graph:
    return parsed(exported(DEFAULT_FOLDER))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_lexicon(tmp_path)


def test_only_declared_terms_are_used(whole: rdflib.Graph) -> None:
    used = {str(p) for p in whole.predicates(unique=True)} | {
        str(o)
        for p in (RDF.type, *(URIRef(LEXINFO + n) for n in DECLARED[LEXINFO].split()))
        for o in whole.objects(None, p)
    }
    assert used <= {namespace + name for namespace, names in DECLARED.items() for name in names.split()}


def test_every_entry_has_one_canonical_form_and_belongs_to_one_lexicon(whole: rdflib.Graph) -> None:
    entries = set(whole.subjects(RDF.type, ENTRY))
    assert len(entries) > 5000
    for entry in entries:
        assert len(list(whole.objects(entry, URIRef(ONTOLEX + "canonicalForm")))) == 1, entry
        assert len(list(whole.subjects(URIRef(LIME + "entry"), entry))) == 1, entry
        assert (
            len(
                {URIRef(ONTOLEX + "Word"), URIRef(ONTOLEX + "MultiwordExpression")}
                & set(whole.objects(entry, RDF.type))
            )
            == 1
        )


def test_every_form_is_written_in_the_language_of_its_entry(whole: rdflib.Graph) -> None:
    for form in set(whole.subjects(RDF.type, FORM)):
        (written,) = whole.objects(form, URIRef(ONTOLEX + "writtenRep"))
        assert isinstance(written, Literal)
        owners = {
            s for relation in ("canonicalForm", "otherForm") for s in whole.subjects(URIRef(ONTOLEX + relation), form)
        }
        (owner,) = owners
        assert Literal(written.language) == whole.value(owner, URIRef(LIME + "language"))


def test_every_sense_refers_to_one_thing_that_there_is(whole: rdflib.Graph) -> None:
    vocabulary = Vocabulary.load()
    registry = load_lexicon("ar").registry.values()
    things = {IRIS.actor(derived_id("actor", e.id)).value for e in registry if e.section == "actors"}
    things |= {IRIS.source(derived_id("source", e.id)).value for e in registry if e.section == "sources"}
    things |= {*vocabulary.event_types.values(), *vocabulary.modalities.values()}
    senses = set(whole.subjects(RDF.type, SENSE))
    assert senses
    for sense in senses:
        (reference,) = whole.objects(sense, URIRef(ONTOLEX + "reference"))
        assert str(reference) in things, sense
        assert len(list(whole.subjects(URIRef(ONTOLEX + "sense"), sense))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_lexicon_is_left_out(whole: rdflib.Graph, language: str) -> None:
    lexicon = load_lexicon(language)
    node = URIRef(BASE + language)
    listed = set(whole.objects(node, URIRef(LIME + "entry")))
    assert whole.value(node, URIRef(LIME + "lexicalEntries")) == Literal(len(listed))
    assert {URIRef(BASE + entry.id) for entry in lexicon.entries} <= listed
    written = {str(o) for o in whole.objects(None, URIRef(ONTOLEX + "writtenRep"))}
    assert {name for e in lexicon.registry.values() for name in e.get("aliases", {}).get(language, ())} <= written


def test_a_trigger_in_full(folder: Path) -> None:
    graph = parsed(exported(folder))
    entry = URIRef(BASE + "ar.airstrike.ghara.n")
    (sense,) = graph.objects(entry, URIRef(ONTOLEX + "sense"))
    assert graph.value(sense, URIRef(ONTOLEX + "reference")) == URIRef(WQ + "Airstrike")
    assert graph.value(entry, URIRef(LEXINFO + "gender")) == URIRef(LEXINFO + "feminine")
    forms = {
        (str(graph.value(form, URIRef(ONTOLEX + "writtenRep"))), graph.value(form, URIRef(LEXINFO + "number")))
        for relation in ("canonicalForm", "otherForm")
        for form in graph.objects(entry, URIRef(ONTOLEX + relation))
    }
    assert forms == {("غارة", None), ("غارات", URIRef(LEXINFO + "plural"))}
    assert graph.value(entry, SKOS.example) == Literal("قتل ستة في غارة على حلب.", lang="ar")


def test_the_bytes_do_not_depend_on_the_run(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from graph.iris import Iris; from ingest.ontolex import turtle\n"
        "i = Iris('http://localhost:8000/'); sys.stdout.buffer.write(turtle(Path(sys.argv[1]), i.actor, i.source))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed, locale in (("1", "C"), ("2", "C.UTF-8"))
    ]
    assert runs[0] == runs[1] == exported(folder)


def test_an_edit_elsewhere_renames_nothing(folder: Path) -> None:
    before = parsed(exported(folder))
    path = folder / "ar" / "words.yaml"
    path.write_text(
        path.read_text("utf-8").replace("\n", f"\n{MIN}", 1),
        "utf-8",
    )
    after = parsed(exported(folder))
    count = URIRef(LIME + "lexicalEntries")
    assert {t for t in before if t[1] != count} < set(after)
