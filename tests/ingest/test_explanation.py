"""Explanations: everything decided on a text has its rule, its characters and a sentence, and nothing else is said."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.explanation import Candidate, Explanation, Slot, explained
from ingest.lexicon import DEFAULT_FOLDER, LANGUAGES, load_lexicon
from ingest.pipeline import Pipeline, reading_of
from ingest.readers import read_path
from ingest.trace import Trace
from ingest.wording import FILE, Wording
from ontology.model import Article
from tests.ingest.extracting import CONFLICT, spans_of

ROOT = Path(__file__).parents[2]
DEMO = [item for item in read_path(ROOT / "api" / "demo") if isinstance(item, Article)]
TONGUES = (Wording.load("en"), Wording.load("ar"))
PIECES = [
    *(sentence for article in DEMO for sentence in article.text.split("\n") if sentence.strip()),
    "لم تنسحب القوات من مدينة تدمر.",
    "\u202eغارة على حلب\u202c",
    "The army did not withdraw from Tadmur.",
    "<script>",
    "\u0007\u200f",
    "😀 #حلب",
]


def explain(pipeline: Pipeline, text: str, language: str = "ar") -> Explanation:
    return pipeline.explain(Article(text + CONFLICT[language], language, published="2025-03-15"))


def slot(found: Explanation, number: int, name: str) -> Slot:
    (slot,) = (s for s in found.claims[number - 1].slots if s.name == name)
    return slot


def dropped(found: Explanation, kind: str, words: str) -> Candidate:
    (candidate,) = (c for c in found.dropped if c.kind == kind and c.span.of(found.article.text) == words)
    return candidate


def check(found: Explanation) -> None:
    text = found.article.text
    for span in found.spans():
        assert 0 <= span.start < span.end <= len(text)
    for told_claim in found.claims:
        told = {s.span for s in told_claim.slots if s.span is not None}
        asked = {span for name, span in spans_of(told_claim.claim) if name not in ("evidence", "verb")}
        assert asked <= told
    for reason in found.reasons():
        for wording in TONGUES:
            assert wording.knows(reason), f"no sentence for {reason.key} ({reason.rule})"
            assert wording.sentence(reason)


@pytest.mark.parametrize("article", DEMO, ids=lambda a: str(a.external_id))
def test_every_slot_of_the_demo_is_explained_and_every_rule_has_a_sentence(
    pipeline: Pipeline, article: Article
) -> None:
    found = pipeline.explain(article)
    check(found)
    assert found.claims
    assert found.extraction == pipeline.extract(article)
    assert found == pipeline.explain(article)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=6), st.sampled_from(["ar", "en"]))
def test_every_offset_of_any_text_slices_back(pipeline: Pipeline, pieces: list[str], language: str) -> None:
    text = "\n".join(pieces).encode("utf-8", "ignore").decode()
    found = pipeline.explain(Article(text, language, published="2025-03-15"))
    check(found)
    assert found.extraction.claims == pipeline.extract(found.article).claims


def test_an_unmet_condition_names_the_entry_and_the_word_that_decided(pipeline: Pipeline) -> None:
    found = explain(pipeline, "فرق الإطفاء سيطرت على الحريق في السوق.")
    gone = dropped(found, "event", "سيطرت")
    assert gone.rule == "drop.trigger.condition"
    (condition,) = (r for r in gone.reasons if "/unless." in r.rule)
    assert condition.rule == "ar.takeover.saytara.v/unless.prep_object"
    assert condition.span is not None
    assert condition.span.of(found.article.text) == "الحريق"
    assert "ar.takeover.saytara.v" in TONGUES[0].sentence(condition)


def test_a_class_in_a_condition_is_shown_by_its_words(pipeline: Pipeline) -> None:
    found = explain(pipeline, "استهدفت القوات المدينة.")
    needs = [r for c in found.dropped for r in c.reasons if r.rule.endswith("/require.near")]
    assert needs
    assert all("@" not in TONGUES[0].sentence(reason) for reason in needs)


def test_a_negated_trigger_shows_its_cue(pipeline: Pipeline) -> None:
    found = explain(pipeline, "لم تنسحب القوات من مدينة تدمر.")
    gone = dropped(found, "event", "تنسحب")
    assert gone.rule == "drop.claim.negated"
    (cue,) = (r for r in gone.reasons if r.key == "entry.cue")
    assert cue.rule == "ar.cue.lam"
    assert cue.span is not None
    assert cue.span.of(found.article.text) == "لم"


def test_a_cue_explains_the_modality_that_it_gave(pipeline: Pipeline) -> None:
    found = explain(pipeline, "يعتزم الجيش السوري الانسحاب من مدينة تدمر.")
    modality = slot(found, 1, "modality")
    assert (modality.value, modality.rule) == ("planned", "ar.cue.azm")
    assert modality.span is not None
    assert modality.span.of(found.article.text) == "يعتزم"


def test_the_source_shows_the_word_that_carried_it_and_what_it_made_of_the_claim(pipeline: Pipeline) -> None:
    found = explain(pipeline, "أعلن الجيش السوري سيطرته على مدينة سراقب.")
    source = slot(found, 1, "source")
    carried = {r.key: r.span.of(found.article.text) for r in source.reasons if r.span is not None}
    assert carried["source.verb"] == "أعلن"
    assert "source.party" in carried
    assert slot(found, 1, "modality").rule == "modality.party"


def test_a_date_tells_what_it_was_counted_from(pipeline: Pipeline) -> None:
    found = explain(pipeline, "استهدفت غارة جوية مدينة سراقب أمس.")
    date = slot(found, 1, "date")
    assert date.value == "2025-03-14"
    (anchored,) = (r for r in date.reasons if r.key == "date.anchored.day")
    assert anchored.values["published"] == "2025-03-15"


def test_a_link_shows_its_points_and_an_unlinked_place_why(pipeline: Pipeline) -> None:
    found = explain(pipeline, "استهدفت غارة جوية مدينة حلب. واستهدفت غارة جوية قرية كفر زنبقة.")
    keys = [{r.key for r in slot(found, number, "place").reasons} for number in (1, 2)]
    assert {"link.chosen", "link.part.name", "link.candidates"} <= keys[0]
    assert "link.none" in keys[1]


def test_a_repeat_is_shown_with_the_claim_it_was_folded_into(pipeline: Pipeline) -> None:
    text = "مقتل 7 مدنيين بغارة على سراقب\n\nقتل 7 مدنيين في غارة جوية على مدينة سراقب في ريف إدلب."
    found = explain(pipeline, text)
    repeats = [r for claim in found.claims for r in claim.repeats]
    assert [(r.reason.rule, r.span.of(found.article.text)) for r in repeats] == [("fold.repeat", "غارة")]


def test_a_word_that_became_a_trigger_is_not_also_let_go(pipeline: Pipeline) -> None:
    for article in DEMO:
        found = pipeline.explain(article)
        taken = {claim.claim.trigger.span.start for claim in found.claims}
        assert not [c for c in found.dropped if c.kind == "event" and c.span.start in taken]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trigger_of_the_lexicon_is_told_or_let_go_and_every_rule_has_a_sentence(
    pipeline: Pipeline, language: str
) -> None:
    texts = [
        text
        for entry in load_lexicon(language).entries
        if entry.section in ("events", "cues")
        for side in ("match", "not")
        for text in (entry.get("examples") or {}).get(side, ())
    ]
    for text in texts:
        article = Article(text + CONFLICT[language], language, published="2025-03-15")
        trace = Trace()
        reading, _ = reading_of(pipeline, article, trace)
        found = explained(reading, trace, pipeline.extract(article))
        check(found)
        shown = {mark.span.start for mark in found.marks if mark.kind == "trigger"}
        shown |= {c.span.start for c in found.dropped if c.kind == "event"}
        assert {trigger.span.start for trigger in reading.triggers} <= shown, text


def test_every_condition_and_every_decision_has_a_sentence() -> None:
    tables = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    schema = json.loads((DEFAULT_FOLDER / "events.schema.json").read_text(encoding="utf-8"))
    conditions = {
        name.removeprefix("or_") for side in ("require", "unless") for name in schema["$defs"][side]["properties"]
    }
    assert conditions <= set(tables["conditions"])
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ingest").glob("*.py"))
    decisions = set(re.findall(r'"((?:drop|modality|fold)\.[\w.]+\w)"', code)) - {"drop.place"}
    ways = {f"role.{way}" for way in re.findall(r'\{rule\}\.([a-z]+)"', code)}
    assert decisions | ways <= set(tables["reasons"])


def test_the_sentences_have_the_same_blanks_in_both_languages() -> None:
    tables = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for table in tables.values():
        for key, row in table.items():
            blanks = [{name for _, name, _, _ in Formatter().parse(row[tongue]) if name} for tongue in ("en", "ar")]
            assert blanks[0] == blanks[1], key
