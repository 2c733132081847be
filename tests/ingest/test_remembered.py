"""Remembered decisions: they come before the score, hold where they were remembered for, and make another extractor."""

import pickle

import pytest

from ingest.gazetteer import Entry, Gazetteer
from ingest.linking import Linked, Nil, link
from ingest.pipeline import Pipeline, reading_of
from ingest.placecontext import Context
from ingest.remembered import Decisions, RememberedDecision
from ontology.model import Article, Place
from ontology.normal import name_key
from ontology.reviews import Decision, Remembered, name_digest

SYRIA = Context(countries={"SY": 10})
LEBANON = Context(countries={"LB": 3, "SY": 2})
NAME = "طرابلس"
STRIKE = "قُتل خمسة مدنيين في غارة جوية على مدينة إدلب في سوريا، وقُصفت بلدة نهر الزمرد بالمدفعية."


@pytest.fixture(scope="module")
def world() -> Gazetteer:
    return Gazetteer.open()


def bearing(world: Gazetteer, name: str) -> tuple[Entry, ...]:
    return world.find([name_key(name)]).get(name_key(name), ())


def entry(world: Gazetteer, key: str) -> Entry:
    found = world.entry(key)
    assert found is not None
    return found


def remembered(decision: Decision, place: Entry | None, record: int = 9, name: str = NAME, **scope: str) -> Decisions:
    where = scope or {"country": "LY"}
    about = Remembered(
        name_digest(name_key(name)),
        place=place.id if place is not None else None,
        key=place.key if place is not None else None,
        **where,
    )
    return Decisions([RememberedDecision(record, decision, about)])


def outcome(
    decisions: Decisions,
    world: Gazetteer,
    context: Context,
    name: str = NAME,
    within: Entry | None = None,
    type_word: str | None = None,
) -> Linked | Nil:
    return decisions.link(name, bearing(world, name), world.entry, type_word=type_word, within=within, context=context)


def test_without_decisions_the_score_decides(world: Gazetteer) -> None:
    for context in (SYRIA, LEBANON, Context()):
        plain = link(bearing(world, NAME), type_word=None, within=None, context=context)
        assert outcome(Decisions(), world, context) == plain


def test_a_chosen_place_is_linked_in_articles_on_its_country_only(world: Gazetteer) -> None:
    chosen = entry(world, "geonames:170063")  # Aleppo: no score would link this name to it
    decisions = remembered(Decision.CHOOSE, chosen, country="SY")
    found = outcome(decisions, world, SYRIA)
    assert isinstance(found, Linked)
    assert (found.entry, found.record) == (chosen, 9)
    assert found.linking.record == 9
    assert outcome(decisions, world, LEBANON) == outcome(Decisions(), world, LEBANON), "Syria is not what it is about"
    assert outcome(decisions, world, Context()) == outcome(Decisions(), world, Context())


def test_a_country_holds_where_the_text_puts_the_name_into_it(world: Gazetteer) -> None:
    decisions = remembered(Decision.LOCAL, None, country="SY")
    idlib = entry(world, "overlay:sy-idlib")
    found = outcome(decisions, world, LEBANON, within=idlib)
    assert isinstance(found, Nil)
    assert found.record == 9
    assert found.within == idlib


def test_a_decision_for_a_governorate_holds_in_it_and_before_one_for_the_country(world: Gazetteer) -> None:
    idlib, hama = entry(world, "overlay:sy-idlib"), entry(world, "overlay:sy-hama")
    name = name_digest(name_key(NAME))
    chosen = entry(world, "geonames:170063")
    decisions = Decisions(
        [
            RememberedDecision(5, Decision.CHOOSE, Remembered(name, within=idlib.id, place=chosen.id, key=chosen.key)),
            RememberedDecision(6, Decision.LOCAL, Remembered(name, country="SY")),
        ]
    )
    assert outcome(decisions, world, SYRIA, within=idlib).record == 5
    assert outcome(decisions, world, SYRIA, within=hama).record == 6
    assert outcome(decisions, world, SYRIA).record == 6


def test_the_later_of_two_decisions_decides(world: Gazetteer) -> None:
    name = name_digest(name_key(NAME))
    both = [RememberedDecision(r, Decision.LOCAL, Remembered(name, country="SY")) for r in (7, 12)]
    assert outcome(Decisions(both), world, SYRIA).record == 12
    assert Decisions(both).version == Decisions(reversed(both)).version


def test_a_rejected_place_is_no_candidate_any_more(world: Gazetteer) -> None:
    context = Context(countries={"LB": 3})
    plain = outcome(Decisions(), world, context)
    assert isinstance(plain, Linked)
    found = outcome(remembered(Decision.REJECT, plain.entry, country="LB"), world, context)
    assert isinstance(found, Nil)
    assert "record 9" in found.reasons[0]
    assert outcome(remembered(Decision.REJECT, plain.entry, country="SY"), world, context) == plain


def test_a_type_word_that_means_something_else_is_stronger(world: Gazetteer) -> None:
    chosen = entry(world, "geonames:170063")
    decisions = remembered(Decision.CHOOSE, chosen, name="حلب", country="SY")
    assert outcome(decisions, world, SYRIA, "حلب").record == 9
    assert outcome(decisions, world, SYRIA, "حلب", type_word="مدينة").record == 9
    for word in ("محافظة", "ريف", "مطار"):
        assert outcome(decisions, world, SYRIA, "حلب", type_word=word).record is None, word


def test_a_place_that_no_gazetteer_has_any_more_is_not_replaced_by_another(world: Gazetteer) -> None:
    gone = Remembered(name_digest(name_key("حلب")), country="SY", place="0" * 20, key="removed:1")
    decisions = Decisions([RememberedDecision(4, Decision.CHOOSE, gone)])
    found = outcome(decisions, world, SYRIA, "حلب")
    assert isinstance(found, Nil)
    assert "no gazetteer has any more (record 4)" in found.reasons[0]


def places(pipeline: Pipeline) -> dict[str, Place]:
    article = Article(STRIKE, "ar", published="2024-11-30")
    return {p.span.of(STRIKE): p for claim in pipeline.extract(article).claims for p in claim.places}


def test_the_pipeline_remembers_and_forgets_and_says_so_in_its_version(world: Gazetteer) -> None:
    pipeline = Pipeline(gazetteer=world)
    plain, version = places(pipeline), pipeline.extractor
    meant = entry(world, "geonames:170063")
    pipeline.remember(remembered(Decision.CHOOSE, meant, name="نهر الزمرد", country="SY"))
    assert pipeline.extractor != version
    there = places(pipeline)
    assert there["نهر الزمرد"].id == meant.id
    linking = there["نهر الزمرد"].linking
    assert linking is not None
    assert (linking.entry, linking.record) == (meant.key, 9)
    assert there["إدلب"] == plain["إدلب"]
    reasons = {reason.rule for reason in pipeline.explain(Article(STRIKE, "ar", published="2024-11-30")).reasons()}
    assert "link.reviewed" in reasons
    pipeline.remember(Decisions())
    assert (places(pipeline), pipeline.extractor) == (plain, version)


def test_a_place_that_was_kept_local_is_not_taken_for_its_namesake_in_the_article(world: Gazetteer) -> None:
    text = "قُصفت مدينة الباب في محافظة إدلب في سوريا، وقُتل مدني في قصف على مدينة الباب في محافظة حلب."
    article = Article(text, "ar", published="2024-11-30")
    pipeline = Pipeline(gazetteer=world)

    def meant() -> list[str | None]:
        _, around = reading_of(pipeline, article)
        return [p.entry.kind if p.entry is not None else None for p in around.places if p.text == "الباب"]

    assert meant() == ["city", "city"], "one name in one article is one place"
    idlib = entry(world, "overlay:sy-idlib")
    pipeline.remember(remembered(Decision.LOCAL, None, name="الباب", within=idlib.id))
    assert meant() == [None, "city"]


def test_decisions_reach_another_process_whole(world: Gazetteer) -> None:
    decisions = remembered(Decision.LOCAL, None, country="SY")
    again = pickle.loads(pickle.dumps(decisions))
    assert again.version == decisions.version
    assert outcome(again, world, SYRIA) == outcome(decisions, world, SYRIA)
