"""The sample article through the real pipeline, asked in SPARQL over the default graph: what the article must give."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode

from api.workspace import IngestOutcome, Workspace
from ingest.pipeline import Pipeline
from ingest.readers import Overrides, read_path
from ontology.model import Article
from ontology.vocabulary import WQ
from ontology.wire import extraction_json

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT.parent / "shared" / "articles" / "aleppo-idlib-2024-11-30.ar.txt"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLE.is_file(), reason=f"the sample article is not at {SAMPLE}"),
]

ALEPPO, IDLIB, IDLIB_GOVERNORATE, MAARAT, KHAN_SHAYKHUN, NUBL, LATAKIA, SALAMIYAH = (
    f"https://sws.geonames.org/{number}/" for number in (170063, 169389, 169387, 167611, 168325, 166331, 173576, 164947)
)
SOHR = "Syrian Observatory for Human Rights"
OTHER_REPORT = """غارة على دوار في حلب توقع 16 قتيلاً

قال الدفاع المدني السوري إن 16 شخصاً قُتلوا اليوم السبت في غارة جوية على دوار الباسل في مدينة حلب.

ونفت وزارة الدفاع الروسية قصف دوار الباسل في مدينة حلب.
"""
FIGURES = (343, 327, 155, 79)
TRIPLES = ("low", "best", "high", "fatalitiesLow", "fatalitiesBest", "fatalitiesHigh")


def read_sample(published: str | None) -> Article:
    (article,) = read_path(SAMPLE, Overrides(published=published))
    assert isinstance(article, Article), article
    return article


@dataclass(frozen=True)
class Sample:
    """A data folder with the sample in it."""

    workspace: Workspace
    article: Article
    outcome: IngestOutcome

    def ask(self, pattern: str, *variables: str) -> list[tuple[str, ...]]:
        """Return the distinct solutions of a graph pattern over the default graph, as plain strings, sorted."""
        names = " ".join(f"?{variable}" for variable in variables)
        answer = self.workspace.query(f"SELECT DISTINCT {names} WHERE {{ {pattern} }}")
        return sorted(tuple("" if term is None else term.value for term in row) for row in answer.rows())  # type: ignore[attr-defined]

    def holds(self, pattern: str) -> bool:
        return bool(self.workspace.query(f"ASK {{ {pattern} }}"))

    def found(self, pattern: str, *words: str) -> str:
        """Return the one claim about an event that `pattern` finds, after checking its evidence and that of `words`.

        In the pattern ?event and ?claim are bound to each other; evidence must be the exact characters of the text.
        """
        claims = self.ask(f"?event wq:claim ?claim . ?claim wq:about ?event . {pattern}", "claim")
        assert len(claims) == 1, f"{len(claims)} claims for {pattern}"
        claim = claims[0][0]
        quotes = self.quotes(claim)
        assert any(all(word in quote for word in words) for quote in quotes), (words, quotes)
        return claim

    def quotes(self, claim: str) -> list[str]:
        """Return the words of the claim's evidence, each checked against the text by its characters."""
        rows = self.ask(
            f"<{claim}> wq:evidence ?evidence . ?evidence oa:hasSource ?article ; oa:hasSelector ?quote, ?position . "
            "?quote oa:exact ?exact ; oa:prefix ?prefix ; oa:suffix ?suffix . ?position oa:start ?start ; oa:end ?end",
            *("exact", "prefix", "suffix", "start", "end"),
        )
        assert rows, f"{claim} has no evidence"
        text = self.article.text
        for exact, prefix, suffix, start, end in rows:
            assert text[int(start) : int(end)] == exact
            assert text[: int(start)].endswith(prefix)
            assert text[int(end) :].startswith(suffix)
        return [row[0] for row in rows]

    def places(self, claim: str, role: str = "wq:place") -> set[str]:
        """Return the gazetteer links of the places of the claim's event."""
        return {row[0] for row in self.ask(f"<{claim}> wq:about/{role}/skos:closeMatch ?link", "link")}

    def values(self, *names: str) -> set[str]:
        """Return the values of properties of ours in all graphs."""
        graph = self.workspace.graph()
        quads = (quad for name in names for quad in graph.quads(None, NamedNode(WQ + name)))
        return {quad.object.value for quad in quads if isinstance(quad.object, Literal)}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture(scope="module")
def sample(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    article = read_sample("2024-11-30")
    with Workspace(tmp_path_factory.mktemp("sample") / "data", extractor=pipeline) as workspace:
        yield Sample(workspace, article, workspace.ingest(article))


def test_every_claim_stands_on_exact_characters(sample: Sample) -> None:
    claims = sample.ask("?claim a wq:Claim", "claim")
    assert len(claims) == sample.outcome.claims
    for (claim,) in claims:
        assert sample.quotes(claim)


def test_every_slot_stands_on_exact_characters(sample: Sample) -> None:
    slots = sample.workspace.query(
        "SELECT DISTINCT ?slot ?start ?end ?words WHERE { GRAPH ?g { ?slot wq:start ?start ; wq:end ?end ; "
        "wq:asWritten ?words } }"
    )
    rows = [tuple(term.value for term in row) for row in slots.rows()]  # type: ignore[attr-defined]
    assert len(rows) > 50
    for slot, start, end, words in rows:
        assert sample.article.text[int(start) : int(end)] == words, slot


def test_takeover_of_two_cities_by_the_factions_claimed_by_two_of_their_sources(sample: Sample) -> None:
    claim = sample.found(
        "?event a wq:Takeover ; wq:place/skos:closeMatch <https://sws.geonames.org/167611/> ; wq:agent ?agent . "
        "?agent rdfs:label 'Syrian opposition factions'@en . ?claim wq:modality wq:Claimed ; "
        "wq:interest wq:SelfReport ; wq:attributedTo/a wq:PartySource ; wq:attribution/wq:sourceCount 2",
        *("مصدران من الفصائل المسلحة", "سيطرتها على مدينتي معرة النعمان وعلي خان شيخون"),
    )
    assert sample.places(claim) == {MAARAT, KHAN_SHAYKHUN}


def test_takeover_of_most_of_aleppo_by_hts_and_allied_factions(sample: Sample) -> None:
    claim = sample.found(
        f"?event a wq:Takeover, wq:NonStateTakeover ; wq:place/skos:closeMatch <{ALEPPO}> ; wq:agent ?hts, ?allies . "
        "?hts skos:prefLabel 'هيئة تحرير الشام'@ar . ?allies rdfs:label ?name . FILTER(CONTAINS(?name, 'الفصائل')) "
        f"?claim wq:modality wq:Asserted ; wq:attributedTo/rdfs:label '{SOHR}'@en ; "
        "wq:location/wq:extent ?extent . FILTER(?extent IN ('most', 'part'))",
        *("هيئة تحرير الشام والفصائل المتحالفة معها", "معظم أجزاء المدينة"),
    )
    assert sample.places(claim) == {ALEPPO}


def test_takeover_of_nubl_and_of_a_local_place_without_a_false_link(sample: Sample) -> None:
    claim = sample.found(
        f"?event a wq:Takeover ; wq:place/skos:closeMatch <{NUBL}> ; "
        "wq:agent/rdfs:label 'Syrian Democratic Forces'@en . ?claim wq:modality wq:Asserted ; "
        f"wq:attributedTo/rdfs:label '{SOHR}'@en",
        *("قسد", "نبل والزهراء"),
    )
    assert sample.places(claim) == {NUBL}
    ((zahraa,),) = sample.ask(f"<{claim}> wq:about/wq:place ?p . ?p rdfs:label 'الزهراء'@ar", "p")
    links = "skos:closeMatch|skos:exactMatch|skos:broadMatch|skos:narrowMatch|skos:relatedMatch|owl:sameAs"
    assert not sample.holds(f"<{zahraa}> {links} ?anything")
    assert not sample.holds(f"<{zahraa}> geo:hasGeometry ?anything")
    assert sample.holds(f"<{zahraa}> schema:containedInPlace ?around")


def test_takeover_of_six_villages_in_idlib(sample: Sample) -> None:
    claim = sample.found(
        "?event a wq:Takeover ; wq:figure ?figure ; wq:agent/rdfs:label 'Syrian opposition factions'@en . "
        "?figure wq:category wq:Places ; wq:best 6 . ?claim wq:modality wq:Claimed",
        "ست قرى جديدة في إدلب",
    )
    assert IDLIB_GOVERNORATE in sample.places(claim) or IDLIB in sample.places(claim)


def test_airstrike_at_a_local_roundabout_with_16_killed(sample: Sample) -> None:
    claim = sample.found(
        "?event a wq:Airstrike, wq:ArmedConflictEvent, wq:Event ; wq:place ?place ; wq:fatalitiesBest 16 . "
        f"?place schema:containedInPlace/skos:closeMatch <{ALEPPO}> . ?claim wq:attributedTo/rdfs:label '{SOHR}'@en",
        *("مقتل 16 شخصاً", "دوار الباسل"),
    )
    assert sample.places(claim) == set(), "the roundabout is in no gazetteer"
    assert sample.holds(f"<{claim}> wq:about/wq:place/a wq:Roundabout")
    assert any("دوار الباسل بحلب" in quote for quote in sample.quotes(claim)), "the first mention is evidence too"


def test_the_strike_is_one_event_with_all_its_passages_and_its_toll(sample: Sample) -> None:
    """One passage tells of the strike and another one of its 16 killed; the totals of the article are no part of it."""
    at_a_roundabout = "?event a wq:Airstrike ; wq:place/a wq:Roundabout"
    assert len(sample.ask(at_a_roundabout, "event")) == 1
    standing = "wq:claimCount ?claims ; wq:outletCount ?outlets ; wq:originsAtLeast ?least ; wq:originsAtMost ?most"
    assert sample.ask(f"{at_a_roundabout} ; {standing}", "claims", "outlets", "least", "most") == [("1", "1", "1", "1")]
    figures = "wq:fatalitiesLow ?low ; wq:fatalitiesBest ?best ; wq:fatalitiesHigh ?high ; wq:contested false"
    assert sample.ask(f"{at_a_roundabout} ; {figures}", "low", "best", "high") == [("16", "16", "16")]
    tolls = "wq:toll ?toll . ?toll wq:category ?category ; wq:tollRule ?rule ; wq:givenBy ?claim"
    ((category, rule, claim),) = sample.ask(f"{at_a_roundabout} ; {tolls}", "category", "rule", "claim")
    assert (category, rule) == (WQ + "Killed", "only")
    assert sample.ask(f"{at_a_roundabout} ; wq:claim ?claim", "claim") == [(claim,)]
    quotes = sample.quotes(claim)
    assert len(quotes) == 2
    assert all("دوار الباسل" in quote for quote in quotes)
    about = sample.ask("?claim wq:evidence/oa:hasSelector/oa:exact ?quote FILTER(CONTAINS(?quote, 'دوار'))", "claim")
    assert about == [(claim,)], "no other claim tells of it"


def test_another_outlet_that_tells_of_the_strike_joins_its_event(pipeline: Pipeline, tmp_path: Path) -> None:
    article = read_sample("2024-11-30")
    other = Article(OTHER_REPORT, "ar", published="2024-11-30", publisher="صحيفة المرفأ")
    events = []
    for order in ([article, other], [other, article]):
        with Workspace(tmp_path / str(len(events)), extractor=pipeline) as workspace:
            outcomes = [workspace.ingest(one) for one in order]
            both = Sample(workspace, article, outcomes[0])
            ((event,),) = both.ask("?event a wq:Airstrike ; wq:place/a wq:Roundabout", "event")
            events.append(both.ask(f"<{event}> ?property ?value", "property", "value"))
            standing = f"<{event}> wq:claimCount ?claims ; wq:outletCount ?outlets ; wq:originsAtLeast ?least"
            assert both.ask(standing, "claims", "outlets", "least") == [("2", "2", "2")]
            assert both.holds(f"<{event}> wq:fatalitiesBest 16 ; wq:toll/wq:tollRule 'agreed'")
            assert both.holds(f"<{event}> wq:claim ?one, ?two . ?one wq:corroborates ?two")
            quoted = "wq:evidence/oa:hasSelector/oa:exact ?quote FILTER(CONTAINS(?quote, 'الروسية'))"
            denied = f"?denial wq:denies <{event}> ; {quoted}"
            assert both.holds(denied)
            assert both.holds(f"<{event}> wq:contested true")
            assert not both.holds(f"{denied} <{event}> wq:claim ?denial")
    assert events[0] == events[1], "the order of ingest changes nothing"


def test_airstrikes_on_hts_and_factions_reported_by_media(sample: Sample) -> None:
    claim = sample.found(
        "?event a wq:Airstrike ; wq:target/skos:prefLabel 'هيئة تحرير الشام'@ar, 'فصائل المعارضة السورية'@ar . "
        "?claim wq:attributedTo ?source . ?source a wq:CollectiveSource ; rdfs:label 'وسائل إعلام'@ar",
        *("وسائل إعلام عن غارات", "حلب وإدلب"),
    )
    assert sample.places(claim) == {ALEPPO, IDLIB}


def test_withdrawal_of_the_army_from_aleppo_announced_by_itself(sample: Sample) -> None:
    claim = sample.found(
        f"?event a wq:Withdrawal ; wq:movedFrom/skos:closeMatch <{ALEPPO}> ; wq:agent ?army . "
        "?army rdfs:label 'Syrian Army'@en . ?claim wq:interest wq:SelfReport ; "
        "wq:attributedTo/rdfs:label 'Syrian Army'@en",
        *("أعلن الجيش السوري", "انسحابه", "من حلب"),
    )
    assert sample.places(claim) == {ALEPPO}


def test_flight_of_civilians_from_aleppo_told_by_witnesses_through_an_agency(sample: Sample) -> None:
    claim = sample.found(
        f"?event a wq:Flight, wq:Evacuation ; wq:movedFrom/skos:closeMatch <{ALEPPO}> ; wq:figure ?figure . "
        "?figure wq:category wq:Vehicles ; wq:low ?low ; wq:asWritten 'آلاف السيارات'@ar . FILTER(?low >= 1000) "
        "?claim wq:attributedTo/a wq:Eyewitness ; wq:reportedVia/rdfs:label 'Reuters'@en",
        *("آلاف السيارات", "رويترز عن شهود عيان"),
    )
    assert sample.places(claim, "wq:movedFrom") == {ALEPPO}
    assert sample.places(claim, "wq:movedTo") == {LATAKIA, SALAMIYAH}
    assert sample.places(claim) >= {ALEPPO, LATAKIA, SALAMIYAH}, "the precise roles imply wq:place"
    chain = sample.ask(
        f"<{claim}> wq:attribution ?link . ?link wq:order ?order ; wq:source ?source . ?source a ?kind . "
        "VALUES ?kind { wq:NewsAgency wq:Eyewitness }",
        *("order", "kind"),
    )
    assert chain == [("1", WQ + "NewsAgency"), ("2", WQ + "Eyewitness")]


def test_tolls_stay_separate_claims(sample: Sample) -> None:
    claims = [sample.found(f"?event wq:figure [ wq:category wq:Killed ; wq:best {n} ]", str(n)) for n in FIGURES]
    assert len(set(claims)) == len(FIGURES)
    assert len({sample.ask(f"<{claim}> wq:about ?e", "e")[0] for claim in claims}) == len(FIGURES)


def test_tolls_are_never_summed(sample: Sample) -> None:
    said = {*FIGURES, 16}
    sums = {sum(some) for size in range(2, 6) for some in combinations(sorted(said), size)} - said
    assert sums & {498, 482, 234, 670, 561, 359} == {498, 482, 234, 670, 561, 359}
    numbers = {int(value) for value in sample.values(*TRIPLES)}
    assert said <= numbers
    assert not numbers & sums
    assert not any(str(total) in value for total in sums for value in sample.values("asWritten"))


def test_the_total_of_343_is_327_and_16_and_says_so(sample: Sample) -> None:
    rows = sample.ask(
        "?claim wq:sum ?sum . ?sum wq:totalFigure/wq:best ?total ; wq:partFigure/wq:best ?part", "total", "part"
    )
    assert rows == [("343", "16"), ("343", "327")]
    assert len(sample.ask("?total wq:sumsOver ?part", "total", "part")) == 2


def test_involvement_of_turkiye_is_a_denied_claim_and_no_event(sample: Sample) -> None:
    ((claim, event),) = sample.ask(
        "?claim wq:modality wq:Denied ; wq:polarity wq:Negated ; wq:about ?event ; "
        "wq:attributedTo/rdfs:label 'Türkiye'@en",
        *("claim", "event"),
    )
    assert any("عدم تورطها" in quote for quote in sample.quotes(claim))
    assert not sample.holds(f"<{event}> ?p ?o"), "the default graph says nothing about a happening that was denied"
    assert not sample.holds("?event a wq:Event ; wq:participant/rdfs:label 'Türkiye'@en")
    assert sample.holds(f"GRAPH <{claim}> {{ <{event}> a wq:Denial ; wq:claim <{claim}> }}")


def test_the_recapture_of_2016_is_background_and_no_takeover(sample: Sample) -> None:
    ((claim, event),) = sample.ask(
        "?claim wq:modality wq:Background ; wq:about ?event ; wq:evidence/oa:hasSelector/oa:exact ?quote . "
        "FILTER(CONTAINS(?quote, 'عام 2016'))",
        *("claim", "event"),
    )
    assert any("استعادة الجيش السوري" in quote for quote in sample.quotes(claim))
    assert not sample.holds(f"<{event}> ?p ?o")
    assert not sample.holds("?event a wq:Event ; wq:earliest ?day . FILTER(STRSTARTS(STR(?day), '2016'))")
    assert not sample.holds("?event a wq:Takeover ; wq:agent/rdfs:label 'Syrian Army'@en")
    assert sample.holds(
        f"GRAPH <{claim}> {{ <{event}> a wq:Recapture, wq:Takeover ; wq:earliest '2016-01-01'^^xsd:date ; "
        "wq:datePrecision 'year' ; wq:agent ?army }"
    )


def test_the_counter_attack_is_planned_and_no_offensive(sample: Sample) -> None:
    ((claim, event),) = sample.ask("?claim wq:modality wq:Planned ; wq:about ?event", *("claim", "event"))
    assert any("لهجوم مضاد" in quote for quote in sample.quotes(claim))
    assert not sample.holds(f"<{event}> ?p ?o")
    assert sample.holds(f"GRAPH <{claim}> {{ <{event}> a wq:Offensive }}")
    assert not sample.holds("?event a wq:Offensive ; wq:agent/rdfs:label 'Syrian Army'@en")
    assert not sample.holds(
        "?event a wq:Offensive ; wq:claim/wq:trigger/wq:asWritten ?words . FILTER(CONTAINS(?words, 'مضاد'))"
    )


def test_days_come_from_the_given_date_and_the_words(sample: Sample) -> None:
    dated = sample.ask(
        "?event a wq:Takeover ; wq:earliest ?day ; wq:latest ?day ; wq:claim ?claim . "
        f"?event wq:place/skos:closeMatch <{MAARAT}> . ?claim wq:eventDate ?date . ?date wq:anchor ?anchor ; "
        "wq:asWritten ?words",
        *("day", "anchor", "words"),
    )
    assert dated == [("2024-11-30", "published", "اليوم السبت")]


def test_ids_in_the_graph_are_those_that_extract_prints(sample: Sample, pipeline: Pipeline) -> None:
    printed = extraction_json(pipeline.extract(sample.article))
    claims = {row[0].rpartition("/")[2] for row in sample.ask("?claim a wq:Claim", "claim")}
    assert claims == {event["claim"] for event in json.loads(json.dumps(printed))["events"]}


def test_without_a_publication_date_no_absolute_date_is_invented(
    sample: Sample, pipeline: Pipeline, tmp_path: Path
) -> None:
    article = read_sample(None)
    assert article.published is None
    with Workspace(tmp_path / "data", extractor=pipeline) as workspace:
        undated = Sample(workspace, article, workspace.ingest(article))
        assert undated.values("earliest") == {"2016-01-01"}
        assert undated.values("latest") == {"2016-12-31"}
        assert undated.values("date") == {"2016"}
        assert undated.values("datePrecision") == {"year"}
        assert not undated.holds("?event wq:earliest|wq:latest|wq:date ?day")
        assert not undated.holds("?article schema:datePublished ?day")
        # What happened is found all the same, and the words of time are kept.
        assert undated.holds(f"?event a wq:Takeover ; wq:place/skos:closeMatch <{MAARAT}>")
        assert "اليوم السبت" in undated.values("asWritten")
        claims = "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?e a wq:Event ; wq:claim ?c }"
        assert undated.workspace.query(claims).serialize() == sample.workspace.query(claims).serialize()


def test_the_whole_default_graph_is_about_one_article(sample: Sample) -> None:
    assert sample.ask("?article a schema:NewsArticle", "article") == [
        (f"http://localhost:8000/id/article/{sample.article.id}",)
    ]
    graph = sample.workspace.graph()
    dates = {quad.object for quad in graph.quads(None, NamedNode(WQ + "earliest"), None, DefaultGraph())}
    assert all(isinstance(day, Literal) and day.value in {"2024-11-29", "2024-11-30"} for day in dates), dates


def test_the_same_article_again_adds_no_record_and_says_so(sample: Sample) -> None:
    head = sample.workspace.log.head()
    again = sample.workspace.ingest(replace(sample.article, external_id="the same text under another input id"))
    assert (again.new, again.first, again.last) == (False, sample.outcome.first, sample.outcome.last)
    assert sample.workspace.log.head() == head == 2


def test_a_rebuilt_graph_is_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    def dump() -> bytes:
        with (tmp_path / "dump.nq").open("w+b") as file:
            assert sample.workspace.graph().dump(file) > 1000
            file.seek(0)
            return file.read()

    before = dump()
    compared = sample.workspace.compare()
    assert compared.identical
    assert sample.workspace.rebuild().position == sample.workspace.log.head()
    assert sample.workspace.graph().position() == sample.workspace.log.head()
    assert dump() == before
    assert not any(line.startswith(b"_:") or b" _:" in line for line in before.splitlines()), "no blank nodes"
