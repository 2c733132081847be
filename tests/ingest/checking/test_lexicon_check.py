"""Faults of a small lexicon, each with its place and its reason."""

import shutil
from pathlib import Path

import pytest
import yaml

from ingest.checking.documents import read_document
from ingest.checking.lexicon import Checked, check_lexicon, summary
from ingest.lexicon import DEFAULT_FOLDER, LANGUAGES
from tests.ingest.checking.small import EVENTS, small_lexicon


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_lexicon(tmp_path)


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(checked: Checked) -> list[str]:
    return [
        f"{f.file.relative_to(checked.folder).as_posix()}:{f.line}:{f.column}: {f.entry}: {f.reason}"
        for f in checked.faults
    ]


def check(folder: Path) -> Checked:
    return check_lexicon(folder, examples=False)


def test_a_sound_lexicon_has_no_faults(folder: Path) -> None:
    checked = check(folder)
    assert told(checked) == []
    assert (checked.files, checked.entries) == (17, 11)
    assert summary(checked) == "the lexicon is sound: 17 files, 11 entries, examples were not run."


def test_the_lexicon_of_the_project_is_sound() -> None:
    assert told(check(DEFAULT_FOLDER)) == []


GHARA = "ar.airstrike.ghara.n"
STRIKE = "    frame: strike\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "told_"),
    [
        # a key
        ("ar/events.yaml", STRIKE, STRIKE + "    requires: {next: [على]}\n",
         f"ar/events.yaml:9:5: {GHARA}: unknown key 'requires'; the nearest known is 'require'"),
        ("ar/events.yaml", STRIKE, STRIKE + "    require: {nxet: [على]}\n",
         f"ar/events.yaml:9:15: {GHARA}: unknown key 'nxet'; the nearest known is 'next'"),
        ("ar/events.yaml", STRIKE, "", f"ar/events.yaml:2:5: {GHARA}: the key 'frame' is missing"),
        ("ar/events.yaml", STRIKE, STRIKE * 2,
         f"ar/events.yaml:9:5: {GHARA}: the key 'frame' stands in line 8 already"),
        ("ar/events.yaml", STRIKE, STRIKE + "    imperfect: يغير\n",
         f"ar/events.yaml:9:5: {GHARA}: the key 'imperfect' is not allowed in this entry"),
        # a value
        ("ar/events.yaml", "pos: noun", "pos: nuon",
         f"ar/events.yaml:7:10: {GHARA}: 'nuon' is not allowed here; the nearest known is 'noun'"),
        ("ar/events.yaml", "type: Airstrike", "type: Airstrik",
         f"ar/events.yaml:3:11: {GHARA}: the ontology has no event type 'Airstrik'; the nearest known is 'Airstrike'"),
        ("ar/events.yaml", STRIKE, STRIKE + "    subtype: Recapture\n",
         f"ar/events.yaml:9:14: {GHARA}: 'Recapture' is no class below 'Airstrike' in the ontology"),
        ("ar/events.yaml", "plural: [غارات]", "plural: غارات",
         f"ar/events.yaml:6:13: {GHARA}: 'غارات' is a text, but must be a list"),
        ("ar/events.yaml", "frame: strike", "frame: strke",
         f"ar/events.yaml:8:12: {GHARA}: there is no frame 'strke' in ar/frames.yaml; the nearest known is 'strike'"),
        ("ar/events.yaml", STRIKE, STRIKE + "    require: {near: ['@prepp']}\n",
         f"ar/events.yaml:9:22: {GHARA}: no word has the class 'prepp'; the nearest known is 'prep'"),
        ("ar/events.yaml", "id: ar.airstrike.ghara.n", "id: en.airstrike.ghara.n",
         "ar/events.yaml:2:9: en.airstrike.ghara.n: the id must begin with ar."),
        # examples
        ("en/events.yaml", '    examples: {match: ["An airstrike hit Aleppo."], not: ["Markets were calm."]}\n', "",
         "raid.n: the examples are missing; give sentences that must (match) and must not (not) give this entry"),
        ("en/events.yaml", ', not: ["Markets were calm."]', "",
         "raid.n: examples of the kind 'not' are missing: sentences that must not give this entry"),
        ("en/words.yaml", ',\n     examples: {match: ["in حلب."], not: ["وقعت غارة على حلب."]}', "",
         "w.fi: the examples are missing; give sentences that must (match) and must not (not) give this entry"),
        # actors
        ("actors.yaml", "id: second", "id: first",
         "actors.yaml:10:7: first: the id 'first' is taken in line 2 already; give it its own"),
        ("actors.yaml", "side_of: first", "side_of: frist",
         "actors.yaml:16:12: second: there is no actor 'frist'; the nearest known is 'first'"),
        ("actors.yaml", "side_of: first", "adjectives: {ar: [فصيلي]}",
         "actors.yaml:16:21: second: 'فصيلي' stands for 'first' already; an adjective or metonym means one actor"),
        ("actors.yaml", "side_of: first", "shared_with: {Second Faction: [first]}",
         "actors.yaml:16:17: second: 'first' has no form 'Second Faction', so nothing is shared"),
        ("actors.yaml", "  party: true\n- id: second", "  party: true\n  side_of: second\n- id: second",
         "actors.yaml:10:12: first: 'first' is on its own side in a circle"),
        # grammars
        ("en/dates.yaml", "article:", "artikel: the\narticle:",
         "unknown key 'artikel'; the nearest known is 'article'"),
        ("en/numbers.yaml", "conjunction:", "conjunctoin:",
         "unknown key 'conjunctoin'; the nearest known is 'conjunction'"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place_and_reason(folder: Path, name: str, old: str, new: str, told_: str) -> None:
    change(folder, name, old, new)
    assert any(line.endswith(told_) for line in told(check(folder))), told(check(folder))


def test_an_alias_of_two_actors_is_told_at_both(folder: Path) -> None:
    change(folder, "actors.yaml", "en: Second Faction}", "en: Second Faction}\n  aliases: {en: [the firsts]}")
    advice = "take it from one, or name the other under shared_with in both"
    assert told(check(folder)) == [
        f"actors.yaml:5:18: first: 'The Firsts' is claimed by 'second' too (line 13); {advice}",
        f"actors.yaml:13:18: second: 'the firsts' is claimed by 'first' too (line 5); {advice}",
    ]


def test_an_id_that_stands_twice_is_told_with_the_first(folder: Path) -> None:
    second = EVENTS["ar"].removeprefix("entries:\n")
    change(folder, "ar/events.yaml", second, second * 2)
    reason = f"the id {GHARA!r} is taken by events.yaml, line 2; give it its own"
    assert told(check(folder)) == [f"ar/events.yaml:10:9: {GHARA}: {reason}"]


@pytest.mark.parametrize(
    ("raw", "line", "column", "reason"),
    [
        (b"entries:\n  - {id: ar.w.fi, class: prep\n", 3, 1, "it is no YAML"),
        (b"entries:\n\t- id: a\n", 2, 1, "a tab indents this line; YAML wants spaces"),
        (b"entries:\n  - id: " + "غارة".encode("cp1256"), 2, 9, "is not UTF-8; save the file as UTF-8"),
        (b"- a\n", 1, 1, "is a list, but must be a mapping (key: value)"),
        (b"entries: []\n", 1, 10, "it is empty, or too short"),
        (b"", 1, 1, "None is nothing, but must be a mapping"),
        (b"a: 2024-02-30\n", 0, 0, "a value cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(folder: Path, raw: bytes, line: int, column: int, reason: str) -> None:
    (folder / "ar" / "words.yaml").write_bytes(raw)
    first = check(folder).faults[0]
    assert (first.file.name, first.line, first.column) == ("words.yaml", line, column)
    assert reason in first.reason


def test_columns_count_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("غارة: [قصف, {ضربة: جوية}]\n", encoding="utf-8")
    document, faults = read_document(path)
    assert document is not None
    assert not faults
    assert document.values["غارة", 1, "ضربة"] == (1, 20)
    assert document.keys["غارة", 1, "ضربة"] == (1, 14)


def test_missing_and_strange_files_are_told(folder: Path) -> None:
    (folder / "ar" / "cues.yaml").rename(folder / "ar" / "cue.yaml")
    (folder / "words.schema.json").unlink()
    (folder / "events.schema.json").write_text('{"pattern": "("}', encoding="utf-8")
    (folder / "cues.schema.json").write_text("{", encoding="utf-8")
    lines = "\n".join(told(check(folder)))
    assert "ar/cues.yaml:0:0: None: the file is missing" in lines
    assert "nothing reads a file of this name; the nearest known is 'ar/cues.yaml'" in lines
    assert "words.schema.json:0:0: None: the schema is missing; copy it from" in lines
    assert "'(' is no regular expression" in lines or "is no JSON Schema" in lines
    assert "cues.schema.json:1:0: None: it is no JSON" in lines


# ---------------------------------------------------------------------- examples


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's lexicon with one example a file, three of them wrong."""
    folder = tmp_path_factory.mktemp("lexicon") / "lexicon"
    shutil.copytree(DEFAULT_FOLDER, folder)
    for language in LANGUAGES:
        for section in ("events", "cues", "reporting"):
            path = folder / language / f"{section}.yaml"
            data = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
            rows = [row for row in data["entries"] if "examples" in row]
            for row in rows[1:]:
                row["examples"] = {side: sentences[:1] for side, sentences in row["examples"].items()}
            if language == "en":
                rows[0]["examples"]["match" if section == "events" else "not"] = ["Markets were calm."]
                if section != "events":
                    rows[0]["examples"]["match"] = ["The army captured the town of Kafranbel on Friday."]
            path.write_text(yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6), "utf-8")
    change(folder, "en/dates.yaml", 'edtf: "2024-11-30"', 'edtf: "2024-11-29"')
    return folder


@pytest.mark.slow
def test_an_example_that_does_not_hold_is_told(whole: Path) -> None:
    checked = check_lexicon(whole)
    lines = told(checked)
    assert checked.examples > 500
    assert any("en/events.yaml" in x and "'Markets were calm.' gives no trigger, and not this" in x for x in lines)
    assert any("en/cues.yaml" in x and "'Markets were calm.' gives nothing that counts as having" in x for x in lines)
    assert any("en/cues.yaml" in x and "still counts as having happened" in x for x in lines)
    assert any("en/dates.yaml" in x and "gives edtf '2024-11-30', not '2024-11-29'" in x for x in lines)
    assert all(f.line > 1 for f in checked.faults)
