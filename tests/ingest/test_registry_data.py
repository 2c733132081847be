"""The registries of actors and sources are data: these tests hold what the schemas alone cannot say."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ingest.checking.examples import names_by
from ontology.normal import name_key

LEXICON = Path(__file__).parents[2] / "ontology" / "lexicon"
REGISTRIES = ("actors", "sources")
LANGUAGES = ("ar", "en")
Entry = dict[str, Any]


@cache
def entries(registry: str) -> tuple[Entry, ...]:
    document = yaml.load((LEXICON / f"{registry}.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return tuple(document["entries"])


@cache
def schema(registry: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((LEXICON / f"{registry}.schema.json").read_text("utf-8"))
    return loaded


def full_forms(entry: Entry, language: str) -> list[str]:
    """The forms that name the entry by themselves: name, aliases and case-exact forms."""
    return [
        entry["names"][language],
        *entry.get("aliases", {}).get(language, []),
        *entry.get("exact", {}).get(language, []),
    ]


def every_form(entry: Entry) -> Iterator[str]:
    for language in LANGUAGES:
        yield from full_forms(entry, language)
        for slot in ("adjectives", "metonyms", "short"):
            yield from entry.get(slot, {}).get(language, [])


def holders(registry: str, language: str) -> dict[str, set[str]]:
    held: dict[str, set[str]] = defaultdict(set)
    for entry in entries(registry):
        for form in full_forms(entry, language):
            held[name_key(form)].add(entry["id"])
    return held


@cache
def plain_index(registry: str) -> dict[tuple[str, ...], set[str]]:
    index: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for entry in entries(registry):
        for language in LANGUAGES:
            for form in (entry["names"][language], *entry.get("aliases", {}).get(language, [])):
                index[tuple(name_key(form).split())].add(entry["id"])
    return index


def named_in(registry: str, phrase: str) -> set[str]:
    return names_by(plain_index(registry), entries(registry), phrase)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_file_follows_its_schema(registry: str) -> None:
    validator = jsonschema.Draft202012Validator(schema(registry))
    validator.check_schema(schema(registry))
    broken = [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
        for error in validator.iter_errors({"entries": list(entries(registry))})
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("registry", "change"),
    [
        ("actors", {"names": {"ar": "Army", "en": "Army"}}),
        ("actors", {"names": {"ar": "جيش", "en": "جيش"}}),
        ("actors", {"names": {"ar": "جيش"}}),
        ("actors", {"kind": "militia"}),
        ("actors", {"aliases": {"ar": []}}),
        ("actors", {"colour": "red"}),
        ("sources", {"kind": "newspaper"}),
        ("sources", {"party": True, "actor": None}),
    ],
)
def test_schema_refuses_a_broken_entry(registry: str, change: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(schema(registry))
    sound = next(entry for entry in entries(registry) if entry.get("actor") is None)
    assert validator.is_valid({"entries": [sound]})
    assert not validator.is_valid({"entries": [sound | change]})


@pytest.mark.parametrize(("registry", "least"), [("actors", 220), ("sources", 140)])
def test_registry_is_wide_and_ids_are_unique(registry: str, least: int) -> None:
    counted = Counter(entry["id"] for entry in entries(registry))
    assert [name for name, times in counted.items() if times > 1] == []
    assert len(counted) >= least


@pytest.mark.parametrize("registry", REGISTRIES)
def test_forms_of_an_entry_differ_after_normalising(registry: str) -> None:
    repeated = []
    for entry in entries(registry):
        for language in LANGUAGES:
            counted = Counter(name_key(form) for form in full_forms(entry, language))
            repeated += [(entry["id"], key) for key, times in counted.items() if times > 1 or not key]
    assert repeated == []


@pytest.mark.parametrize("registry", REGISTRIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_shared_forms_are_declared_by_every_holder(registry: str, language: str) -> None:
    held = holders(registry, language)
    undeclared = []
    for entry in entries(registry):
        declared = {name_key(form): set(ids) for form, ids in entry.get("shared_with", {}).items()}
        for form in full_forms(entry, language):
            missing = held[name_key(form)] - {entry["id"]} - declared.get(name_key(form), set())
            undeclared += [(entry["id"], form, other) for other in sorted(missing)]
    assert undeclared == []


@pytest.mark.parametrize("registry", REGISTRIES)
def test_declared_sharing_is_real(registry: str) -> None:
    held = {language: holders(registry, language) for language in LANGUAGES}
    false = [
        (entry["id"], form, other)
        for entry in entries(registry)
        for form, others in entry.get("shared_with", {}).items()
        for other in [entry["id"], *others]
        if not any(other in held[language].get(name_key(form), set()) for language in LANGUAGES)
    ]
    assert false == []


@pytest.mark.parametrize("slot", ["adjectives", "metonyms"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_adjective_or_metonym_points_to_one_actor(slot: str, language: str) -> None:
    held: dict[str, set[str]] = defaultdict(set)
    for entry in entries("actors"):
        for form in entry.get(slot, {}).get(language, []):
            held[name_key(form)].add(entry["id"])
    assert held
    assert {form: ids for form, ids in held.items() if len(ids) > 1} == {}


def test_references_to_actors_exist() -> None:
    known = {entry["id"] for entry in entries("actors")}
    dangling = [(e["id"], e["side_of"]) for e in entries("actors") if "side_of" in e and e["side_of"] not in known]
    dangling += [(e["id"], e["actor"]) for e in entries("sources") if e["actor"] and e["actor"] not in known]
    assert dangling == []


def test_sides_have_no_circle() -> None:
    side = {entry["id"]: entry.get("side_of") for entry in entries("actors")}
    for start in side:
        seen, here = {start}, side[start]
        while here is not None:
            assert here not in seen, f"{start} is on its own side through {here}"
            seen.add(here)
            here = side[here]


def test_a_perspective_names_a_form_of_its_entry() -> None:
    strange = [
        (entry["id"], view["alias"])
        for entry in entries("actors")
        for view in entry.get("perspective", [])
        if name_key(view["alias"]) not in {name_key(form) for form in every_form(entry)}
    ]
    assert strange == []


@pytest.mark.parametrize("registry", REGISTRIES)
def test_examples_hold_when_the_longest_form_wins(registry: str) -> None:
    wrong = [
        (entry["id"], phrase)
        for entry in entries(registry)
        for wanted, kind in ((True, "match"), (False, "not"))
        for phrase in entry.get("examples", {}).get(kind, [])
        if (entry["id"] in named_in(registry, phrase)) is not wanted
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("registry", "phrase", "named"),
    [
        ("actors", "طائرات حربية تابعة ل سلاح الجو الروسي", {"russian-air-force"}),
        ("actors", "معارك بين قوات الدعم السريع و الجيش السوداني", {"rsf", "sudanese-army"}),
        ("actors", "كتائب حزب الله العراقي", {"kataib-hezbollah"}),
        ("actors", "قوات الاحتلال التركي", {"turkish-army"}),
        ("actors", "it is for us to say who did it", set()),
        ("sources", "وفق المرصد السوري لحقوق الإنسان", {"sohr"}),
        ("sources", "نقلت وكالة فرانس برس عن الوكالة الوطنية للإعلام", {"afp", "nna"}),
        ("sources", "the pic shows a spa", set()),
        ("actors", "أفاد مصدر طبي بإصابة شخصين بينهم طالبان", set()),
        ("sources", "أفاد مصدر طبي بإصابة شخصين بينهم طالبان", set()),
        ("sources", "قنا و بنا و معا على ثقة في أعماق العالم منذ هذا الحدث", set()),
    ],
)
def test_phrases_name_whom_they_name(registry: str, phrase: str, named: set[str]) -> None:
    assert named_in(registry, phrase) == named
