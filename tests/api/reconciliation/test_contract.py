"""The schemas of the contract can fail: for each, a message that is right and messages that are wrong."""

from typing import Any

import pytest

from tests.api.reconciliation import contract as c

TYPE = {"id": "t", "name": "T"}
CANDIDATE = {"id": "e", "name": "E", "type": [TYPE], "score": 50, "match": False}
MANIFEST_02 = {
    "versions": ["0.2"],
    "name": "n",
    "identifierSpace": "https://example.org/id/",
    "schemaSpace": "https://example.org/schema",
}
MANIFEST_10 = {"versions": ["1.0-draft"], "name": "n", "view": {"url": "https://example.org/{id}"}}
CELL = {"str": "x"}
CASES: list[tuple[c.Schema, Any, list[Any]]] = [
    (
        c.MANIFEST_02,
        MANIFEST_02,
        [
            {**MANIFEST_02, "versions": ["0.1"]},
            {k: v for k, v in MANIFEST_02.items() if k != "schemaSpace"},
            {**MANIFEST_02, "suggest": {"entity": True}},
            {**MANIFEST_02, "view": {"url": "https://example.org/{id}"}},
            {**MANIFEST_02, "preview": {"url": "https://example.org/{{id}}", "width": "wide", "height": 1}},
            {**MANIFEST_02, "extend": {"property_settings": [{"type": "select", "name": "a", "label": "b"}]}},
        ],
    ),
    (
        c.MANIFEST_10,
        MANIFEST_10,
        [
            {**MANIFEST_10, "view": {"url": "https://example.org/{{id}}"}},
            {**MANIFEST_10, "suggest": {"entity": {}, "property": True, "type": True}},
            {**MANIFEST_10, "suggest": {"entity": True}},
            {**MANIFEST_10, "dir": "left"},
        ],
    ),
    (
        c.QUERIES_02,
        {"q0": {"query": "x", "properties": [{"pid": "p", "v": ["a", {"id": "b"}]}]}},
        [
            [{"query": "x"}],
            {"q0": {}},
            {"q0": {"properties": []}},
            {"q0": {"query": "x", "type_strict": "some"}},
            {"q0": {"query": "x", "other": 1}},
            {"q0": {"properties": [{"pid": "p", "v": {"name": "no id"}}]}},
        ],
    ),
    (
        c.QUERIES_10,
        {"queries": [{"conditions": [{"matchType": "name", "propertyValue": "x"}]}]},
        [
            [],
            {"queries": [{"conditions": []}]},
            {"queries": [{"type": ["a", "b"], "conditions": [{"matchType": "name", "propertyValue": "x"}]}]},
            {"queries": [{"conditions": [{"matchType": "property", "propertyValue": "x"}]}]},
            {"queries": [{"conditions": [{"propertyValue": "x"}]}]},
            {"queries": [{"conditions": [{"matchType": "name", "v": "x"}]}]},
        ],
    ),
    (
        c.RESULTS_02,
        {"q0": {"result": [CANDIDATE]}},
        [[], {"q0": {}}, {"q0": {"result": [{**CANDIDATE, "score": "50"}]}}, {"q0": {"result": [{"id": "e"}]}}],
    ),
    (
        c.RESULTS_10,
        {"results": [{"candidates": [{**CANDIDATE, "lang": "ar", "dir": "rtl"}]}]},
        [
            {"q0": {"result": []}},
            {"results": [{"result": []}]},
            {"results": [{"candidates": [{**CANDIDATE, "score": 101}]}]},
            {"results": [{"candidates": [{**CANDIDATE, "features": [{"id": "f", "value": 1}]}]}]},
        ],
    ),
    (
        c.EXTENDED_02,
        {"meta": [{"id": "p", "name": "P"}], "rows": {"e": {"p": [CELL, {}]}}},
        [
            {"meta": [], "rows": []},
            {"meta": [], "rows": {"e": {"p": [{"str": "x", "lang": "ar"}]}}},
            {"meta": [], "rows": {"e": {"p": [{"date": "2024-11-30"}]}}},
            {"meta": [], "rows": {"e": {"p": ["x"]}}},
        ],
    ),
    (
        c.EXTENDED_10,
        {"meta": [], "rows": [{"id": "e", "properties": [{"id": "p", "values": [{**CELL, "lang": "ar"}]}]}]},
        [{"meta": [], "rows": {"e": {}}}, {"meta": [], "rows": [{"id": "e", "properties": {"p": []}}]}],
    ),
    (c.PROPOSED, {"properties": [{"id": "p", "name": "P"}]}, [{}, {"properties": [{"id": "p"}]}]),
    (c.SUGGESTED_ENTITIES, {"result": [{"id": "e", "name": "E", "notable": ["t"]}]}, [{"result": {}}, []]),
    (c.SUGGESTED_TYPES, {"result": [{**TYPE, "broader": [TYPE]}]}, [{"result": [{**TYPE, "broader": TYPE}]}]),
    (c.FLYOUT, {"id": "e", "html": "<p>"}, [{"id": "e"}]),
]


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_a_schema_takes_what_is_right_and_nothing_else(schema: c.Schema, right: Any, wrong: list[Any]) -> None:
    assert c.faults(schema, right) == []
    for message in wrong:
        assert c.faults(schema, message), message
