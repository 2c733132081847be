"""How the names of a claim were linked, and with which gazetteers: evidence beside the claim, in the default graph.

Invariant: a linking is about a mention and never says that anything happened; what it links to is `skos:closeMatch` or
`skos:exactMatch` of our own node, never `owl:sameAs`. That nothing was linked is stated with its reason. Quads of a
gazetteer follow from the record that used it, so the same version is described alike wherever it was used.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode

from graph.iris import Iris
from graph.terms import Term, Terms, web_address, wq
from ontology.model import GazetteerSource, Linking
from ontology.vocabulary import LEXICON

Triple = tuple[NamedNode, NamedNode, NamedNode | Literal]


def linking_triples(
    linking: Linking,
    *,
    claim: NamedNode,
    mention: NamedNode,
    taken_for: NamedNode,
    gazetteer: NamedNode | None,
    terms: Terms,
) -> Iterator[Triple]:
    """Yield what is known of how a mention was linked.

    Args:
        linking: what the record keeps.
        claim: the claim that the mention belongs to.
        mention: the mention whose name was looked up.
        taken_for: the place, actor or source of ours that it was taken for.
        gazetteer: the gazetteer that was asked; None for the registry, and where the record names none.
        terms: the ontology's terms.
    """
    node = NamedNode(f"{mention.value}/linking")
    yield claim, _LINKING, node
    for cls in terms.classes("LinkMade" if linking.entry is not None else "NoLink"):
        yield node, Term.TYPE, cls
    yield node, _OF_MENTION, mention
    yield node, _TAKEN_FOR, taken_for
    if gazetteer is not None:
        yield node, _IN_GAZETTEER, gazetteer
    for reason in linking.reasons:
        yield node, _NOT_LINKED_BECAUSE, Literal(reason)
    if linking.entry is None:
        return
    yield node, _ENTRY_KEY, Literal(linking.entry)
    registered = registry_entry(linking.entry)
    if registered is not None:
        yield taken_for, Term.EXACT_MATCH, registered
    if gazetteer is not None:
        for source in linking.listed:
            yield node, _LISTED_BY, source_node(gazetteer, source)
    if linking.score is not None:
        yield node, _SCORE, Literal(linking.score)
    if linking.margin is not None:
        yield node, _MARGIN, Literal(linking.margin)
    for name, value in sorted(linking.parts.items()):
        feature = NamedNode(f"{node.value}/{name}")
        yield node, _FEATURE, feature
        for cls in terms.classes("LinkFeature"):
            yield feature, Term.TYPE, cls
        yield feature, _FEATURE_NAME, Literal(name)
        yield feature, _FEATURE_VALUE, Literal(value)


def gazetteer_triples(
    version: str, sources: Iterable[GazetteerSource], *, iris: Iris, terms: Terms
) -> Iterator[Triple]:
    """Yield what is known of a gazetteer and its sources: licences, attributions, versions. Each file has a version."""
    node = iris.gazetteer(version)
    for cls in terms.classes("Gazetteer"):
        yield node, Term.TYPE, cls
    yield node, Term.VERSION, Literal(version)
    for source in sources:
        part = source_node(node, source.id)
        yield node, _GAZETTEER_SOURCE, part
        for cls in terms.classes("GazetteerSource"):
            yield part, Term.TYPE, cls
        yield part, Term.IDENTIFIER, Literal(source.id)
        yield part, Term.LABEL, Literal(source.title, language="en")
        yield part, Term.LICENSE, Literal(source.licence)
        yield part, _RANK, Literal(source.rank)
        if source.attribution:
            yield part, Term.CREDIT_TEXT, Literal(source.attribution)
        if source.version:
            yield part, Term.VERSION, Literal(source.version)
        if source.url:
            yield part, Term.URL, web_address(source.url)


def source_node(gazetteer: NamedNode, source: str) -> NamedNode:
    """Return the IRI of a source of a gazetteer."""
    return NamedNode(f"{gazetteer.value}/{source}")


@lru_cache(maxsize=4096)
def registry_entry(key: str) -> NamedNode | None:
    """Return the IRI of an entry of the registry, as the exported lexicon has it; None for the key of a gazetteer.

    >>> registry_entry("actors:syrian-army")
    <NamedNode value=https://w3id.org/waqai/lexicon/actors/syrian-army>
    """
    section, _, entry = key.partition(":")
    return NamedNode(f"{LEXICON}{section}/{entry}") if section in ("actors", "sources") else None


_LINKING: Final = wq("linking")
_OF_MENTION: Final = wq("ofMention")
_TAKEN_FOR: Final = wq("takenFor")
_IN_GAZETTEER: Final = wq("inGazetteer")
_NOT_LINKED_BECAUSE: Final = wq("notLinkedBecause")
_ENTRY_KEY: Final = wq("entryKey")
_LISTED_BY: Final = wq("listedBy")
_SCORE: Final = wq("score")
_MARGIN: Final = wq("margin")
_FEATURE: Final = wq("feature")
_FEATURE_NAME: Final = wq("featureName")
_FEATURE_VALUE: Final = wq("featureValue")
_GAZETTEER_SOURCE: Final = wq("gazetteerSource")
_RANK: Final = wq("rank")
