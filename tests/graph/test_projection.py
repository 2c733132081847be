"""The projection: what each record says in the graph, and what never reaches the default graph."""

import dataclasses
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse, serialize

from graph.iris import BadBaseIri, Identified, Iris
from graph.log import NewRecord
from graph.projection import PROJECTION_VERSION, UnknownArticle, UnknownRecord, fatalities, name_language, time_literal
from graph.store import GraphStore
from ontology.model import Article, Figure, Modality, Participant, Span
from ontology.vocabulary import PREFIXES, WQ, Vocabulary
from tests.graph.articles import CITY, STRIKE, World, article, span, strike

HAPPENED = [modality for modality in Modality if modality.happened]
NOT_HAPPENED = [modality for modality in Modality if not modality.happened]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def quads(world: World) -> list[Quad]:
    found = [quad for record in world.log.read() for quad in world.projector.quads(record)]
    return found + [quad for event in world.projector.happened(world.log.head()) for quad in event.quads()]


def store(world: World) -> GraphStore:
    return GraphStore.in_memory(world.log, world.projector)


def ask(world: World, pattern: str) -> bool:
    return bool(store(world).query(f"ASK {{ {pattern} }}", prefixes=PREFIXES))


def select(world: World, query: str) -> list[tuple[str | None, ...]]:
    rows = store(world).query(query, prefixes=PREFIXES).rows()
    return [tuple(getattr(term, "value", None) for term in row) for row in rows]


@pytest.mark.parametrize("modality", NOT_HAPPENED)
def test_what_did_not_happen_is_no_event_of_the_default_graph(world: World, modality: Modality) -> None:
    one = article()
    world.ingest(one, strike(one, modality))
    assert ask(world, "?claim a wq:Claim ; wq:about ?event")
    assert not ask(world, "?claim wq:about ?event . ?event ?p ?o")
    for of_an_event in ("wq:place", "wq:agent", "wq:figure", "wq:earliest", "wq:fatalitiesBest", "wq:claim", "wq:date"):
        assert not ask(world, f"?s {of_an_event} ?o"), of_an_event
    assert not ask(
        world, "?s a ?type . FILTER(?type IN (wq:Airstrike, wq:Event, wq:Figure, wq:Participation, wq:Location))"
    )


@pytest.mark.parametrize("modality", list(Modality))
def test_the_graph_of_a_claim_holds_what_it_says_whatever_its_modality(world: World, modality: Modality) -> None:
    one = article()
    claim = strike(one, modality)
    world.ingest(one, claim)
    graph = world.projector.iris.claim(claim.id)
    assert ask(
        world,
        f"GRAPH {graph} {{ ?e a wq:Airstrike, wq:Event ; wq:place ?p ; wq:agent ?a ; "
        f"wq:earliest '2024-11-30'^^xsd:date ; wq:fatalitiesBest 16 ; wq:claim {graph} }} "
        "?p a wq:Roundabout . ?a a wq:StateForce",
    )


@pytest.mark.parametrize("modality", HAPPENED)
def test_what_happened_is_an_event_of_the_default_graph_too(world: World, modality: Modality) -> None:
    one = article()
    claim = strike(one, modality)
    world.ingest(one, claim)
    said = {(q.subject, q.predicate, q.object) for q in quads(world) if isinstance(q.graph_name, NamedNode)}
    default = {(q.subject, q.predicate, q.object) for q in quads(world) if isinstance(q.graph_name, DefaultGraph)}
    assert said
    assert said <= default


@pytest.mark.parametrize("modality", list(Modality))
def test_every_claim_has_its_metadata_in_the_default_graph(world: World, modality: Modality) -> None:
    one = article()
    claim = strike(one, modality)
    world.ingest(one, claim)
    iris = world.projector.iris
    polarity = "wq:Negated" if modality is Modality.DENIED else "wq:Affirmed"
    assert ask(
        world,
        f"{iris.claim(claim.id)} a wq:Claim, prov:Entity ; wq:about {iris.event(claim.id)} ; "
        f"wq:modality wq:{modality.value.capitalize()} ; wq:polarity {polarity} ; wq:interest wq:ThirdParty ; "
        f"prov:wasDerivedFrom {iris.article(one.id)} ; prov:wasGeneratedBy ?run ; wq:record {iris.record(2)} ; "
        "wq:position 2 ; wq:evidence ?evidence ; wq:trigger ?trigger ; wq:attributedTo ?witness ; "
        "wq:reportedVia ?monitor . ?witness a wq:Eyewitness . ?monitor a wq:Monitor . ?run a wq:ExtractionRun ; "
        "wq:extractorVersion '0.1.0' . "
        "?evidence a oa:SpecificResource ; oa:hasSelector [ oa:exact ?quote ], [ oa:start 0 ; oa:end ?end ]",
    )


def test_quotes_and_positions_are_exactly_the_text(world: World) -> None:
    text = "خبر عاجل 🙂: " + STRIKE + "\nتتمة الخبر."
    one = article(text=text)
    begin = text.index(STRIKE)
    claim = strike(one, evidence=(Span(begin, begin + len(STRIKE)), Span(0, 8)))
    world.ingest(one, claim)
    rows = select(
        world,
        "SELECT ?start ?end ?exact ?prefix ?suffix { ?e oa:hasSelector ?a, ?b . ?a oa:start ?start ; oa:end ?end . "
        "?b oa:exact ?exact ; oa:prefix ?prefix ; oa:suffix ?suffix } ORDER BY DESC(?start)",
    )
    assert len(rows) == 2
    for start, end, exact, prefix, suffix in rows:
        assert exact == text[int(start or 0) : int(end or 0)]
        assert text[: int(start or 0)].endswith(prefix or "")
        assert text[int(end or 0) :].startswith(suffix or "")
    assert rows[0][2] == STRIKE


def test_the_chain_is_outermost_first_and_a_claim_without_source_says_so(world: World) -> None:
    one, other = article(1), article(2)
    world.ingest(one, strike(one))
    world.ingest(other, strike(other, sources=()))
    rows = select(
        world,
        "SELECT ?order ?written ?verb { ?c wq:attribution ?l . ?l wq:order ?order ; wq:asWritten ?written "
        "OPTIONAL { ?l wq:reportingVerb ?verb } } ORDER BY ?order",
    )
    assert rows == [("1", "مرصد الوادي", "قال"), ("2", "شهود عيان", None)]
    assert len(select(world, "SELECT ?c { ?c wq:noSourceNamed true }")) == 1
    assert len(select(world, "SELECT ?c { ?c wq:attributedTo ?s }")) == 1


def test_labels_say_what_where_and_when_in_both_languages(world: World) -> None:
    one = article()
    named = dataclasses.replace(strike(one).places[0], names={"en": "Palm Roundabout", "ar": "دوار النخيل"})
    world.ingest(one, strike(one, places=(named,)), strike(one, Modality.DENIED, places=(named,)))
    assert {row[0] for row in select(world, "SELECT ?l { ?e a wq:Event ; rdfs:label ?l }")} == {
        "غارة جوية في دوار النخيل، 2024-11-30",
        "Airstrike at Palm Roundabout, 2024-11-30",
    }
    denied = select(world, "SELECT ?l { ?c wq:modality wq:Denied ; rdfs:label ?l }")
    assert {row[0] for row in denied} == {
        "نفي: غارة جوية في دوار النخيل، 2024-11-30",
        "Denied: Airstrike at Palm Roundabout, 2024-11-30",
    }
    other = article(3)
    denial = dataclasses.replace(strike(other, Modality.DENIED, places=(named,)), type="Denial", subtype=None)
    world.ingest(other, denial.with_id(other.id))
    denials = select(world, "SELECT ?l { ?c wq:modality wq:Denied ; rdfs:label ?l FILTER(CONTAINS(?l, 'Denial')) }")
    assert denials == [("Denial at Palm Roundabout, 2024-11-30",)], "what is a denial is not denied once more"


def test_roles_imply_the_broader_ones_and_who_takes_part_defines_the_type(world: World) -> None:
    text = "سيطر مقاتلو الفصيل على الميناء."
    one = article(text=text)
    fighters = Participant("takenBy", span(text, "مقاتلو الفصيل"), "r", "f1" * 10, kind="armedGroup")
    place = dataclasses.replace(strike(article()).places[0], span=span(text, "الميناء"), within=())
    claim = dataclasses.replace(
        strike(article()),
        type="Takeover",
        trigger=dataclasses.replace(strike(article()).trigger, span=span(text, "سيطر")),
        evidence=(Span(0, len(text)),),
        participants=(fighters,),
        places=(place,),
        date=None,
        figures=(),
        sources=(),
    ).with_id(one.id)
    world.ingest(one, claim)
    assert ask(world, "?e a wq:Takeover, wq:NonStateTakeover ; wq:takenBy ?a ; wq:agent ?a ; wq:participant ?a")
    assert not ask(world, "?e a wq:StateTakeover")
    assert not ask(world, "?e wq:earliest ?d")
    assert not ask(world, "?e wq:datePrecision ?d")


@pytest.mark.parametrize(
    ("type_", "subtype", "role", "more", "never"),
    [
        ("Takeover", None, "agent", "takenBy", "withdrawnBy"),
        ("Takeover", "Recapture", "agent", "takenBy", "organisedBy"),
        ("Takeover", None, "target", "takenFrom", "takenBy"),
        ("Withdrawal", "CarriedOutWithdrawal", "agent", "withdrawnBy", "takenBy"),
        ("Evacuation", None, "target", "evacuated", "takenFrom"),
        ("Evacuation", "OrganisedEvacuation", "agent", "organisedBy", "takenBy"),
        ("Denial", None, "agent", "deniedBy", "takenBy"),
        ("Airstrike", None, "agent", None, "takenBy"),
        ("Takeover", None, "participant", None, "takenBy"),
    ],
)
@pytest.mark.parametrize("modality", [Modality.ASSERTED, Modality.PLANNED])
def test_who_does_it_and_whom_it_is_done_to_are_named_as_the_type_has_it(
    world: World, type_: str, subtype: str | None, role: str, more: str | None, never: str, modality: Modality
) -> None:
    from ontology.validation import validate

    one = article()
    actor = dataclasses.replace(strike(one).participants[0], role=role)
    told = strike(one, modality, subtype=subtype, participants=(actor,))
    claim = dataclasses.replace(told, type=type_).with_id(one.id)
    world.ingest(one, claim)
    made = quads(world)
    event, iris = world.projector.iris.event(claim.id), world.projector.iris
    graphs = [iris.claim(claim.id), *([DefaultGraph()] if modality.happened else [])]
    for graph in graphs:
        stated = {
            q.predicate.value
            for q in made
            if (q.subject, q.object, q.graph_name) == (event, iris.actor(actor.id), graph)
        }
        assert {PREFIXES["wq"] + name for name in (role, "participant", more) if name is not None} <= stated
        assert PREFIXES["wq"] + never not in stated
    out = io.BytesIO()
    store(world).dump(out)
    assert validate(out.getvalue()).results == ()


def test_the_words_of_the_text_are_kept_apart_from_the_names_of_the_actor(world: World) -> None:
    one = article()
    world.ingest(one, strike(one))
    assert select(
        world,
        "SELECT ?w ?n { ?c wq:participation [ wq:asWritten ?w ; wq:ofActor ?a ] . ?a skos:prefLabel ?n } ORDER BY ?n",
    ) == [
        ("الطيران", "Air Force"),
        ("الطيران", "سلاح الجو"),
    ]
    assert ask(world, "?a a wq:StateForce ; skos:altLabel 'الطيران'@ar")


def test_places_have_links_and_geometry_and_never_owl_same_as(world: World) -> None:
    one = article()
    world.ingest(one, strike(one))
    city = world.projector.iris.place(CITY.id)
    assert ask(
        world,
        f"?p a wq:Roundabout ; schema:containedInPlace {city} . "
        f"{city} skos:closeMatch <https://sws.geonames.org/170063/> ; "
        "geo:hasGeometry [ wq:lat 36.2 ; wq:long 37.16117 ; geo:asWKT 'POINT(37.16117 36.2)'^^geo:wktLiteral ]",
    )
    assert not ask(world, "?p a wq:Roundabout ; geo:hasGeometry ?g")
    assert not any(quad.predicate.value.endswith("sameAs") for quad in quads(world))


def test_articles_and_records_say_where_they_come_from(world: World) -> None:
    one = article(language="ar")
    world.ingest(one)
    assert ask(
        world,
        f"?a a schema:NewsArticle, wq:Article ; schema:headline 'غارة على الميناء 0'@ar ; wq:position 1 ; "
        f"schema:datePublished '2024-11-30'^^xsd:date ; schema:url <https://paper.example/0> ; "
        f"schema:inLanguage 'ar' ; wq:textSha256 '{one.text_sha256}' ; wq:textLength {len(one.text)} ; "
        "schema:publisher ?p . ?p a wq:MediaOutlet ; rdfs:label 'صحيفة النهر'@ar . "
        "?r a wq:Record ; wq:position 1 ; wq:recordType 'ArticleIngested' ; wq:actor 'test' ; wq:bodySha256 ?d ; "
        f"wq:recorded ?t ; wq:stream 'article/{one.id}' . FILTER(datatype(?t) = xsd:dateTime)",
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "not a url", "http://broken url/", "/relative"])
def test_an_address_that_is_no_web_address_stays_words(world: World, url: str) -> None:
    one = Article(text=STRIKE, language="ar", url=url)
    world.ingest(one)
    assert select(world, "SELECT ?u { ?a schema:url ?u FILTER(isLiteral(?u)) }") == [(url,)]


def test_erased_content_takes_its_words_along_and_nothing_else(world: World) -> None:
    one = article()
    world.ingest(one, strike(one))
    full = set(quads(world))
    without = dataclasses.replace(world.projector, content=lambda _: None)
    bare = {quad for record in world.log.read() for quad in without.quads(record)}
    bare |= {quad for event in without.happened(world.log.head()) for quad in event.quads()}
    words = {q.object.value for q in bare if isinstance(q.object, Literal)}
    assert STRIKE not in words
    assert "الطيران" not in words
    assert one.title not in words
    shared = full & bare
    assert len(shared) > 100
    # Only labels are written anew: without the words of the place they name the type and the date alone.
    assert {quad.predicate.value for quad in bare - full} == {PREFIXES["rdfs"] + "label"}


def test_the_store_changes_no_literal_that_the_projection_writes(world: World) -> None:
    one = Article(
        text=STRIKE, language="AR", title="T", published="2024-11-30T10:00:00.120000+02:00", publisher="Paper"
    )
    world.ingest(one, strike(one))
    kept = Store()
    made = set(quads(world))
    kept.extend(made)
    assert set(kept) == made
    assert set(parse(serialize(made, format=RdfFormat.N_QUADS), format=RdfFormat.N_QUADS)) == made


def test_there_are_no_blank_nodes(world: World) -> None:
    world.fill(8)
    for quad in quads(world):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, NamedNode | Literal)


def test_every_term_of_ours_is_declared_in_the_ontology(world: World) -> None:
    one = article()
    world.ingest(one, *(strike(one, modality) for modality in Modality))
    world.ingest(article(1), strike(article(1), sources=()))
    vocabulary = Vocabulary.load()
    declared = {*vocabulary.classes, *vocabulary.properties, *vocabulary.individuals}
    used = {term.value for q in quads(world) for term in (q.predicate, q.object) if isinstance(term, NamedNode)}
    assert {iri for iri in used if iri.startswith(WQ)} <= declared
    assert len({iri for iri in used if iri.startswith(WQ)}) > 50


def test_the_same_quads_under_every_hash_seed(world: World, tmp_path: Path) -> None:
    world.fill(6)
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.graph.articles import World\n"
        "world = World.at(Path(sys.argv[1]))\n"
        "for record in world.log.read():\n    for quad in world.projector.quads(record): print(quad)\n"
        "for event in world.projector.happened(world.log.head()):\n    for quad in event.quads(): print(quad)\n"
    )
    outputs = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            cwd=Path(__file__).resolve().parents[2],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(quads(world))


def test_records_that_are_not_known_are_named(world: World) -> None:
    world.log.append("s", [NewRecord("ArticleMoved", 1, {}), NewRecord("ArticleIngested", 3, {})], actor="x")
    for record, kind in zip(world.log.read(), ("ArticleMoved", "ArticleIngested"), strict=True):
        with pytest.raises(UnknownRecord, match=f"position {record.position} is of type {kind}") as caught:
            world.projector.quads(record)
        assert (caught.value.type, caught.value.position) == (kind, record.position)


def test_claims_of_an_article_that_the_log_lacks_are_refused(world: World) -> None:
    world.ingest(article(), strike(article()))
    claims = list(world.log.read())[1]
    alone = dataclasses.replace(world.projector, articles=lambda _: None)
    with pytest.raises(UnknownArticle) as caught:
        alone.quads(claims)
    assert (caught.value.article, caught.value.position) == (article().id, 2)


def figure(
    low: int | None, best: int | None, high: int | None, of: str | None = None, category: str = "killed"
) -> Figure:
    return Figure(category, Span(0, 1), "r", low, best, high, of)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ([], (None, None, None)),
        ([figure(16, 16, 16)], (16, 16, 16)),
        ([figure(16, 16, 16, "child")], (16, 16, 16)),
        ([figure(10, None, None)], (10, None, None)),
        ([figure(9, 9, 9, category="injured")], (None, None, None)),
        ([figure(16, 16, 16), figure(3, 3, 3, "child")], (16, 16, 16)),
        ([figure(16, 16, 16), figure(20, 20, 20)], (None, None, None)),
        ([figure(5, 5, 5, "civilian"), figure(7, 7, 7, "fighter")], (12, 12, 12)),
        ([figure(5, 5, 5, "civilian"), figure(7, None, None, "soldier")], (12, None, None)),
        ([figure(5, 5, 5, "civilian"), figure(3, 3, 3, "child")], (5, None, None)),
        ([figure(3, 3, 3, "child"), figure(2, 2, 2, "woman")], (5, 5, 5)),
        ([figure(2, 2, 2, "family")], (None, None, None)),
        ([figure(2, 2, 2, "family"), figure(9, 9, 9, "civilian")], (9, 9, 9)),
        ([figure(5, 5, 5, "civilian"), figure(3, 3, 3, "civilian")], (5, None, None)),
        ([figure(5, 5, 5, "civilian"), figure(7, 7, 7, "fighter"), figure(2, 2, 2, "child")], (7, None, None)),
    ],
)
def test_fatalities_are_never_summed_over_people_who_may_be_the_same(
    figures: list[Figure], expected: tuple[int | None, int | None, int | None]
) -> None:
    found = fatalities(figures)
    assert tuple(found.get(name) for name in ("fatalitiesLow", "fatalitiesBest", "fatalitiesHigh")) == expected


@pytest.mark.parametrize(
    ("text", "value", "datatype"),
    [
        ("2024-11-30", "2024-11-30", "date"),
        ("2024-02-30", "2024-02-30", "string"),
        ("2024-11", "2024-11", "string"),
        ("yesterday", "yesterday", "string"),
        ("2024-11-30T10:00:00Z", "2024-11-30T10:00:00Z", "dateTime"),
        ("2024-11-30T00:30:00+03:00", "2024-11-29T21:30:00Z", "dateTime"),
        ("2024-11-30T10:00:00", "2024-11-30T10:00:00", "dateTime"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "string"),
    ],
)
def test_times_are_written_as_the_store_keeps_them(text: str, value: str, datatype: str) -> None:
    literal = time_literal(text)
    assert (literal.value, literal.datatype.value) == (value, PREFIXES["xsd"] + datatype)


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [("رويترز", "en", "ar"), ("Reuters", "ar", "en"), ("Reuters", "fr", "fr"), ("۱۲", "fa", "fa"), ("24", "ar", "ar")],
)
def test_a_name_has_the_language_of_its_script(name: str, language: str, expected: str) -> None:
    assert name_language(name, language) == expected


def test_iris_come_apart_as_they_were_put_together() -> None:
    iris = Iris("https://facts.example/graph/")
    claim = iris.claim("c-0a1b")
    assert iris.parse(claim.value) == Identified("claim", "c-0a1b")
    assert iris.parse(claim.value + "/evidence/1/quote") == Identified("claim", "c-0a1b", "evidence/1/quote")
    assert iris.parse(iris.record(12).value) == Identified("record", "12")
    assert iris.parse("https://other.example/id/claim/c-0a1b") is None
    assert iris.parse(iris.base + "id/planet/9") is None
    assert iris.absolute("event/ab") == iris.absolute("/id/event/ab") == iris.base + "id/event/ab"
    assert iris.absolute("https://x.example/") == "https://x.example/"


@pytest.mark.parametrize(
    "base", ["", "localhost:8000/", "http://x", "ftp://x/", "http://x/ y/", "http://x/#", "http:///"]
)
def test_a_base_that_makes_no_iris_is_refused(base: str) -> None:
    with pytest.raises(BadBaseIri, match=re.escape(repr(base))):
        Iris(base)


def test_the_graph_conforms_to_the_shapes(world: World) -> None:
    from ontology.validation import validate

    one = article(100)
    world.ingest(one, *(strike(one, modality) for modality in Modality), strike(one, sources=(), date=None))
    world.fill(3)
    out = io.BytesIO()
    store(world).dump(out)
    report = validate(out.getvalue())
    assert report.results == ()
    assert report.conforms


def test_claims_that_come_together_otherwise_give_a_later_version() -> None:
    raised = "import graph.fusion.clustering as c; c.FUSION_VERSION += 1; "
    command = [
        sys.executable,
        "-c",
        raised + "from graph.projection import PROJECTION_VERSION; print(PROJECTION_VERSION)",
    ]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(found) == PROJECTION_VERSION + 1
