"""Events as of a position: the claims of two articles that tell one happening, and what decisions make of them."""

from pathlib import Path

from graph.events.telling import Telling
from ontology.curations import EVENT_SPLIT, EVENTS_MERGED
from tests.graph.articles import World, article
from tests.graph.curations import claim_of, curate, retract, undo_curation
from tests.graph.events.afresh import EventsAfresh
from tests.graph.reviews import told


def events_of(world: World) -> EventsAfresh:
    p = world.projector
    return EventsAfresh(world.log, Telling(p.articles, p.content, p.extracted, p.reviews, p.curations, p.erasures))


def members(events: EventsAfresh, position: int) -> list[list[str]]:
    return [[member.claim for member in event.members] for event in events.at(position)]


def test_a_retracted_claim_leaves_its_event_and_the_past_stays(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    world.ingest(article(0), told(0)[1])
    before = world.log.head()
    claim = claim_of(0).claim
    events = events_of(world)
    assert members(events, before) == [[claim]]
    position = retract(world)
    assert members(events, position) == []
    assert members(events, before) == [[claim]]
    assert [event.id for event in events.turn(position).ended] == [claim]
    assert events.of(claim, position) is None


def test_people_bring_claims_together_and_apart_again(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    one, other = told(0)[1].id, told(1)[1].id
    world.ingest(article(0), told(0)[1])
    world.ingest(article(1), told(1)[1])
    events = events_of(world)
    head = world.log.head()
    apart = members(events, head)
    split = curate(world, EVENT_SPLIT, parts=((claim_of(0),), (claim_of(1),)))
    assert sorted(members(events, split)) == sorted([[one], [other]])
    undo_curation(world, split)
    joined = curate(world, EVENTS_MERGED, claims=(claim_of(0), claim_of(1)))
    (event,) = members(events, joined)
    assert sorted(event) == sorted([one, other])
    undone = undo_curation(world, joined)
    assert members(events, undone) == apart
