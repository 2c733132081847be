"""What the graph holds, read for many things at once.

Invariant: what is returned is what the store gives, as text of the one form that `as_read` gives to what a record says;
so the two can be compared as sets of lines, without an object for each term.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, cast

from pyoxigraph import Literal, QueryResultsFormat, QuerySolutions, RdfFormat, parse

from graph.projection.literals import integer
from graph.store import Reader
from graph.terms import Term, written

Triple = str
Tail = str

_AT_ONCE: Final = 1_000  # things that one query names
_CLAIM: Final = written("claim")
_LABEL: Final = str(Term.LABEL)
_NUMBER: Final = re.compile(r"\t([+-]?[0-9]+)(?=\n)")
_DECIMAL: Final = re.compile(r"\t([+-]?[0-9]*\.[0-9]+)(?=\n)")
_BOOLEAN: Final = re.compile(r"\t(true|false)(?=\n)")
_INTEGER: Final = r'\t"\1"' + integer(0).removeprefix('"0"')
_TYPED_DECIMAL: Final = rf'\t"\1"^^{Term.DECIMAL}'
_TYPED_BOOLEAN: Final = r'\t"\1"^^<http://www.w3.org/2001/XMLSchema#boolean>'


def as_read(line: Triple) -> Triple:
    """Return a triple that was made of a record as the store is read here: a tab in words is written as two characters.

    >>> as_read('<urn:a> <urn:b> "c' + chr(9) + 'd"') == '<urn:a> <urn:b> "c' + chr(92) + 'td"'
    True
    """
    return line.replace("\t", "\\t") if "\t" in line else line


class Held:
    """The triples of a graph by their subjects, or by the claim in whose graph they are."""

    def __init__(self, store: Reader) -> None:
        self._engine = store.engine()

    def about(self, subjects: Iterable[str]) -> list[Triple]:
        """Return the triples of the default graph about some things, each named once as `<iri>`."""
        found: list[Triple] = []
        for some in _batches(subjects):
            found += self._rows(f"SELECT ?s ?p ?o {{ VALUES ?s {{ {' '.join(some)} }} ?s ?p ?o }}")
        return found

    def holds(self, lines: Iterable[Triple], subjects: Sequence[str]) -> int | None:
        """Return how many triples the default graph has about some things, if they are `lines`; None where they differ.

        Nothing is read as text: each line is looked up, and what there is counted.
        """
        given, count = list(lines), self.count(subjects)
        return count if count == len(given) and self._there(f"{line} .\n" for line in given) else None

    def count(self, subjects: Iterable[str]) -> int:
        """Return how many triples the default graph has about some things, each named once."""
        return sum(self._count(f"VALUES ?s {{ {' '.join(some)} }} ?s ?p ?o") for some in _batches(subjects))

    def hold(self, lines: Mapping[str, Collection[Triple]]) -> int | None:
        """Return how many triples the graphs of some claims hold, if they are `lines`; None where they differ."""
        count = sum(
            self._count(f"VALUES ?g {{ {' '.join(some)} }} GRAPH ?g {{ ?s ?p ?o }}") for some in _batches(lines)
        )
        if count != sum(map(len, lines.values())):
            return None
        return count if self._there(f"{line} {claim} .\n" for claim, said in lines.items() for line in said) else None

    def labels(self, claims: Sequence[str]) -> dict[str, set[Triple]]:
        """Return the labels that stand in the own graph of each claim."""
        found = self._of_each(claims, "?s ?o", f"GRAPH ?g {{ ?s {_LABEL} ?o }}")
        return {
            claim: {f"{subject} {_LABEL} {value}" for subject, _, value in (row.partition(" ") for row in rows)}
            for claim, rows in found.items()
        }

    def within(self, claims: Sequence[str]) -> dict[str, set[Triple]]:
        """Return what each claim says in its own graph; a claim without one is left out."""
        return self._of_each(claims, "?s ?p ?o", "GRAPH ?g { ?s ?p ?o }")

    def told(self, claims: Sequence[str]) -> dict[str, set[Tail]]:
        """Return what each claim says in its own graph of its event, as predicate and object."""
        return self._of_each(claims, "?p ?o", f"GRAPH ?g {{ ?e {_CLAIM} ?g . ?e ?p ?o }}")

    def having(self, subjects: Sequence[str], predicate: str) -> set[str]:
        """Return those things of which the default graph says something with this predicate."""
        found: set[str] = set()
        for some in _batches(subjects):
            found.update(self._rows(f"SELECT DISTINCT ?s {{ VALUES ?s {{ {' '.join(some)} }} ?s {predicate} ?o }}"))
        return found

    def bounds(self, claims: Sequence[str], predicates: Collection[str]) -> set[str]:
        """Return the values that claims have in their own graphs with any of some predicates."""
        found: set[str] = set()
        pattern = " UNION ".join(f"{{ ?s {predicate} ?o }}" for predicate in predicates)
        for some in _batches(claims):
            graphs = " ".join(some)
            rows = self._rows(f"SELECT DISTINCT ?s ?o {{ VALUES ?g {{ {graphs} }} GRAPH ?g {{ {pattern} }} }}")
            found.update(row.partition(" ")[2] for row in rows)
        return found

    def _there(self, quads: Iterable[str]) -> bool:
        """Tell whether all of some lines of N-Quads are in the store; lines about one thing are best given together."""
        try:
            return all(map(self._engine.__contains__, parse("".join(quads), RdfFormat.N_QUADS, lenient=True)))
        except SyntaxError:
            return False

    def _count(self, pattern: str) -> int:
        ((number,),) = cast("QuerySolutions", self._engine.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"))
        return int(cast("Literal", number).value)

    def _of_each(self, claims: Sequence[str], variables: str, pattern: str) -> dict[str, set[str]]:
        """Ask for each claim, which the answer names by its number: a number is read without looking it up."""
        found: dict[str, set[str]] = defaultdict(set)
        for some in _batches(claims):
            named = " ".join(f"({claim} {number})" for number, claim in enumerate(some))
            for row in self._rows(f"SELECT ?n {variables} {{ VALUES (?g ?n) {{ {named} }} {pattern} }}"):
                number, _, line = row.partition(" ")
                found[some[int(number)]].add(line)
        return found

    def _rows(self, query: str) -> list[str]:
        """Return the rows of an answer: terms as N-Triples writes them, with one blank in between."""
        answer = cast("QuerySolutions", self._engine.query(query))
        text = (answer.serialize(format=QueryResultsFormat.TSV) or b"").decode()
        for short, whole in ((_NUMBER, _INTEGER), (_DECIMAL, _TYPED_DECIMAL), (_BOOLEAN, _TYPED_BOOLEAN)):
            text = short.sub(whole, text)
        return text.replace("\t", " ").split("\n")[1:-1]


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the names in order, as many at a time as one query names."""
    rest = iter(names)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
