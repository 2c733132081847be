"""The reconciliation service as clients see it: every answer against the contract, both versions side by side."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from api.workspace import Workspace
from ontology.vocabulary import WQ
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.reconciliation import contract

BASE = "http://localhost:8000/"
IN_A_COUNTRY = {"matchType": "property", "propertyId": "country", "propertyValue": "x"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One server for all tests here: they only read."""
    data = tmp_path_factory.mktemp("service") / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
        with TestClient(create_app(workspace, Settings(data=data)), base_url="http://localhost:8000") as opened:
            yield opened


def right(schema: contract.Schema, response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    body = response.json()
    assert contract.faults(schema, body) == []
    return body


def ask(service: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """Ask one query in 0.2, and the same in 1.0-draft where it is one; both must give the same candidates."""
    batch = {"q0": query}
    assert contract.faults(contract.QUERIES_02, batch) == []
    body = right(contract.RESULTS_02, service.post("/reconcile", data={"queries": json.dumps(batch)}))
    found: list[dict[str, Any]] = body["q0"]["result"]
    if not isinstance(query.get("type"), list):
        conditions = [{"matchType": "property", "propertyId": p["pid"], "propertyValue": p["v"]}
                      for p in query.get("properties", [])]  # fmt: skip
        if "query" in query:
            conditions.insert(0, {"matchType": "name", "propertyValue": query["query"]})
        draft = {key: query[key] for key in ("type", "limit") if key in query} | {"conditions": conditions}
        other = ask_draft(service, draft)
        told = [(c["id"], c["score"], c["match"], c["name"]) for c in found]
        assert [(c["id"], c["score"], c["match"], c["name"]) for c in other] == told
    return found


def ask_draft(service: httpx.Client, *queries: dict[str, Any]) -> list[dict[str, Any]]:
    batch = {"queries": list(queries)}
    assert contract.faults(contract.QUERIES_10, batch) == []
    results = right(contract.RESULTS_10, service.post("/reconcile/match", json=batch))["results"]
    assert len(results) == len(queries)
    found: list[dict[str, Any]] = results[0]["candidates"]
    return found


def features(candidate: dict[str, Any]) -> dict[str, Any]:
    return {feature["id"]: feature["value"] for feature in candidate["features"]}


def refused(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    body: dict[str, Any] = response.json()
    return body


# ---------------------------------------------------------------------- manifests


def test_the_manifest_of_the_root_is_what_0_2_wants_and_names_both_versions(service: httpx.Client) -> None:
    for address in ("/reconcile", "/reconcile/"):
        manifest = right(contract.MANIFEST_02, service.get(address))
        assert manifest["versions"] == ["0.2", "1.0-draft"]
    assert manifest["identifierSpace"] == f"{BASE}id/"
    assert manifest["schemaSpace"] == WQ
    assert {t["id"] for t in manifest["defaultTypes"]} == {f"{WQ}{n}" for n in ("Event", "Place", "Actor", "Source")}
    assert (manifest["standardizedScore"], manifest["extend"]["proposeProperties"]) == (True, True)


def test_an_endpoint_of_its_own_speaks_the_draft_alone(service: httpx.Client) -> None:
    manifest = right(contract.MANIFEST_10, service.get("/reconcile/1.0-draft"))
    assert manifest["versions"] == ["1.0-draft"]
    batch = {"queries": [{"type": f"{WQ}Place", "conditions": [{"matchType": "name", "propertyValue": "Aleppo"}]}]}
    below = service.post("/reconcile/1.0-draft/match", json=batch).json()
    assert below == service.post("/reconcile/match", json=batch).json()
    for route in (
        "suggest/entity?prefix=Alep",
        "suggest/type?prefix=air",
        "suggest/property?prefix=c",
        "extend/propose",
    ):
        assert service.get(f"/reconcile/1.0-draft/{route}").json() == service.get(f"/reconcile/{route}").json()


def test_every_address_of_the_manifest_answers(service: httpx.Client) -> None:
    manifest = service.get("/reconcile").json()
    iri = ask(service, query="Aleppo", type=f"{WQ}City")[0]["id"]
    for kind, example in (("entity", iri), ("type", f"{WQ}City"), ("property", f"{WQ}date")):
        suggest = manifest["suggest"][kind]
        assert service.get(suggest["service_url"] + suggest["service_path"], params={"prefix": "a"}).status_code == 200
        flyout = (suggest["flyout_service_url"] + suggest["flyout_service_path"]).replace(
            "${id}", quote(example, safe="")
        )
        assert right(contract.FLYOUT, service.get(flyout))["id"] == example
    propose = manifest["extend"]["propose_properties"]
    assert service.get(propose["service_url"] + propose["service_path"]).status_code == 200
    for address in (manifest["preview"]["url"], manifest["view"]["url"]):
        assert service.get(address.replace("{{id}}", quote(iri, safe=""))).status_code == 200
    assert service.get(manifest["documentation"]).status_code == 200


def test_names_come_in_the_language_that_the_client_prefers(service: httpx.Client) -> None:
    manifest = service.get("/reconcile", headers={"accept-language": "ar, en;q=0.5"})
    assert (manifest.json()["lang"], manifest.json()["dir"]) == ("ar", "rtl")
    assert manifest.headers["content-language"] == "ar"
    found = service.get("/reconcile/suggest/type?prefix=Airstrike", headers={"accept-language": "ar"}).json()["result"]
    assert found[0]["name"] == "غارة جوية"


# ---------------------------------------------------------------------- cross-origin, methods


@pytest.mark.parametrize(
    "address", ["/reconcile", "/reconcile/match", "/reconcile/suggest/entity", "/reconcile/extend"]
)
def test_a_browser_at_another_origin_may_ask(service: httpx.Client, address: str) -> None:
    origin = {"origin": "https://refine.example"}
    preflight = service.options(
        address,
        headers={**origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type"},
    )
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] in ("*", origin["origin"])
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
    assert "POST" in service.options(address).headers["allow"]
    answer = service.get(address, headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_head_is_answered_like_get_without_a_body(service: httpx.Client) -> None:
    for address in ("/reconcile", "/reconcile/suggest/type"):
        head = service.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == service.get(address).headers["content-type"]


def test_a_route_says_which_methods_it_takes(service: httpx.Client) -> None:
    body = refused(service.get("/reconcile/match"), 405)
    assert "POST" in body["detail"]


# ---------------------------------------------------------------------- places


def test_a_place_of_one_name_is_a_match_with_its_evidence(service: httpx.Client) -> None:
    best, *_ = ask(service, query="Saraqib", type=f"{WQ}Place", properties=[{"pid": "within", "v": "Idlib"}])
    assert best["name"] == "Saraqib"
    assert best["match"] is True
    assert best["description"].startswith("Town in Idlib, Syria")
    assert features(best)["within"] is True
    assert features(best)["linking_within"] == 200
    assert best["id"].startswith(f"{BASE}id/place/")


def test_what_contradicts_a_condition_is_no_match_and_scores_low(service: httpx.Client) -> None:
    (found,) = ask(service, query="Saraqib", type=f"{WQ}Place", properties=[{"pid": "within", "v": "Homs"}])
    assert found["match"] is False
    assert found["score"] < 30
    assert features(found)["within"] is False
    condition = {"matchType": "property", "propertyId": "within", "propertyValue": "Homs", "required": True}
    assert ask_draft(service, {"conditions": [{"matchType": "name", "propertyValue": "Saraqib"}, condition]}) == []
    unless = {**condition, "matchQuantifier": "none"}
    (kept,) = ask_draft(
        service,
        {"type": f"{WQ}Place", "conditions": [{"matchType": "name", "propertyValue": "Saraqib"}, unless]},
    )
    assert kept["id"] == found["id"]


def test_a_name_of_many_places_is_no_match_until_something_decides(service: httpx.Client) -> None:
    found = ask(service, query="Springfield", type=f"{WQ}Place")
    assert len(found) >= 5
    assert not any(candidate["match"] for candidate in found)
    near = {"pid": "coordinates", "v": "39.80, -89.64"}
    first, *others = ask(service, query="Springfield", type=f"{WQ}Place", properties=[near])
    assert first["match"] is True
    assert features(first)["distance_km"] < 5
    assert not any(candidate["match"] for candidate in others)


def test_a_city_and_its_governorate_are_told_apart_by_the_type(service: httpx.Client) -> None:
    city, governorate = (ask(service, query="إدلب", type=f"{WQ}{kind}")[0] for kind in ("City", "Governorate"))
    assert city["id"] != governorate["id"]
    assert [t["id"] for t in governorate["type"]] == [f"{WQ}Governorate"]
    kind = ask(service, query="إدلب", type=f"{WQ}Place", properties=[{"pid": "kind", "v": "محافظة"}])[0]
    assert kind["id"] == governorate["id"]


def test_arabic_is_answered_in_arabic_from_right_to_left(service: httpx.Client) -> None:
    (best, *_) = ask_draft(
        service, {"type": f"{WQ}City", "conditions": [{"matchType": "name", "propertyValue": "معرّة النعمان"}]}
    )
    assert (best["lang"], best["dir"]) == ("ar", "rtl")
    assert best["name"] == "معرة النعمان"
    assert "سوريا" in best["description"]
    spelled = ask(service, query="Ma'arrat al-Nu'man", type=f"{WQ}City")[0]
    assert (spelled["id"], spelled["name"][:2]) == (best["id"], "Ma")


@pytest.mark.parametrize("name", ["https://sws.geonames.org/170063/", "geonames:170063"])
def test_an_outside_identifier_names_its_place(service: httpx.Client, name: str) -> None:
    (found,) = ask(service, query=name, type=f"{WQ}Place")
    assert (found["name"], found["match"], found["score"]) == ("Aleppo", True, 100)


def test_a_p_code_names_its_governorate(service: httpx.Client) -> None:
    (found,) = ask(service, query="SY07", type=f"{WQ}Place")
    assert found["name"] == "Idlib"
    (held,) = ask(service, query=found["id"])
    assert held["id"] == found["id"]
    by_column = ask(service, type=f"{WQ}Place", properties=[{"pid": "identifier", "v": "SY07"}])
    assert [c["id"] for c in by_column] == [found["id"]]


def test_a_matched_cell_is_a_condition_by_its_id(service: httpx.Client) -> None:
    governorate = ask(service, query="Idlib", type=f"{WQ}Governorate")[0]
    value = {"id": governorate["id"], "name": governorate["name"]}
    best = ask(service, query="Saraqib", type=f"{WQ}Place", properties=[{"pid": "within", "v": value}])[0]
    assert best["match"] is True
    assert features(best)["within"] is True


def test_places_that_only_the_graph_has_are_candidates_too(service: httpx.Client) -> None:
    found = ask(service, query="دوار الباسل", type=f"{WQ}Place")
    assert f"{BASE}id/place/basil" in [candidate["id"] for candidate in found]
    assert not any(candidate["match"] for candidate in found), "the gazetteer lists one of this name too"


def test_a_name_that_only_sounds_alike_is_never_a_match(service: httpx.Client) -> None:
    found = ask(service, query="Saraqibb Tahtaniyya", type=f"{WQ}Place") + ask(service, query="Sarakibe", type="Place")
    assert not any(candidate["match"] for candidate in found)


# ---------------------------------------------------------------------- actors and sources


def test_actors_and_sources_are_found_by_any_of_their_own_names(service: httpx.Client) -> None:
    named = [
        ask(service, query=name, type=f"{WQ}Actor")[0] for name in ("HTS", "هيئة تحرير الشام", "Hayat Tahrir al-Sham")
    ]
    assert len({candidate["id"] for candidate in named}) == 1
    assert named[0]["match"] is True
    (source, *_) = ask(service, query="SOHR", type=f"{WQ}Source")
    assert (source["name"], source["match"]) == ("Syrian Observatory for Human Rights", True)


def test_a_short_form_that_may_mean_several_is_no_match(service: httpx.Client) -> None:
    found = ask(service, query="the army", type=f"{WQ}Actor")
    assert len(found) > 3
    assert not any(candidate["match"] for candidate in found)
    assert {features(candidate)["own_name"] for candidate in found} == {False}


def test_the_kind_of_an_actor_is_a_condition(service: httpx.Client) -> None:
    group = ask(service, query="HTS", type=f"{WQ}Actor", properties=[{"pid": "kind", "v": "armedGroup"}])[0]
    state = ask(service, query="HTS", type=f"{WQ}Actor", properties=[{"pid": "kind", "v": "state"}])[0]
    assert (group["match"], state["match"]) == (True, False)
    assert state["score"] == group["score"] / 2


def test_without_a_type_a_name_is_looked_for_everywhere(service: httpx.Client) -> None:
    types = {t["id"] for candidate in ask(service, query="Reuters") for t in candidate["type"]}
    assert types == {f"{WQ}NewsAgency"}
    both = ask(service, query="Syria")
    assert {f"{WQ}Country", f"{WQ}State"} <= {t["id"] for candidate in both for t in candidate["type"]}
    assert not any(candidate["match"] for candidate in both), "a place or an actor: a person has to say"


# ---------------------------------------------------------------------- events


ROW = "Airstrike, Aleppo, 2024-11-30, 16 killed"


def test_a_row_of_a_newsroom_finds_its_event(service: httpx.Client) -> None:
    for type_ in ({}, {"type": f"{WQ}Event"}, {"type": f"{WQ}Airstrike"}):
        best, *others = ask(service, query=ROW, **type_)
        assert best["match"] is True
        assert best["name"].startswith("Airstrike at Aleppo")
        assert best["name"].endswith("2024-11-30")
        assert features(best) | {"type": True, "place": 1, "date": 1, "killed": 1} == features(best)
        assert not any(candidate["match"] for candidate in others)
    again = ask(service, query="غارة جوية، حلب، 30 تشرين الثاني 2024، 16 قتيلاً", type=f"{WQ}Event")[0]
    assert again["id"] == best["id"]


def test_columns_of_a_table_find_the_event_too(service: httpx.Client) -> None:
    conditions = [
        {"pid": f"{WQ}date", "v": "2024-12-01"},
        {"pid": "wq:place", "v": "إدلب"},
        {"pid": "agent", "v": "the factions"},
    ]
    best, *_ = ask(service, query="Takeover", type=f"{WQ}Event", properties=conditions)
    assert best["match"] is True
    assert [t["id"] for t in best["type"]] == [f"{WQ}NonStateTakeover"]
    assert features(best)["agent"] == 1


def test_another_day_or_number_lowers_the_score_and_is_no_match(service: httpx.Client) -> None:
    best = ask(service, query=ROW, type=f"{WQ}Event")[0]
    other_day = ask(service, query="Airstrike, Aleppo, 2024-11-28, 16 killed", type=f"{WQ}Event")[0]
    other_toll = ask(service, query="Airstrike, Aleppo, 2024-11-30, 90 killed", type=f"{WQ}Event")[0]
    assert other_day["score"] < best["score"]
    assert other_toll["score"] < best["score"]
    assert (other_day["match"], other_toll["match"]) == (False, False)
    assert features(other_day)["date_days"] == 2


def test_a_denied_event_is_never_a_candidate(service: httpx.Client) -> None:
    found = ask(service, type=f"{WQ}Event", properties=[{"pid": "place", "v": "Aleppo"}])
    assert len(found) == 2
    query = "SELECT ?e { ?c wq:modality wq:Denied ; wq:about ?e }"
    denied = service.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["e"]["value"]
    assert denied not in {candidate["id"] for candidate in found}
    assert ask(service, query=denied) == []


def test_a_date_may_be_a_month_in_edtf(service: httpx.Client) -> None:
    condition = {"matchType": "property", "propertyId": "date", "matchQualifier": "EDTF:Level-0"}
    month = ask_draft(service, {"type": f"{WQ}Event", "conditions": [{**condition, "propertyValue": "2024-11"}]})
    assert [features(c)["date"] for c in month if c["name"].endswith("2024-11-30")] == [1]
    span = ask_draft(
        service, {"type": f"{WQ}Takeover", "conditions": [{**condition, "propertyValue": "2024-11-29/2024-12-05"}]}
    )
    assert len(span) == 1


# ---------------------------------------------------------------------- batches, limits, errors


def test_a_batch_by_get_post_and_single_query_give_the_same(service: httpx.Client) -> None:
    batch = json.dumps({"a": {"query": "Aleppo", "limit": 2}, "b": {"query": "حمص", "limit": 1}})
    by_post = right(contract.RESULTS_02, service.post("/reconcile", data={"queries": batch}))
    assert right(contract.RESULTS_02, service.get("/reconcile", params={"queries": batch})) == by_post
    assert list(by_post) == ["a", "b"]
    assert [len(result["result"]) for result in by_post.values()] == [2, 1]
    for single in ("Aleppo", json.dumps({"query": "Aleppo", "limit": 2})):
        alone = service.get("/reconcile", params={"query": single}).json()
        assert alone["result"][:2] == by_post["a"]["result"]


def test_an_empty_batch_has_an_empty_answer(service: httpx.Client) -> None:
    assert service.post("/reconcile", data={"queries": "{}"}).json() == {}
    assert service.post("/reconcile/match", json={"queries": []}).json() == {"results": []}


@pytest.mark.parametrize(
    ("batch", "field"),
    [
        ("{", "queries"),
        ("[]", "queries"),
        ('{"q0": {}}', "queries.q0"),
        ('{"q0": {"query": 5}}', "queries.q0.query"),
        ('{"q0": {"query": "x", "limit": 0}}', "queries.q0.limit"),
        ('{"q0": {"query": "x", "type": "Banana"}}', "queries.q0.type"),
        ('{"q0": {"query": "x", "type_strict": "very"}}', "queries.q0.type_strict"),
        ('{"q0": {"query": "x", "colour": "red"}}', "queries.q0.colour"),
        ('{"q0": {"query": "x", "properties": [{"v": "y"}]}}', "queries.q0.properties[0].pid"),
        ('{"q0": {"query": "x", "properties": [{"pid": "mood", "v": "y"}]}}', "queries.q0.properties[0].pid"),
        ('{"q0": {"query": "x", "properties": [{"pid": "country", "v": [["y"]]}]}}', "queries.q0.properties[0].v[0]"),
    ],
)
def test_a_bad_query_is_refused_with_its_field(service: httpx.Client, batch: str, field: str) -> None:
    body = refused(service.post("/reconcile", data={"queries": batch}))
    assert body["field"] == field
    assert body["detail"].startswith(field)


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"propertyValue": "x"}, "matchType"),
        ({"matchType": "name"}, "propertyValue"),
        ({"matchType": "mood", "propertyValue": "x"}, "matchType"),
        ({"matchType": "property", "propertyValue": "x"}, "propertyId"),
        ({**IN_A_COUNTRY, "required": "yes"}, "required"),
        ({**IN_A_COUNTRY, "matchQuantifier": "most"}, "matchQuantifier"),
        ({**IN_A_COUNTRY, "matchQualifier": "skos:broader"}, "matchQualifier"),
    ],
)
def test_a_bad_condition_of_the_draft_is_refused_with_its_field(
    service: httpx.Client, condition: dict[str, Any], field: str
) -> None:
    body = refused(service.post("/reconcile/match", json={"queries": [{"conditions": [condition]}]}))
    assert body["field"] == f"queries[0].conditions[0].{field}"


def test_bodies_of_another_kind_and_jsonp_are_refused(service: httpx.Client) -> None:
    assert "form" in refused(service.post("/reconcile", json={"q0": {"query": "x"}}), 415)["detail"]
    assert "json" in refused(service.post("/reconcile/match", data={"queries": "{}"}), 415)["detail"]
    assert "CORS" in refused(service.get("/reconcile?callback=run"))["detail"]
    assert refused(service.post("/reconcile", data={"other": "x"}))["type"].endswith("no-queries")
    assert refused(service.get("/reconcile?queries={}&extend={}"))["type"].endswith("two-questions")
    assert refused(service.get("/reconcile?queries=%FF"))["type"].endswith("not-utf-8")


def test_limits_are_settings(filled: Workspace, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data",
        reconcile_batch=2,
        reconcile_candidates=3,
        reconcile_characters=20,
        reconcile_conditions=1,
    )
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        assert client.get("/reconcile").json()["batchSize"] == 2
        three = json.dumps({f"q{n}": {"query": "x"} for n in range(3)})
        assert refused(client.post("/reconcile", data={"queries": three}), 413)["batchSize"] == 2
        draft = {"queries": [{"conditions": [{"matchType": "name", "propertyValue": "x"}]}] * 3}
        assert refused(client.post("/reconcile/match", json=draft), 413)["batchSize"] == 2
        many = json.dumps({"q": {"query": "Springfield", "limit": 100}})
        assert len(client.post("/reconcile", data={"queries": many}).json()["q"]["result"]) == 3
        long = json.dumps({"q": {"query": "x" * 21}})
        assert refused(client.post("/reconcile", data={"queries": long}))["field"] == "queries.q.query"
        assert refused(client.get("/reconcile/suggest/entity", params={"prefix": "x" * 21}))["field"] == "prefix"
        two = json.dumps({"q": {"query": "x", "properties": [{"pid": "country", "v": "SY"}] * 2}})
        assert refused(client.post("/reconcile", data={"queries": two}))["field"] == "queries.q.properties"
        ids = {"ids": ["a", "b", "c"], "properties": []}
        assert refused(client.post("/reconcile/extend", json=ids), 413)["batchSize"] == 2


def test_a_batch_that_takes_too_long_is_refused_as_a_whole(filled: Workspace, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", reconcile_seconds=1e-9)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        two = json.dumps({f"q{n}": {"query": "Aleppo"} for n in range(2)})
        response = client.post("/reconcile", data={"queries": two})
        assert "WAQAI_RECONCILE_SECONDS" in refused(response, 503)["detail"]
        assert response.headers["retry-after"]


def test_a_gazetteer_that_cannot_be_used_is_named(filled: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "imports"
    folder.mkdir()
    (folder / "mine.villages.sqlite").write_bytes(b"no database")
    settings = Settings(data=tmp_path / "data", gazetteer=folder)
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        body = refused(client.post("/reconcile", data={"queries": '{"q": {"query": "Aleppo"}}'}), 503)
    assert "mine.villages.sqlite is damaged" in body["detail"]


@pytest.mark.parametrize(
    "text",
    ['"} } DROP ALL #', "<script>alert(1)</script>", "\u202e\u0000x", "x" * 999, "'; SELECT 1", "ِ", "   ",
     f"{BASE}id/place/a> ?p ?o }} #", f"{BASE}id/event/x/> . ?a ?b ?c . <", "http://[", "POINT(1 2)"],
)  # fmt: skip
def test_no_text_breaks_out_of_its_query(service: httpx.Client, text: str) -> None:
    batch = {
        "a": {"query": text or "x"},
        "b": {"type": "Event", "properties": [{"pid": "place", "v": {"id": text}}, {"pid": "agent", "v": text}]},
        "c": {"query": "Aleppo", "properties": [{"pid": "within", "v": {"id": text}}, {"pid": "country", "v": text}]},
    }
    for name, query in batch.items():
        response = service.post("/reconcile", data={"queries": json.dumps({name: query})})
        assert response.status_code in (200, 400), response.text
        assert "internal" not in response.text
    assert service.get("/reconcile/suggest/entity", params={"prefix": text}).status_code == 200
    assert service.get("/reconcile/preview", params={"id": text}).status_code == 404
    extend = {"ids": [text], "properties": [{"id": "country"}]}
    assert service.post("/reconcile/extend", json=extend).status_code == 200


# ---------------------------------------------------------------------- suggestions


def test_typing_a_name_suggests_entities_of_every_kind(service: httpx.Client) -> None:
    for prefix, expected in (("Hayat Tah", "Hay'at Tahrir al-Sham"), ("رويت", "رويترز"), ("Idlib", "Idlib")):
        found = right(contract.SUGGESTED_ENTITIES, service.get("/reconcile/suggest/entity", params={"prefix": prefix}))
        assert expected in [item["name"] for item in found["result"]]
    iri = found["result"][0]["id"]
    (itself,) = service.get("/reconcile/suggest/entity", params={"prefix": iri}).json()["result"]
    assert itself["id"] == iri
    assert service.get("/reconcile/suggest/entity", params={"prefix": ""}).json() == {"result": []}


def test_suggestions_can_be_paged_in_either_versions_words(service: httpx.Client) -> None:
    all_types = right(contract.SUGGESTED_TYPES, service.get("/reconcile/suggest/type"))["result"]
    assert len(all_types) > 60
    for name in ("offset", "cursor"):
        page = service.get("/reconcile/suggest/type", params={"prefix": "", "limit": 5, name: 10}).json()["result"]
        assert page == all_types[10:15]
    assert refused(service.get("/reconcile/suggest/type?limit=0"))["status"] == 400


def test_types_are_suggested_with_what_lies_above_them(service: httpx.Client) -> None:
    found = right(contract.SUGGESTED_TYPES, service.get("/reconcile/suggest/type?prefix=air"))["result"]
    strike = next(item for item in found if item["id"] == f"{WQ}Airstrike")
    assert [t["id"] for t in strike["broader"]] == [f"{WQ}ArmedConflictEvent"]
    arabic = service.get("/reconcile/suggest/type", params={"prefix": "غارة"}).json()["result"]
    assert f"{WQ}Airstrike" in [item["id"] for item in arabic]


def test_every_suggested_property_can_be_a_condition(service: httpx.Client) -> None:
    found = right(contract.SUGGESTED_PROPERTIES, service.get("/reconcile/suggest/property"))["result"]
    assert {"country", "lies within", "date", "killed"} <= {item["name"] for item in found}
    qualifiers = {q["id"] for item in found for q in item.get("matchQualifiers", [])}
    assert "EDTF:Level-0" in qualifiers
    for item in found:
        batch = {"q": {"query": "x", "properties": [{"pid": item["id"], "v": "36, 37"}]}}
        assert service.post("/reconcile", data={"queries": json.dumps(batch)}).status_code == 200, item
    (one,) = service.get("/reconcile/suggest/property", params={"prefix": f"{WQ}date"}).json()["result"]
    assert one["name"] == "date"


# ---------------------------------------------------------------------- preview, flyout, view


def test_a_preview_is_one_piece_and_may_be_framed(service: httpx.Client) -> None:
    iri = ask(service, query="إدلب", type=f"{WQ}Governorate")[0]["id"]
    page = service.get("/reconcile/preview", params={"id": iri}, headers={"accept-language": "ar"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors *" in policy
    assert '<html lang="ar" dir="rtl">' in page.text
    assert "SY07" in page.text
    assert not re.search(r"<(script|link|img|iframe)\b", page.text)
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style
    assert base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in policy


def test_words_of_articles_are_escaped_in_previews(filled: Workspace, tmp_path: Path) -> None:
    article = english_article()
    filled.ingest(replace(article, text="An airstrike in <b>Aleppo killed 5.", publisher='<img src=x onerror="1">'))
    with TestClient(create_app(filled, Settings(data=tmp_path / "data")), base_url="http://localhost:8000") as client:
        query = json.dumps({"q": {"query": "Airstrike Aleppo 5 killed", "type": "Event"}})
        found = client.post("/reconcile", data={"queries": query}).json()["q"]["result"]
        for candidate in found:
            for address in ("/reconcile/preview", "/reconcile/flyout/entity"):
                response = client.get(address, params={"id": candidate["id"]})
                html = response.text if address.endswith("preview") else response.json()["html"]
                assert "<img" not in html
                assert "<b>" not in html


def test_the_preview_of_an_event_says_who_reports_it(service: httpx.Client) -> None:
    iri = ask(service, query=ROW)[0]["id"]
    page = service.get("/reconcile/preview", params={"id": iri}).text
    assert "The Observatory" in page
    assert "2024-11-30" in page
    assert "https://example.org/1" in page


def test_view_leads_to_what_there_is(service: httpx.Client) -> None:
    event = ask(service, query=ROW)[0]["id"]
    place = ask(service, query="Homs", type=f"{WQ}Governorate")[0]["id"]
    there = service.get("/reconcile/view", params={"id": event}, follow_redirects=False)
    assert (there.status_code, there.headers["location"]) == (303, event.removeprefix(BASE.rstrip("/")))
    listed = service.get("/reconcile/view", params={"id": place}, follow_redirects=False)
    assert listed.headers["location"].startswith("/reconcile/preview?id=")
    for nobody in ("https://elsewhere.example/x", f"{BASE}id/place/nothing", "//evil.example", "x"):
        assert refused(service.get("/reconcile/view", params={"id": nobody}), 404)


# ---------------------------------------------------------------------- data extension


def test_values_are_fetched_alike_in_both_versions(service: httpx.Client) -> None:
    event = ask(service, query=ROW)[0]["id"]
    place = ask(service, query="Saraqib", type="Place", properties=[{"pid": "country", "v": "SY"}])[0]["id"]
    wanted = {
        "ids": [event, place, f"{BASE}id/place/nothing"],
        "properties": [{"id": "date"}, {"id": "killed"}, {"id": "within"}, {"id": "names", "settings": {"limit": 1}},
                       {"id": "article"}, {"id": "population"}, {"id": "source"}],
    }  # fmt: skip
    assert contract.faults(contract.EXTEND, wanted) == []
    old = right(contract.EXTENDED_02, service.post("/reconcile", data={"extend": json.dumps(wanted)}))
    new = right(contract.EXTENDED_10, service.post("/reconcile/extend", json=wanted))
    assert old == right(contract.EXTENDED_02, service.get("/reconcile", params={"extend": json.dumps(wanted)}))
    assert list(old["rows"]) == wanted["ids"]
    assert old["rows"][event]["date"] == [{"date": "2024-11-30T00:00:00Z"}]
    assert old["rows"][event]["killed"] == [{"int": 16}]
    assert old["rows"][event]["article"] == [{"str": "https://example.org/1"}]
    assert [area["name"] for area in old["rows"][place]["within"]] == ["Idlib", "Syria"]
    assert len(old["rows"][place]["names"]) == 1
    assert old["rows"][f"{BASE}id/place/nothing"] == {p["id"]: [] for p in wanted["properties"]}
    plain = {
        row["id"]: {p["id"]: [{k: v for k, v in value.items() if k not in ("lang", "dir")} for value in p["values"]]
                    for p in row["properties"]}
        for row in new["rows"]
    }  # fmt: skip
    assert plain == old["rows"]
    assert old["meta"] == new["meta"]
    assert next(m for m in old["meta"] if m["id"] == "within")["type"]["id"] == f"{WQ}Place"


def test_a_place_of_the_gazetteer_is_known_by_its_iri_after_a_restart(filled: Workspace, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    query = json.dumps({"q": {"query": "Saraqib", "type": "Place", "properties": [{"pid": "country", "v": "SY"}]}})
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        iri = client.post("/reconcile", data={"queries": query}).json()["q"]["result"][0]["id"]
    with TestClient(create_app(filled, settings), base_url="http://localhost:8000") as client:
        asked = {"ids": [iri], "properties": [{"id": "country"}]}
        rows = client.post("/reconcile/extend", json=asked).json()["rows"]
        assert rows[0]["properties"][0]["values"] == [{"str": "SY"}]


def test_properties_are_proposed_for_a_type(service: httpx.Client) -> None:
    events, places = (
        right(contract.PROPOSED, service.get("/reconcile/extend/propose", params={"type": f"{WQ}{kind}"}))
        for kind in ("Airstrike", "City")
    )
    assert events["type"] == f"{WQ}Airstrike"
    assert "killed" in [p["name"] for p in events["properties"]]
    assert "killed" not in [p["name"] for p in places["properties"]]
    limited = service.get("/reconcile/extend/propose", params={"type": f"{WQ}City", "limit": 2}).json()
    assert (len(limited["properties"]), limited["limit"]) == (2, 2)
    for kind, proposed in (("Airstrike", events), ("City", places)):
        query = {"query": ROW} if kind == "Airstrike" else {"query": "Aleppo", "type": f"{WQ}City"}
        iri = ask(service, **query)[0]["id"]
        wanted = {"ids": [iri], "properties": [{"id": p["id"]} for p in proposed["properties"]]}
        right(contract.EXTENDED_10, service.post("/reconcile/extend", json=wanted))
    assert refused(service.get("/reconcile/extend/propose?type=Banana"))["field"] == "type"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("[]", "the body"),
        ('{"ids": "x", "properties": []}', "ids"),
        ('{"ids": [], "properties": {}}', "properties"),
        ('{"ids": [], "properties": [{}]}', "properties[0].id"),
        ('{"ids": [], "properties": [{"id": "mood"}]}', "properties[0].id"),
        ('{"ids": [], "properties": [{"id": "date", "settings": {"limit": -1}}]}', "properties[0].settings.limit"),
    ],
)
def test_a_bad_extension_is_refused_with_its_field(service: httpx.Client, body: str, field: str) -> None:
    response = service.post("/reconcile/extend", content=body, headers={"content-type": "application/json"})
    assert refused(response)["field"] == field


# ---------------------------------------------------------------------- documents


def test_every_route_is_in_the_openapi_document(service: httpx.Client) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    below = ("suggest/entity", "suggest/type", "suggest/property", "preview", "flyout/{kind}", "view", "extend/propose")
    gets = ["/reconcile", "/reconcile/1.0-draft", *(f"/reconcile/{path}" for path in below)]
    posts = ["/reconcile", "/reconcile/match", "/reconcile/extend"]
    for path, method in [*((path, "get") for path in gets), *((path, "post") for path in posts)]:
        assert paths[path][method]["summary"].startswith("Reconciliation"), path
