"""How right it is which claims are about one event: `python -m tests.quality fusion [--write] [--every N]`.

Two figures of pairs across articles: of claims, by happenings of the development gold (`happenings.yaml`); of texts,
by coded incidents, where two texts are a pair if both tell of one event. A text may tell of more than its incident, so
wrong pairs were read (`codings.yaml`): precision is given as coded and as read.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import yaml

from api import extraction
from api.evaluation import published_day
from graph.fusion.clustering import fuse
from graph.fusion.features import Extent, Features, features
from ingest.evaluation.pairing import pair_units
from ingest.evaluation.units import gold_units, predicted_units
from ontology.model import Article, Extraction
from ontology.normal import name_key
from ontology.wire import extraction_json
from tests.quality.figures import INCIDENTS, path

DEV = "$DEV/dev.jsonl"
MARK = "<!-- figures: {} (made by `python -m tests.quality fusion --write`) -->"
_HERE = Path(__file__).parent
_HIT = frozenset({"Airstrike", "Shelling", "ArmedClash", "Offensive", "CasualtyReport"})
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """An article of the data with its claims."""

    row: Mapping[str, Any]
    extraction: Extraction
    claims: tuple[Features, ...]


@cache
def _pipeline() -> extraction.Extracting:
    return extraction.load_extractor()


def told(row: Mapping[str, Any], name: str, language: str, published: str | None) -> Told:
    """Return a row of the data with what extraction makes of it."""
    article = Article(
        row["text"],
        language,
        title=row.get("title"),
        published=published,
        publisher=row.get("publisher"),
        url=row.get("url"),
        external_id=name,
    )
    found = _pipeline().extract(article)
    return Told(
        row,
        found,
        tuple(
            features(
                claim,
                article=name,
                language=language,
                publisher=article.publisher,
                published=published,
                text=article.text,
                key=name_key,
            )
            for claim in found.claims
        ),
    )


def rate(name: str, found: set[Pair], true: set[Pair], right: set[Pair] | None = None) -> str:
    """Return a row of the table: `right` are the pairs found that are true by reading, where that is more."""
    hits = len(found & true)
    read = hits if right is None else len(right)
    cells = [name, str(len(true)), str(len(found)), _share(hits, len(found)), _share(read, len(found))]
    return "| " + " | ".join([*cells, _share(hits, len(true))]) + " |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


HEAD = ("| pairs of | true | found | precision as coded | precision as read | recall |", "|---|---|---|---|---|---|")


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def happenings() -> Iterator[str]:
    """Yield the table of the development gold."""
    rows = extraction_rows(DEV)
    label: dict[str, str] = {}
    language: dict[str, str] = {}
    data = yaml.safe_load((_HERE / "happenings.yaml").read_text(encoding="utf-8"))
    of = {event: name for name, events in data["happenings"].items() for event in events}
    claims: list[Features] = []
    for row in rows:
        item = told(row, row["id"], row["language"], row.get("published"))
        numbers = {id(event): number for number, event in enumerate(row["events"])}
        paired = pair_units(list(gold_units(row)), list(predicted_units(extraction_json(item.extraction))))
        for gold, predicted in paired.pairs:
            event = f"{row['id']}/{numbers[id(gold.event)]}"
            if event not in data["unsure"]:
                label.setdefault(predicted.event["claim"], of.get(event, event))
        claims += item.claims
        language.update({claim.claim: f"{claim.language} {claim.article}" for claim in item.claims})
    happened = {claim.claim for claim in claims if claim.modality.happened}
    known = sorted(claim for claim in label if claim in happened)
    groups = fuse(claims).groups
    found = {
        _pair(a.claim, b.claim)
        for group in groups
        for a, b in combinations(group.members, 2)
        if a.article != b.article and a.claim in label and b.claim in label
    }
    true = {
        _pair(a, b)
        for a, b in combinations(known, 2)
        if label[a] == label[b] and language[a].split()[1] != language[b].split()[1]
    }
    yield from HEAD
    yield rate("claims, all", found, true)
    for one, other in (("ar", "ar"), ("ar", "en"), ("en", "en")):
        wanted = sorted((one, other))
        kept = [
            {p for p in pairs if sorted((language[p[0]][:2], language[p[1]][:2])) == wanted} for pairs in (found, true)
        ]
        yield rate(f"claims, {one}–{other}", *kept)


def extraction_rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of the data."""
    return [json.loads(line) for line in path(name).read_text(encoding="utf-8").splitlines()]


def incidents(every: int = 1) -> Iterator[str]:
    """Yield the table of coded incidents. A text without its own day is taken as published on the incident's."""
    rows = extraction_rows(INCIDENTS)
    codes = sorted({row["incident"]["code"] for row in rows})[::every]  # never half of an incident
    texts = {}
    for row in rows:
        if row["incident"]["code"] in codes:
            day = published_day(row) or row["incident"]["date"]
            texts[row["source_id"]] = told(row, row["source_id"], row["lang"], day)
    data = yaml.safe_load((_HERE / "codings.yaml").read_text(encoding="utf-8"))
    code = {name: item.row["incident"]["code"] for name, item in texts.items()}
    tells = {name: {found, *data["also_tells"].get(name, ())} for name, found in code.items()}
    for one, other in data["one_happening"]:
        for told_codes in tells.values():
            if told_codes & {one, other}:
                told_codes.update((one, other))
    by_code: dict[str, list[str]] = defaultdict(list)
    for name in sorted(code):
        by_code[code[name]].append(name)
    fused = fuse(claim for item in texts.values() for claim in item.claims)
    found = {
        _pair(a.article, b.article)
        for group in fused.groups
        for a, b in combinations(group.members, 2)
        if a.article != b.article
    }
    of = {claim.claim: name for name, item in texts.items() for claim in item.claims}
    shown = found | {
        _pair(of[link.first], of[link.second]) for link in fused.possibly if of[link.first] != of[link.second]
    }
    true = {_pair(*pair) for names in by_code.values() for pair in combinations(names, 2)}

    def some(name: str, keep: Any, said: set[Pair] = found) -> str:
        right = {pair for pair in said if tells[pair[0]] & tells[pair[1]]}
        return rate(name, *({pair for pair in pairs if keep(*pair)} for pairs in (said, true, right)))

    hit = {name for name, item in texts.items() if any(_tells_of_a_hit(claim) for claim in item.claims)}
    any_claim = {name for name, item in texts.items() if any(c.modality.happened for c in item.claims)}
    lang = {name: item.row["lang"] for name, item in texts.items()}
    outlet = {name: item.row.get("publisher") for name, item in texts.items()}
    yield from HEAD
    yield some("texts, all", lambda a, b: True)
    yield some("texts, all, and what is said to be possibly one", lambda a, b: True, shown)
    yield some("texts with claims", lambda a, b: a in any_claim and b in any_claim)
    yield some("texts that tell of a hit on a place below the governorate", lambda a, b: a in hit and b in hit)
    yield some("of these, and what is said to be possibly one", lambda a, b: a in hit and b in hit, shown)
    for one, other in (("ar", "ar"), ("ar", "en"), ("en", "en")):
        pair = {(one, other), (other, one)}
        yield some(f"of these, {one}–{other}", lambda a, b, pair=pair: {a, b} <= hit and (lang[a], lang[b]) in pair)
    yield some("of these, one outlet", lambda a, b: {a, b} <= hit and outlet[a] == outlet[b])
    yield some("of these, two outlets", lambda a, b: {a, b} <= hit and outlet[a] != outlet[b])
    often = Counter(tuple(sorted((str(outlet[a]), str(outlet[b])))) for a, b in true if {a, b} <= hit)
    for (one, other), _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))[:8]:
        wanted = set(product((one, other), repeat=2)) if one == other else {(one, other), (other, one)}
        yield some(f"of these, {one} – {other}", lambda a, b, w=wanted: {a, b} <= hit and (outlet[a], outlet[b]) in w)


def _tells_of_a_hit(claim: Features) -> bool:
    told_of = claim.modality.happened and claim.type in _HIT
    return told_of and any(spot.extent < Extent.GOVERNORATE for spot in claim.spots)
