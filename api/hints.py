"""What a query most probably meant: terms of the ontology's namespace that the ontology does not declare.

Invariant: a term is named only if it stands in the query as a term, not in a string or a comment, and nothing of that
name is declared; such a term matches nothing in any graph, because the graph holds declared terms only.
"""

import difflib
import re

from ontology.vocabulary import PREFIXES, WQ, Vocabulary, local_name

_SHOWN = 3
_LONGEST = 80  # characters of a name that is worth comparing
# Possessive throughout, and what never ends is taken to the end: no text is looked at twice.
_TOKEN = re.compile(
    r"""\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:\"{3})?+|'{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3})?+"""
    r"""|"(?:[^"\\\n\r]|\\.)*+"?+|'(?:[^'\\\n\r]|\\.)*+'?+|\#[^\n\r]*+|[?$]\w++"""
    r"""|<(?P<iri>[^\x00-\x20<>"{}|^`\\]*+)(?P<closed>>)?+"""
    r"""|(?P<word>\w[\w.-]*+)?+(?P<colon>:)(?P<local>\w(?:[\w.-]*\w)?)?|(?P<keyword>\w[\w.-]*+)""",
    re.DOTALL,
)


def hint(query: str) -> str | None:
    """Return a sentence about terms of `query` that the ontology does not declare, with the nearest ones, or None.

    >>> hint("ASK { ?event a wq:Airstrik }")
    'The ontology has no wq:Airstrik; the nearest is wq:Airstrike.'
    """
    declared = _declared()
    unknown = [name for name in dict.fromkeys(_names(query)) if name not in declared]
    if not unknown:
        return None
    sentences = []
    for name in unknown[:_SHOWN]:
        nearest = _nearest(name, declared)
        advice = f"; the nearest is wq:{nearest}" if nearest else ""
        sentences.append(f"The ontology has no wq:{name[:_LONGEST]}{advice}.")
    if len(unknown) > _SHOWN:
        sentences.append(f"It lacks {len(unknown) - _SHOWN} more terms of the query.")
    return " ".join(sentences)


def _nearest(name: str, declared: frozenset[str]) -> str | None:
    """Return the declared name that is most like `name`; case decides only between equals."""
    if len(name) > _LONGEST:
        return None
    near = difflib.get_close_matches(name.lower(), sorted({other.lower() for other in declared}), n=1)
    candidates = sorted(other for other in declared if other.lower() in near)
    return min(candidates, key=lambda other: (other[0].isupper() != name[0].isupper(), other), default=None)


def _declared() -> frozenset[str]:
    vocabulary = Vocabulary.load()
    terms = {*vocabulary.classes, *vocabulary.properties, *vocabulary.individuals, *vocabulary.labels}
    return frozenset(local_name(iri) for iri in terms if iri.startswith(WQ))


def _names(query: str) -> list[str]:
    """Return the local names of the ontology's namespace in `query`, in order."""
    namespaces = dict(PREFIXES)
    names: list[str] = []
    declaring: str | None = None  # the prefix that waits for its IRI; empty where PREFIX waits for its name
    for token in _TOKEN.finditer(query):
        iri, prefix, local = token["iri"], token["word"] or "", token["local"]
        if (token["keyword"] or "").upper() == "PREFIX":
            declaring = ""
        elif token["colon"] and declaring == "":
            declaring = f"{prefix}:"
        elif iri is not None and declaring:
            namespaces[declaring[:-1]] = iri
            declaring = None
        elif iri is not None and token["closed"] and iri.startswith(WQ):
            names.append(iri[len(WQ) :])
        elif token["colon"] and local and namespaces.get(prefix) == WQ:
            names.append(local)
    return [name for name in names if name]
