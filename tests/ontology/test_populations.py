"""Populations: which is part of which, and which share nobody."""

import re
from pathlib import Path

from ontology.populations import populations

LEXICON = Path(__file__).resolve().parents[2] / "ontology" / "lexicon"


def test_children_are_civilians_and_everybody_contains_both() -> None:
    known = populations()
    assert known.part("child", "civilian")
    assert known.part("child", None)
    assert known.part("civilian", None)
    assert not known.part("civilian", "child")
    assert not known.part(None, "civilian")


def test_families_are_no_part_of_people() -> None:
    assert not populations().part("family", None)


def test_what_is_said_of_a_whole_holds_of_its_parts() -> None:
    known = populations()
    assert known.exclude("civilian", "fighter")
    assert known.exclude("child", "soldier")
    assert known.exclude("woman", "child")
    assert not known.exclude("fighter", "soldier")
    assert not known.exclude("child", "civilian")
    assert not known.exclude("woman", "journalist")


def test_the_outermost_of_some() -> None:
    assert populations().outermost(["woman", "fighter", "civilian", "child"]) == ("civilian", "fighter")


def test_every_population_of_the_lexicon_is_described() -> None:
    words = "".join(path.read_text(encoding="utf-8") for path in LEXICON.glob("*/words.yaml"))
    assert set(re.findall(r"\bof: (\w+)", words)) <= set(populations().within)
