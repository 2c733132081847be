"""What the settings allow to be asked, and what looks like it and is not."""

import pytest

from api.allowed import Allowed
from api.settings import BadSetting, Settings, load_settings

ALLOWED = Allowed.of(
    "https://Query.Example:443/sparql http://plain.example/q?graph=a",
    "data.example/files/ https://data.example/one.ttl",
    "localhost:8890 [::1]:7000",
)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("https://query.example/sparql", "https://query.example/sparql"),
        ("HTTPS://QUERY.example:443/sparql", "https://query.example/sparql"),
        ("http://plain.example:80/q?graph=a", "http://plain.example/q?graph=a"),
    ],
)
def test_a_service_is_allowed_by_its_whole_address(address: str, asked: str) -> None:
    assert ALLOWED.service(address) == asked


@pytest.mark.parametrize(
    "address",
    [
        "http://query.example/sparql",
        "https://query.example/sparql/",
        "https://query.example/sparql?x=1",
        "https://query.example/sparql?",
        "https://query.example/sparql#x",
        "https://query.example/x/../sparql",
        "https://query.example:8443/sparql",
        "https://query.example./sparql",
        "https://user@query.example/sparql",
        "https://query.example@evil.example/sparql",
        "https://query.example\\@evil.example/sparql",
        "https://evil.example/sparql",
        "https://query.example.evil.example/sparql",
        "http://plain.example/q",
        "http://plain.example/q?graph=b",
        "ftp://query.example/sparql",
        "file:///etc/passwd",
        "https:///sparql",
        "https://query.example:99999/sparql",
        "https://[query.example/sparql",
        "urn:x",
        "",
    ],
)
def test_nothing_like_it_is(address: str) -> None:
    assert ALLOWED.service(address) is None


def test_a_source_is_allowed_by_its_address_or_its_beginning_up_to_a_slash() -> None:
    assert ALLOWED.source("https://data.example/files/a/b.ttl?v=1") == "https://data.example/files/a/b.ttl?v=1"
    assert ALLOWED.source("https://data.example/files/حلب.ttl") == "https://data.example/files/%D8%AD%D9%84%D8%A8.ttl"
    assert ALLOWED.source("https://data.example/one.ttl") is not None
    for address in (
        "https://data.example/files",
        "https://data.example/one.ttl2",
        "https://data.example/other/a.ttl",
        "http://data.example/files/a.ttl",
        "https://data.example/files/../secret",
        "https://data.example/files/%2e%2E/secret",
        "https://data.example/files/..%2fsecret",
        "https://data.example/files/..%5csecret",
        "https://data.example/files/a.ttl#x",
        "https://data.example.evil.example/files/a.ttl",
    ):
        assert ALLOWED.source(address) is None, address


def test_only_a_host_and_port_named_once_more_may_lie_within() -> None:
    assert ALLOWED.inward("http://localhost:8890/sparql")
    assert ALLOWED.inward("http://[::1]:7000/")
    assert not ALLOWED.inward("http://localhost:8891/sparql")
    assert not ALLOWED.inward("http://localhost/sparql")
    assert not ALLOWED.inward("http://127.0.0.1:8890/sparql")


def test_by_default_nothing_is_allowed() -> None:
    assert Settings().allowed == Allowed()
    assert Allowed().service("https://query.example/sparql") is None
    assert Allowed().source("https://query.example/sparql") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("service_allow", "https://user:secret@query.example/sparql"),
        ("service_allow", "ftp://query.example/"),
        ("service_allow", "https://query.example/#a"),
        ("load_allow", "https://data.example/../"),
        ("own_network", "localhost"),
        ("own_network", "http://localhost:80"),
        ("own_network", "localhost:0"),
        ("own_network", "localhost:99999"),
    ],
)
def test_a_setting_that_allows_nothing_clear_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match="must be"):
        load_settings(**{name: value})
