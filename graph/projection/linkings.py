"""How the names of a claim were linked, and with which gazetteers: evidence beside the claim, in the default graph.

Invariant: a linking is about a mention and never says that anything happened; what it links to is `skos:closeMatch` or
`skos:exactMatch` of our own node, never `owl:sameAs`. That nothing was linked is stated with its reason. Quads of a
gazetteer follow from the record that used it, so the same version is described alike wherever it was used.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from graph.iris import Iris
from graph.projection.literals import below, integer, outside, plain
from graph.projection.statements import Triple
from graph.terms import Node, Term, Terms, web_address, written
from ontology.model import GazetteerSource, Linking
from ontology.vocabulary import LEXICON


def linking_triples(
    to: list[Triple],
    linking: Linking,
    *,
    claim: Node,
    mention: Node,
    taken_for: Node,
    gazetteer: Node | None,
    terms: Terms,
) -> None:
    """Add what is known of how a mention was linked.

    Args:
        to: where it is added.
        linking: what the record keeps.
        claim: the claim that the mention belongs to.
        mention: the mention whose name was looked up.
        taken_for: the place, actor or source of ours that it was taken for.
        gazetteer: the gazetteer that was asked; None for the registry, and where the record names none.
        terms: the ontology's terms.
    """
    stem = f"{mention[:-1]}/linking"
    node = f"{stem}>"
    to.append(f"{claim} {_LINKING} {node}")
    to += [f"{node} {_TYPE} {cls}" for cls in terms.classes("LinkMade" if linking.entry is not None else "NoLink")]
    to.append(f"{node} {_OF_MENTION} {mention}")
    to.append(f"{node} {_TAKEN_FOR} {taken_for}")
    if gazetteer is not None:
        to.append(f"{node} {_IN_GAZETTEER} {gazetteer}")
    to += [f"{node} {_NOT_LINKED_BECAUSE} {plain(reason)}" for reason in linking.reasons]
    if linking.entry is None:
        return
    to.append(f"{node} {_ENTRY_KEY} {plain(linking.entry)}")
    registered = registry_entry(linking.entry)
    if registered is not None:
        to.append(f"{taken_for} {_EXACT_MATCH} {registered}")
    if gazetteer is not None:
        to += [f"{node} {_LISTED_BY} {below(gazetteer, source)}" for source in linking.listed]
    if linking.score is not None:
        to.append(f"{node} {_SCORE} {integer(linking.score)}")
    if linking.margin is not None:
        to.append(f"{node} {_MARGIN} {integer(linking.margin)}")
    classes = terms.classes("LinkFeature")
    for name, value in sorted(linking.parts.items()):
        feature = below(node, name)
        to.append(f"{node} {_FEATURE} {feature}")
        to += [f"{feature} {_TYPE} {cls}" for cls in classes]
        to.append(f"{feature} {_FEATURE_NAME} {plain(name)}")
        to.append(f"{feature} {_FEATURE_VALUE} {integer(value)}")


def gazetteer_triples(
    to: list[Triple], version: str, sources: Iterable[GazetteerSource], *, iris: Iris, terms: Terms
) -> None:
    """Add what is known of a gazetteer and its sources: licences, attributions, versions. Each file has a version."""
    node = str(iris.gazetteer(version))
    to += [f"{node} {_TYPE} {cls}" for cls in terms.classes("Gazetteer")]
    to.append(f"{node} {_VERSION} {plain(version)}")
    for source in sources:
        part = below(node, source.id)
        to.append(f"{node} {_GAZETTEER_SOURCE} {part}")
        to += [f"{part} {_TYPE} {cls}" for cls in terms.classes("GazetteerSource")]
        to.append(f"{part} {Term.IDENTIFIER} {plain(source.id)}")
        to.append(f"{part} {Term.LABEL} {plain(source.title)}@en")
        to.append(f"{part} {Term.LICENSE} {plain(source.licence)}")
        to.append(f"{part} {_RANK} {integer(source.rank)}")
        if source.attribution:
            to.append(f"{part} {Term.CREDIT_TEXT} {plain(source.attribution)}")
        if source.version:
            to.append(f"{part} {_VERSION} {plain(source.version)}")
        if source.url:
            to.append(f"{part} {Term.URL} {web_address(source.url)}")


@lru_cache(maxsize=4096)
def registry_entry(key: str) -> Node | None:
    """Return the IRI of an entry of the registry, as the exported lexicon has it; None for the key of a gazetteer.

    >>> registry_entry("actors:syrian-army")
    '<https://w3id.org/waqai/lexicon/actors/syrian-army>'
    """
    section, _, entry = key.partition(":")
    return outside(f"{LEXICON}{section}/{entry}") if section in ("actors", "sources") else None


_TYPE: Final = str(Term.TYPE)
_EXACT_MATCH: Final = str(Term.EXACT_MATCH)
_VERSION: Final = str(Term.VERSION)
_LINKING: Final = written("linking")
_OF_MENTION: Final = written("ofMention")
_TAKEN_FOR: Final = written("takenFor")
_IN_GAZETTEER: Final = written("inGazetteer")
_NOT_LINKED_BECAUSE: Final = written("notLinkedBecause")
_ENTRY_KEY: Final = written("entryKey")
_LISTED_BY: Final = written("listedBy")
_SCORE: Final = written("score")
_MARGIN: Final = written("margin")
_FEATURE: Final = written("feature")
_FEATURE_NAME: Final = written("featureName")
_FEATURE_VALUE: Final = written("featureValue")
_GAZETTEER_SOURCE: Final = written("gazetteerSource")
_RANK: Final = written("rank")
