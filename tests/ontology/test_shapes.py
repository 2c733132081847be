"""The shapes: a good claim conforms, and each single omission is found at its property."""

from pathlib import Path

import pytest
import rdflib

from ontology.validation import NotNQuads, ValidationReport, main, validate
from ontology.vocabulary import OA, PREFIXES, PROV, RDFS, SCHEMA, WQ

BASE = "http://localhost:8000/id/"
GOOD = (
    "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    + """
@base <http://localhost:8000/id/> .
<record/1> a wq:Record ; wq:recordType "ArticleIngested" ; wq:position 1 ;
    wq:recorded "2024-12-01T08:00:00Z"^^xsd:dateTime ; wq:actor "cli" ; wq:stream "article/a" ; wq:bodySha256 "DIGEST" .
<record/2> a wq:Record ; wq:recordType "ClaimsExtracted" ; wq:position 2 ;
    wq:recorded "2024-12-01T08:00:01Z"^^xsd:dateTime ; wq:actor "cli" ; wq:stream "article/a" ; wq:bodySha256 "DIGEST" .
<article/a> a wq:Article ; wq:textSha256 "DIGEST" ; wq:textLength 200 ; schema:inLanguage "ar" ; wq:position 1 ;
    wq:record <record/1> .
<run/r> a wq:ExtractionRun ; prov:used <article/a> ; wq:extractorName "waqai" ; wq:extractorVersion "0.1.0" ;
    wq:lexiconDigest "DIGEST" .
<claim/c> a wq:Claim ; rdfs:label "غارة جوية"@ar ; wq:about <event/e> ; wq:modality wq:Asserted ;
    wq:polarity wq:Affirmed ; wq:evidence <claim/c/evidence/1> ; wq:trigger <claim/c/trigger> ; wq:record <record/2> ;
    wq:position 2 ;
    prov:wasGeneratedBy <run/r> ; prov:wasDerivedFrom <article/a> ; wq:attributedTo <source/s> ;
    wq:attribution <claim/c/source/1> ; wq:interest wq:ThirdParty .
<claim/c/evidence/1> a wq:Evidence ; oa:hasSource <article/a> ;
    oa:hasSelector <claim/c/evidence/1/quote> , <claim/c/evidence/1/position> .
<claim/c/evidence/1/quote> a oa:TextQuoteSelector ; oa:exact "غارة على البلدة" ; oa:prefix "" ; oa:suffix "." .
<claim/c/evidence/1/position> a oa:TextPositionSelector ; oa:start 10 ; oa:end 25 .
<claim/c/trigger> a wq:Trigger , wq:Mention ; wq:start 10 ; wq:end 14 ; wq:rule "airstrike.noun.1" .
<claim/c/source/1> a wq:Attribution , wq:Mention ; wq:order 1 ; wq:source <source/s> ; wq:start 0 ; wq:end 9 ;
    wq:rule "source.1" .
<source/s> a wq:Monitor , wq:Source ; rdfs:label "المرصد"@ar .
<event/e> a wq:Airstrike , wq:Event ; rdfs:label "غارة جوية"@ar ; wq:claim <claim/c> ; wq:place <place/p> ;
    wq:contested false ; wq:claimCount 1 ; wq:originsAtLeast 1 ; wq:originsAtMost 1 ; wq:toll <event/e/toll/killed> ;
    wq:participant <actor/x> ; wq:agent <actor/x> ; wq:figure <claim/c/figure/1> ;
    wq:earliest "2024-11-29"^^xsd:date ; wq:latest "2024-11-30"^^xsd:date ; wq:datePrecision "interval" ;
    wq:date "2024-11-29/2024-11-30"^^edtf:EDTF .
<event/e/toll/killed> a wq:Toll ; wq:category wq:Killed ; wq:low 3 ; wq:best 4 ; wq:high 5 ; wq:tollRule "only" ;
    wq:givenBy <claim/c> .
<claim/c/location/1> a wq:Location , wq:Mention ; wq:ofPlace <place/p> ; wq:role "place" ; wq:precision wq:Near ;
    wq:start 20 ; wq:end 25 ; wq:rule "place.1" .
<place/p> a wq:Roundabout , wq:Place ; rdfs:label "دوار"@ar ; geo:hasGeometry <place/p/geometry> .
<place/p/geometry> a geo:Geometry ; geo:asWKT "POINT(37.16 36.2)"^^geo:wktLiteral ; wq:lat 36.2 ; wq:long 37.16 .
<claim/c/participation/1> a wq:Participation , wq:Mention ; wq:ofActor <actor/x> ; wq:role "agent" ;
    wq:start 15 ; wq:end 19 ; wq:rule "actor.1" .
<actor/x> a wq:StateForce , wq:Actor ; rdfs:label "الجيش"@ar .
<claim/c/figure/1> a wq:Figure , wq:Mention ; wq:category wq:Killed ; wq:low 3 ; wq:best 4 ; wq:high 5 ;
    wq:start 26 ; wq:end 30 ; wq:rule "figure.1" .
""".replace("DIGEST", "ab" * 32)
)


def good() -> rdflib.Graph:
    return rdflib.Graph().parse(data=GOOD, format="turtle")


def node(name: str) -> rdflib.URIRef:
    return rdflib.URIRef(BASE + name)


def expand(name: str) -> rdflib.URIRef:
    prefix, local = name.split(":")
    return rdflib.URIRef(PREFIXES[prefix] + local)


def faults(report: ValidationReport) -> set[tuple[str, str | None]]:
    assert report.conforms == (report.results == ())
    return {(result.focus.removeprefix(BASE), result.path) for result in report.results}


def test_a_good_claim_conforms() -> None:
    assert validate(good()) == ValidationReport(conforms=True, results=())


OMISSIONS = [
    ("claim/c", "rdfs:label"),
    ("claim/c", "wq:about"),
    ("claim/c", "wq:evidence"),
    ("claim/c", "wq:trigger"),
    ("claim/c", "wq:polarity"),
    ("claim/c", "wq:record"),
    ("claim/c", "wq:position"),
    ("claim/c", "prov:wasGeneratedBy"),
    ("claim/c", "prov:wasDerivedFrom"),
    ("claim/c/evidence/1", "oa:hasSource"),
    ("claim/c/evidence/1", "oa:hasSelector"),
    ("claim/c/evidence/1/quote", "oa:exact"),
    ("claim/c/evidence/1/position", "oa:start"),
    ("claim/c/evidence/1/position", "oa:end"),
    ("claim/c/trigger", "wq:start"),
    ("claim/c/trigger", "wq:rule"),
    ("claim/c/figure/1", "wq:category"),
    ("claim/c/source/1", "wq:source"),
    ("claim/c/source/1", "wq:order"),
    ("claim/c/location/1", "wq:ofPlace"),
    ("claim/c/location/1", "wq:precision"),
    ("claim/c/participation/1", "wq:ofActor"),
    ("claim/c/participation/1", "wq:role"),
    ("event/e", "rdfs:label"),
    ("event/e", "wq:claim"),
    ("event/e", "wq:claimCount"),
    ("event/e", "wq:originsAtLeast"),
    ("event/e", "wq:originsAtMost"),
    ("event/e", "wq:contested"),
    ("event/e/toll/killed", "wq:category"),
    ("event/e/toll/killed", "wq:tollRule"),
    ("event/e/toll/killed", "wq:givenBy"),
    ("place/p", "rdfs:label"),
    ("place/p/geometry", "geo:asWKT"),
    ("actor/x", "rdfs:label"),
    ("source/s", "rdfs:label"),
    ("article/a", "wq:textSha256"),
    ("article/a", "schema:inLanguage"),
    ("record/2", "wq:recordType"),
    ("record/2", "wq:position"),
    ("record/2", "wq:recorded"),
    ("run/r", "prov:used"),
    ("run/r", "wq:lexiconDigest"),
]


def test_each_single_omission_is_found_at_its_property() -> None:
    for subject, predicate in OMISSIONS:
        graph = good()
        graph.remove((node(subject), expand(predicate), None))
        assert faults(validate(graph)) == {(subject, str(expand(predicate)))}, (subject, predicate)


ERASURE = """
<article/a> wq:erasure <record/3/erasure> .
<record/3> a wq:Record ; wq:recordType "ContentErased" ; wq:position 3 ;
    wq:recorded "2024-12-02T08:00:00Z"^^xsd:dateTime ; wq:actor "mona" ; wq:stream "erasures" ; wq:bodySha256 "DIGEST" .
<record/3/erasure> a wq:Erasure , wq:Curation ; wq:legalBasis "a law" ; wq:reason "asked for" ;
    wq:concernsContent "text" ; wq:record <record/3> .
""".replace("DIGEST", "ab" * 32)
WORDS = [
    ("claim/c/evidence/1", "oa:hasSelector", "claim/c/evidence/1/quote"),
    ("place/p", "rdfs:label", None),
    ("actor/x", "rdfs:label", None),
    ("source/s", "rdfs:label", None),
    ("article/a", "wq:textSha256", None),
]


def test_words_may_lack_where_they_were_erased_and_only_there() -> None:
    # The mentions lead from what has no name any more to the article that named it.
    joined = "<claim/c> wq:location <claim/c/location/1> ; wq:participation <claim/c/participation/1> ."
    text = GOOD + joined
    without = rdflib.Graph().parse(data=text, format="turtle")
    erased = rdflib.Graph().parse(data=text + ERASURE, format="turtle")
    for subject, predicate, value in WORDS:
        for graph in (without, erased):
            graph.remove((node(subject), expand(predicate), None if value is None else node(value)))
    assert faults(validate(without)) == {(subject, str(expand(predicate))) for subject, predicate, _ in WORDS}
    assert validate(erased).results == ()
    for predicate in ("wq:legalBasis", "wq:reason", "wq:record", "wq:concernsContent"):
        graph = rdflib.Graph() + erased
        graph.remove((node("record/3/erasure"), expand(predicate), None))
        assert faults(validate(graph)) == {("record/3/erasure", str(expand(predicate)))}


def test_a_claim_without_modality_is_found_and_its_event_does_not_stand() -> None:
    graph = good()
    graph.remove((node("claim/c"), rdflib.URIRef(WQ + "modality"), None))
    assert faults(validate(graph)) == {("claim/c", f"{WQ}modality"), ("event/e", f"{WQ}claim")}


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "found"),
    [
        ("claim/c/evidence/1/position", "oa:start", rdflib.Literal(25), ("claim/c/evidence/1/position", f"{OA}start")),
        ("claim/c/figure/1", "wq:low", rdflib.Literal(6), ("claim/c/figure/1", f"{WQ}low")),
        ("claim/c/figure/1", "wq:high", rdflib.Literal(3), ("claim/c/figure/1", f"{WQ}best")),
        ("claim/c/figure/1", "wq:category", expand("wq:Denied"), ("claim/c/figure/1", f"{WQ}category")),
        ("article/a", "wq:textSha256", rdflib.Literal("AB" * 32), ("article/a", f"{WQ}textSha256")),
        ("article/a", "schema:inLanguage", rdflib.Literal("Arabic!"), ("article/a", f"{SCHEMA}inLanguage")),
        ("claim/c", "prov:wasGeneratedBy", node("article/a"), ("claim/c", f"{PROV}wasGeneratedBy")),
        ("claim/c", "wq:position", rdflib.Literal(0), ("claim/c", f"{WQ}position")),
        ("event/e", "wq:latest", rdflib.Literal("2024-11-01", datatype=rdflib.XSD.date), ("event/e", f"{WQ}earliest")),
        (
            "place/p/geometry",
            "wq:lat",
            rdflib.Literal("136.2", datatype=rdflib.XSD.decimal),
            ("place/p/geometry", f"{WQ}lat"),
        ),
    ],
)
def test_a_wrong_value_is_found(
    subject: str, predicate: str, value: rdflib.term.Node, found: tuple[str, str | None]
) -> None:
    graph = good()
    graph.set((node(subject), expand(predicate), value))
    assert found in faults(validate(graph))


def test_a_second_modality_is_found() -> None:
    graph = good()
    graph.add((node("claim/c"), expand("wq:modality"), expand("wq:Claimed")))
    assert ("claim/c", f"{WQ}modality") in faults(validate(graph))


def test_a_claim_has_a_source_or_says_that_none_is_named() -> None:
    silent = good()
    for predicate in ("wq:attributedTo", "wq:attribution", "wq:interest"):
        silent.remove((node("claim/c"), expand(predicate), None))
    assert faults(validate(silent)) == {("claim/c", None)}
    assert any("no source is named" in result.message for result in validate(silent).results)

    silent.add((node("claim/c"), expand("wq:noSourceNamed"), rdflib.Literal(True)))
    assert validate(silent).conforms

    both = good()
    both.add((node("claim/c"), expand("wq:noSourceNamed"), rdflib.Literal(True)))
    assert faults(validate(both)) == {("claim/c", None)}


def test_a_denied_claim_is_negated_and_carries_no_event() -> None:
    graph = good()
    graph.set((node("claim/c"), expand("wq:modality"), expand("wq:Denied")))
    assert faults(validate(graph)) == {("claim/c", None), ("event/e", f"{WQ}claim")}
    graph.set((node("claim/c"), expand("wq:polarity"), expand("wq:Negated")))
    graph.remove((node("event/e"), None, None))
    assert validate(graph).conforms


def test_same_as_is_refused() -> None:
    graph = good()
    graph.add((node("place/p"), rdflib.OWL.sameAs, rdflib.URIRef("https://sws.geonames.org/170063/")))
    assert faults(validate(graph)) == {("place/p", str(rdflib.OWL.sameAs))}


def quads(graph: rdflib.Graph, name: str = "") -> str:
    lines = graph.serialize(format="nt").strip().splitlines()
    return "".join(f"{line.rstrip(' .')} {name} .\n" for line in lines)


def test_of_n_quads_the_default_graph_counts(tmp_path: Path) -> None:
    bad = good()
    bad.remove((None, rdflib.URIRef(RDFS + "label"), None))
    data = (quads(good()) + quads(bad, "<http://localhost:8000/id/claim/c>")).encode()
    assert validate(data).conforms
    assert validate(data, union=True).conforms  # one graph has the labels
    alone = quads(bad, "<http://localhost:8000/id/claim/c>").encode()
    assert validate(alone).conforms
    assert not validate(alone, union=True).conforms
    path = tmp_path / "dump.nq"
    path.write_bytes(quads(bad).encode())
    assert validate(path) == validate(bad)


def test_the_graph_given_is_left_alone() -> None:
    graph = good()
    before = set(graph)
    validate(graph)
    assert set(graph) == before


def test_results_are_in_a_fixed_order_and_in_the_language_asked_for() -> None:
    graph = good()
    graph.remove((None, rdflib.URIRef(RDFS + "label"), None))
    report = validate(graph, language="ar")
    assert [result.focus for result in report.results] == sorted(result.focus for result in report.results)
    assert any(result.message == "لا بد للحدث من تسمية." for result in report.results)
    assert any(result.message == "An event needs a label." for result in validate(graph).results)


def test_what_is_no_n_quads_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotNQuads, match="no N-Quads"):
        validate(b"\x00\x01 nothing")
    path = tmp_path / "bad.nq"
    path.write_text("nothing", encoding="utf-8")
    assert main([str(path)]) == 2
    assert main([str(tmp_path / "missing.nq")]) == 2
    assert capsys.readouterr().out == ""


def test_the_command_prints_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dump.nq"
    path.write_text(quads(good()), encoding="utf-8")
    assert main([str(path)]) == 0
    bad = good()
    bad.remove((node("claim/c"), expand("wq:evidence"), None))
    path.write_text(quads(bad), encoding="utf-8")
    assert main([str(path)]) == 1
    out = capsys.readouterr().out
    assert "A claim needs evidence" in out
    assert out.endswith("1 faults\n")
