import httpx
import pytest


def claims(client: httpx.Client, **parameters: object) -> list[dict[str, object]]:
    response = client.get("/claims", params={name: str(value) for name, value in parameters.items()})
    assert response.status_code == 200, response.text
    data = response.json()
    assert data["position"] == int(response.headers["waqai-position"]) == 4
    assert data["total"] >= len(data["claims"])
    return list(data["claims"])


def test_every_claim_is_listed_whatever_its_modality_newest_records_first(client: httpx.Client) -> None:
    found = claims(client)
    assert [(claim["position"], claim["modality"]) for claim in found] == [
        (4, "asserted"),
        (4, "asserted"),
        (2, "asserted"),
        (2, "denied"),
    ]
    query = "SELECT ?c { ?c a wq:Claim }"
    rows = client.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert {claim["claim"] for claim in found} == {row["c"]["value"] for row in rows}
    denied = found[-1]
    assert (denied["types"], denied["date"]) == (["Airstrike"], "2024-11-30")
    events = [event["event"] for event in client.get("/events").json()["events"]]
    assert denied["event"] not in events
    assert {claim["event"] for claim in found[:3]} == set(events)


def test_filters_go_together(client: httpx.Client) -> None:
    assert len(claims(client, type="Airstrike")) == 3
    assert len(claims(client, type="ArmedConflictEvent")) == 3
    assert len(claims(client, type="Takeover")) == 1
    assert len(claims(client, type="Airstrike", modality="denied")) == 1
    assert claims(client, type="Takeover", modality="denied") == []
    said = claims(client, source="observatory")
    assert len(said) == 2
    iri = said[0]["sources"][0]["id"]  # type: ignore[index]
    for name in (iri, "id/source/observatory", "/id/source/observatory"):
        assert claims(client, source=name) == said
    assert claims(client, source="nobody") == []
    assert claims(client, source="the observatory") == said
    unknown = client.get("/claims", params={"source": "The Observatry"})
    assert (unknown.status_code, "The Observatory" in unknown.json()["detail"]) == (404, True)


def test_pages(client: httpx.Client) -> None:
    whole = claims(client)
    assert [claims(client, limit=1, offset=n) for n in range(5)] == [*([claim] for claim in whole), []]
    assert client.get("/claims", params={"limit": 1}).json()["total"] == len(whole)


@pytest.mark.parametrize(
    "query",
    [
        *("type=Nonsense", "type=%3E%20", "modality=maybe", "modality=Denied", "source=%3E%20%3C", "source="),
        *("limit=0", "limit=9999", "limit=x", "offset=-1"),
    ],
)
def test_bad_claim_lists(client: httpx.Client, query: str) -> None:
    response = client.get(f"/claims?{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].endswith(".")
