"""What a query text says of itself, found out once for texts that are asked again and again.

Invariant: it depends on the text alone, so it holds for every graph and every client; what is refused is looked at anew
each time.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from api.hints import hint
from graph.services import Service, services_of
from graph.sparql import check_query, mentions_service
from graph.sparql_tokens import tokens
from graph.store import GRAPH_TYPES, SOLUTIONS_TYPES
from ontology.vocabulary import PREFIXES

SHORT: Final = 4_000  # characters of a text that is looked at where others wait
_KEPT: Final = 2_000  # texts, by their digest: a long one takes as long to read as a query to answer
# What these functions give is another thing each time, whatever the graph holds.
_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\s*\(", re.IGNORECASE)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class QueryText:
    """`offers` are the media types of its answer, `hint` a sentence on terms that the ontology does not declare.

    `searches` says that it may search for words; `services` are the other servers that it asks.
    """

    offers: tuple[str, ...]
    hint: str | None
    searches: bool
    services: tuple[Service, ...] = ()


def is_light(text: str) -> bool:
    """Tell whether `read` takes so little time that others need not notice; "service" is the engine's to judge."""
    return len(text) <= SHORT and not mentions_service(text)


def _remembering(work: Callable[[str], _T]) -> Callable[[str], _T]:
    """Return `work`, which is done once for a text; what it raises is not remembered."""
    found: OrderedDict[bytes, _T] = OrderedDict()
    guard = threading.Lock()

    def remembered(text: str) -> _T:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with guard:
            if digest in found:
                found.move_to_end(digest)
                return found[digest]
        made = work(text)
        with guard:
            found[digest] = made
            while len(found) > _KEPT:
                found.popitem(last=False)
        return made

    return remembered


@_remembering
def volatile(text: str) -> bool:
    """Tell whether the answer to `text` may depend on more than the graph."""
    return _VOLATILE.search(text) is not None


@_remembering
def federated(text: str) -> bool:
    """Tell whether the answer to `text` depends on other servers; what has SERVICE otherwise than so is refused."""
    return mentions_service(text) and any(t.kind == "word" and t.text.upper() == "SERVICE" for t in tokens(text))


@_remembering
def read(text: str) -> QueryText:
    """Return what `text` says. Raises graph.sparql.QueryRefused."""
    checked = check_query(text, prefixes=PREFIXES, allow_service=True)
    services = services_of(text, PREFIXES)
    offers = GRAPH_TYPES if checked.form in ("CONSTRUCT", "DESCRIBE") else SOLUTIONS_TYPES
    return QueryText(offers, hint(text), "text" in text, services)
