from pathlib import Path

import pytest

from api.settings import BadSetting, Settings, load_settings, unknown_variables


def test_the_defaults_are_safe() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.token) == ("127.0.0.1", 8000, None)
    assert settings.data == Path("waqai-data")
    assert settings.base_iri == "http://localhost:8000/"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_command_line_wins_over_environment_over_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("waqai.toml").write_text('port = 1001\nhost = "::1"\nmax_batch = 7\n')
    monkeypatch.setenv("WAQAI_PORT", "1002")
    assert load_settings().port == 1002
    assert load_settings(port=1003).port == 1003
    assert load_settings(port=None).max_batch == 7


def test_the_file_may_lie_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("port = 1004")
    monkeypatch.setenv("WAQAI_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().port == 1004


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "WAQAI_PORT is 'eighty'"),
        ("PORT", "0", "WAQAI_PORT is '0'"),
        ("PORT", "70000", "WAQAI_PORT is '70000'"),
        ("BASE_IRI", "example.org", "WAQAI_BASE_IRI is 'example.org'"),
        ("BASE_IRI", "https://example.org", "end with a slash"),
        ("BASE_IRI", "ftp://example.org/", "http or https"),
        ("BASE_IRI", "http://exa mple/", "characters that IRIs forbid".replace("characters", "character")),
        ("MAX_ARTICLE_BYTES", "-1", "WAQAI_MAX_ARTICLE_BYTES"),
        ("POLL_INTERVAL", "0", "WAQAI_POLL_INTERVAL"),
        ("HOST", "", "WAQAI_HOST"),
        ("DATA", "", "WAQAI_DATA is '': it must name a folder"),
        ("DATA", "  ", "it must name a folder"),
        ("ONTOLOGY", "/nowhere", "it has no waqai.ttl and no shapes.ttl and no lexicon"),
        ("ONTOLOGY", "", "WAQAI_ONTOLOGY"),
        ("QUERY_THREADS", "0", "WAQAI_QUERY_THREADS"),
        ("QUERY_WAIT", "-1", "WAQAI_QUERY_WAIT"),
    ],
)
def test_a_bad_variable_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(f"WAQAI_{name}", value)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_short_token_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_TOKEN", "hunter2")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert "16 characters" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_token_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_TOKEN", "a-token-that-is-long-enough")
    assert "long-enough" not in repr(load_settings())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"port = ", "is not a TOML file"),
        (b"prot = 1", "no setting named prot"),
        (b"port = 'x'", "port in waqai.toml"),
        (b"\xff\xfe", "cannot be read as UTF-8"),
    ],
)
def test_a_bad_file_is_named(content: bytes, expected: str) -> None:
    Path("waqai.toml").write_bytes(content)
    with pytest.raises(BadSetting, match=expected):
        load_settings()


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAQAI_CONFIG", "nowhere.toml")
    with pytest.raises(BadSetting, match=r"nowhere\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("WAQAI_PROT", "there is no setting WAQAI_PROT; the nearest is WAQAI_PORT."),
        ("WAQAI_BASEIRI", "there is no setting WAQAI_BASEIRI; the nearest is WAQAI_BASE_IRI."),
        ("WAQAI_DEBUGGING", "there is no setting WAQAI_DEBUGGING; the nearest is WAQAI_DEBUG."),
        ("WAQAI_XYZZYPLUGH", "there is no setting WAQAI_XYZZYPLUGH; known are WAQAI_DATA, WAQAI_BASE_IRI, "),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, variable: str, expected: str
) -> None:
    monkeypatch.setenv(variable, "1")
    (sentence,) = unknown_variables()
    assert sentence.startswith(expected)


def test_variables_that_are_read_are_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("WAQAI_PORT", "WAQAI_CONFIG", "WAQAI_CACHE", "WAQAI_DEBUG", "waqai_host", "MY_WAQAI_PROT"):
        monkeypatch.setenv(variable, "1")
    assert unknown_variables() == []
