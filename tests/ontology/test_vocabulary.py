"""The vocabulary: what the other packages ask the ontology for."""

import subprocess
import sys
from pathlib import Path

import pytest

from ontology.model import Modality, Precision
from ontology.vocabulary import (
    FOLDER,
    INFERRED_FILE,
    ONTOLOGY_FILE,
    PREFIXES,
    SEM,
    WQ,
    OntologyUnreadable,
    UnknownTerm,
    Vocabulary,
    file_digest,
    local_name,
)

ACTOR_KINDS = {
    "stateForce": "StateForce",
    "armedGroup": "ArmedGroup",
    "government": "Government",
    "state": "State",
    "civilians": "CivilianPopulation",
    "organisation": "Organisation",
    "international": "InternationalOrganisation",
    "rescue": "RescueService",
    "unspecified": "Actor",
}
SOURCE_KINDS = {
    "agency": "NewsAgency",
    "monitor": "Monitor",
    "outlet": "MediaOutlet",
    "official": "OfficialSource",
    "party": "PartySource",
    "medical": "MedicalSource",
    "rescue": "RescueSource",
    "eyewitness": "Eyewitness",
    "resident": "Resident",
    "anonymous": "AnonymousSource",
    "collective": "CollectiveSource",
    "person": "PersonSource",
    "socialMedia": "SocialMediaSource",
}
PLACE_KINDS = [
    "city",
    "town",
    "village",
    "neighbourhood",
    "roundabout",
    "road",
    "governorate",
    "district",
    "subdistrict",
    "country",
    "camp",
    "airport",
    "hospital",
    "countryside",
    "crossing",
    "base",
    "building",
    "region",
    "river",
    "dam",
    "unspecified",
]
CATEGORIES = [
    "killed",
    "injured",
    "displaced",
    "captured",
    "vehicles",
    "missing",
    "arrested",
    "homesDestroyed",
    "strikes",
    "places",
    "other",
]
TYPES = {
    "ArmedConflictEvent": ["Airstrike", "Shelling", "ArmedClash", "Offensive"],
    "TerritorialEvent": ["Takeover", "Withdrawal"],
    "CivilianMovement": ["Evacuation"],
    "AccessEvent": ["RoadClosure"],
    "ReportEvent": ["CasualtyReport"],
    "SpeechAct": ["Denial"],
    "Evacuation": ["Flight", "OrganisedEvacuation"],
    "Withdrawal": ["CarriedOutWithdrawal", "AnnouncedWithdrawal"],
    "Airstrike": ["DroneStrike", "BarrelBombing"],
    "Takeover": ["Recapture", "NonStateTakeover", "Handover"],
    "Shelling": ["RocketAttack", "ArtilleryShelling"],
}
ROLES = {
    "agent": ("agent", "participant"),
    "target": ("target", "participant"),
    "takenBy": ("takenBy", "agent", "participant"),
    "takenFrom": ("takenFrom", "target", "participant"),
    "place": ("place",),
    "movedFrom": ("movedFrom", "place"),
    "movedTo": ("movedTo", "place"),
    "route": ("route", "place"),
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


@pytest.mark.parametrize(("above", "below"), [(above, name) for above, names in TYPES.items() for name in names])
def test_event_types_have_their_superclasses(vocabulary: Vocabulary, above: str, below: str) -> None:
    types = vocabulary.types_of(vocabulary.event_type(below))
    assert types[0] == f"{WQ}{below}"
    assert f"{WQ}{above}" in types
    assert types[-2:] == (f"{WQ}Event", f"{SEM}Event")  # the widest come last


def test_kinds_are_classes_under_their_root(vocabulary: Vocabulary) -> None:
    assert vocabulary.actor_kinds == {code: WQ + name for code, name in ACTOR_KINDS.items()}
    assert vocabulary.source_kinds == {code: WQ + name for code, name in SOURCE_KINDS.items()}
    assert set(vocabulary.place_kinds) == set(PLACE_KINDS)
    assert vocabulary.place_kind("unspecified") == f"{WQ}Place"
    for table, root in (
        (vocabulary.actor_kinds, "Actor"),
        (vocabulary.source_kinds, "Source"),
        (vocabulary.place_kinds, "Place"),
    ):
        assert all(WQ + root in vocabulary.types_of(iri) for iri in table.values())


def test_closed_lists_match_the_model(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.modalities) == {modality.value for modality in Modality}
    assert set(vocabulary.precisions) == {precision.value for precision in Precision}
    assert set(vocabulary.figure_categories) == set(CATEGORIES)
    assert vocabulary.polarities == {"affirmed": f"{WQ}Affirmed", "negated": f"{WQ}Negated"}
    assert vocabulary.interests == {"selfReport": f"{WQ}SelfReport", "thirdParty": f"{WQ}ThirdParty"}
    assert vocabulary.modality("claimed") == f"{WQ}Claimed"
    assert vocabulary.precision("country") == f"{WQ}CountryLevel"
    assert vocabulary.figure_category("homesDestroyed") == f"{WQ}HomesDestroyed"


@pytest.mark.parametrize(("code", "names"), ROLES.items())
def test_roles_imply_the_wider_properties(vocabulary: Vocabulary, code: str, names: tuple[str, ...]) -> None:
    found = vocabulary.properties_of(vocabulary.role(code))
    assert found[:-1] == tuple(WQ + name for name in names)
    assert found[-1].startswith(SEM)


def test_a_property_made_for_a_class_refines_the_one_above_it(tmp_path: Path, vocabulary: Vocabulary) -> None:
    def refined(vocabulary: Vocabulary, prop: str, cls: str) -> list[str]:
        return [local_name(iri) for iri in vocabulary.refined(WQ + prop, WQ + cls)]

    assert refined(vocabulary, "agent", "Takeover") == ["takenBy"]
    assert refined(vocabulary, "agent", "NonStateTakeover") == ["takenBy"]
    assert refined(vocabulary, "agent", "TerritorialEvent") == []
    assert refined(vocabulary, "participant", "Takeover") == []  # only what stands just below
    assert refined(vocabulary, "place", "Takeover") == []

    # A property that is added to the Turtle is known without a change of code.
    turtle = (FOLDER / ONTOLOGY_FILE).read_text(encoding="utf-8")
    turtle += "\nwq:flownBy a owl:ObjectProperty ; rdfs:subPropertyOf wq:agent ; rdfs:domain wq:Airstrike .\n"
    (tmp_path / ONTOLOGY_FILE).write_text(turtle, encoding="utf-8")
    inferred = (FOLDER / INFERRED_FILE).read_text(encoding="utf-8")
    digest = file_digest(tmp_path / ONTOLOGY_FILE)
    (tmp_path / INFERRED_FILE).write_text(inferred.replace(vocabulary.digest, digest), encoding="utf-8")
    assert refined(Vocabulary.load(tmp_path), "agent", "DroneStrike") == ["flownBy"]


def test_labels_and_definitions_in_both_languages(vocabulary: Vocabulary) -> None:
    airstrike = vocabulary.event_type("Airstrike")
    assert vocabulary.label(airstrike, "ar") == "غارة جوية"
    assert vocabulary.label(airstrike, "en") == "Airstrike"
    assert vocabulary.label(airstrike, "fr") is None
    assert (vocabulary.definition(airstrike, "en") or "").startswith("A strike delivered from the air")


def test_defined_types_can_be_inferred_without_a_reasoner(vocabulary: Vocabulary) -> None:
    found = {local_name(d.iri): tuple(map(local_name, (d.genus, d.prop, d.filler))) for d in vocabulary.defined_types}
    assert found["NonStateTakeover"] == ("Takeover", "agent", "ArmedGroup")


@pytest.mark.parametrize("family", ["event_type", "actor_kind", "source_kind", "place_kind", "role", "figure_category"])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(vocabulary: Vocabulary, family: str) -> None:
    with pytest.raises(UnknownTerm, match=r"has no .* 'Nonsense'; it has \w+") as caught:
        getattr(vocabulary, family)("Nonsense")
    assert caught.value.name == "Nonsense"


def test_loading_twice_gives_the_same_object_and_maps_are_read_only(vocabulary: Vocabulary) -> None:
    assert Vocabulary.load() is vocabulary
    with pytest.raises(TypeError):
        vocabulary.actor_kinds["x"] = "y"  # type: ignore[index]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OntologyUnreadable, match=r"waqai\.ttl: No such file"):
        Vocabulary.load(tmp_path)


def test_importing_reads_no_rdf_library() -> None:
    code = (
        "import sys, ontology.vocabulary, ontology.reasoning, ontology.validation;"
        "print(sorted({'rdflib', 'pyoxigraph', 'owlready2', 'pyshacl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_prefixes_are_distinct_namespaces() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)
    assert PREFIXES["wq"] == WQ
    assert all(namespace.endswith(("#", "/")) for namespace in PREFIXES.values())
