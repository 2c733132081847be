"""Claims as nanopublications, checked by the public library."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.exporting.nanopub import NP, NoClaim, Publisher
from api.exporting.trusty import code_of
from api.settings import Settings
from api.workspace import Workspace
from ontology.vocabulary import PROV, RDF, WQ
from tests.api.conftest import TestClient
from tests.api.fakes import FakeExtractor, arabic_article, english_article

BASE = "https://example.org/"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path / "data", extractor=FakeExtractor(), base_iri=BASE) as opened:
        opened.ingest(arabic_article())
        opened.ingest(english_article())
        yield opened


def publisher(workspace: Workspace, **given: object) -> Publisher:
    return Publisher(workspace, workspace.iris, licence=LICENCE, **given)  # type: ignore[arg-type]


def of_modality(workspace: Workspace, modality: str) -> str:
    (row, *_) = workspace.query(f"SELECT ?c {{ ?c wq:modality wq:{modality} }} ORDER BY ?c").rows()
    return str(row[0].value).rpartition("/")[2]


def graphs(quads: tuple[ox.Quad, ...]) -> dict[str, list[ox.Quad]]:
    found: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        found.setdefault(str(quad.graph_name.value).rpartition("#")[2], []).append(quad)
    return found


def test_the_public_library_finds_every_claim_valid_and_its_trusty_uri_right(filled: Workspace) -> None:
    nanopub = pytest.importorskip("nanopub")
    made = publisher(filled)
    claims = list(made.claims())
    assert len(claims) == 4
    for claim in claims:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library takes what rdflib will do away with
            dataset = rdflib.ConjunctiveGraph()
            dataset.parse(data=made.nanopub(claim).write("trig").decode(), format="trig")
            checked = nanopub.Nanopub(rdf=dataset)
            assert checked.is_valid
            assert checked.source_uri == made.nanopub(claim).iri
            assert checked.has_valid_trusty


def test_four_graphs_say_what_is_said_where_it_is_from_and_who_published_it(filled: Workspace) -> None:
    claim = of_modality(filled, "Asserted")
    found = publisher(filled).nanopub(claim)
    parts = graphs(found.quads)
    assert list(parts) == ["head", "assertion", "provenance", "pubinfo"]
    node = filled.iris.claim(claim)
    said = {quad.triple for quad in filled.graph().quads(None, None, None, node)}
    assert said
    assert said <= {quad.triple for quad in parts["assertion"]}
    about = {quad.predicate.value for quad in parts["provenance"] if quad.subject.value == f"{found.iri}#assertion"}
    assert {f"{PROV}{name}" for name in ("wasDerivedFrom", "wasGeneratedBy", "wasQuotedFrom")} <= about
    assert any(quad.predicate.value.endswith("#exact") for quad in parts["provenance"])
    published = {quad.predicate.value: quad.object for quad in parts["pubinfo"] if quad.subject.value == found.iri}
    assert published["http://purl.org/dc/terms/license"].value == LICENCE
    assert published["http://purl.org/dc/terms/creator"].value == f"{found.iri}#extractor"
    digests = [quad for quad in parts["pubinfo"] if quad.predicate.value == f"{WQ}bodySha256"]
    assert len(digests) == 1


def test_what_is_denied_is_not_asserted(filled: Workspace) -> None:
    claim = of_modality(filled, "Denied")
    assertion = graphs(publisher(filled).nanopub(claim).quads)["assertion"]
    assert {quad.subject.value for quad in assertion} == {filled.iris.claim(claim).value}
    assert f"{WQ}Denied" in {quad.object.value for quad in assertion}


def test_what_other_articles_tell_changes_no_nanopublication(filled: Workspace) -> None:
    made = publisher(filled)
    before = {claim: made.nanopub(claim) for claim in made.claims()}
    related = "SELECT ?c ?e { ?c wq:about|wq:repeats|wq:contradicts|wq:corroborates|wq:denies|wq:possibleMatch ?e }"
    said = len(list(filled.query(related).rows()))
    for number, text in enumerate(
        ("The observatory said an airstrike in Aleppo killed 16 people.", "Officials denied an airstrike in Aleppo.")
    ):
        filled.ingest(replace(english_article(), text=text, publisher=f"The Other Post {number}"))
    assert len(list(filled.query(related).rows())) > said + 4  # more than the two new claims say of themselves
    after = {claim: made.nanopub(claim) for claim in before}
    assert {claim: found.iri for claim, found in after.items()} == {c: found.iri for c, found in before.items()}
    assert all(after[claim].quads == found.quads for claim, found in before.items())


def test_the_first_checkpoint_that_covers_the_record_stands_in_it_and_stays(filled: Workspace, tmp_path: Path) -> None:
    claim = next(publisher(filled).claims())
    proof = tmp_path / "proof"
    (proof / "checkpoints").mkdir(parents=True)
    for size in (1, 3):
        (proof / "checkpoints" / str(size)).write_text(f"example.org/log\n{size}\nroot\n\n— x y\n", encoding="utf-8")
    found = publisher(filled, proof=proof).nanopub(claim)
    (note,) = [quad.object.value for quad in found.quads if quad.predicate.value == f"{RDF}value"]
    assert note.startswith("example.org/log\n3\n")
    (proof / "checkpoints" / "4").write_text("example.org/log\n4\nroot\n\n— x y\n", encoding="utf-8")
    assert publisher(filled, proof=proof).nanopub(claim) == found
    assert found.iri != publisher(filled).nanopub(claim).iri


def test_the_code_follows_from_the_quads_in_whatever_order_and_from_each_of_them(filled: Workspace) -> None:
    found = publisher(filled).nanopub(next(publisher(filled).claims()))
    code = found.iri.rpartition("/")[2]
    assert code_of(reversed(found.quads), found.iri) == code
    assert code_of(found.quads[1:], found.iri) != code
    assert publisher(filled).nanopub(found.claim) == found
    blank = ox.Quad(ox.BlankNode(), ox.NamedNode("a:p"), ox.Literal("x"), ox.NamedNode("a:g"))
    with pytest.raises(ValueError, match="blank node"):
        code_of([blank], found.iri)


def test_unknown_claims_are_refused(filled: Workspace) -> None:
    for name in ("c-0", "event/1", "https://elsewhere.org/id/claim/c-0", "c 0", "claim/c-0/evidence/1"):
        with pytest.raises(NoClaim):
            publisher(filled).nanopub(name)


# --- faces


def waqai(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_writes_what_is_in_force(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("WAQAI_BASE_IRI", BASE)
    claims = list(publisher(filled).claims())
    filled.close()
    everything = waqai("export", "nanopub", "--all", "--format", "nq", "--data", data)
    assert everything.exit_code == 0, everything.stderr
    quads = list(ox.parse(everything.stdout, format=ox.RdfFormat.N_QUADS))
    found = [quad.subject.value for quad in quads if quad.object == ox.NamedNode(f"{NP}Nanopublication")]
    assert len(found) == len(claims)
    assert waqai("retract", claims[0], "--reason", "wrong", "--by", "clerk", "--data", data).exit_code == 0
    assert waqai("export", "nanopub", "--all", "--data", data).stdout.count("a np:Nanopublication") == len(claims) - 1
    one = waqai("export", "nanopub", claims[0], "--data", data)
    assert "wq:retracted true" in one.stdout
    assert waqai("export", "nanopub", "--data", data).exit_code == 2
    assert waqai("export", "nanopub", "c-0", "--data", data).exit_code == 1


def test_over_http_a_trusty_uri_gives_what_it_was_made_from_or_says_that_there_is_another(
    filled: Workspace, tmp_path: Path
) -> None:
    claim = next(publisher(filled).claims())
    with TestClient(create_app(filled, Settings(data=tmp_path / "data", poll_interval=0.02)), base_url=BASE) as client:
        first = client.get(f"/nanopub/{claim}", headers={"accept": "application/n-quads"})
        assert first.status_code == 200
        iri = first.headers["link"].partition(">")[0].lstrip("<")
        path = iri.removeprefix(BASE.rstrip("/"))
        assert client.get(f"{path}.nq").content == first.content
        assert client.get(f"/nanopub/{claim}").headers["content-type"] == "application/trig"
        assert client.get(f"/nanopub/{claim}.jsonld").json()
        gone = client.get(f"/nanopub/{claim}/RA{'x' * 43}")
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:waqai:problem:another-nanopub")
        assert client.get("/nanopub/c-0").status_code == 404
        assert client.get(f"/nanopub/{claim}", headers={"accept": "image/png"}).status_code == 406
