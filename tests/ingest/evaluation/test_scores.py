"""Each definition on a small invented example."""

from typing import Any

import pytest

from ingest.evaluation.scores import Tally, score_article
from ingest.evaluation.units import CORE
from tests.ingest.evaluation.samples import (
    RAID,
    REST,
    TAKEN,
    figure,
    gold,
    gold_event,
    linked,
    place,
    predicted,
    predicted_event,
    who,
)

HERE, THERE = 168325, 170063


def tally(wanted: list[dict[str, Any]], found: list[dict[str, Any]], types: frozenset[str] | None = None) -> Tally:
    whole = Tally()
    for part in score_article(gold(*wanted), predicted(*found), types).by_type.values():
        whole += part
    return whole


def units(result: Tally) -> tuple[int, int, int]:
    return result.counts["found"], result.counts["extra"], result.counts["missed"]


# ------------------------------------------------------------------ units and pairs


def test_an_event_of_three_places_is_three_units() -> None:
    places = [place("كفرنبل"), place("حاس"), place("معرة النعمان")]
    result = tally([gold_event(places=places)], [predicted_event(places=[linked("كفرنبل")])])
    assert units(result) == (1, 0, 2)


def test_the_same_number_pairs_in_another_passage_and_under_another_name() -> None:
    wanted = gold_event(places=[place("كفرنبل", HERE)])
    assert units(tally([wanted], [predicted_event(quote=REST, places=[linked("Kafranbel", HERE)])])) == (1, 0, 0)


def test_the_same_name_pairs_where_one_side_has_no_number() -> None:
    wanted = gold_event(places=[place("بلدة كفرنبل")])
    assert units(tally([wanted], [predicted_event(quote=REST, places=[linked("كفرنبل", HERE)])])) == (1, 0, 0)


def test_two_numbers_differ_whatever_the_name_unless_the_passage_is_the_same() -> None:
    wanted = gold_event(places=[place("كفرنبل", HERE)])
    elsewhere = predicted_event(quote=REST, places=[linked("كفرنبل", THERE)])
    assert units(tally([wanted], [elsewhere])) == (0, 1, 1)
    beside = tally([wanted], [predicted_event(places=[linked("كفرنبل", THERE)])])
    assert units(beside) == (1, 0, 0)
    assert beside.share("places") == 0


def test_without_a_place_the_passages_must_overlap() -> None:
    assert units(tally([gold_event()], [predicted_event(places=[linked("كفرنبل")])])) == (1, 0, 0)
    assert units(tally([gold_event()], [predicted_event(quote=TAKEN)])) == (0, 1, 1)


def test_types_never_pair_with_others() -> None:
    assert units(tally([gold_event()], [predicted_event("Shelling")])) == (0, 1, 1)


def test_a_unit_is_in_one_pair() -> None:
    assert units(tally([gold_event()], [predicted_event(), predicted_event()])) == (1, 1, 0)


def test_the_likest_pair_is_made() -> None:
    wanted = [gold_event(modality="claimed"), gold_event(agents=["روسيا"])]
    found = [predicted_event(participants=[who("agent", "روسيا")]), predicted_event(modality="claimed")]
    result = tally(wanted, found)
    assert result.share("modality") == 1
    assert result.role_f1("agent") == 1


def test_types_restrict_both_sides() -> None:
    wanted, found = [gold_event(), gold_event("Shelling")], [predicted_event(), predicted_event("Shelling")]
    assert units(tally(wanted, found, CORE)) == (1, 0, 0)


# ------------------------------------------------------------------ history


def test_history_is_neither_wanted_nor_wrong() -> None:
    history = gold_event(modality="past-background")
    assert units(tally([history], [])) == (0, 0, 0)
    assert units(tally([history], [predicted_event(modality="background")])) == (0, 0, 0)
    assert units(tally([], [predicted_event(modality="background")])) == (0, 0, 0)


def test_history_told_as_news_is_an_extra_event() -> None:
    assert units(tally([gold_event(modality="past-background")], [predicted_event()])) == (0, 1, 0)


def test_news_told_as_history_is_found_with_a_wrong_modality() -> None:
    result = tally([gold_event()], [predicted_event(modality="background")])
    assert units(result) == (1, 0, 0)
    assert result.share("modality") == 0


# ------------------------------------------------------------------ slots


def test_roles_count_names_for_recall_and_filled_roles_for_precision() -> None:
    wanted = [gold_event(agents=["روسيا", "الجيش السوري"], targets=["الفصائل"])]
    found = [predicted_event(participants=[who("agent", "روسيا"), who("target", "مدنيون")])]
    result = tally(wanted, found)
    assert result.role_recall("agent", "target") == pytest.approx(1 / 3)
    assert result.role_precision("agent", "target") == pytest.approx(1 / 2)
    assert result.share("roles") == pytest.approx(0.4)
    assert result.role_f1("agent") == pytest.approx(2 / 3)


def test_a_role_that_the_gold_leaves_empty_costs_precision() -> None:
    result = tally([gold_event()], [predicted_event(participants=[who("agent", "روسيا")])])
    assert result.role_precision("agent") == 0
    assert result.role_recall("agent") is None


def test_finer_roles_are_not_compared() -> None:
    result = tally([gold_event()], [predicted_event(participants=[who("movedTo", "روسيا")])])
    assert result.role_precision("agent", "target") is None


@pytest.mark.parametrize(
    ("figures", "right"),
    [
        ([figure("killed", 6)], 1),
        ([figure("killed", 5), figure("killed", 6)], 1),
        ([figure("killed", 4, "child"), figure("killed", 2, "woman")], 1),
        ([figure("killed", 4), figure("killed", 2)], 0),
        ([figure("injured", 6)], 0),
        ([figure("killed", None)], 0),
        ([], 0),
    ],
)
def test_figures(figures: list[dict[str, Any]], right: int) -> None:
    result = tally([gold_event(killed=6)], [predicted_event(figures=figures)])
    assert result.share("figures") == right


def test_figures_that_the_gold_does_not_give_are_not_asked() -> None:
    assert tally([gold_event()], [predicted_event(figures=[figure("killed", 6)])]).share("figures") is None


def test_none_killed_is_a_figure() -> None:
    assert tally([gold_event(killed=0)], [predicted_event(figures=[figure("killed", 0)])]).share("figures") == 1


def test_the_outermost_source_is_among_the_predicted() -> None:
    wanted = gold_event(sources=["وكالة رويترز", "المرصد"])
    assert tally([wanted], [predicted_event(sources=[{"text": "المرصد"}])]).share("sources") == 0
    assert tally([wanted], [predicted_event(sources=[{"text": "المرصد"}, {"text": "رويترز"}])]).share("sources") == 1


@pytest.mark.parametrize(
    ("wanted", "found", "right"),
    [
        ("2024-11-30", "2024-11-30", 1),
        ("2024-11-30", "2024-11-29", 0),
        ("2024-11", "2024-11-03", 1),
        ("2024", "2024-01-01", 1),
        ("2024-11-30", None, 0),
    ],
)
def test_dates(wanted: str, found: str | None, right: int) -> None:
    date = None if found is None else {"edtf": found, "start": found, "end": found, "rule": "date.rule"}
    assert tally([gold_event(date=wanted)], [predicted_event(date=date)]).share("dates") == right


def test_a_date_that_the_gold_leaves_open_is_not_asked() -> None:
    assert tally([gold_event()], [predicted_event(date={"start": "2024-11-30"})]).share("dates") is None


def test_places_are_asked_where_the_gold_has_a_number() -> None:
    assert tally([gold_event(places=[place("كفرنبل")])], [predicted_event()]).share("places") is None
    assert tally([gold_event(places=[place("كفرنبل", HERE)])], [predicted_event()]).share("places") == 0
    iri = linked("كفرنبل", id=f"https://sws.geonames.org/{HERE}/")
    assert tally([gold_event(places=[place("كفرنبل", HERE)])], [predicted_event(places=[iri])]).share("places") == 1


# ------------------------------------------------------------------ sums


def test_overall_is_event_f1_times_the_mean_of_the_slots() -> None:
    result = tally([gold_event(), gold_event("Takeover", TAKEN)], [predicted_event(modality="claimed")])
    assert result.f1 == pytest.approx(2 / 3)
    assert result.overall == 0
    whole = tally([gold_event(killed=6)], [predicted_event(figures=[figure("killed", 5)])])
    assert whole.overall == pytest.approx(0.5)


def test_nothing_is_a_share_of_nothing() -> None:
    result = tally([], [])
    assert (result.precision, result.recall, result.f1, result.share("roles")) == (None, None, None, None)
    assert result.overall == 0


def test_tallies_of_parts_add_up() -> None:
    scored = score_article(
        gold(gold_event(killed=6), gold_event("Takeover", TAKEN)),
        predicted(predicted_event(quote=RAID), predicted_event("Shelling", REST)),
    )
    assert {name: units(part) for name, part in scored.by_type.items()} == {
        "Airstrike": (1, 0, 0),
        "Takeover": (0, 0, 1),
        "Shelling": (0, 1, 0),
    }
