"""Content negotiation (RFC 9110, sections 12.5.1 and 12.5.3).

Invariant: an offer is chosen only if the Accept header lets it through with a quality above zero; among equals the
server's own order decides, so the same header always gives the same format.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_SHORT = 500  # characters of a header that is remembered
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PARAMETER = re.compile(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+')


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header: type and subtype (each may be `*`), parameters, quality from 0 to 1."""

    type: str
    subtype: str
    parameters: frozenset[tuple[str, str]]
    quality: float

    def specificity(self, media_type: str) -> int:
        """Return how exactly this range names `media_type`: -1 not at all, 0 for `*/*`, up to 2 plus parameters."""
        essence, parameters = _split(media_type)
        kind, _, subtype = essence.partition("/")
        if not self.parameters <= parameters:
            return -1
        if (self.type, self.subtype) == (kind, subtype):
            return 2 + len(self.parameters)
        if self.type == kind and self.subtype == "*":
            return 1
        return 0 if (self.type, self.subtype) == ("*", "*") else -1


def parse_accept(header: str | None) -> list[MediaRange]:
    """Return the media ranges of an Accept header; elements that are not media ranges are left out.

    >>> [(r.type, r.subtype, r.quality) for r in parse_accept("text/turtle;q=0.5, */*;q=0.1")]
    [('text', 'turtle', 0.5), ('*', '*', 0.1)]
    """
    if header is None or not header.strip():
        return [MediaRange("*", "*", frozenset(), 1.0)]
    ranges = []
    for element in _ELEMENT.findall(header):
        essence, parameters = _split(element)
        kind, slash, subtype = essence.partition("/")
        if not slash or not kind or not subtype or (kind == "*" and subtype != "*"):
            continue
        weights = [value for name, value in parameters if name == "q"]
        if weights and not _QUALITY.match(weights[0]):
            continue
        quality = float(weights[0]) if weights else 1.0
        kept = frozenset((name, value) for name, value in parameters if name != "q")
        ranges.append(MediaRange(kind, subtype, kept, quality))
    return ranges


def choose(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that the Accept header likes best, or None where it takes none of them.

    For each offer the most specific range that names it gives the quality; of equal offers the first one wins. Where
    nothing else fits, who takes `application/json` can read what ends in `+json` (RFC 6839), and so with XML.

    >>> choose("text/turtle;q=0.3, application/ld+json", ["text/turtle", "application/ld+json"])
    'application/ld+json'
    >>> choose("text/turtle;q=0, */*", ["text/turtle", "application/ld+json"])
    'application/ld+json'
    >>> choose("image/png", ["text/turtle"]) is None
    True
    >>> choose("application/json", ["text/turtle", "application/ld+json"])
    'application/ld+json'
    """
    if header is None or len(header) <= _SHORT:
        return _chosen(header, tuple(offers))
    return _choose(header, offers)


def _choose(header: str | None, offers: Sequence[str]) -> str | None:
    ranges = parse_accept(header)

    def fit(media_type: str) -> tuple[int, float]:
        return max(((r.specificity(media_type), r.quality) for r in ranges), default=(-1, 0.0))

    named = {offer: fit(offer) for offer in offers}
    by_suffix = {
        offer: fit(f"application/{offer.rpartition('+')[2]}")
        for offer, (specificity, _) in named.items()
        if "+" in offer and specificity < 0  # what is refused by name stays refused
    }
    for fits in (named, by_suffix):
        best: str | None = None
        best_quality = 0.0
        for offer, (specificity, quality) in fits.items():
            if specificity >= 0 and quality > best_quality:
                best, best_quality = offer, quality
        if best is not None:
            return best
    return None


_chosen = lru_cache(512)(_choose)  # clients send the same few headers again and again


def choose_coding(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the coding of `offers` that an Accept-Encoding header likes best, None for no coding at all.

    Of equals the first one wins, and any of them before none. Without a header nothing is packed.

    >>> [choose_coding(header, ("zstd", "gzip")) for header in ("gzip, br", "gzip, zstd", "*", "gzip;q=0, *", "x-gzip")]
    ['gzip', 'zstd', 'zstd', 'zstd', 'gzip']
    >>> [choose_coding(header, ("zstd", "gzip")) for header in ("gzip;q=0.5, zstd;q=0.4", "gzip;q=0.5, identity", "")]
    ['gzip', None, None]
    """
    found: dict[str, float] = {}
    for element in (header or "").lower().split(","):
        name, _, parameters = element.partition(";")
        weight = parameters.replace(" ", "").removeprefix("q=")
        name = name.strip()
        quality = float(weight) if _QUALITY.match(weight) else 1.0
        found["gzip" if name == "x-gzip" else name] = quality
    others = found.get("*", 0.0)
    best = max(offers, key=lambda offer: found.get(offer, others), default=None)
    if best is None or found.get(best, others) <= 0:
        return None
    return best if found.get(best, others) >= found.get("identity", 0.0) else None


def parameter_of(media_type: str, name: str) -> str | None:
    """Return a parameter of a Content-Type value, lower case, None where it has none of that name.

    >>> parameter_of('text/turtle; charset="UTF-8"', "charset")
    'utf-8'
    """
    return dict(_split(media_type)[1]).get(name)


def essence_of(media_type: str) -> str:
    """Return type and subtype of a Content-Type value, lower case, without parameters."""
    return _split(media_type)[0]


def _split(element: str) -> tuple[str, frozenset[tuple[str, str]]]:
    first, *rest = _PARAMETER.findall(element) or [""]
    parameters = set()
    for part in rest:
        name, _, value = part.partition("=")
        parameters.add((name.strip().lower(), value.strip().strip('"').lower()))
    return first.strip().lower(), frozenset(parameters)
