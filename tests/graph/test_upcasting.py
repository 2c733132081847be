"""Records of older schemas: read as the present ones, and the logs of released versions give the graphs they gave."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Quad

from graph.erasures import Erasures
from graph.log import NewRecord, SqliteLog
from graph.projection import PROJECTION_VERSION, Projector, UnknownRecord
from graph.store import GraphStore
from graph.terms import wq
from graph.upcasting import PresentLog, present
from ontology import upcasting
from ontology.curations import CURATION_TYPES
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    article_stream,
)
from ontology.sealing import unsealed
from ontology.upcasting import Payload, upcast
from tests.graph import frozen
from tests.graph.articles import World, article, strike


def read_and_found(old: Mapping[str, Any]) -> list[Payload]:
    """A schema of long ago: the article and its claims were one record."""
    return [Payload(ARTICLE_INGESTED, 2, old["article"]), Payload("ClaimsFound", 1, {"found": old["claims"]})]


OLD = {
    ("ArticleRead", 1): read_and_found,
    ("ClaimsFound", 1): lambda old: [Payload(CLAIMS_EXTRACTED, 1, old["found"])],
    ("Greeting", 1): lambda _: [],
}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcasting, "STEPS", OLD)


@pytest.fixture
def new(tmp_path: Path) -> World:
    world = World.at(tmp_path / "new")
    world.ingest(article(1), strike(article(1)))
    return world


@pytest.fixture
def old(tmp_path: Path, new: World) -> World:
    """The log as that long ago would have written it: one greeting, and one record for both."""
    world = World(log := SqliteLog(tmp_path / "old.sqlite"), new.content, Projector.of(log, new.content.get))
    ingested, extracted = (record.payload for record in new.log.read())
    records = [
        NewRecord("Greeting", 1, {}),
        NewRecord("ArticleRead", 1, {"article": ingested, "claims": extracted}),
    ]
    world.log.append(article_stream(article(1).id), records, actor="test")
    return world


def said(world: World) -> set[Quad]:
    """What the claims say and what is known of events: everything but what names a position or a record."""
    store = GraphStore.in_memory(world.log, Projector.of(world.log, world.content.get))
    return {
        quad
        for quad in store.quads()
        if "/id/record/" not in str(quad) and "/id/log" not in str(quad) and quad.predicate != wq("position")
    }


@pytest.mark.usefixtures("steps")
def test_one_old_record_becomes_several_of_the_present_and_gives_the_same_claims(old: World, new: World) -> None:
    assert len(said(new)) > 100
    assert said(old) == said(new)
    store = GraphStore.in_memory(old.log, Projector.of(old.log, old.content.get))
    assert store.position() == old.log.head() == 2


@pytest.mark.usefixtures("steps")
def test_the_log_keeps_what_was_written(old: World) -> None:
    before = [record.body for record in old.log.read()]
    parts = [part for record in old.log.read() for part in present(record)]
    assert [(part.position, part.type, part.schema) for part in parts] == [
        (2, ARTICLE_INGESTED, 2),
        (2, CLAIMS_EXTRACTED, 1),
    ]
    assert {part.body for part in parts} == {before[1]}
    assert old.log.verify() == 2
    assert [record.body for record in old.log.read()] == before


@pytest.mark.usefixtures("steps")
def test_types_are_asked_for_by_their_present_names(old: World) -> None:
    log = PresentLog(old.log)
    assert [record.type for record in log.read(types=(CLAIMS_EXTRACTED,))] == [CLAIMS_EXTRACTED]
    assert [record.type for record in log.read()] == [ARTICLE_INGESTED, CLAIMS_EXTRACTED]
    assert [record.type for record in log.read_stream(article_stream(article(1).id), after=1)] == [
        ARTICLE_INGESTED,
        CLAIMS_EXTRACTED,
    ]
    assert log.head() == log.verify() == 2


def test_a_record_that_no_step_knows_is_refused_by_whoever_reads_it(old: World) -> None:
    with pytest.raises(UnknownRecord, match="upgrade waqai"):
        said(old)


def test_a_newer_schema_is_refused(new: World) -> None:
    stream = article_stream(article(1).id)
    new.log.append(stream, [NewRecord(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED] + 1, {})], actor="test")
    with pytest.raises(UnknownRecord, match="schema 2"):
        said(new)


def test_every_older_schema_has_a_step_and_every_step_leads_to_the_present() -> None:
    older = {(type_, schema) for type_, now in SCHEMA.items() for schema in range(1, now)}
    assert older <= upcasting.STEPS.keys()
    assert not {(type_, schema) for type_, schema in upcasting.STEPS if SCHEMA.get(type_) == schema}
    assert upcast("Born", 1, {}, {("Born", 1): lambda _: [Payload("Born", 2, {})]}) == [Payload("Born", 2, {})]


# ---------------------------------------------------------------------- frozen logs


@pytest.mark.parametrize("name", frozen.names())
def test_a_log_of_a_released_version_is_sound(name: str) -> None:
    with frozen.thawed(name) as log:
        assert log.verify() == len(frozen.bodies(name))
        assert [record.body for record in log.read()] == frozen.bodies(name)
        assert {record.type for record in log.read()} >= {ARTICLE_INGESTED, CLAIMS_EXTRACTED}


@pytest.mark.parametrize("name", frozen.names())
def test_a_log_of_a_released_version_gives_the_graph_that_is_recorded(name: str) -> None:
    known = frozen.fingerprints(name)
    advice = "if the quads were meant to change, raise PROJECTION_VERSION and run python -m tests.graph.frozen"
    assert str(PROJECTION_VERSION) in known, advice
    with frozen.thawed(name) as log:
        assert frozen.fingerprint(log, frozen.contents(name)) == known[str(PROJECTION_VERSION)], advice


def test_records_of_every_kind_that_was_given_out_are_frozen() -> None:
    held = set()
    for name in frozen.names():
        with frozen.thawed(name) as log:
            held |= {(record.type, record.schema) for record in log.read()}
    assert held >= {
        ("ArticleIngested", 1),
        ("ArticleIngested", 2),
        ("ClaimsExtracted", 1),
        ("LinkReviewed", 1),
        ("CandidatesReceived", 1),
        ("ContentErased", 1),
        ("ContentRestored", 1),
        ("QuadsPatched", 1),
        *((type_, 1) for type_ in CURATION_TYPES),
    }


def test_what_is_erased_in_a_frozen_log_is_in_no_graph_of_it() -> None:
    with frozen.thawed("0.1.0-sealed") as log:
        known = frozen.contents("0.1.0-sealed")
        erasures = Erasures(log)
        gone = [unsealed(data).decode() for digest, data in known.items() if erasures.erased(digest) is not None]
        out = io.BytesIO()
        GraphStore.in_memory(log, Projector.of(log, known.get)).dump(out)
        assert len(gone) > 3
        assert not [words for words in gone if words in out.getvalue().decode()]


def test_every_released_version_is_frozen() -> None:
    """The version of the project has its log here before it is released."""
    import tomllib

    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] in frozen.names()
