"""What a query text says of itself, found out once for texts that are asked again and again.

Invariant: it depends on the text alone, so it holds for every graph and every client; what is refused is looked at anew
each time.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from api.hints import hint
from graph.sparql import check_query
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES
from ontology.vocabulary import PREFIXES

SHORT: Final = 4_000  # characters of a text that is looked at where others wait, and remembered
_KEPT: Final = 1_000
# What these functions give is another thing each time, whatever the graph holds.
_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QueryText:
    """`offers` are the media types of its answer, `hint` a sentence on terms that the ontology does not declare.

    `volatile` says that its answer depends on more than the graph, `searches` that it may search for words.
    """

    offers: tuple[str, ...]
    hint: str | None
    volatile: bool
    searches: bool


def read(text: str) -> QueryText:
    """Return what `text` says. Raises graph.sparql.QueryRefused."""
    return _kept(text) if len(text) <= SHORT else _read(text)


def is_light(text: str) -> bool:
    """Tell whether `read` takes so little time that others need not notice; "service" is the engine's to judge."""
    return len(text) <= SHORT and "service" not in text.lower()


def volatile(text: str) -> bool:
    """Tell whether the answer to `text` may depend on more than the graph."""
    return _kept_volatile(text) if len(text) <= SHORT else _volatile(text)


def _volatile(text: str) -> bool:
    return _VOLATILE.search(text) is not None


def _read(text: str) -> QueryText:
    checked = check_query(text, prefixes=PREFIXES)
    offers = GRAPH_TYPES if checked.form in ("CONSTRUCT", "DESCRIBE") else SOLUTIONS_TYPES
    return QueryText(offers, hint(text), volatile(text), "text" in text)


_kept = lru_cache(_KEPT)(_read)
_kept_volatile = lru_cache(_KEPT)(_volatile)
