"""The lexicon is data: its schemas refuse what rules cannot use, and every example in it holds."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ingest.checking.examples import example_fault
from ingest.lexicon import DEFAULT_FOLDER, LANGUAGES, LexiconError, load_lexicon
from ingest.pipeline import Pipeline
from tests.ingest.extracting import read

SECTIONS = ("events", "words", "cues", "reporting")
# Names in quotation marks in the code of the extractor: rules ask for classes by them.
QUOTED = frozenset(
    name
    for path in (Path(__file__).parents[2] / "ingest").glob("*.py")
    for name in re.findall(r'"([A-Za-z]+)"', path.read_text("utf-8"))
)


@cache
def entries(language: str, section: str) -> tuple[dict[str, Any], ...]:
    path = DEFAULT_FOLDER / language / f"{section}.yaml"
    if not path.exists():
        return ()
    return tuple(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["entries"])


@cache
def frames(language: str) -> dict[str, Any]:
    path = DEFAULT_FOLDER / language / "frames.yaml"
    if not path.exists():
        return {"frames": {}}
    loaded: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def examples(section: str, side: str) -> list[Any]:
    """One case an example, named by its entry."""
    return [
        pytest.param(language, entry, sentence, id=f"{entry['id']}-{number}")
        for language in LANGUAGES
        for entry in entries(language, section)
        for number, sentence in enumerate(entry.get("examples", {}).get(side, ()), 1)
    ]


# ---------------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("section", "side", "language", "entry", "sentence"),
    [
        pytest.param(section, side, *case.values, id=f"{case.id}-{side}")
        for section in SECTIONS
        for side in ("match", "not")
        for case in examples(section, side)
    ],
)
def test_an_example_holds(
    pipeline: Pipeline, section: str, side: str, language: str, entry: dict[str, Any], sentence: str
) -> None:
    assert example_fault(pipeline, language, section, entry, side, sentence) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_entry_has_examples_on_both_sides(language: str, section: str) -> None:
    held = [
        (e["id"], side) for e in entries(language, section) for side in e.get("examples", {}) if e["examples"][side]
    ]
    assert sorted(held) == sorted((e["id"], side) for e in entries(language, section) for side in ("match", "not"))


# ---------------------------------------------------------------------- what the schemas alone cannot say


def conditions(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    blocks = [entry.get("require", {})]
    if isinstance(entry.get("unless"), dict):
        blocks.append(entry["unless"])
    for sense in entry.get("senses", ()):
        blocks += [sense["when"], sense.get("unless", {})]
    for block in blocks:
        yield from block.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_that_a_condition_names_has_words(language: str) -> None:
    known = {e["class"] for e in entries(language, "words")} | {e["class"] for e in entries(language, "reporting")}
    named = {
        (entry["id"], value[1:])
        for entry in entries(language, "events")
        for _, values in conditions(entry)
        if isinstance(values, list)
        for value in values
        if value.startswith("@")
    }
    assert not {(entry, cls) for entry, cls in named if cls not in known | {"events", "cues"}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_class_is_one_that_a_rule_or_a_condition_asks_for(language: str) -> None:
    if not entries(language, "events"):
        pytest.skip(f"the {language} lexicon has no events.yaml yet")
    asked = {
        value[1:]
        for entry in entries(language, "events")
        for _, values in conditions(entry)
        if isinstance(values, list)
        for value in values
        if value.startswith("@")
    }
    dead = {e["class"] for e in entries(language, "words")} - asked - QUOTED
    assert not dead, f"no rule reads these classes: {sorted(dead)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_frame_that_a_trigger_names_exists(language: str) -> None:
    assert {e["frame"] for e in entries(language, "events")} <= set(frames(language)["frames"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_and_subtype_is_a_class_of_the_ontology(language: str) -> None:
    classes = set(
        re.findall(
            r"^wq:([A-Za-z]+) a owl:Class", (DEFAULT_FOLDER.parent / "waqai.ttl").read_text("utf-8"), re.MULTILINE
        )
    )
    used = {e["type"] for e in entries(language, "events")}
    used |= {e["subtype"] for e in entries(language, "events") if "subtype" in e}
    used |= {s[key] for e in entries(language, "events") for s in e.get("senses", ()) for key in s if "type" in key}
    assert used <= classes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", SECTIONS)
def test_ids_are_unique_and_begin_with_the_language(language: str, section: str) -> None:
    ids = [e["id"] for s in SECTIONS for e in entries(language, s)]
    assert len(ids) == len(set(ids))
    assert all(e["id"].startswith(f"{language}.") for e in entries(language, section))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", [*SECTIONS, "frames"])
def test_the_data_fits_its_schema(language: str, section: str) -> None:
    path = DEFAULT_FOLDER / language / f"{section}.yaml"
    if not path.exists():
        pytest.skip(f"the {language} lexicon has no {section}.yaml yet")
    schema = json.loads((DEFAULT_FOLDER / f"{section}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = jsonschema.Draft202012Validator(schema).iter_errors(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
    assert not [f"{list(error.path)}: {error.message[:120]}" for error in found]


def test_the_loaded_lexicon_knows_where_its_entries_came_from() -> None:
    lexicon = load_lexicon("ar")
    assert {entry.section for entry in lexicon.entries} == set(SECTIONS)
    assert lexicon.words_of(["@air"]) >= {"طايره", "طايرات", "جوي"}
    assert lexicon.words_of(["طائرة"]) == {"طايره"}
    assert lexicon.frames.keys() == frames("ar")["frames"].keys()


# ---------------------------------------------------------------------- errors

TRIGGER = """entries:
  - id: ar.airstrike.ghara.n
    type: Airstrike
    lemma: غارة
    gender: f
    plural: [غارات]
    pos: noun
    frame: strike
    examples: {match: ["قتل ستة في غارة على حلب."], not: ["هدأت الأسواق أمس."]}
"""
WORD = """entries:
  - {id: ar.w.fi, class: prep, lemma: في, pos: word, prep: في,
     examples: {match: ["قتل ستة في حلب."], not: ["هدأت الأسواق أمس."]}}
"""
CUE = """entries:
  - {id: ar.cue.lam, lemma: لم, pos: word, effect: denied, scope: word, reach: 3,
     examples: {match: ["الجيش لم ينسحب."], not: ["الجيش انسحب."]}}
"""
REPORT = """entries:
  - {id: ar.r.qala, class: reportVerb, lemma: قال, pos: verb, imperfect: يقول,
     examples: {match: ["قال ناشطون إن غارة وقعت على حلب."], not: ["وقعت غارة على حلب."]}}
"""
FRAMES = """frames:
  strike: {agent: {select: [doer]}, target: {select: [object]}, places: {place: [على]}}
"""


STRIKE = "ar.airstrike.ghara.n"
FRAME = "frame: strike"
AND = FRAME + "\n    "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lexicon of one word a file, with the project's own schemas and registries."""
    (tmp_path / "ar").mkdir()
    for name, content in (
        ("events", TRIGGER),
        ("words", WORD),
        ("cues", CUE),
        ("reporting", REPORT),
        ("frames", FRAMES),
    ):
        (tmp_path / "ar" / f"{name}.yaml").write_text(content, encoding="utf-8")
    for path in DEFAULT_FOLDER.glob("*.schema.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "types.yaml").write_bytes((DEFAULT_FOLDER / "types.yaml").read_bytes())
    for registry in ("actors", "sources"):
        first = yaml.load((DEFAULT_FOLDER / f"{registry}.yaml").read_text("utf-8"), yaml.CSafeLoader)["entries"][:1]
        (tmp_path / f"{registry}.yaml").write_text(yaml.safe_dump({"entries": first}, allow_unicode=True), "utf-8")
    return tmp_path


def change(folder: Path, section: str, old: str, new: str) -> None:
    path = folder / "ar" / f"{section}.yaml"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), encoding="utf-8")


def test_the_small_lexicon_of_these_tests_loads(folder: Path) -> None:
    assert [entry.id for entry in load_lexicon("ar", folder).entries] == [
        "ar.airstrike.ghara.n", "ar.w.fi", "ar.cue.lam", "ar.r.qala",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("section", "old", "new", "entry", "reason"),
    [
        ("events", "type: Airstrike", "type: Airstrik", STRIKE, "Airstrik"),
        ("events", "pos: noun", "pos: nuon", STRIKE, "nuon"),
        ("events", "pos: noun", "pos: verb", STRIKE, "imperfect"),
        ("events", "    frame: strike\n", "", STRIKE, "'frame' is a required property"),
        ("events", FRAME, AND + "require: {nxet: [على]}", STRIKE, "nxet"),
        ("events", FRAME, AND + "unless: {or_next: [على]}", STRIKE, "or_next"),
        ("events", FRAME, AND + "require: {object_kind: [town]}", STRIKE, "town"),
        ("events", FRAME, AND + "senses: [{when: {near: ['@air']}}]", STRIKE, "senses"),
        ("events", FRAME, AND + "roles: {agent: {select: [dore]}}", STRIKE, "dore"),
        ("events", FRAME, AND + "colour: red", STRIKE, "colour"),
        ("events", ', not: ["هدأت الأسواق أمس."]', "", STRIKE, "'not' is a required property"),
        ("words", ', not: ["هدأت الأسواق أمس."]', "", "ar.w.fi", "'not' is a required property"),
        ("words", "class: prep", "klass: prep", "ar.w.fi", "klass"),
        ("words", "class: prep", "class: harm", "ar.w.fi", "category"),
        ("cues", "effect: denied", "effect: maybe", "ar.cue.lam", "maybe"),
        ("cues", "scope: word", "scope: sentence", "ar.cue.lam", "sentence"),
        ("cues", "reach: 3", "reach: far", "ar.cue.lam", "far"),
        ("reporting", "class: reportVerb", "class: reporter", "ar.r.qala", "reporter"),
        ("reporting", ", imperfect: يقول", "", "ar.r.qala", "imperfect"),
        ("reporting", "id: ar.r.qala", "id: qala", "qala", "qala"),
    ],
)
def test_an_entry_that_its_schema_refuses_is_named_with_the_reason(
    folder: Path, section: str, old: str, new: str, entry: str, reason: str
) -> None:
    change(folder, section, old, new)
    with pytest.raises(LexiconError) as failure:
        load_lexicon("ar", folder)
    message = str(failure.value)
    assert f"{section}.yaml" in message
    assert f"entry {entry}:" in message
    assert reason in message


def test_an_entry_without_an_id_is_named_by_its_number(folder: Path) -> None:
    change(folder, "words", "{id: ar.w.fi, ", "{")
    with pytest.raises(LexiconError, match=r"words\.yaml: entry number 1: .*'id'"):
        load_lexicon("ar", folder)


def test_an_id_that_stands_twice_is_refused_across_files(folder: Path) -> None:
    path = folder / "ar" / "words.yaml"
    path.write_text(WORD + WORD.removeprefix("entries:\n"), encoding="utf-8")
    with pytest.raises(LexiconError, match=r"words\.yaml: the id ar\.w\.fi stands twice"):
        load_lexicon("ar", folder)


@pytest.mark.parametrize("name", ["ar/events.yaml", "ar/words.yaml", "ar/cues.yaml", "ar/reporting.yaml",
                                  "ar/frames.yaml", "actors.yaml", "sources.yaml", "types.yaml"])  # fmt: skip
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LexiconError, match=rf"{re.escape(name)}: the file is missing"):
        load_lexicon("ar", folder)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("entries: [1, 2\n", r"words\.yaml, line \d+"),
        ("- a\n- b\n", "expected a mapping"),
        ("rows: []\n", "expected a list under `entries`"),
        ("entries: {a: 1}\n", "expected a list under `entries`"),
        ("", "expected a mapping"),
        ("entries: [null]\n", "entry number 1"),
    ],
)
def test_a_file_that_is_no_list_of_entries_is_refused(folder: Path, content: str, reason: str) -> None:
    (folder / "ar" / "words.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(LexiconError, match=reason):
        load_lexicon("ar", folder)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(LexiconError, match="no lexicon for the language 'fr'"):
        load_lexicon("fr")


def test_a_condition_that_names_an_unknown_class_is_refused(folder: Path) -> None:
    change(folder, "events", "frame: strike", "frame: strike\n    require: {near: ['@aeroplane']}")
    pipeline = Pipeline(lexicon_dir=whole(folder))
    with pytest.raises(LexiconError, match="@aeroplane"):
        read(pipeline, "قتل ستة في غارة على حلب.")


def test_a_trigger_that_names_an_unknown_frame_is_refused(folder: Path) -> None:
    change(folder, "events", "frame: strike", "frame: storm")
    with pytest.raises(LexiconError, match="storm"):
        load_lexicon("ar", folder)


def test_a_frame_with_an_unknown_selector_is_refused(folder: Path) -> None:
    change(folder, "frames", "select: [doer]", "select: [doctor]")
    with pytest.raises(LexiconError, match=r"frames\.yaml.*doctor"):
        load_lexicon("ar", folder)


def test_a_trait_of_an_unknown_type_is_refused(folder: Path) -> None:
    path = folder / "types.yaml"
    path.write_text(path.read_text("utf-8").replace("[Evacuation]", "[Evacuatoin]"), encoding="utf-8")
    with pytest.raises(LexiconError, match=r"types\.yaml.*Evacuatoin"):
        load_lexicon("ar", folder)


def test_frames_without_the_key_are_refused(folder: Path) -> None:
    (folder / "ar" / "frames.yaml").write_text("settings: {}\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"frames\.yaml"):
        load_lexicon("ar", folder)


def whole(folder: Path) -> Path:
    """Complete the small lexicon by the grammars of dates and numbers."""
    for name in ("dates", "numbers"):
        (folder / "ar" / f"{name}.yaml").write_bytes((DEFAULT_FOLDER / "ar" / f"{name}.yaml").read_bytes())
    return folder


# ---------------------------------------------------------------------- digest


def test_any_change_of_the_data_changes_the_digest_and_line_ends_do_not(folder: Path) -> None:
    before = load_lexicon("ar", folder).digest
    path = folder / "ar" / "words.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_lexicon("ar", folder).digest == before
    change(folder, "events", "غارات", "غارة")
    assert load_lexicon("ar", folder).digest != before
