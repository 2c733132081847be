"""A whole conversation as OpenRefine holds it, with a server process on a real socket, from another origin.

The order and form of the requests are those of OpenRefine: it reads the manifest, sends ten values of the column to
guess types, asks for types and properties while somebody types, sends batches of ten queries as a form, shows previews
in a frame, lets people search by hand, and fetches columns.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

import httpx
import pytest

from api.workspace import Workspace
from ontology.vocabulary import WQ
from tests.api.fakes import FakeExtractor, arabic_article, english_article
from tests.api.reconciliation import contract
from tests.api.test_server import free_port, serving

PLACES = ["حلب", "إدلب", "Homs", "Saraqib", "معرة النعمان", "Khan Sheikhoun", "Tartus", "Nowhere-upon-Nothing", "Hama",
          "", "Damascus", "Tell Rifaat", "Azaz"]  # fmt: skip
INCIDENTS = [
    {"what": "Airstrike", "where": "Aleppo", "when": "2024-11-30", "killed": 16},
    {"what": "Takeover", "where": "Idlib", "when": "2024-12-01", "killed": None},
    {"what": "Airstrike", "where": "Tartus", "when": "2019-01-01", "killed": 3},
]


class OpenRefine:
    """The part of OpenRefine that speaks to a service; every answer is held against the contract."""

    def __init__(self, address: str) -> None:
        self.browser = httpx.Client(headers={"origin": "http://127.0.0.1:3333", "accept-language": "en"}, timeout=60)
        self.endpoint = urljoin(address, "reconcile")
        self.manifest = self.read(contract.MANIFEST_02, self.endpoint)

    def read(self, schema: contract.Schema, address: str, **parameters: str | int) -> Any:
        response = self.browser.get(address, params=parameters or None)
        assert response.status_code == 200, response.text
        assert response.headers["access-control-allow-origin"] in ("*", "http://127.0.0.1:3333")
        body = response.json()
        assert contract.faults(schema, body) == []
        return body

    def post(self, schema: contract.Schema, **form: str) -> Any:
        response = self.browser.post(self.endpoint, data=form)
        assert response.status_code == 200, response.text
        body = response.json()
        assert contract.faults(schema, body) == []
        return body

    def guess_types(self, values: list[str]) -> list[str]:
        """Rank types by how many candidates of the first values have them."""
        queries = {f"q{n}": {"query": value, "limit": 3} for n, value in enumerate(values[:10]) if value.strip()}
        counts: dict[str, float] = {}
        for result in self.post(contract.RESULTS_02, queries=json.dumps(queries)).values():
            for rank, candidate in enumerate(result["result"]):
                for type_ in candidate["type"]:
                    counts[type_["id"]] = counts.get(type_["id"], 0.0) + 1 / (1 + rank)
        return sorted(counts, key=lambda id_: -counts[id_])

    def suggest(self, kind: str, schema: contract.Schema, prefix: str) -> list[dict[str, Any]]:
        at = self.manifest["suggest"][kind]
        found: list[dict[str, Any]] = self.read(schema, at["service_url"] + at["service_path"], prefix=prefix)["result"]
        return found

    def reconcile(self, rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        """Send rows in batches of ten; return the candidates of each."""
        found: list[list[dict[str, Any]]] = []
        size = min(10, self.manifest["batchSize"])
        for start in range(0, len(rows), size):
            queries = {f"q{n}": row for n, row in enumerate(rows[start : start + size])}
            answers = self.post(contract.RESULTS_02, queries=json.dumps(queries))
            assert answers.keys() == queries.keys()
            found += [answers[name]["result"] for name in queries]
        return found

    def preview(self, iri: str) -> httpx.Response:
        return self.browser.get(self.manifest["preview"]["url"].replace("{{id}}", quote(iri, safe="")))

    def extend(self, ids: list[str], properties: list[str]) -> dict[str, Any]:
        query = {"ids": ids, "properties": [{"id": id_} for id_ in properties]}
        body: dict[str, Any] = self.post(contract.EXTENDED_02, extend=json.dumps(query))
        return body


@pytest.fixture(scope="module")
def refine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    data = tmp_path_factory.mktemp("refine") / "data"
    with Workspace(data, extractor=FakeExtractor()) as workspace:
        workspace.ingest(arabic_article())
        workspace.ingest(english_article())
    with serving("serve", "--port", str(free_port()), "--data", str(data)) as (address, _, _):
        yield OpenRefine(address)


def test_a_column_of_places_is_matched_looked_at_and_extended(refine: OpenRefine) -> None:
    guessed = refine.guess_types(PLACES)
    assert f"{WQ}City" in guessed[:3]
    (place,) = [t for t in refine.suggest("type", contract.SUGGESTED_TYPES, "plac") if t["id"] == f"{WQ}Place"]
    (country,) = [
        p for p in refine.suggest("property", contract.SUGGESTED_PROPERTIES, "countr") if p["name"] == "country"
    ]
    names = [name for name in PLACES if name]  # OpenRefine leaves blank cells out
    given = {"type": place["id"], "type_strict": "should", "limit": 5}
    rows = [{**given, "query": name, "properties": [{"pid": country["id"], "v": "Syria"}]} for name in names]
    found = dict(zip(names, refine.reconcile(rows), strict=True))
    matched = {name: best[0] for name, best in found.items() if best and best[0]["match"]}
    assert set(names) - set(matched) == {"Nowhere-upon-Nothing"}
    assert not any(candidate["match"] for candidate in found["Nowhere-upon-Nothing"])

    iri = matched["معرة النعمان"]["id"]
    page = refine.preview(iri)
    assert page.status_code == 200
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert "معرة النعمان" in page.text

    propose = refine.manifest["extend"]["propose_properties"]
    address = propose["service_url"] + propose["service_path"]
    proposed = refine.read(contract.PROPOSED, address, type=place["id"], limit=50)["properties"]
    by_name = {p["name"]: p["id"] for p in proposed}
    wanted = [by_name[name] for name in ("coordinates", "lies within", "links")]
    ids = [candidate["id"] for candidate in matched.values()]
    rows_of = refine.extend(ids, wanted)["rows"]
    assert list(rows_of) == ids
    assert all(len(cells) == 3 for cells in rows_of.values())
    assert rows_of[iri][wanted[0]][0]["str"].startswith("35.6")


def test_a_table_of_incidents_is_matched_to_events(refine: OpenRefine) -> None:
    (event,) = [t for t in refine.manifest["defaultTypes"] if t["id"] == f"{WQ}Event"]
    by_name = {p["name"]: p["id"] for p in refine.suggest("property", contract.SUGGESTED_PROPERTIES, "")}
    rows = []
    for incident in INCIDENTS:
        columns = {"date": incident["when"], "place": incident["where"], "killed": incident["killed"]}
        properties = [{"pid": by_name[name], "v": value} for name, value in columns.items() if value is not None]
        rows.append({"query": incident["what"], "type": event["id"], "limit": 5, "properties": properties})
    strike, takeover, unknown = refine.reconcile(rows)
    assert (strike[0]["match"], takeover[0]["match"]) == (True, True)
    assert not any(candidate["match"] for candidate in unknown)
    values = refine.extend([strike[0]["id"]], [by_name["killed"], by_name["source"]])["rows"][strike[0]["id"]]
    assert values[by_name["killed"]] == [{"int": 16}]
    assert [cell["name"] for cell in values[by_name["source"]]] == ["The Observatory"]


def test_searching_by_hand_finds_what_matching_did_not(refine: OpenRefine) -> None:
    found = refine.suggest("entity", contract.SUGGESTED_ENTITIES, "Nusra")
    assert "Hay'at Tahrir al-Sham" in [item["name"] for item in found]
    flyout = refine.manifest["suggest"]["entity"]
    address = (flyout["flyout_service_url"] + flyout["flyout_service_path"]).replace(
        "${id}", quote(found[0]["id"], safe="")
    )
    assert refine.read(contract.FLYOUT, address)["html"].startswith("<div")
