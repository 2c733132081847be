"""What a query most probably meant: terms of the ontology's namespace that the ontology does not declare.

Invariant: a term is named only if it stands in the query as a term, not in a string or a comment, and nothing of that
name is declared; such a term matches nothing in any graph, because the graph holds declared terms only.
"""

import difflib
import re

from ontology.vocabulary import PREFIXES, WQ, Vocabulary, local_name

_SHOWN = 3
_LONGEST = 80  # characters of a name that is worth comparing
_TOKEN = re.compile(
    r"""(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n\r]|\\.)*+"|'(?:[^'\\\n\r]|\\.)*+')"""
    r"""|<(?P<iri>[^\x00-\x20<>"{}|^`\\]*+)>|\#[^\n\r]*+"""
    r"""|(?P<declared>\bPREFIX\s)|(?P<prefix>(?:[^\W\d_][\w.-]*)?):(?P<local>\w(?:[\w.-]*\w)?)?""",
    re.DOTALL | re.IGNORECASE,
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
    lower = {name.lower(): name for name in sorted(declared, reverse=True)}
    sentences = []
    for name in unknown[:_SHOWN]:
        near = difflib.get_close_matches(name.lower(), sorted(lower), n=1) if len(name) <= _LONGEST else []
        nearest = f"; the nearest is wq:{lower[near[0]]}" if near else ""
        sentences.append(f"The ontology has no wq:{name[:_LONGEST]}{nearest}.")
    if len(unknown) > _SHOWN:
        sentences.append(f"It lacks {len(unknown) - _SHOWN} more terms of the query.")
    return " ".join(sentences)


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
        iri, prefix, local = token["iri"], token["prefix"], token["local"]
        if token["declared"]:
            declaring = ""
        elif prefix is not None and declaring is not None and local is None:
            declaring = f"{prefix}:"
        elif iri is not None and declaring:
            namespaces[declaring[:-1]] = iri
            declaring = None
        elif iri is not None and iri.startswith(WQ):
            names.append(iri[len(WQ) :])
        elif prefix is not None and local is not None and namespaces.get(prefix) == WQ:
            names.append(local)
    return [name for name in names if name]
