"""Audits: from a triple to the characters, and every tampering on the way found."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.audit import Audit, BadTerm, NothingToAudit, explain, explain_triple
from graph.audit.text import isolate, render
from graph.log import LogDamaged, NewRecord
from graph.projection import Projector
from graph.store import GraphStore
from ontology.model import Article, Extraction, Extractor, Modality, Span
from ontology.records import CLAIMS_EXTRACTED, article_stream, claims_extracted
from ontology.vocabulary import PREFIXES
from tests.graph.articles import CITY, STRIKE, World, article, digest, strike

TEXT = "مقدمة الخبر. " + STRIKE + " وتتمة الخبر هنا."
START = len("مقدمة الخبر. ")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    one = article(text=TEXT)
    passage = (Span(START, START + len(STRIKE)),)
    world.ingest(one, strike(one, evidence=passage), strike(one, Modality.DENIED, evidence=passage))
    return world


@pytest.fixture
def store(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def claim_iri(world: World, modality: Modality = Modality.ASSERTED) -> str:
    one = article(text=TEXT)
    return world.projector.iris.claim(strike(one, modality, evidence=(Span(START, START + len(STRIKE)),)).id).value


def failed(audit: Audit) -> set[str]:
    return {check.name for check in audit.checks() if check.passed is False}


def test_an_event_is_explained_down_to_the_characters(world: World, store: GraphStore) -> None:
    one = article(text=TEXT)
    event = next(quad.object for quad in store.quads(NamedNode(claim_iri(world)), NamedNode(PREFIXES["wq"] + "about")))
    assert isinstance(event, NamedNode)
    audit = explain(store, world.log, world.content.get, event.value)
    assert audit.passed
    assert (audit.position, audit.omitted, audit.triple) == (2, 0, None)
    assert sorted(one.modality for one in audit.claims) == ["asserted", "denied"]  # who denies it stands beside it
    claim = next(one for one in audit.claims if one.modality == "asserted")
    assert (claim.iri, claim.event, claim.event_type, claim.modality) == (
        claim_iri(world),
        event.value,
        "Airstrike",
        "asserted",
    )
    (passage,) = claim.passages
    assert (passage.quote, passage.start, passage.end) == (STRIKE, START, START + len(STRIKE))
    assert (passage.before, passage.after) == ("مقدمة الخبر. ", " وتتمة الخبر هنا.")
    for slot in claim.slots:
        assert slot.words == TEXT[slot.start : slot.end]
    assert {slot.name: slot.rule for slot in claim.slots} == {
        "trigger": "airstrike.noun.1",
        "agent": "actor.air",
        "place": "place.head",
        "date": "date.today",
        "killed": "figure.digits",
    }
    assert [(link.order, link.words, link.verb, link.kind) for link in claim.sources] == [
        (1, "مرصد الوادي", "قال", "monitor"),
        (2, "شهود عيان", None, "eyewitness"),
    ]
    assert (claim.article.publisher, claim.article.title, claim.article.text_sha256) == (
        "صحيفة النهر",
        "غارة على الميناء 0",
        one.text_sha256,
    )
    assert (claim.record.position, claim.article.record.position, claim.record.actor) == (2, 1, "test")
    assert claim.record.body_sha256 == list(world.log.read())[1].body_sha256
    assert (claim.run.name, claim.run.version, claim.run.lexicon) == ("waqai", "0.1.0", "ab" * 32)


def test_a_denied_claim_is_explained_too(world: World, store: GraphStore) -> None:
    audit = explain(store, world.log, world.content.get, claim_iri(world, Modality.DENIED) + "/evidence/1/quote")
    assert [claim.modality for claim in audit.claims] == ["denied"]
    assert "cue" in {slot.name for slot in audit.claims[0].slots}


@pytest.mark.parametrize(
    ("relative", "claims", "records"),
    [
        ("place/" + "b1" * 10, 2, 0),
        ("place/" + CITY.id, 2, 0),
        ("place/" + CITY.id + "/geometry/36.2,37.16117", 2, 0),
        ("actor/" + "a1" * 10, 2, 0),
        ("source/" + "d1" * 10, 2, 0),
        ("source/" + "e1" * 10, 2, 0),
        ("record/2", 2, 0),
        ("record/1", 0, 1),
        (f"id/article/{article(text=TEXT).id}", 2, 0),
    ],
)
def test_everything_with_an_iri_can_be_explained(
    world: World, store: GraphStore, relative: str, claims: int, records: int
) -> None:
    audit = explain(store, world.log, world.content.get, relative)
    assert (len(audit.claims), len(audit.records)) == (claims, records)
    assert audit.passed
    assert list(audit.checks())


def test_a_publisher_is_explained_by_its_articles(world: World, store: GraphStore) -> None:
    lone = Article(text="خبر بلا إفادات", language="ar", publisher="صوت الساحل")
    world.ingest(lone)
    store.catch_up(world.log)
    iris = store.iris
    assert len(explain(store, world.log, world.content.get, iris.outlet("صحيفة النهر").value).claims) == 2
    alone = explain(store, world.log, world.content.get, iris.outlet("صوت الساحل").value)
    assert [record.position for record in alone.records] == [3]
    assert [r.position for r in explain(store, world.log, world.content.get, f"article/{lone.id}").records] == [3]


def test_a_claim_that_two_runs_agree_on_is_one_claim_of_the_first(world: World, store: GraphStore) -> None:
    one = article(text=TEXT)
    claim = strike(one, evidence=(Span(START, START + len(STRIKE)),))
    later = Extraction(one, Extractor(version="0.2.0", lexicon="cd" * 32), (claim,))
    world.log.append(
        article_stream(one.id), [NewRecord(CLAIMS_EXTRACTED, 1, claims_extracted(later))], actor="test", key=later.run
    )
    store.catch_up(world.log)
    audit = explain(store, world.log, world.content.get, store.iris.event(claim.id).value)
    found = [(one.record.position, one.run.version) for one in audit.claims if one.modality == "asserted"]
    assert found == [(2, "0.1.0")]
    assert audit.passed


def test_what_no_registry_names_is_shown_by_the_words_of_the_text(world: World, store: GraphStore) -> None:
    (claim,) = explain(store, world.log, world.content.get, claim_iri(world)).claims
    assert {slot.name: slot.value for slot in claim.slots if slot.name in ("place", "agent")} == {
        "place": "دوار النخيل (near)",
        "agent": "Air Force",
    }
    (erased,) = explain(store, world.log, lambda _: None, claim_iri(world)).claims
    assert f"place/{'b1' * 10} (near)" in {slot.value for slot in erased.slots}


def test_only_so_many_claims_are_explained_and_the_rest_is_counted(world: World, store: GraphStore) -> None:
    audit = explain(store, world.log, world.content.get, "record/2", limit=1)
    assert (len(audit.claims), audit.omitted) == (1, 1)
    assert "Shown are claims 1 to 1 of 2" in render(audit)


@pytest.mark.parametrize("iri", ["event/none", "http://elsewhere.example/", "no iri at all", "record/9"])
def test_nothing_is_said_of_what_the_graph_does_not_know(world: World, store: GraphStore, iri: str) -> None:
    with pytest.raises(NothingToAudit, match=r"name a claim \(c-…\).*`waqai query 'SELECT \?e \{ \?e a wq:Event \}'`"):
        explain(store, world.log, world.content.get, iri)


def test_a_triple_is_explained_by_the_claims_that_say_it(world: World, store: GraphStore) -> None:
    event = f"event/{store.iris.event(claim_iri(world).rsplit('/', 1)[1]).value.rsplit('/', 1)[1]}"
    audit = explain_triple(store, world.log, world.content.get, event, "wq:place", "place/" + "b1" * 10)
    assert [claim.iri for claim in audit.claims] == [claim_iri(world)]
    assert audit.passed
    number = '"16"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert len(explain_triple(store, world.log, world.content.get, event, "wq:fatalitiesBest", number).claims) == 1
    assert len(explain_triple(store, world.log, world.content.get, event, "a", "wq:Airstrike").claims) == 1
    within = explain_triple(
        store, world.log, world.content.get, "place/" + "b1" * 10, "schema:containedInPlace", f"place/{CITY.id}"
    )
    assert len(within.claims) == 2
    brought = explain_triple(store, world.log, world.content.get, "record/1", "wq:recordType", '"ArticleIngested"')
    assert [record.position for record in brought.records] == [1]


def test_a_triple_that_is_not_in_the_graph_has_no_audit(world: World, store: GraphStore) -> None:
    for terms in (("event/x", "wq:place", "place/y"), ("record/1", "wq:recordType", '"Other"')):
        with pytest.raises(NothingToAudit):
            explain_triple(store, world.log, world.content.get, *terms)
    for terms in (("<no", "wq:place", "a"), ('"words"', "wq:place", "a"), ("record/1", '"words"', "a")):
        with pytest.raises(BadTerm):
            explain_triple(store, world.log, world.content.get, *terms)


def test_a_triple_that_nothing_states_is_unexplained(world: World, store: GraphStore) -> None:
    node = store.iris.article(article(text=TEXT).id)
    forged = Quad(node, NamedNode(PREFIXES["schema"] + "headline"), Literal("عنوان مزور"))
    store._store.add(forged)
    audit = explain_triple(store, world.log, world.content.get, node.value, "schema:headline", '"عنوان مزور"')
    assert audit.unexplained
    assert not audit.passed
    assert "UNEXPLAINED" in render(audit)


def test_tampered_content_is_found(world: World, store: GraphStore) -> None:
    path = world.path(digest(article(text=TEXT)))
    path.write_bytes(bytes(32) + TEXT.replace("16", "61").encode())
    audit = explain(store, world.log, world.content.get, claim_iri(world))
    assert failed(audit) == {"text digest"}
    assert not audit.passed
    assert audit.claims[0].passages[0].quote is None  # tampered words are never shown as evidence
    assert "[FAILED] text digest" in render(audit)
    careless = explain(store, world.log, lambda sha256: path.read_bytes(), claim_iri(world))
    assert "text digest" in failed(careless)


def test_a_content_that_is_gone_without_a_record_is_lost(world: World, store: GraphStore) -> None:
    audit = explain(store, world.log, lambda _: None, claim_iri(world))
    assert failed(audit) == {"text digest"}
    assert {check.name for check in audit.checks() if check.passed is None} == {"quotes", "article id", "projection"}
    assert "is lost: no record says that it was erased" in render(audit)
    assert "[not checked] quotes" in render(audit)


def rewrite(path: Path, position: int, change: Callable[[str], str]) -> None:
    """Change the body of a record as somebody with the file in hands could."""
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER IF EXISTS log_no_update")
    (body,) = connection.execute("SELECT body FROM log WHERE position = ?", (position,)).fetchone()
    changed = change(body.decode())
    assert changed != body.decode()
    connection.execute("UPDATE log SET body = ? WHERE position = ?", (changed.encode(), position))
    connection.commit()
    connection.close()


def test_a_tampered_claim_is_found_even_after_a_rebuild(world: World, store: GraphStore, tmp_path: Path) -> None:
    rewrite(tmp_path / "log.sqlite", 2, lambda body: body.replace('"best":16', '"best":61'))
    assert world.log.verify() == 2  # the body is still canonical: the log alone cannot know
    audit = explain(store, world.log, world.content.get, claim_iri(world))
    assert failed(audit) == {"record 2", "claim id", "projection"}
    rebuilt = GraphStore.in_memory(world.log, world.projector)
    assert failed(explain(rebuilt, world.log, world.content.get, claim_iri(world))) == {"claim id"}


def test_a_tampered_article_is_found_even_after_a_rebuild(world: World, tmp_path: Path) -> None:
    rewrite(
        tmp_path / "log.sqlite", 1, lambda body: body.replace('"published":"2024-11-30"', '"published":"2024-11-29"')
    )
    log = World.at(tmp_path).log
    rebuilt = GraphStore.in_memory(log, Projector.of(log, world.content.get))
    assert failed(explain(rebuilt, log, world.content.get, claim_iri(world))) == {"article id"}


def test_a_body_that_is_not_canonical_is_found(world: World, store: GraphStore, tmp_path: Path) -> None:
    rewrite(tmp_path / "log.sqlite", 2, lambda body: body.replace(",", ", "))
    rebuilt = GraphStore.in_memory(world.log, world.projector)
    assert failed(explain(rebuilt, world.log, world.content.get, claim_iri(world))) == {"record 2"}


def test_a_claim_that_vanished_from_its_record_is_named(world: World, store: GraphStore, tmp_path: Path) -> None:
    claim_id = claim_iri(world).rsplit("/", 1)[1]
    rewrite(tmp_path / "log.sqlite", 2, lambda body: body.replace(claim_id, "c-" + "0" * 20))
    with pytest.raises(LogDamaged, match="not in it any more") as caught:
        explain(store, world.log, world.content.get, claim_iri(world))
    assert caught.value.position == 2


@pytest.mark.parametrize("forged", [True, False])
def test_a_tampered_store_is_found(world: World, store: GraphStore, forged: bool) -> None:
    claim = NamedNode(claim_iri(world))
    if forged:
        store._store.add(Quad(claim, NamedNode(PREFIXES["wq"] + "fatalitiesBest"), Literal(61), claim))
    else:
        store._store.remove(next(store.quads(None, NamedNode(PREFIXES["wq"] + "fatalitiesBest"), None, claim)))
    assert failed(explain(store, world.log, world.content.get, claim.value)) == {"projection"}


def test_a_tampered_quote_is_found(world: World, store: GraphStore) -> None:
    quote = NamedNode(claim_iri(world) + "/evidence/1/quote")
    (old,) = store.quads(quote, NamedNode(PREFIXES["oa"] + "exact"))
    store._store.remove(old)
    store._store.add(Quad(old.subject, old.predicate, Literal(STRIKE.replace("16", "61"))))
    assert failed(explain(store, world.log, world.content.get, claim_iri(world))) == {"quotes", "projection"}


def test_an_audit_is_plain_json(world: World, store: GraphStore) -> None:
    audit = explain(store, world.log, world.content.get, claim_iri(world))
    data = json.loads(json.dumps(audit.to_json(), ensure_ascii=False))
    assert data["passed"] is True
    assert data["claims"][0]["passages"][0]["quote"] == STRIKE
    assert data["claims"][0]["record"]["checks"][0]["passed"] is True


def test_the_rendering_isolates_the_words_of_the_article(world: World, store: GraphStore) -> None:
    text = render(explain(store, world.log, world.content.get, claim_iri(world)))
    assert f"\u2068{STRIKE}\u2069" in text
    assert f"[{START}, {START + len(STRIKE)})" in text
    assert "7 checks passed." in text
    for line in text.splitlines():
        assert line.count("\u2068") == line.count("\u2069")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("سطر\nسطر\tآخر", "سطر سطر آخر"),
        ("a\u202eb\u2069c\u2068", "abc"),
        ("red\x1b[31m", "red\ufffd[31m"),
        ("bell\x07\x9b", "bell\ufffd\ufffd"),
    ],
)
def test_words_never_act_on_the_terminal(words: str, shown: str) -> None:
    assert isolate(words) == f"\u2068{shown}\u2069"
