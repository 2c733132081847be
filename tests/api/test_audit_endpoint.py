import httpx
import pytest

from tests.api.fakes import arabic_article, content_file


@pytest.fixture
def claim(client: httpx.Client) -> str:
    query = "SELECT ?c { ?c wq:modality wq:Asserted ; wq:position 2 }"
    iri = client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["c"]["value"]
    return str(iri)


def test_an_audit_leads_to_the_exact_words(client: httpx.Client, claim: str) -> None:
    response = client.get(f"/audit/claim/{claim.rpartition('/')[2]}", headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.headers["waqai-position"] == "4"
    assert arabic_article().text.partition(".")[0] in response.text
    assert claim in response.text


@pytest.mark.parametrize("form", ["{id}", "claim/{id}", "id/claim/{id}", "{iri}"])
def test_every_name_of_a_claim_gives_the_same_audit(client: httpx.Client, claim: str, form: str) -> None:
    whole = client.get(f"/audit/{claim.rpartition('/')[2]}").json()
    name = form.format(id=claim.rpartition("/")[2], iri=claim)
    assert client.get(f"/audit/{name}").json() == whole


def test_the_page_of_an_audit(client: httpx.Client, claim: str) -> None:
    response = client.get(f"/audit/{claim.rpartition('/')[2]}", headers={"accept": "text/html"})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Every check passed." in response.text
    assert "دوار الباسل" in response.text
    assert response.headers["vary"] == "Accept, Accept-Encoding"


def test_the_address_may_say_the_format_as_elsewhere(client: httpx.Client, claim: str) -> None:
    path = f"/audit/{claim.rpartition('/')[2]}"
    for form, other, said in (("html", "application/json", "text/html; "), ("json", "text/html", "application/json")):
        response = client.get(path, params={"format": form}, headers={"accept": other})
        assert response.headers["content-type"].startswith(said)
    assert client.get(path, params={"format": "yaml"}).status_code == 400


@pytest.mark.parametrize("kind", ["Event", "Article", "Place", "Actor", "Source"])
def test_everything_that_has_a_page_can_be_audited(client: httpx.Client, kind: str) -> None:
    query = f"SELECT ?x {{ ?x a wq:{kind} }} LIMIT 1"
    iri = client.get("/sparql", params={"query": query}).json()["results"]["bindings"][0]["x"]["value"]
    assert client.get(f"/audit/{iri.partition('/id/')[2]}").status_code == 200


@pytest.mark.parametrize(
    "name", ["c-00000000000000000000", "nothing", "claim/", "claim/%3E%20", "https://example.org/x"]
)
def test_nothing_to_audit_is_a_problem(client: httpx.Client, name: str) -> None:
    response = client.get(f"/audit/{name}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_changed_words_are_found_out(client: httpx.Client, claim: str, filled) -> None:  # type: ignore[no-untyped-def]
    """Somebody swaps the stored text for another of the same length: the audit must not pass."""
    stored = content_file(filled.data, arabic_article())
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes().replace(b"16", b"61"))
    response = client.get(f"/audit/{claim.rpartition('/')[2]}", headers={"accept": "text/html"})
    assert response.status_code == 200
    assert "A check failed" in response.text
    page = client.get(f"/id/claim/{claim.rpartition('/')[2]}", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "<mark>" not in page.text
