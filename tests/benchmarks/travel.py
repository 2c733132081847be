"""Time travel against the present: the first question about a past state, and the questions that follow it.

The graph has some five million quads; the state that is asked for lies 100 articles behind the nearest snapshot. Making
it takes some minutes (`WAQAI_BENCH_ARTICLES` sets another number of articles).
"""

import dataclasses
import os
import statistics
import tempfile
import time
from pathlib import Path

from graph.store import GraphStore, Reader, rebuild
from graph.travel.past import Past
from graph.travel.snapshots import Policy
from ontology.identity import derived_id
from ontology.model import Article, Claim
from ontology.vocabulary import PREFIXES
from tests.graph.articles import STRIKE, World, article, strike

ARTICLES = int(os.environ.get("WAQAI_BENCH_ARTICLES", "5600"))
CLAIMS = 4  # an article
TAIL = 100  # articles between the snapshot and the state that is asked for
ROUNDS = 7
PLACES, ACTORS = 3_000, 300
QUERIES = {
    "one place": "SELECT ?e ?l {{ ?e wq:place <{place}> ; rdfs:label ?l }}",
    "one claim": "SELECT ?p ?o {{ <{claim}> ?p ?o }}",
    "latest events": "SELECT ?e ?d {{ ?e a wq:Airstrike ; wq:earliest ?d }} ORDER BY DESC(?d) ?e LIMIT 50",
    "deaths by place": "SELECT ?p (SUM(?n) AS ?k) {{ ?e wq:place ?p ; wq:fatalitiesBest ?n }} GROUP BY ?p",
}


def run() -> list[str]:
    """Return the lines of the report; times in seconds, the ratios are medians of rounds that were interleaved."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World.at(folder)
        for number in range(ARTICLES - TAIL):
            _ingest(world, number)
        rebuild(folder / "graph", world.log, world.projector)
        with GraphStore.open(folder / "graph", world.projector) as store:
            past = Past(folder / "past", world.log, world.projector, Policy(cached=1))
            started = time.perf_counter()
            past.snapshot(store)
            snapshot = time.perf_counter() - started
            for number in range(ARTICLES - TAIL, ARTICLES + ROUNDS):
                _ingest(world, number)
            store.catch_up(world.log)
            last = 2 * ARTICLES
            opening, without = [], []
            for _ in range(ROUNDS):
                past.close()
                past.snapshots.thin(past.made(), dataclasses.replace(past.policy, cached=0))
                started = time.perf_counter()
                reader = past.at(last)
                opening.append(time.perf_counter() - started)
                past.close()
                del reader
                started = time.perf_counter()
                past.at(last)
                without.append(time.perf_counter() - started)
            reader = past.at(last)
            lines = [
                f"{len(reader):,} quads of {ARTICLES:,} articles with {CLAIMS} claims each; {ROUNDS} rounds",
                f"snapshot of the graph that is followed     {snapshot:8.3f} s",
                f"first opening, {TAIL} articles on  {statistics.median(opening):8.3f} s (at most {max(opening):.3f})",
                f"opening again, in another process          {statistics.median(without):8.3f} s",
            ]
            for what, text in QUERIES.items():
                query = text.format(
                    place=world.projector.iris.place(_id("place", 7)).value,
                    claim=world.projector.iris.claim(_claims(_article(7))[0].id).value,
                )
                ratio, now = _ratio(query, reader, store)
                lines.append(f"query, {what:<16} {1000 * now:9.2f} ms now   as of {ratio:5.2f} x")
            return lines


def _ratio(query: str, then: Reader, now: Reader) -> tuple[float, float]:
    """Return the median ratio of the past state's time to the present one's, and the present one's in seconds."""
    ratios, times = [], []
    for number in range(4 * ROUNDS):
        spent = {}
        for which, reader in (("then", then), ("now", now)) if number % 2 else (("now", now), ("then", then)):
            started = time.perf_counter()
            for _ in reader.query(query, prefixes=PREFIXES).rows():
                pass
            spent[which] = time.perf_counter() - started
        ratios.append(spent["then"] / spent["now"])
        times.append(spent["now"])
    return statistics.median(ratios), statistics.median(times)


def _ingest(world: World, number: int) -> None:
    one = _article(number)
    world.ingest(one, *_claims(one))


def _article(number: int) -> Article:
    return article(number, text=f"{STRIKE} ({number})")


def _claims(one: Article) -> list[Claim]:
    """Return claims of one article, in places and by actors that other articles name too, as in real news."""
    number = int(str(one.url).rpartition("/")[2])
    made = []
    for nth in range(CLAIMS):
        claim = strike(one)
        at = number * CLAIMS + nth
        (place,), (actor,) = claim.places, claim.participants
        place = dataclasses.replace(place, id=_id("place", at * 7919 % PLACES))
        actor = dataclasses.replace(actor, id=_id("actor", at * 104_729 % ACTORS))
        trigger = dataclasses.replace(claim.trigger, rule=f"airstrike.noun.{nth}")
        made.append(dataclasses.replace(claim, places=(place,), participants=(actor,), trigger=trigger).with_id(one.id))
    return made


def _id(kind: str, number: int) -> str:
    return derived_id(kind, str(number))


if __name__ == "__main__":
    print("\n".join(run()))
