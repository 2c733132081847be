"""Whatever a client or a service sends, it is taken as the contract says or refused with its field."""

import contextlib
import json
import unicodedata
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from api.problems import Problem
from api.reconciliation import fetching
from api.reconciliation.client import Asked, Service, ServiceFailed
from api.reconciliation.extend import wanted
from api.reconciliation.fetching import Bounds
from api.reconciliation.properties import properties
from api.reconciliation.queries import Limits, batch_02, batch_10, single_02
from tests.api.reconciliation import contract
from tests.api.reconciliation.outside import DRAFT, MANIFEST

LIMITS = Limits(batch=5, candidates=10, characters=50, conditions=4)
CODES = [p.code for p in properties() if p.condition]
SCALARS = st.none() | st.booleans() | st.integers(-5, 100) | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    max_size=60
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda c: st.lists(c, max_size=3) | st.dictionaries(st.text(max_size=8), c, max_size=3)
)
VALUE = (
    st.text(max_size=20) | st.integers() | st.booleans() | st.fixed_dictionaries({"id": st.text(max_size=9)}) | ANYTHING
)
TYPE = st.sampled_from(["Place", "wq:Event", "حدث"]) | ANYTHING
QUERY_02 = ANYTHING | st.fixed_dictionaries(
    {},
    optional={
        "query": st.text(max_size=60) | ANYTHING,
        "type": TYPE,
        "limit": st.integers(-1, 200) | ANYTHING,
        "type_strict": st.sampled_from(["any", "should", "all", "x"]),
        "properties": st.lists(
            st.fixed_dictionaries({"pid": st.sampled_from(CODES) | ANYTHING, "v": VALUE | st.lists(VALUE, max_size=5)}),
            max_size=5,
        ),
    },
)
CONDITION = ANYTHING | st.fixed_dictionaries(
    {"matchType": st.sampled_from(["name", "property", "id", "x"]), "propertyValue": VALUE},
    optional={
        "propertyId": st.sampled_from(CODES) | ANYTHING,
        "required": st.booleans() | ANYTHING,
        "matchQuantifier": st.sampled_from(["any", "all", "none", "x"]),
        "matchQualifier": st.sampled_from(["skos:exactMatch", "EDTF:Level-0", "x"]),
    },
)
QUERY_10 = ANYTHING | st.fixed_dictionaries(
    {"conditions": st.lists(CONDITION, max_size=5)},
    optional={"type": TYPE, "limit": st.integers(-1, 200) | ANYTHING, "lang": st.sampled_from(["ar", "en", "fr"])},
)


GOOD_VALUE = st.text(max_size=20) | st.integers() | st.booleans() | st.fixed_dictionaries({"id": st.just("Q1")})
GOOD_VALUES = GOOD_VALUE | st.lists(GOOD_VALUE, max_size=4)
GOOD_02 = st.fixed_dictionaries(
    {"query": st.text(st.characters(categories=["L"]), min_size=1, max_size=40)},
    optional={
        "type": st.sampled_from(["Place", ["Actor", "wq:Event"]]),
        "limit": st.integers(1, 200),
        "type_strict": st.sampled_from(["any", "should", "all"]),
        "properties": st.lists(st.fixed_dictionaries({"pid": st.sampled_from(CODES), "v": GOOD_VALUES}), max_size=4),
    },
)
GOOD_CONDITION = st.fixed_dictionaries(
    {"matchType": st.just("property"), "propertyId": st.sampled_from(CODES), "propertyValue": GOOD_VALUES},
    optional={"required": st.booleans(), "matchQuantifier": st.sampled_from(["any", "all", "none"])},
)
GOOD_10 = st.fixed_dictionaries(
    {"conditions": st.lists(GOOD_CONDITION, min_size=1, max_size=4)},
    optional={"type": st.sampled_from(["Place", "wq:Event"]), "limit": st.integers(1, 200)},
)


def refusal(read: Callable[[], object]) -> Problem | None:
    try:
        read()
    except Problem as problem:
        return problem
    return None


@given(st.dictionaries(st.text(max_size=5), GOOD_02, max_size=5), st.lists(GOOD_10, max_size=5))
@settings(max_examples=60, deadline=None)
def test_what_the_contract_allows_is_taken(old: dict[str, Any], draft: list[Any]) -> None:
    assert contract.faults(contract.QUERIES_02, old) == []
    assert list(batch_02(json.dumps(old), LIMITS, "en")) == list(old)
    assert contract.faults(contract.QUERIES_10, {"queries": draft}) == []
    assert len(batch_10(json.dumps({"queries": draft}).encode(), LIMITS, "en")) == len(draft)


@given(st.dictionaries(st.text(max_size=5), QUERY_02, max_size=6) | ANYTHING)
@settings(max_examples=150, deadline=None)
def test_a_batch_of_0_2_is_as_the_contract_says_or_refused(batch: Any) -> None:
    refused = refusal(lambda: batch_02(json.dumps(batch), LIMITS, "en"))
    if refused is None:
        assert contract.faults(contract.QUERIES_02, _without_nulls(batch)) == []
    else:
        assert refused.status == 413 or refused.more["field"]


@given(st.fixed_dictionaries({"queries": st.lists(QUERY_10, max_size=6)}) | ANYTHING)
@settings(max_examples=150, deadline=None)
def test_a_batch_of_the_draft_is_as_the_contract_says_or_refused(batch: Any) -> None:
    refused = refusal(lambda: batch_10(json.dumps(batch).encode(), LIMITS, "en"))
    if refused is None:
        assert contract.faults(contract.QUERIES_10, _without_nulls(batch)) == []
    else:
        assert refused.status == 413 or refused.more["field"]


@given(st.text(max_size=60) | ANYTHING.map(json.dumps))
@settings(max_examples=100, deadline=None)
def test_a_single_query_and_an_extension_are_taken_or_refused(text: str) -> None:
    for read in (lambda: single_02(text, LIMITS, "en"), lambda: wanted(text, "extend", LIMITS)):
        refused = refusal(read)
        assert refused is None or refused.status in (400, 413)


ANSWER = st.fixed_dictionaries(
    {"id": st.text(max_size=5), "name": st.text(max_size=5), "score": st.floats(allow_nan=False, allow_infinity=False)},
    optional={"match": st.booleans() | ANYTHING, "type": ANYTHING, "description": ANYTHING},
)


@given(st.sampled_from([MANIFEST, DRAFT]) | ANYTHING, st.lists(ANSWER | ANYTHING, max_size=3) | ANYTHING)
@settings(max_examples=150, deadline=None)
def test_an_answer_of_a_service_is_taken_whole_or_not_at_all(manifest: Any, listed: Any) -> None:
    def post(address: str, *_: object) -> bytes:
        key = "candidates" if address.endswith("/match") else "result"
        return orjson.dumps({"results": [{key: listed}]} if key == "candidates" else {"q0": {key: listed}})

    with (
        patch.object(fetching, "get", lambda *_: orjson.dumps(manifest)),
        patch.object(fetching, "post_form", post),
        patch.object(fetching, "post_json", post),
    ):
        service = Service("http://service.example/api", Bounds(1, 1, 0))
        received = None
        with contextlib.suppress(ServiceFailed):  # the other tests see that it names the service
            (received,) = service.candidates([Asked("x", limit=2)])
    if received is None:
        return
    assert len(received.offers) == min(2, len(listed))
    for offer in received.offers:
        assert offer.id
        assert not any(unicodedata.category(c) == "Cc" for c in offer.name)
        assert offer.score is None or "e" not in offer.score.lower()


def _without_nulls(value: Any) -> Any:
    """A field that is null is as one that is not there: clients write what they have no value for."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
